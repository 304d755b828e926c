"""HTML to tagged PDF/UA-1: one press per process, packaged assets only, structure checked."""

from __future__ import annotations

import functools
import io
import json
import logging
import os
import re
import threading
import unicodedata
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

STATIC = Path(__file__).resolve().parent.parent / "static"
FONTS = STATIC / "vendor" / "fonts"

# The only things a document may load, by name: asset:css/print.css, asset:fonts/…, asset:img/….
ASSET = re.compile(r"asset:(css|fonts|img)/([A-Za-z0-9-]+\.(?:css|ttf|svg|png))")
ASSET_FOLDERS = {"css": STATIC / "css", "fonts": FONTS, "img": STATIC / "img"}
ASSET_TYPES = {
    "css": "text/css",
    "ttf": "font/ttf",
    "svg": "image/svg+xml",
    "png": "image/png",
}

HEADINGS = {"/H1": 1, "/H2": 2, "/H3": 3, "/H4": 4, "/H5": 5, "/H6": 6}
PDFUA_PART = re.compile(rb"pdfuaid:part(?:=[\"']1[\"']|>1<)")

# WeasyPrint's messages repeat addresses and text of the document, which no log may hold.
logging.getLogger("weasyprint").setLevel(logging.CRITICAL + 1)
logging.getLogger("fontTools").setLevel(logging.CRITICAL + 1)

_printing = threading.Lock()  # fontconfig and the shared style sheet serve one render at a time


class PrintingFailed(Exception):  # noqa: N818 - named as people say it
    """A document could not be printed; its text names what failed, for the person."""


def render_pdf(
    html: str, *, title: str, language: str = "en-US", moment: datetime | None = None
) -> bytes:
    """Print HTML as tagged PDF/UA-1 and check its structure.

    `language` is a BCP 47 tag; `moment` (aware) becomes the document's date, so that the same
    HTML, title and moment give the same bytes. Raises PrintingFailed naming every fault: letters
    that the packaged fonts lack, or what `check_structure` finds.
    """
    if missing := unprintable(unescape(html)):
        shown = ", ".join(f"{letter!r} (U+{ord(letter):04X})" for letter in missing[:10])
        raise PrintingFailed(
            f"The document’s fonts have no letter for {shown}. Write it in Latin, Greek or "
            "Cyrillic letters."
        )
    with _printing:
        pdf = _press(os.getpid()).print(html, title=title, language=language, moment=moment)
    if faults := check_structure(pdf):
        raise PrintingFailed("The printed document is not accessible: " + " ".join(faults))
    return pdf


def unprintable(text: str) -> list[str]:
    """Return the letters of `text` that the packaged fonts lack, each once, in code order.

    Spaces and invisible format characters need no glyph.
    """
    missing = (chr(code) for code in sorted(set(map(ord, text)) - _covered()))
    return [letter for letter in missing if unicodedata.category(letter) not in ("Zs", "Cf")]


@functools.cache
def font_manifest() -> dict:
    """The list of packaged fonts: family, version, license and SHA-256 of each file."""
    return json.loads((FONTS / "manifest.json").read_text(encoding="utf-8"))


@functools.cache
def _covered() -> frozenset[int]:
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - slow to import

    letters = {0x09, 0x0A, 0x0C, 0x0D}
    with TTFont(FONTS / font_manifest()["families"][0]["files"][0]["name"], lazy=True) as font:
        return frozenset(letters | set(font.getBestCmap()))


@functools.cache
def _press(process_id: int) -> _Press:
    """One press for each process: a forked worker child never shares its parent's fonts."""
    return _Press(packaged_assets_only())


class _Press:
    """The style sheet parsed once, with the font configuration that loaded its faces."""

    def __init__(self, fetcher) -> None:
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration

        self._weasyprint = weasyprint
        self._fonts = FontConfiguration()
        self._fetcher = fetcher
        self._stylesheet = weasyprint.CSS(
            url="asset:css/print.css", font_config=self._fonts, url_fetcher=self._fetcher
        )

    def print(self, html: str, *, title: str, language: str, moment: datetime | None) -> bytes:
        source = self._weasyprint.HTML(string=html, url_fetcher=self._fetcher)
        document = source.render(font_config=self._fonts, stylesheets=[self._stylesheet])
        document.metadata.title = title
        document.metadata.lang = language
        document.metadata.attachments = []
        if moment is not None:
            stamp = f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
            document.metadata.created = document.metadata.modified = stamp
        names = {
            (link.get("href") or "")[1:]: "".join(link.itertext()).strip()
            for link in source.etree_element.iter("a")
        }
        # No file identifier: PDF/UA-1 asks for none, and making one packs every stream twice.
        return document.write_pdf(
            pdf_variant="pdf/ua-1", finisher=functools.partial(_finish, link_names=names)
        )


def packaged_assets_only():
    """Return a WeasyPrint fetcher that serves the packaged assets and refuses all else.

    It must be a URLFetcher: WeasyPrint 70 turns its errors into a missing resource, while an
    error in a plain function ends the rendering.
    """
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class PackagedAssets(URLFetcher):
        def fetch(self, url, headers=None):
            asset = ASSET.fullmatch(url)
            if asset is None:
                raise ValueError("Only packaged assets are printed.")
            path = ASSET_FOLDERS[asset[1]] / asset[2]
            content_type = ASSET_TYPES[path.suffix[1:]]
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": content_type})

    return PackagedAssets()


def _finish(document, pdf, *, link_names: dict[str, str]) -> None:
    """Mend what WeasyPrint 70 leaves short of PDF/UA-1, before the file is written.

    Running headers and footers become artifacts (ISO 14289-1, 7.8), header cells get their scope
    (7.5), links say where they lead instead of naming an anchor (7.18.5).
    """
    elements = {item.reference: item for item in _dictionaries(pdf, "Type", "/StructElem")}
    tree = pdf.objects[_number(pdf.catalog["StructTreeRoot"])]
    root = tree["K"][0]
    reachable = set(elements[root]["K"])
    numbers = pdf.objects[_number(tree["ParentTree"])]["Nums"]
    for page, marks in zip(numbers[0::2], numbers[1::2], strict=True):
        if not isinstance(marks, list):
            continue  # a link's own entry, not a page's
        running = {}
        for mark, reference in enumerate(marks):
            chain = [reference]
            while elements[chain[-1]]["P"] != root:
                chain.append(elements[chain[-1]]["P"])
            if chain[-1] not in reachable:
                running[mark] = chain
        page_object = pdf.objects[_number(pdf.page_references[page])]
        stream = pdf.objects[_number(page_object["Contents"])].stream
        for place, item in enumerate(stream):
            if isinstance(item, dict) and item.get("MCID") in running:
                stream[place - 1] = "/Artifact"
                item.clear()
                item["Type"] = "/Pagination"
        for mark, chain in running.items():
            marks[mark] = b"null"
            for orphan in chain:
                elements[orphan].clear()
    for element in elements.values():
        if element.get("S") == "/TR":
            cells = [elements[kid] for kid in element["K"]]
            scope = "/Row" if any(cell["S"] == "/TD" for cell in cells) else "/Column"
            for cell in cells:
                if cell["S"] == "/TH":
                    cell["A"]["Scope"] = scope
    for link in _dictionaries(pdf, "Subtype", "/Link"):
        if "Dest" in link:
            target = link["Dest"].string
            link["Contents"].string = link_names.get(target) or target


def _dictionaries(pdf, key: str, value: str) -> list[Any]:
    return [item for item in pdf.objects if isinstance(item, dict) and item.get(key) == value]


def _number(reference: bytes) -> int:
    return int(reference.split()[0])


def check_structure(pdf_bytes: bytes) -> list[str]:
    """Return what a PDF lacks of PDF/UA-1, as sentences; an empty list means that it passes.

    Checked by structure, with no certified validator: tags, language, title, PDF/UA identifier,
    order of headings, header cells with scope, alternate text, embedded fonts on our list,
    no embedded files.
    """
    import pikepdf  # noqa: PLC0415 - slow to import

    try:
        pdf = pikepdf.open(io.BytesIO(pdf_bytes))
    except pikepdf.PdfError:
        return ["The file is not a readable PDF."]
    with pdf:
        root: Any = pdf.Root
        faults: list[str] = []
        if not root.get("/MarkInfo", {}).get("/Marked", False):
            faults.append("It is not marked as tagged.")
        if not str(root.get("/Lang", "")):
            faults.append("It names no language.")
        if not str(pdf.docinfo.get("/Title", "")).strip():
            faults.append("It has no title.")
        if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False):
            faults.append("Its title is not shown in the window.")
        if "/Metadata" not in root or not PDFUA_PART.search(root.Metadata.read_bytes()):
            faults.append("Its metadata do not carry the PDF/UA-1 identifier.")
        if "/EmbeddedFiles" in root.get("/Names", {}):
            faults.append("It holds embedded files.")
        if "/StructTreeRoot" not in root:
            faults.append("It has no structure tree.")
        else:
            faults += _structure_faults(root.StructTreeRoot)
        return faults + _font_faults(pdf)


def _structure_faults(tree) -> list[str]:
    """Walk the structure tree in reading order, once."""
    faults, last_heading, has_content = [], 0, False
    waiting = [tree]
    while waiting:
        element = waiting.pop()
        kind = str(element.get("/S", ""))
        if kind in HEADINGS:
            level = HEADINGS[kind]
            if level > last_heading + 1:
                faults.append(f"A heading of level {level} follows one of level {last_heading}.")
            last_heading = level
        elif kind == "/Figure":
            if not str(element.get("/Alt", "")).strip():
                faults.append("A figure has no alternate text.")
        elif kind == "/Table":
            faults += _table_faults(element)
        below, has_marks = _kids(element)
        has_content = has_content or has_marks
        waiting.extend(reversed(below))
    if not has_content:
        faults.append("Its structure tree holds no content.")
    elif not last_heading:
        faults.append("It has no heading.")
    return faults


def _table_faults(table) -> list[str]:
    """A table needs header cells, and each of them a scope."""
    headers, waiting = [], [table]
    while waiting:
        for kid in _kids(waiting.pop())[0]:
            if kid.S == "/TH":
                headers.append(kid)
            elif kid.S in ("/THead", "/TBody", "/TFoot", "/TR"):
                waiting.append(kid)
    if not headers:
        return ["A table has no header cells."]
    if any("/Scope" not in header.get("/A", {}) for header in headers):
        return ["A table’s header cell does not say whether it heads a row or a column."]
    return []


def _kids(element) -> tuple[list, bool]:
    """Return the structure elements below one, and whether it marks content itself."""
    from pikepdf import Array, Dictionary  # noqa: PLC0415 - slow to import

    kids = element.get("/K", [])
    kids = list(kids) if isinstance(kids, Array) else [kids]
    below = [kid for kid in kids if isinstance(kid, Dictionary) and "/S" in kid]
    return below, len(below) < len(kids)


def _font_faults(pdf) -> list[str]:
    """Every font that any page, pattern or form uses is embedded and on the manifest's list."""
    allowed = {family["family"].replace(" ", "-") for family in font_manifest()["families"]}
    faults, seen = [], set()
    waiting = [page.get("/Resources", {}) for page in pdf.pages]
    while waiting:
        resources = waiting.pop()
        for name in ("/XObject", "/Pattern"):
            for item in resources.get(name, {}).values():
                if "/Resources" in item and item.objgen not in seen:
                    seen.add(item.objgen)
                    waiting.append(item.Resources)
        for font in resources.get("/Font", {}).values():
            if font.objgen in seen:
                continue
            seen.add(font.objgen)
            base = str(font.get("/BaseFont", "")).partition("+")[2].replace(",", "")
            if not any(base == name or base.startswith(f"{name}-") for name in allowed):
                faults.append(f"The font {base or 'without name'} is not on the list.")
            holder = font.DescendantFonts[0] if "/DescendantFonts" in font else font
            descriptor = holder.get("/FontDescriptor", {})
            if not any(f"/FontFile{suffix}" in descriptor for suffix in ("", "2", "3")):
                faults.append(f"The font {base or 'without name'} is not embedded.")
    return faults
