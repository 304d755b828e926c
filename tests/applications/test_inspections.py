"""FDA's inspection export: read with its quirks, loaded as a set, read back by FEI."""

import io
import re
import zipfile
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from applications.demonstration import DemonstratedSite, History, demonstration_file
from applications.eligibility import (
    Classification,
    Outcome,
    inspected_without_official_action,
)
from applications.inspections import import_inspections, inspections_of, newest_snapshot
from applications.models import InspectionImport, InspectionRecord, Recheck
from applications.public_data import workbook_cells
from applications.public_data.feeds import INSPECTIONS
from applications.public_data.rolling_back import roll_back
from applications.public_data.staging import IMPORT_LOCK
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records import triggers
from qmm_pilot.records.models import TrailEntry
from tests.applications.exports import HEADER, NAI, OAI, VAI, export, row, workbook

AT = datetime(2020, 11, 16, 14, 0, tzinfo=UTC)
SINCE, BEFORE = date(2015, 10, 1), date(2020, 10, 1)
pytestmark = pytest.mark.django_db


def take(content, file_name="inspections.csv"):
    return import_inspections(io.BytesIO(content), file_name=file_name, by=None, at=AT)


def zipped(*names, content=b"x"):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return packed.getvalue()


def bomb():
    """A workbook of a hundred kilobytes whose sheet would unpack to a hundred megabytes."""
    return zipped("xl/worksheets/sheet1.xml", content=bytes(100 * 1024 * 1024))


def lying_bomb():
    """A bomb whose directory says that it unpacks to one byte."""
    size = (4 * 1024 * 1024).to_bytes(4, "little")
    return zipped("xl/workbook.xml", content=bytes(4 * 1024 * 1024)).replace(size, b"\1\0\0\0")


def lying_workbook(**changes):
    """A workbook whose directory says that one of its parts is a byte shorter than it is."""
    content = workbook(row(**changes))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo("docProps/app.xml").file_size
    at = content.rindex(b"docProps/app.xml") - 46 + 24  # where a directory entry keeps the size
    return content[:at] + (size - 1).to_bytes(4, "little") + content[at + 4 :]


def openpyxl_without_rows():
    content = io.BytesIO()
    openpyxl.Workbook().save(content)
    return content.getvalue()


def counts(imported):
    """Created, updated, unchanged, rejected; the law of counting holds for every import."""
    summary = imported.summary
    names = ("created", "updated", "unchanged", "rejected")
    assert summary["rows_read"] == sum(summary[name] for name in names)
    return tuple(summary[name] for name in names)


def refused(content):
    """The sentence with which a file is refused; nothing may have changed by it."""
    before = InspectionImport.objects.count(), InspectionRecord.objects.count()
    with pytest.raises(Refusal) as caught:
        take(content)
    assert (InspectionImport.objects.count(), InspectionRecord.objects.count()) == before
    assert not _is_staged()
    return str(caught.value)


def _is_staged():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT to_regclass('pg_temp.staged_rows') IS NOT NULL")
        else:
            cursor.execute("SELECT count(*) FROM temp.sqlite_master WHERE name = 'staged_rows'")
        return bool(cursor.fetchone()[0])


def outcome(fei_key="3004333526"):
    return inspected_without_official_action(
        inspections_of([fei_key]), since=SINCE, before=BEFORE
    ).outcome


# --- Reading ---------------------------------------------------------------------------------


def test_a_true_row_is_kept_as_fda_publishes_it():
    take(export(row()))
    kept = InspectionRecord.objects.values(
        "fei", "fei_key", "legal_name", "city", "state", "postal_code", "country", "fiscal_year"
    ).get()
    assert kept == {
        "fei": "3004333526",
        "fei_key": "3004333526",
        "legal_name": "Hollywood Health Products, Inc.",
        "city": "Sunrise",
        "state": "Florida",
        "postal_code": "33313",
        "country": "United States",
        "fiscal_year": 2020,
    }
    rest = InspectionRecord.objects.values_list(
        "inspection_id",
        "posted_citations",
        "ended_on",
        "classification",
        "project_area",
        "product_type",
        "additional_details",
        "fmd145_on",
        "conflicting",
    ).get()
    assert rest == (
        "1106400",
        "Yes",
        date(2019, 10, 11),
        "NAI",
        "Drug Quality Assurance",
        "Drugs",
        "",
        None,
        False,
    )


@pytest.mark.parametrize(
    "content",
    [
        export(row(), titles=["Inspections Classification Database", "Filters: none", ""]),
        export(row(), encoding="utf-8-sig"),
        export(row(), titles=["Title"], encoding="utf-8-sig"),
        export(row(), newline="\n"),
        export(row(), newline="\n").rstrip(b"\n"),
        export(row()) + b"\r\n\r\n" + b"," * 14 + b"\r\n",
        export(row(), header=[name.upper().replace(" ", "_") for name in HEADER]),
        export(
            row(),
            header=[{"Zip": "Zip Code", "Legal Name": "Company Name"}.get(n, n) for n in HEADER],
        ),
        export(row(), header=[*HEADER, "Address Line 1"]),
    ],
    ids=[
        "title lines",
        "byte order mark",
        "title and mark",
        "Unix lines",
        "no last newline",
        "blank lines at the end",
        "another spelling of the header",
        "names seen in public loaders",
        "an added column",
    ],
)
def test_the_file_is_read_however_it_was_downloaded(content):
    assert counts(take(content)) == (1, 0, 0, 0)
    assert InspectionRecord.objects.values_list("legal_name", "postal_code").get() == (
        "Hollywood Health Products, Inc.",
        "33313",
    )


@pytest.mark.parametrize(
    "content",
    [
        workbook(row()),
        workbook(row(), titles=["Inspections Classification Database", "", "Filters: none"]),
        workbook(row(), first_sheet=["Fiscal Year: 2020"]),
        workbook(row(), header=[*HEADER, "Address Line 1"]),
    ],
    ids=["plain", "title lines", "a sheet of filters first", "an added column"],
)
def test_a_workbook_is_read_as_the_same_rows(content):
    assert counts(take(export(row()), "inspections.csv")) == (1, 0, 0, 0)
    assert counts(take(content, "inspections.xlsx")) == (0, 0, 1, 0)


def test_a_row_of_a_workbook_is_named_by_its_number_in_the_sheet():
    titles = ["Title", "", "Filters"]
    imported = take(workbook(row(id="1"), row(classification="?"), titles=titles))
    assert list(imported.rejects) == [(6, "“?” is not a known classification")]


def test_an_added_column_between_the_others_shifts_nothing():
    values = list(row(name="Plain Name").values())
    lines = [
        [*HEADER[:2], "Address Line 1", *HEADER[2:]],
        [*values[:2], "1 Main Street", *values[2:]],
    ]
    take("".join(",".join(line) + "\n" for line in lines).encode())
    assert InspectionRecord.objects.values_list("city", "inspection_id").get() == (
        "Sunrise",
        "1106400",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_letters_beyond_ascii_survive_in_utf_8_and_in_windows_1252(encoding):
    take(export(row(name="Société Générale – Würzburg"), encoding=encoding))
    assert InspectionRecord.objects.get().legal_name == "Société Générale – Würzburg"


@pytest.mark.parametrize("fei", ["1526344", "0001526344", " 1526344 ", "1526344.0"])
def test_an_fei_is_found_without_leading_zeros_however_it_was_published(fei):
    take(export(row(fei=fei)))
    record = InspectionRecord.objects.get()
    assert (record.fei, record.fei_key) == (fei.strip(), "1526344")


@pytest.mark.parametrize("text", ["-", "", " - "])
def test_a_dash_or_nothing_means_not_yet_classified(text):
    take(export(row(classification=text)))
    assert InspectionRecord.objects.get().classification is None


@pytest.mark.parametrize("text", [VAI, "voluntary  action indicated (vai)", "VAI"])
def test_a_known_classification_is_read_in_any_case_and_spacing(text):
    take(export(row(classification=text)))
    assert InspectionRecord.objects.get().classification == "VAI"


@pytest.mark.parametrize("text", ["03/09/2018", "3/9/2018", "2018-03-09"])
def test_days_are_read_as_fda_writes_them_or_as_iso_dates(text):
    take(export(row(ended=text, letter=text)))
    record = InspectionRecord.objects.get()
    assert (record.ended_on, record.fmd145_on) == (date(2018, 3, 9), date(2018, 3, 9))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"classification": "Pending"}, "“Pending” is not a known classification"),
        ({"ended": "02/30/2020"}, "“02/30/2020” is a date that does not exist"),
        ({"ended": "13/01/2020"}, "“13/01/2020” is a date that does not exist"),
        ({"ended": "March 9"}, "“March 9” is not a date: MM/DD/YYYY is expected"),
        ({"ended": "03/09/0218"}, "“03/09/0218” is no possible date of an inspection"),
        ({"ended": "-"}, "has no inspection end date"),
        ({"letter": "02/29/2019"}, "“02/29/2019” is a date that does not exist"),
        ({"fei": "-"}, "has no FEI"),
        ({"fei": "12345678901"}, "“12345678901” is not an FEI: enter one to ten digits."),
        ({"fei": "0000000000"}, "An FEI of zeros alone does not name a facility."),
        ({"id": ""}, "has no inspection ID"),
        ({"year": "20"}, "“20” is not a fiscal year"),
        ({"area": "x" * 201}, "has a longer Project Area than can be true"),
    ],
)
def test_a_row_that_breaks_a_rule_is_rejected_with_its_line_and_reason(changes, reason):
    imported = take(export(row(id="1"), row(**changes), titles=["Title", "Filters"]))
    assert counts(imported) == (1, 0, 0, 1)
    assert list(imported.rejects) == [(5, reason)]
    assert imported.snapshot.rejects == [[5, reason]]


def test_a_row_with_too_few_or_too_many_values_is_rejected():
    lines = export(row(id="1"), row(id="2"), row(id="3"), newline="\n").decode().splitlines()
    lines[1] = lines[1].rsplit(",", 6)[0]
    lines[2] += ",surplus"
    lines[3] += ",,"
    imported = take("\n".join([*lines, ""]).encode())
    assert counts(imported) == (1, 0, 0, 2)
    assert list(imported.rejects) == [
        (2, "has 9 values where the file has 15 columns"),
        (3, "has 16 values where the file has 15 columns"),
    ]


def test_a_row_over_several_lines_is_named_by_its_first():
    imported = take(export(row(id="1", name="Two\nlines"), row(classification="?", name="a\nb")))
    assert [line for line, _ in imported.rejects] == [4]


def test_a_file_of_rejected_rows_alone_changes_no_record_but_is_counted():
    assert counts(take(export(row(classification="Pending")))) == (0, 0, 0, 1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.7\n1 0 obj", "The file is a PDF."),
        (b"PK\x03\x04rest", "The file is a broken Excel workbook or zip archive."),
        (zipped("a.txt", "b.txt"), "The file is a zip archive with 2 text files"),
        (zipped("xl/workbook.xml"), "The Excel workbook is broken."),
        (bomb(), "The file unpacks to "),
        (workbook(row())[:-400], "The file is a broken Excel workbook or zip archive."),
        (lying_bomb(), "The Excel workbook is broken."),
        (openpyxl_without_rows(), "The Excel workbook holds no sheet with rows."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "The file is an old or a protected Excel workbook."),
        (export(row()).replace(b"Sunrise", b"Sun\0rise"), "The file is not a text file."),
        (export(row(), encoding="utf-16"), "The file is not a text file."),
        (b"\x81\x8d\x90", "The file is neither UTF-8 nor Windows-1252 text."),
        (b"name;place\nA;B\n", "The file is not FDA's inspection export: no column names found."),
        (export(), "The file holds column names but no inspections."),
        (
            export(row(), header=[n for n in HEADER if n != "Classification"]),
            "The file lacks the column “Classification”.",
        ),
        (
            export(row(), header=["FEI" if n == "City" else n for n in HEADER]),
            "The file lacks the column “City”.",
        ),
        (
            export(row(), header=[*HEADER, "FEI"]),
            "The file has more than one column “FEI Number”.",
        ),
        (
            export(row(), row(id="2"))[:-60],
            "The file ends in the middle of line 3: the download was cut off.",
        ),
        (
            export(row()) + b'3004333526,"Holly',
            "The file is not well-formed CSV: line 3: unexpected end of data.",
        ),
        (
            export(row()) + b'1,"A"B,C\n',
            "The file is not well-formed CSV: line 3: ',' expected after '\"'.",
        ),
    ],
)
def test_a_file_that_is_not_the_export_is_refused_as_a_whole(content, words):
    take(export(row(id="99")))
    assert refused(content).startswith(words)


def test_without_the_look_at_its_directory_a_bomb_would_be_unpacked(monkeypatch):
    """The planted fault: the sentence that the bomb is refused with comes from that look alone."""
    monkeypatch.setattr("applications.public_data.files._refuse_bombs", lambda *args: None)
    assert refused(bomb()).startswith("The Excel workbook is broken.")


def test_without_unpacking_it_first_a_lying_bomb_would_reach_the_parser(monkeypatch, tmp_path):
    """The planted fault: a copy of the reading process that believes the directory."""
    script = Path(workbook_cells.__file__).read_text()
    guard = "        _unpack_as_declared(source)\n"
    assert guard in script
    (tmp_path / "believing.py").write_text(script.replace(guard, ""))
    monkeypatch.setattr("applications.public_data.files.SCRIPT", tmp_path / "believing.py")
    assert counts(take(lying_workbook())) == (1, 0, 0, 0)
    monkeypatch.undo()
    assert refused(lying_workbook(id="2")).startswith("The Excel workbook is broken.")


def test_a_file_that_cannot_be_opened_is_refused(tmp_path):
    with pytest.raises(Refusal, match="No such file"):
        import_inspections(tmp_path / "none.csv", file_name="none.csv", by=None, at=AT)


def test_a_file_above_the_limit_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)
    with pytest.raises(Refusal, match="larger than 512 MB"):
        import_inspections(path, file_name="huge.csv", by=None, at=AT)


# --- Loading ---------------------------------------------------------------------------------


def test_the_same_file_again_creates_and_updates_nothing():
    content = export(row(id="1"), row(id="1"), row(id="2", classification="?"), row(id="3"))
    first, second = take(content), take(content)
    assert counts(first) == (2, 0, 1, 1)
    assert counts(second) == (0, 0, 3, 1)
    assert second.snapshot == first.snapshot
    assert list(second.rejects) == list(first.rejects)
    assert TrailEntry.objects.filter(deed="import_inspections").count() == 1


def test_the_same_file_again_names_every_reject_though_only_some_are_kept(monkeypatch):
    monkeypatch.setattr("applications.public_data.snapshots.REJECTS_KEPT", 2)
    content = export(*(row(id=str(n), classification="?") for n in range(5)), row(id="9"))
    first, second = take(content), take(content)
    assert len(first.snapshot.rejects) == 2
    assert counts(second) == (0, 0, 1, 5)
    assert list(second.rejects) == list(first.rejects)
    assert InspectionImport.objects.count() == 1


def test_the_same_rows_in_another_file_are_unchanged_and_a_new_snapshot():
    rows = [row(id="1"), row(id="2")]
    first = take(export(*rows))
    second = take(export(*reversed(rows)))
    assert counts(second) == (0, 0, 2, 0)
    assert second.snapshot != first.snapshot
    assert newest_snapshot() == second.snapshot


def test_padding_of_the_fei_is_no_change():
    take(export(row(fei="1526344")))
    assert counts(take(export(row(fei="0001526344")))) == (0, 0, 1, 0)


def test_an_update_closes_the_old_row_and_adds_a_new_one():
    first = take(export(row(classification="-"), row(id="2")))
    second = take(export(row(classification=OAI), row(id="2")))
    assert counts(second) == (0, 1, 1, 0)
    history = InspectionRecord.objects.filter(inspection_id="1106400").order_by("id")
    assert list(history.values_list("classification", "first_import", "closed_by")) == [
        (None, first.snapshot.pk, second.snapshot.pk),
        ("OAI", second.snapshot.pk, None),
    ]
    assert outcome() == Outcome.FAILS


def test_a_row_that_the_newest_file_lacks_stays_marked_and_counts():
    take(export(row(id="1", classification=OAI), row(id="2")))
    second = take(export(row(id="2")))
    assert counts(second) == (0, 0, 1, 0)
    assert second.snapshot.absent == 1
    assert InspectionRecord.objects.get(inspection_id="1").absent_since == second.snapshot
    assert outcome() == Outcome.FAILS


def test_a_row_that_comes_back_loses_its_mark():
    take(export(row(id="1"), row(id="2")))
    take(export(row(id="2")))
    third = take(export(row(id="1"), row(id="2"), row(id="3")))
    assert counts(third) == (1, 0, 2, 0)
    in_force = InspectionRecord.objects.filter(closed_by=None)
    assert list(in_force.values_list("absent_since", flat=True)) == [None, None, None]


def test_a_row_that_stays_away_keeps_its_first_mark():
    take(export(row(id="1"), row(id="2")))
    second = take(export(row(id="2")))
    third = take(export(row(id="2"), row(id="3")))
    assert third.snapshot.absent == 1
    assert InspectionRecord.objects.get(inspection_id="1").absent_since == second.snapshot


def test_an_identical_repeat_in_the_file_counts_as_unchanged():
    assert counts(take(export(row(), row(fei="3004333526.0"), row(id="2")))) == (2, 0, 1, 0)


def test_a_contradicting_repeat_is_rejected_once_with_both_lines():
    imported = take(export(row(), row(id="2"), row(classification=VAI), titles=["Title"]))
    assert counts(imported) == (2, 0, 0, 1)
    assert list(imported.rejects) == [
        (
            5,
            "contradicts line 3: the same inspection, project area and product type with other "
            "values",
        )
    ]


def test_an_inspection_whose_rows_contradict_each_other_reads_undetermined():
    take(export(row(), row(classification=VAI)))
    (inspection,) = inspections_of(["3004333526"])
    assert (inspection.classification, inspection.conflicting) == (None, True)
    assert outcome() == Outcome.UNDETERMINED


def test_an_inspection_whose_rows_contradict_each_other_stays_oai_where_it_is():
    take(export(row(), row(classification=VAI), row(area="Bioresearch", classification=OAI)))
    (inspection,) = inspections_of(["3004333526"])
    assert (inspection.classification, inspection.conflicting) == (Classification.OAI, True)
    assert outcome() == Outcome.FAILS


def test_every_later_row_is_held_against_the_first():
    content = export(row(), row(), row(classification=VAI), row(), row(classification=OAI))
    imported = take(content)
    assert counts(imported) == (1, 0, 2, 2)
    assert [line for line, _ in imported.rejects] == [4, 6]


def test_rejects_of_both_kinds_are_listed_in_the_order_of_the_file():
    content = export(
        row(), row(ended="?"), row(classification=VAI), row(id="2", classification="?")
    )
    assert [line for line, _ in take(content).rejects] == [3, 4, 5]


def test_the_mark_of_a_contradiction_lasts_until_a_file_without_it():
    contradicting = export(row(), row(classification=VAI), row(id="2"))
    take(contradicting)
    assert counts(take(contradicting + export(row(id="3")).split(b"\r\n")[1])) == (1, 0, 2, 1)
    assert outcome() == Outcome.UNDETERMINED
    assert counts(take(export(row(), row(id="2"), row(id="3")))) == (0, 1, 2, 0)
    assert outcome() == Outcome.MEETS


def test_an_older_file_brought_again_is_the_newest_snapshot():
    older, newer = export(row(classification=VAI)), export(row(classification=OAI))
    take(older)
    take(newer)
    third = take(older)
    assert counts(third) == (0, 1, 0, 0)
    assert (newest_snapshot(), third.snapshot.number) == (third.snapshot, 3)
    assert outcome() == Outcome.MEETS


def test_the_deed_is_in_the_trail_with_its_counts():
    snapshot = take(export(row()), file_name="march.csv").snapshot
    entry = TrailEntry.objects.get(deed="import_inspections")
    assert (entry.subject_id, entry.at) == (str(snapshot.pk), AT)
    assert '"created":1' in re.sub(r"\s", "", entry.after_json)


def test_a_failure_at_the_end_leaves_nothing(monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("the trail cannot be written")

    take(export(row(id="1", classification=VAI)))
    monkeypatch.setattr("applications.public_data.snapshots.record", fail)
    with pytest.raises(RuntimeError):
        take(export(row(id="1", classification=OAI), row(id="2")))
    assert InspectionRecord.objects.values_list("classification", "closed_by").get() == (
        "VAI",
        None,
    )
    assert InspectionImport.objects.count() == 1


def test_a_second_import_waits_for_the_first():
    """The lock is held until the transaction ends, which here is that of the test."""
    take(export(row()))
    if connection.vendor == "sqlite":
        # There the one write lock, taken when a transaction begins, does it.
        assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        return
    another = connection.copy()
    try:
        with another.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [IMPORT_LOCK])
            assert cursor.fetchone() == (False,)
    finally:
        another.close()


def test_the_database_refuses_a_second_open_row_of_one_key():
    snapshot = take(export(row())).snapshot
    twin = InspectionRecord.objects.filter(closed_by=None, inspection_id="1106400").get()
    twin.pk, twin.first_import = None, snapshot
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


def in_force():
    """Each row in force: its values, and since which file it is absent."""
    return set(
        InspectionRecord.objects.filter(closed_by=None).values_list(
            "inspection_id", "classification", "legal_name", "conflicting", "absent_since__number"
        )
    )


def test_a_roll_back_brings_every_earlier_file_back():
    """Rows that came, changed, went, came back and contradicted, at each snapshot in turn."""
    files = [
        [row(id="1"), row(id="2"), row(id="3")],
        [row(id="1", classification=OAI), row(id="3"), row(id="4")],
        [row(id="2"), row(id="3"), row(id="3", classification=VAI), row(id="5")],
        [row(id="1", classification=OAI), row(id="4", name="Renamed")],
    ]
    known = []
    for content in files:
        snapshot = take(export(*content)).snapshot
        known.append((snapshot, in_force()))
    for snapshot, rows in [*known, *reversed(known[:-1])]:
        restored = roll_back(INSPECTIONS, snapshot, reason="Because.", by=None, at=AT)
        assert in_force() == rows
        assert (restored.restores, newest_snapshot()) == (snapshot, restored)
        assert restored.unchanged >= 0
    assert counts(take(export(*files[-1]))) == (1, 1, 0, 0)


def test_the_first_file_may_be_indexed_after_it_is_filled(monkeypatch):
    monkeypatch.setattr("applications.public_data.snapshots.INDEXED_AFTERWARDS_FROM", 0)
    indexes = indexes_on_record()
    assert counts(take(export(row(), row(), row(classification=VAI), row(id="2")))) == (2, 0, 1, 1)
    assert counts(take(export(row(id="2"), row(id="3")))) == (1, 0, 1, 0)
    assert indexes_on_record() == indexes
    test_the_database_refuses_a_second_open_row_of_one_key()


def indexes_on_record():
    """Index, key and constraint names of the rows on record, as the database has them."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, InspectionRecord._meta.db_table)
    return {name: (each["columns"], each["primary_key"]) for name, each in found.items()}


@pytest.mark.parametrize("name", ['Tab\there, "quoted", \\N and \x01 too', "\\N", "\x01", "\\."])
def test_values_with_tabs_and_quotes_survive(name):
    take(export(row(name=name, classification="-")))
    assert [(r.legal_name, r.classification) for r in InspectionRecord.objects.all()] == [
        (name, None)
    ]


_numbers = count()
RECORDED = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from([NAI, VAI, OAI, "-", "?"])), min_size=1, max_size=8
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(RECORDED, min_size=1, max_size=4))
def test_after_any_files_the_open_rows_are_those_of_a_plain_model(files):
    """A dictionary, updated by each file in turn, is the model."""
    with transaction.atomic():
        model, previous = {}, None
        triggers.drop()  # comes back when the test's transaction is rolled back
        for rows in (Recheck, InspectionRecord, InspectionImport):
            rows.objects.all().delete()
        for content in files:
            rows = [row(id=str(number), classification=text) for number, text in content]
            # The title makes each file another one, whatever its rows.
            imported = take(export(*rows, titles=[f"File {next(_numbers)}"]))
            kept, conflicts, repeats, rejected = {}, set(), 0, 0
            for number, text in content:
                if text == "?":
                    rejected += 1
                elif number not in kept:
                    kept[number] = text
                elif kept[number] == text:
                    repeats += 1
                else:
                    rejected += 1
                    conflicts.add(number)
            facts = {number: (text, number in conflicts) for number, text in kept.items()}
            created = len(facts.keys() - model.keys())
            updated = sum(1 for n in facts.keys() & model.keys() if facts[n] != model[n])
            same = len(facts) - created - updated + repeats
            assert counts(imported) == (created, updated, same, rejected)
            assert imported.snapshot.absent == len(model.keys() - facts.keys())
            model |= facts
            previous = facts
        known = {NAI: "NAI", VAI: "VAI", OAI: "OAI", "-": None}
        stored = InspectionRecord.objects.filter(closed_by=None).values_list(
            "inspection_id", "classification", "conflicting", "absent_since"
        )
        assert {(int(n), c, f, absent is None) for n, c, f, absent in stored} == {
            (n, known[text], flag, n in previous) for n, (text, flag) in model.items()
        }


# --- Reading back ----------------------------------------------------------------------------


def test_inspections_come_newest_first_with_their_project_areas():
    take(
        export(
            row(id="1", ended="03/01/2016", classification=NAI),
            row(id="2", ended="03/01/2018", classification=VAI),
            row(id="2", ended="03/01/2018", classification=NAI, area="Bioresearch Monitoring"),
            row(id="3", ended="03/01/2019", fei="7"),
        )
    )
    inspections = inspections_of(["3004333526"])
    assert [(i.id, i.classification.value) for i in inspections] == [("2", "VAI"), ("1", "NAI")]
    assert inspections[0].project_areas == (
        ("Bioresearch Monitoring", Classification.NAI, "Drugs"),
        ("Drug Quality Assurance", Classification.VAI, "Drugs"),
    )


def test_an_inspection_with_two_end_dates_is_weighed_at_both():
    take(
        export(
            row(ended="09/30/2020", classification=OAI),
            row(ended="10/01/2020", classification=NAI, area="Bioresearch Monitoring"),
        )
    )
    assert [i.ended_on for i in inspections_of(["3004333526"])] == [
        date(2020, 10, 1),
        date(2020, 9, 30),
    ]
    assert outcome() == Outcome.FAILS


def test_several_feis_of_one_site_are_read_together():
    take(export(row(id="1", fei="1526344"), row(id="2", fei="3004333526")))
    assert len(inspections_of(["1526344", "3004333526"])) == 2


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (History.CLEAN, Outcome.MEETS),
        (History.OFFICIAL_ACTION, Outcome.FAILS),
        (History.OFFICIAL_ACTION_BEFORE_THE_WINDOW, Outcome.MEETS),
        (History.NOT_YET_CLASSIFIED, Outcome.UNDETERMINED),
        (History.NONE_IN_THE_WINDOW, Outcome.UNDETERMINED),
    ],
)
def test_the_demonstration_file_tells_each_history(history, expected):
    sites = [
        DemonstratedSite("3009000001", "Other, Inc.", "Dover", "Delaware", "19901", "US", history),
        DemonstratedSite("0001526344", "Site", "Cork", "", "", "Ireland", history),
    ]
    imported = take(demonstration_file(sites).encode())
    assert imported.summary["rejected"] == 0
    assert [outcome("1526344"), outcome("3009000001")] == [expected, expected]
