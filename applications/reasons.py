"""Why FDA asks a firm for information, and which answers each reason reopens; imports no Django.

The wording is ours: the notices do not mention questions after a request was made.
"""

from collections.abc import Iterable
from typing import NamedTuple


class Reason(NamedTuple):
    """One reason: its words for the person who chooses, its line of the mail, its answers."""

    label: str
    line: str
    fields: tuple[str, ...]


REASONS = {
    "operations": Reason(
        "Operations: what the facility does is unclear",
        "what the facility does",
        ("operations",),
    ),
    "products": Reason(
        "Products: what it makes is unclear",
        "what the facility makes",
        ("products", "product_description", "makes_sterile"),
    ),
    "inspections": Reason(
        "Inspections: the list is incomplete or differs from FDA’s data",
        "the FDA inspections of the facility",
        ("declared_inspections",),
    ),
    "size": Reason(
        "Size or sector does not fit the other answers",
        "the size and sector of the site",
        ("size_band", "sector"),
    ),
    "contact": Reason(
        "Contact: nobody can be reached, or details are wrong",
        "whom FDA can reach about the facility",
        (
            "contact_name",
            "contact_title",
            "contact_email",
            "contact_phone",
            "contact_time_zone",
            "deputy_name",
            "deputy_email",
        ),
    ),
    "planning": Reason(
        "Planning: mode, dates or language are unclear",
        "how and when the facility can be assessed",
        ("preferred_mode", "blackout_dates", "interview_language"),
    ),
    "identity": Reason(
        "Identity: FEI, DUNS and address do not fit together",
        "the identifiers and the address of the facility",
        (),
    ),
    "other": Reason("Something else, said in the note", "a question on the page", ()),
}

# The answers that FDA weighs under each kind of criterion (Criterion.Check).
WEIGHED = {
    "location": {"operations", "products", "product_description"},
    "inspections": {"declared_inspections"},
    "latest": {"declared_inspections"},
}


def reopened(reasons: Iterable[str], extra: Iterable[str] = ()) -> list[str]:
    """The answers that these reasons and the further choice reopen, each once, in this order."""
    named = [name for code in reasons for name in REASONS[code].fields]
    return list(dict.fromkeys([*named, *extra]))


def concerned(changed: Iterable[str]) -> list[str]:
    """The kinds of criteria that these changed answers concern."""
    names = set(changed)
    return [kind for kind, weighed in WEIGHED.items() if weighed & names]


def lines_of(reasons: Iterable[str]) -> list[str]:
    """What the mail names, one line for each reason."""
    return [REASONS[code].line for code in reasons]
