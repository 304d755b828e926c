"""How FDA's public data name the site of an FEI: "is this your site?" (A5)."""

from dataclasses import dataclass

from applications.models import InspectionRecord
from applications.registrations import registered_as


@dataclass(frozen=True)
class KnownSite:
    """Name and place of a site, and the published data and file that say so.

    `operations` is empty where inspections alone name the site.
    """

    name: str
    place: str
    source: str
    file_name: str
    operations: tuple[str, ...] = ()


def known_site(fei_key: str) -> KnownSite | None:
    """What FDA's data on record say about the site of this FEI, or None where they say nothing.

    A registration gives the whole address and is preferred; else the newest inspection.
    """
    registered = registered_as([fei_key])
    if registered and registered[0].is_published:
        return KnownSite(
            registered[0].firm_name,
            registered[0].address,
            "registrations",
            registered[0].file_name,
            registered[0].operations,
        )
    row = (
        InspectionRecord.objects.filter(fei_key=fei_key, closed_by=None)
        .order_by("-ended_on", "-inspection_id")
        .select_related("first_import")
        .first()
    )
    if row is None:
        return None
    parts = [row.city, f"{row.state} {row.postal_code}".strip(), row.country]
    place = ", ".join(part for part in parts if part)
    return KnownSite(row.legal_name, place, "inspection data", row.first_import.file_name)
