"""The row rules of FDA's published inspection classifications.

The export of FDA's Data Dashboard has 15 columns, one row per project area of an inspection, `-`
for missing, MM/DD/YYYY. The rules are applied here, once, for both database engines.
"""

import re

from applications.eligibility import Classification
from applications.models import InspectionRecord

from .columns import (
    Column,
    Once,
    bare,
    digits_alone,
    fei,
    fei_key,
    iso_date,
    or_missing,
    text_of,
    texts_alone,
    without_decimal,
)
from .files import LARGEST_FILE, Layout

# Raised whenever a rule below changes: a file read under older rules is then read anew.
ROW_RULES = 2

HEADERS = {
    "fei": ("FEI Number", "FEI"),
    "legal_name": ("Legal Name", "Company Name"),
    "city": ("City",),
    "state": ("State",),
    "postal_code": ("Zip", "Zip Code"),
    "country": ("Country/Area", "Country"),
    "fiscal_year": ("Fiscal Year",),
    "inspection_id": ("Inspection ID",),
    "posted_citations": ("Posted Citations",),
    "ended_on": ("Inspection End Date",),
    "classification": ("Classification",),
    "project_area": ("Project Area",),
    "product_type": ("Product Type",),
    "additional_details": ("Additional Details",),
    "fmd145_on": ("FMD-145 Date",),
}
# What a row becomes, in this order, after its line number.
FIELDS = ("fei", "fei_key", *list(HEADERS)[1:])

LAYOUT = Layout(
    headers=HEADERS,
    called="FDA's inspection export",
    wanted=(
        "Please download the inspection classifications from FDA's Data Dashboard as CSV or XLSX."
    ),
    noun="inspections",
    delimiter=",",
    largest_content=LARGEST_FILE,
    names_persons=False,
)


def columns(missing) -> dict[str, tuple[str, Column]]:
    """FIELDS, each with the column that it is read from and its rule.

    `missing` stands for a missing year, class or day of a letter.
    """
    plain_fei = Once(digits_alone(10))
    rules: dict[str, Column] = {
        "fei": Column(fei, plain=plain_fei),
        "fei_key": Column(fei_key, plain=plain_fei),
        "legal_name": Column(_text("legal_name"), plain=texts_alone(_longest("legal_name"))),
        "fiscal_year": Column(or_missing(missing, _year)),
        "inspection_id": Column(_number, plain=digits_alone(20)),
        "ended_on": Column(_end),
        "classification": Column(or_missing(missing, _known_classification)),
        "fmd145_on": Column(or_missing(missing, iso_date)),
    }
    return {
        field: (
            "fei" if field == "fei_key" else field,
            rules[field] if field in rules else Column(_text(field)),
        )
        for field in FIELDS
    }


def _text(field):
    return text_of(HEADERS[field][0], _longest(field))


def _longest(field: str) -> int:
    return InspectionRecord._meta.get_field(field).max_length or 0


_long_number = _text("inspection_id")


def _number(cell: str) -> str:
    number = without_decimal(_long_number(cell))
    if not number:
        raise ValueError("has no inspection ID")
    return number


def _end(cell: str) -> str:
    text = bare(cell)
    if not text:
        raise ValueError("has no inspection end date")
    return iso_date(text)


def _known_classification(text: str) -> str:
    plain = " ".join(text.split()).casefold()
    for known in Classification:
        if plain in {f"{known.label} ({known.value})".casefold(), known.value.casefold()}:
            return known.value
    raise ValueError(f"“{text[:80]}” is not a known classification")


def _year(text: str) -> str:
    year = without_decimal(text)
    if not re.fullmatch(r"(19|20|21)[0-9]{2}", year):
        raise ValueError(f"“{text[:40]}” is not a fiscal year")
    return year
