"""Writes inspection files of any size, alike in shape to FDA's export, for the benchmarks."""

import csv
import random
from datetime import date, timedelta
from pathlib import Path

from tests.applications.exports import HEADER, NAI, OAI, VAI

AREAS = (
    "Drug Quality Assurance",
    "Foodborne Biological Hazards",
    "Compliance: Devices",
    "Bioresearch Monitoring",
    "Human Cellular, Tissue, and Gene Therapies",
    "Monitoring of Marketed Animal Drugs, Feed, and Devices",
)
CLASSES = [NAI] * 60 + [VAI] * 33 + [OAI] * 6 + ["-"]
PRODUCTS = ("Drugs", "Food/Cosmetics", "Devices", "Biologics", "Veterinary")
PLACES = (
    ("Sunrise", "Florida", "33313", "United States"),
    ("Springfield", "Ohio", "45501", "United States"),
    ("Mumbai", "-", "-", "India"),
    ("Basel", "-", "4002", "Switzerland"),
)
FIRST_DAY = date(2009, 10, 1)


def write(path: Path, rows: int, *, changed: float = 0.0) -> None:
    """Write `rows` rows, the same each time; a share of `changed` (0 to 1) bears another class."""
    chance, change = random.Random(7), random.Random(8)
    sites = [
        (str(chance.randrange(3_000_000_000, 3_030_000_000)), f"Maker {n}, Inc.", *place)
        for n in range(rows // 4)
        for place in [chance.choice(PLACES)]
    ]
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        inspection = 1_000_000
        while rows:
            inspection += 1
            site, day = chance.choice(sites), FIRST_DAY + timedelta(days=chance.randrange(6000))
            for area in chance.sample(AREAS, min(chance.choice((1, 1, 1, 2, 3)), rows)):
                classification = chance.choice(CLASSES)
                if change.random() < changed:
                    classification = OAI if classification != OAI else NAI
                out.writerow(
                    [
                        *site, day.year + (day.month >= 10), inspection,
                        chance.choice(("Yes", "No")), day.strftime("%m/%d/%Y"), classification,
                        area, chance.choice(PRODUCTS), "-", "-",
                    ]
                )  # fmt: skip
                rows -= 1
