"""Writes inspection files as FDA publishes them, with the quirks that a test asks for."""

import csv
import io

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
