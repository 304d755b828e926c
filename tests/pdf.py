"""Reads the text of PDFs as a person would copy it, with pypdf."""

import io

from pypdf import PdfReader

MARGIN_POINTS = 60  # running headers and footers stand in it


def pages_of(pdf_bytes: bytes, *, running: bool = False) -> list[str]:
    """The text of each page; running headers and footers only when asked for.

    Compare texts without their white space: lines break where the page is full.
    """
    pages = []
    for page in PdfReader(io.BytesIO(pdf_bytes)).pages:
        body: list[str] = []
        top = float(page.mediabox.top) - MARGIN_POINTS

        def keep(text, cm, tm, _font, _size, body=body, top=top):
            height = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            if MARGIN_POINTS < height < top:
                body.append(text)

        whole = page.extract_text(visitor_text=keep)
        pages.append(whole if running else "".join(body))
    return pages
