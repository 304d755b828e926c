"""Printing: tagged and checked, packaged assets only, text as typed."""

import hashlib
import io
import logging
import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime

import pikepdf
import pytest

from qmm_pilot import printing
from tests.pdf import pages_of

MOMENT = datetime(2021, 7, 28, 15, 4, tzinfo=UTC)
BODY = """
<h1>Report</h1><h2 id="one">One</h2><p>See <a href="#one">the first part</a>.</p>
<table><thead><tr><th>Name</th><th>Level</th></tr></thead>
<tbody><tr><th scope="row">Planning</th><td>3</td></tr></tbody></table>
<figure><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>A square</title>
<rect width="9" height="9"/></svg></figure>
"""
TYPED = "≥ 12 weeks − “quoted” ‘so’ & <b>not bold</b> ΑΩ αβγ Жизнь щ naïve Łódź fi ffl 5 × 10⁻³ ™"


def document(body: str = BODY) -> str:
    return f"<!doctype html><html lang=en-US><title>x</title><body>{body}"


def printed(body: str = BODY) -> bytes:
    return printing.render_pdf(document(body), title="A report", moment=MOMENT)


def squeezed(text: str) -> str:
    return "".join(text.split())


@contextmanager
def edited():
    """Yield a sound document for a fault to be planted in it."""
    with pikepdf.open(io.BytesIO(printed())) as pdf:
        yield pdf


def damaged(pdf) -> list[str]:
    """Return what the structure check says of the edited document."""
    target = io.BytesIO()
    pdf.save(target)
    return printing.check_structure(target.getvalue())


def elements(pdf, kind: str) -> list:
    return [item for item in pdf.objects if getattr(item, "get", None) and item.get("/S") == kind]


def test_a_printed_document_passes_the_structure_check():
    assert printing.check_structure(printed()) == []


def test_a_document_carries_its_title_language_and_moment():
    with pikepdf.open(io.BytesIO(printed())) as pdf:
        told = str(pdf.docinfo.Title), str(pdf.Root.Lang), str(pdf.docinfo.CreationDate)
    assert told == ("A report", "en-US", "D:20210728150400Z")


def test_running_headers_and_footers_are_artifacts_outside_the_structure():
    pdf_bytes = printed()
    assert "Page 1 of 1" in pages_of(pdf_bytes, running=True)[0]
    with pikepdf.open(io.BytesIO(pdf_bytes)) as pdf:
        marks = [
            str(instruction.operands[0])
            for instruction in pikepdf.parse_content_stream(pdf.pages[0])
            if str(instruction.operator) in ("BMC", "BDC")
        ]
    assert marks.count("/Artifact") >= 2


def test_header_cells_say_what_they_head_and_links_say_where_they_lead():
    with pikepdf.open(io.BytesIO(printed())) as pdf:
        scopes = [str(cell.A.Scope) for cell in elements(pdf, "/TH")]
        links = [str(note.Contents) for note in pdf.pages[0].Annots]
    assert scopes == ["/Column", "/Column", "/Row"]
    assert links == ["the first part"]


def test_the_same_html_and_moment_give_the_same_bytes_in_another_process():
    program = (
        "import hashlib, sys; from tests.qmm_pilot.test_printing import printed; "
        "print(hashlib.sha256(printed()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    other = subprocess.run(
        [sys.executable, "-c", program],
        cwd=printing.STATIC.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == hashlib.sha256(printed()).hexdigest()


# --- Each fault planted, each found -------------------------------------------------------------
def test_an_untagged_document_is_found():
    import weasyprint

    plain = weasyprint.HTML(string=document("<h1>Report</h1>")).write_pdf()
    faults = printing.check_structure(plain)
    assert "It is not marked as tagged." in faults
    assert "It has no structure tree." in faults
    assert "Its metadata do not carry the PDF/UA-1 identifier." in faults


def test_a_figure_without_alternate_text_is_found():
    with edited() as pdf:
        del elements(pdf, "/Figure")[0].Alt
        assert damaged(pdf) == ["A figure has no alternate text."]


def test_a_missing_title_is_found():
    with edited() as pdf:
        del pdf.docinfo.Title
        assert damaged(pdf) == ["It has no title."]


def test_a_title_that_no_window_shows_is_found():
    with edited() as pdf:
        pdf.Root.ViewerPreferences.DisplayDocTitle = False
        assert damaged(pdf) == ["Its title is not shown in the window."]


def test_a_missing_language_is_found():
    with edited() as pdf:
        del pdf.Root.Lang
        assert damaged(pdf) == ["It names no language."]


def test_an_unlisted_font_is_found():
    with edited() as pdf:
        next(iter(pdf.pages[0].Resources.Font.values())).BaseFont = pikepdf.Name("/ABCDEF+Arial")
        assert damaged(pdf) == ["The font Arial is not on the list."]


def test_a_font_that_is_not_embedded_is_found():
    with edited() as pdf:
        for font in pdf.pages[0].Resources.Font.values():
            del font.DescendantFonts[0].FontDescriptor.FontFile2
        assert "The font Source-Sans-3 is not embedded." in damaged(pdf)


def test_a_header_cell_without_scope_is_found():
    with edited() as pdf:
        del elements(pdf, "/TH")[0].A.Scope
        assert damaged(pdf) == [
            "A table’s header cell does not say whether it heads a row or a column."
        ]


def test_a_table_without_header_cells_is_found():
    with edited() as pdf:
        for cell in elements(pdf, "/TH"):
            cell.S = pikepdf.Name("/TD")
        assert damaged(pdf) == ["A table has no header cells."]


def test_an_embedded_file_is_found():
    with edited() as pdf:
        pdf.attachments["note.txt"] = b"anything"
        assert damaged(pdf) == ["It holds embedded files."]


def test_a_file_that_is_no_pdf_is_found():
    assert printing.check_structure(b"not a PDF") == ["The file is not a readable PDF."]


def test_a_gap_between_headings_stops_the_printing_and_is_named():
    with pytest.raises(printing.PrintingFailed, match="A heading of level 3 follows one of level"):
        printed("<h1>Report</h1><h3>Deep</h3>")


def test_letters_that_the_fonts_lack_stop_the_printing_and_are_named():
    with pytest.raises(printing.PrintingFailed, match=r"'中' \(U\+4E2D\)"):
        printed("<h1>Report</h1><p>中</p>")


# --- Fonts and style sheet ----------------------------------------------------------------------
def test_the_packaged_fonts_are_exactly_those_of_the_manifest():
    folder = [path for path in printing.FONTS.iterdir() if path.name != "manifest.json"]
    listed = {}
    for family in printing.font_manifest()["families"]:
        for file in [family["license_file"], *family["files"]]:
            listed[file["name"]] = file["sha256"]
    packaged = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder}
    assert packaged == listed


def test_every_face_has_every_letter_that_counts_as_printable():
    from fontTools.ttLib import TTFont

    first, *others = printing.font_manifest()["families"][0]["files"]
    letters = set(TTFont(printing.FONTS / first["name"]).getBestCmap())
    for other in others:
        assert letters <= set(TTFont(printing.FONTS / other["name"]).getBestCmap())


def test_the_style_sheet_is_small_and_wholly_understood(caplog):
    caplog.set_level(logging.WARNING)
    logger = logging.getLogger("weasyprint")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        printing._Press(printing.packaged_assets_only())
    finally:
        logger.setLevel(level)
    assert caplog.messages == []
    assert (printing.STATIC / "css" / "print.css").stat().st_size <= 4096


def test_one_press_serves_a_whole_process():
    assert printing._press(os.getpid()) is printing._press(os.getpid())


# --- Text from people ---------------------------------------------------------------------------
def test_text_comes_out_as_it_was_typed():
    from django.utils.html import escape

    pages = pages_of(printed(f"<h1>Report</h1><p>{escape(TYPED)}</p>"))
    assert squeezed(TYPED) in squeezed(pages[0])


@pytest.fixture
def listener():
    """Count the connections to a local port."""
    server = socket.create_server(("127.0.0.1", 0))
    calls = []

    def accept():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            calls.append(1)
            connection.close()

    thread = threading.Thread(target=accept)
    thread.start()
    yield server.getsockname()[1], calls
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def hostile(folder, port: int) -> str:
    (folder / "canary.css").write_text("h1::before { content: 'CANARY ' }")
    (folder / "canary.txt").write_text("CANARY")
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="20">'
    (folder / "canary.svg").write_text(f'{drawing}<text y="15">CANARY</text></svg>')
    local, remote = f"file://{folder}/canary", f"http://127.0.0.1:{port}/canary"
    return (
        f'<base href="file://{folder}/"><link rel="attachment" href="{local}.txt">'
        f'<link rel="stylesheet" href="{local}.css"><link rel="stylesheet" href="{remote}.css">'
        f"<style>@import url({local}.css); @import url({remote}.css);"
        f'@font-face {{ font-family: "Source Sans 3"; src: url({remote}.ttf) }}'
        f"h1 {{ background: url({remote}.png) }}</style>"
        f'<h1>Report</h1><p><img alt="a" src="{local}.svg"><img alt="b" src="{remote}.png">'
        f'<img alt="c" src="canary.svg"><a rel="attachment" href="{local}.txt">file</a></p>'
        f'<object data="{local}.svg">none</object><embed src="{remote}.svg">'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>d</title>'
        f'<image href="{local}.svg" width="9" height="9"/><use href="{remote}.svg#a"/></svg>'
        '<img alt="e" src="asset:fonts/../css/print.css"><img alt="f" src="asset:fonts/%2e%2e/x">'
        '<img alt="g" src="data:image/svg+xml,<svg/>"><p style="background:url(//x/y)">end</p>'
    )


def traces(press, source: str, calls: list) -> tuple[bool, bool, bool]:
    """Print; tell whether the canary was printed, a file embedded, or the listener called."""
    pdf_bytes = press.print(source, title="A report", language="en-US", moment=MOMENT)
    with pikepdf.open(io.BytesIO(pdf_bytes)) as pdf:
        embedded = "/EmbeddedFiles" in pdf.Root.get("/Names", {}) or any(
            note.Subtype == "/FileAttachment"
            for page in pdf.pages
            for note in page.get("/Annots", [])
        )
    return "CANARY" in "".join(pages_of(pdf_bytes)), embedded, bool(calls)


def test_no_markup_reads_a_file_or_calls_the_network(tmp_path, listener, caplog):
    port, calls = listener
    caplog.set_level(logging.DEBUG)
    press = printing._Press(printing.packaged_assets_only())
    found = traces(press, document(hostile(tmp_path, port)), calls)
    assert found == (False, False, False)
    assert [message for message in caplog.messages if "canary" in message] == []


def test_a_fetcher_that_serves_everything_would_be_noticed(tmp_path, listener):
    """The mutant of the test above."""
    from weasyprint.urls import URLFetcher

    packaged = printing.packaged_assets_only()

    class ServesEverything(URLFetcher):
        def fetch(self, url, headers=None):
            if printing.ASSET.fullmatch(url):
                return packaged.fetch(url, headers)
            return super().fetch(url, headers)

    port, calls = listener
    found = traces(printing._Press(ServesEverything()), document(hostile(tmp_path, port)), calls)
    assert found == (True, True, True)


@pytest.mark.parametrize(
    "address",
    [
        "asset:fonts/../../../manage.py",
        "asset:fonts/manifest.json",
        "asset:vendor/x.ttf",
        "asset:css/print.css?x",
        "file:///etc/passwd",
        "http://localhost/",
        "data:text/css,*{}",
    ],
)
def test_the_fetcher_refuses_every_address_that_is_no_packaged_asset(address):
    with pytest.raises(ValueError, match="Only packaged assets are printed"):
        printing.packaged_assets_only().fetch(address)
