"""An inspection file in FDA's true format for the demonstration: invented sites and histories."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date
from enum import Enum
from typing import NamedTuple

from applications.eligibility import Classification
from applications.public_data.inspection_rows import HEADERS

NAI, VAI, OAI = Classification.NAI, Classification.VAI, Classification.OAI
DRUG_QUALITY = "Drug Quality Assurance"
RESEARCH = "Bioresearch Monitoring"
TITLE_LINES = ("Inspections Classification Details", "Filters: Fiscal Year: 2009 to 2021")


class History(Enum):
    """What a demonstrated site's inspections tell under criterion b, window 2015-10-01 on.

    Each inspection: end date, then the class of each project area.
    """

    CLEAN = (
        (date(2013, 4, 19), ((DRUG_QUALITY, NAI),)),
        (date(2016, 11, 4), ((DRUG_QUALITY, VAI), (RESEARCH, NAI))),
        (date(2019, 6, 14), ((DRUG_QUALITY, NAI),)),
    )
    OFFICIAL_ACTION = (
        (date(2016, 3, 11), ((DRUG_QUALITY, VAI),)),
        (date(2018, 8, 24), ((DRUG_QUALITY, OAI), (RESEARCH, NAI))),
    )
    OFFICIAL_ACTION_BEFORE_THE_WINDOW = (
        (date(2015, 9, 30), ((DRUG_QUALITY, OAI),)),
        (date(2017, 2, 3), ((DRUG_QUALITY, VAI),)),
    )
    NOT_YET_CLASSIFIED = (
        (date(2017, 5, 12), ((DRUG_QUALITY, NAI),)),
        (date(2020, 3, 6), ((DRUG_QUALITY, None),)),
    )
    NONE_IN_THE_WINDOW = ((date(2014, 7, 18), ((DRUG_QUALITY, NAI),)),)


class DemonstratedSite(NamedTuple):
    """A facility as the file prints it; `country` and `state` as FDA spells them."""

    fei: str
    legal_name: str
    city: str
    state: str
    postal_code: str
    country: str
    history: History


def demonstration_file(sites: Iterable[DemonstratedSite]) -> str:
    """The export as FDA would offer it for these sites: title lines, 15 columns, newest first."""
    rows = [row for number, site in enumerate(sites) for row in _rows(number, site)]
    rows.sort(key=lambda row: row[0], reverse=True)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([title] for title in TITLE_LINES)
    writer.writerow([])
    writer.writerow(names[0] for names in HEADERS.values())
    writer.writerows([cell or "-" for cell in cells] for _, cells in rows)
    return text.getvalue()


def _rows(number: int, site: DemonstratedSite) -> Iterator[tuple[date, list[str]]]:
    for order, (ended_on, areas) in enumerate(site.history.value):
        fiscal_year = ended_on.year + (ended_on.month >= 10)  # from October 1 of the year before
        inspection_id = str(900_000 + 10 * number + order)
        for project_area, classification in areas:
            cited = "Yes" if classification in {VAI, OAI} else "No"
            yield (
                ended_on,
                [
                    site.fei,
                    site.legal_name,
                    site.city,
                    site.state,
                    site.postal_code,
                    site.country,
                    str(fiscal_year),
                    inspection_id,
                    cited,
                    f"{ended_on:%m/%d/%Y}",
                    f"{classification.label} ({classification.value})" if classification else "-",
                    project_area,
                    "Drugs",
                    "-",
                    "-",
                ],
            )
