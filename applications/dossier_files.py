"""The two files of a selection dossier, made of its frozen content alone: tagged PDF and ZIP."""

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime

from django.template.loader import render_to_string

from qmm_pilot.printing import render_pdf, unprintable
from qmm_pilot.records import files
from qmm_pilot.records.models import StoredFile
from qmm_pilot.records.spreadsheets import csv_lines

FORMAT = "qmm-selection-dossier-1"
README = """\
Selection dossier of {program}

dossier.pdf    the dossier to read
dossier.json   the same as data, with the words of every letter
tables/        each table of the dossier, for a spreadsheet
letters/       the words of each letter that told a firm of a decision
manifest.json  SHA-256 of each file, and the head of the audit trail when this was asked for

{banner}
"""


def dossier_pdf(content: dict) -> bytes:
    """The dossier as tagged PDF/UA-1; the same content gives the same bytes.

    Letters that the packaged fonts lack are shown by their code, and are in the ZIP as they are.
    """
    html = render_to_string("reports/selection_dossier.html", {"content": _printable(content)})
    return render_pdf(
        html,
        title=f"{content['title']}: {content['program']}",
        moment=datetime.fromisoformat(content["asked_at"]),
    )


def dossier_zip(content: dict, pdf: bytes) -> bytes:
    """The bundle with its manifest; the same content and PDF give the same bytes.

    Raises OSError or ValueError where the copy of a letter is not the file that was kept.
    """
    members = {
        "README.txt": README.format(**content).encode(),
        "dossier.json": _json(content),
        "dossier.pdf": pdf,
    }
    for section in content["record"]["sections"]:
        if section["columns"]:
            lines = csv_lines([section["columns"], *section["rows"]])
            members[f"tables/{section['key']}.csv"] = b"".join(lines)
    for number, letter in enumerate(content["record"]["letters"], 1):
        words = f"To: {letter['to']}\nSubject: {letter['subject']}\n\n{letter['body']}"
        members[f"letters/{number:03}-{letter['request']}-{letter['kind']}.txt"] = words.encode()
    members |= _copies(content["record"]["copies"])
    members["manifest.json"] = _json(
        {
            "format": FORMAT,
            "program": content["program"],
            "short_address": content["short_address"],
            "asked_at": content["asked_at"],
            "trail": content["trail"],
            "record_sha256": content["record_sha256"],
            "files": [
                {
                    "path": path,
                    "bytes": len(members[path]),
                    "sha256": hashlib.sha256(members[path]).hexdigest(),
                }
                for path in sorted(members)
            ],
        }
    )
    moment = datetime.fromisoformat(content["asked_at"]).astimezone(UTC).timetuple()[:6]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in sorted(members):
            info = zipfile.ZipInfo(path, date_time=moment)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            bundle.writestr(info, members[path])
    return out.getvalue()


def _copies(copies) -> dict[str, bytes]:
    named = {one["file"]: one for one in copies if one["file"]}
    members = {}
    for stored in StoredFile.objects.filter(pk__in=list(named)):
        one, copy = named[str(stored.pk)], files.read(stored)
        if hashlib.sha256(copy).hexdigest() != one["sha256"]:
            raise ValueError("The copy of a letter is not the file that was kept.")
        members[f"letters/{one['request']}-{stored.pk}.pdf"] = copy
    return members


def _json(facts) -> bytes:
    return json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _printable(content: dict) -> dict:
    text = json.dumps(content, ensure_ascii=False)
    for letter in unprintable(text):
        text = text.replace(letter, f"[U+{ord(letter):04X}]")
    return json.loads(text)
