"""What the two journeys are about: an invented firm for each pilot, its history, its findings."""

import io
from dataclasses import dataclass
from datetime import date

from pypdf import PdfWriter

from tests.applications.exports import NAI, VAI, export, row


@dataclass(frozen=True)
class Story:
    """One facility's way through one pilot: who, where, and when things happen (Eastern days)."""

    program: str
    program_name: str
    commitments: tuple[str, ...]
    topics: tuple[str, ...]
    person: str
    email: str
    firm: str
    facility: str
    fei: str
    duns: str
    address: dict[str, str]
    country: str
    time_zone: str
    operation: str
    product: str
    sector: str
    contractor: str
    lead_email: str
    lead: str
    assessor: str
    classifications: tuple[str, str]
    examined_on: date
    released_on: date
    metrics_on: date
    consulted_on: date
    visit: tuple[date, date]

    def inspection_file(self) -> bytes:
        """FDA's export with title lines and this facility's rows: two inspections, three rows."""
        older, newer = self.classifications
        place = {
            "City": self.address["City"],
            "State": self.address.get("State or region") or "-",
            "Zip": self.address["ZIP or postal code"],
            "Country/Area": "United States" if self.country == "US" else "India",
        }
        fei = self.fei.lstrip("0")
        rows = [
            row(fei=fei, name=self.facility, id=f"{fei[-5:]}1", ended="11/17/2017", year="2018",
                classification=older),
            row(fei=fei, name=self.facility, id=f"{fei[-5:]}1", ended="11/17/2017", year="2018",
                classification=NAI, area="Bioresearch Monitoring"),
            row(fei=fei, name=self.facility, id=f"{fei[-5:]}2", ended="02/28/2020", year="2020",
                classification=newer),
        ]  # fmt: skip
        titles = ("Inspections Classification Details", "Fiscal Year: 2009 to 2021")
        return export(*({**each, **place} for each in rows), titles=titles)

    def seen(self, topic: str, kind: str) -> str:
        """The sentence of a strength or an opportunity, which the report must print."""
        return (
            f"On {topic.lower()} at {self.facility}, the team saw this {kind} in two of three "
            "shifts."
        )

    def recommendation(self, topic: str) -> str:
        return f"Review {topic.lower()} with all three shifts each quarter."

    def rationale(self, topic: str) -> str:
        return f"What the shifts do in {topic.lower()} is written down and followed."

    def level(self, topic: str) -> int:
        """A level of 1 to 5 that differs from topic to topic."""
        return self.topics.index(topic) % 5 + 1


FDF = Story(
    program="FDF 2020",
    program_name="QMM Pilot Program for Finished Dosage Forms, 2020",
    commitments=("c", "d", "e"),
    topics=(
        "Supply chain management",
        "Manufacturing strategy and operations",
        "Safety, environmental and regulatory compliance",
        "Inventory management",
        "Performance management and continual improvement",
        "Risk management",
        "Management review and responsibility",
        "Planning",
        "Workforce management",
        "Quality culture",
        "Customer experience",
    ),
    person="Evelyn Park",
    email="evelyn.park@silvercreek.example",
    firm="Silver Creek Pharmaceuticals",
    facility="Silver Creek, Boise site",
    fei="0030074411",  # as people type it; FDA's file has it without the zeros
    duns="810555001",
    address={
        "Street address": "2200 Riverside Drive",
        "City": "Boise",
        "State or region": "Idaho",
        "ZIP or postal code": "83702",
    },
    country="US",
    time_zone="America/Boise",
    operation="Manufacture",
    product="Prescription drug products",
    sector="Generic",
    contractor="Northgate Quality Partners",
    lead_email="lead@northgate.example",
    lead="Walter Imhof",
    assessor="Priya Raman",
    classifications=(VAI, "-"),  # the newer one awaits its class, so criterion b is undetermined
    examined_on=date(2021, 3, 1),
    released_on=date(2021, 3, 4),
    metrics_on=date(2021, 4, 13),
    consulted_on=date(2021, 4, 23),
    visit=(date(2021, 5, 10), date(2021, 5, 12)),
)

API = Story(
    program="API 2020",
    program_name="QMM Pilot Program for Active Pharmaceutical Ingredients, 2020",
    commitments=("c(1)", "c(2)", "c(3)"),
    topics=(
        "Supply chain management",
        "Manufacturing strategy and operations",
        "Safety, environmental and regulatory compliance",
        "Risk management",
        "Quality culture",
    ),
    person="Meera Kulkarni",
    email="meera.kulkarni@sahyadri.example",
    firm="Sahyadri Organics",
    facility="Sahyadri Organics, Pune site",
    fei="3007123456",
    duns="650555002",
    address={
        "Street address": "Plot 14, Chakan Industrial Area",
        "City": "Pune",
        "State or region": "Maharashtra",
        "ZIP or postal code": "410501",
    },
    country="IN",
    time_zone="Asia/Kolkata",
    operation="API manufacture",
    product="Active pharmaceutical ingredients",
    sector="Contract development and manufacturing",
    contractor="Meridian Assessment Group",
    lead_email="lead@meridian.example",
    lead="Eleanor Hughes",
    assessor="Arjun Mehta",
    classifications=(NAI, VAI),
    examined_on=date(2020, 12, 2),
    released_on=date(2020, 12, 8),
    metrics_on=date(2021, 1, 13),
    consulted_on=date(2021, 1, 22),
    visit=(date(2021, 2, 8), date(2021, 2, 11)),
)

# Counts of four quarters per metric; the first quarter's rate is looked for on the pages.
COUNTS = {
    "Lots accepted": (("118", "121"), ("109", "112"), ("124", "126"), ("131", "133")),
    "complaints": (
        ("14", "2,410,000"),
        ("11", "2,385,000"),
        ("9", "2,520,000"),
        ("12", "2,640,000"),
    ),
    "OOS": (("2", "9"), ("1", "7"), ("1", "8"), ("0", "6")),
}
FIRST_RATE = "97.52%"


def a_pdf() -> bytes:
    """A small true PDF, to attach."""
    writer, stream = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=595, height=842)
    writer.write(stream)
    return stream.getvalue()
