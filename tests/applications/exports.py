"""Writes FDA's two public files as published, with the quirks that a test asks for."""

import csv
import io
from datetime import datetime

import openpyxl

HEADER = [
    "FEI Number",
    "Legal Name",
    "City",
    "State",
    "Zip",
    "Country/Area",
    "Fiscal Year",
    "Inspection ID",
    "Posted Citations",
    "Inspection End Date",
    "Classification",
    "Project Area",
    "Product Type",
    "Additional Details",
    "FMD-145 Date",
]
NAI = "No Action Indicated (NAI)"
VAI = "Voluntary Action Indicated (VAI)"
OAI = "Official Action Indicated (OAI)"
# A true row of FDA's export.
HOLLYWOOD = {
    "FEI Number": "3004333526",
    "Legal Name": "Hollywood Health Products, Inc.",
    "City": "Sunrise",
    "State": "Florida",
    "Zip": "33313",
    "Country/Area": "United States",
    "Fiscal Year": "2020",
    "Inspection ID": "1106400",
    "Posted Citations": "Yes",
    "Inspection End Date": "10/11/2019",
    "Classification": NAI,
    "Project Area": "Drug Quality Assurance",
    "Product Type": "Drugs",
    "Additional Details": "-",
    "FMD-145 Date": "-",
}
SHORT = {
    "fei": "FEI Number",
    "name": "Legal Name",
    "id": "Inspection ID",
    "ended": "Inspection End Date",
    "classification": "Classification",
    "area": "Project Area",
    "product": "Product Type",
    "year": "Fiscal Year",
    "letter": "FMD-145 Date",
    "details": "Additional Details",
}


def row(**changes):
    """FDA's true row, with the columns that matter to the test named in short."""
    return HOLLYWOOD | {SHORT[name]: value for name, value in changes.items()}


def export(*rows, titles=(), header=HEADER, encoding="utf-8", newline="\r\n"):
    """The file's bytes; `header` may rename or add columns, found by their place."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=newline)
    writer.writerows([title] for title in titles)
    writer.writerow(header)
    for each in rows:
        writer.writerow([each.get(name, "") for name in (HEADER + list(header[len(HEADER) :]))])
    return text.getvalue().encode(encoding)


REGISTRATION_HEADER = [
    " FEI_NUMBER",  # the leading space is FDA's
    "DUNS_NUMBER",
    "FIRM_NAME",
    "ADDRESS",
    "EXPIRATION_DATE",
    "OPERATIONS",
    "ESTABLISHMENT_CONTACT_NAME",
    "ESTABLISHMENT_CONTACT_EMAIL",
    "AGENT_DETAILS",
    "REGISTRANT_NAME",
    "REGISTRANT_DUNS",
    "REGISTRANT_CONTACT_NAME",
    "REGISTRANT_CONTACT_EMAIL",
    "EXCLUSION_FLAG",
]
CONTACT = "jane.contact@agent.example"


def registration(**changes):
    """One row of drls_reg.txt; the columns that matter named in lower case."""
    row = {
        "fei_number": "0001526344",
        "duns_number": "001234567",
        "firm_name": "Example Labs",
        "address": "1 Main St,  Springfield,  Illinois (IL)  62701,  United States (USA)",
        "expiration_date": "12/31/2026",
        "operations": "MANUFACTURE; ANALYSIS; ",
        "establishment_contact_name": "Jane Contact",
        "establishment_contact_email": CONTACT,
        "registrant_name": "Example Holding",
        "registrant_contact_email": CONTACT,
    } | changes
    return [row.get(name.strip().lower(), "") for name in REGISTRATION_HEADER]


ABROAD = {
    "fei_number": "3002808087",
    "firm_name": "Example Chimie",
    "address": "2 rue Haute, Lyon, 69001, France (FRA)",
    "operations": "API MANUFACTURE;ANALYSIS",
}


def registrations(*rows, encoding="utf-8"):
    """The file's bytes: tab-delimited, CRLF, padded values, a tab at the end of each data row."""
    rows = rows or (registration(), registration(**ABROAD))
    lines = ["\t".join(REGISTRATION_HEADER)]
    lines += ["\t".join(f"{value} " for value in row) + "\t" for row in rows]
    return "".join(f"{line}\r\n" for line in lines).encode(encoding)


def workbook(*rows, titles=(), header=HEADER, sheet="Inspections", first_sheet=()):
    """The export as XLSX: numbers and days as such, as a spreadsheet keeps them."""
    book = openpyxl.Workbook()
    page = book.active
    if first_sheet:
        page.title = "Filters"
        for line in first_sheet:
            page.append([line])
        page = book.create_sheet()
    page.title = sheet
    for title in titles:
        page.append([title] if title else [])
    page.append(list(header))
    for each in rows:
        page.append([_as_spreadsheet(name, each.get(name, "")) for name in header])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _as_spreadsheet(name, text):
    if name in ("FEI Number", "Fiscal Year", "Inspection ID") and text.isdecimal():
        return int(text)
    if name == "Inspection End Date" and "/" in text:
        return datetime.strptime(text, "%m/%d/%Y").date()
    return text
