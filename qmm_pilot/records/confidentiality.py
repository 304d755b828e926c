"""Confidential commercial information: what a submitter designates, and until when.

21 CFR 20.61 and 45 CFR 5.41: a submitter designates in writing, at the time of submission or
reasonably soon after, and the designation expires after ten years.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from qmm_pilot.clock import EASTERN

from .models import AboutSubject, Designation

YEARS = 10  # 45 CFR 5.41
RULE = (
    "Designated by the submitter as confidential commercial information (21 CFR 20.61, 45 CFR "
    "5.41). The designation is made in writing at the time of submission or reasonably soon "
    "after, and expires ten years after it was made. Before FDA discloses what is designated, "
    "the submitter is told and may object."
)


@dataclass(frozen=True)
class Marks:
    """What is designated in one record: the names of its parts, and the deeds that did it."""

    fields: frozenset[str]
    designations: tuple[Designation, ...] = ()

    def __bool__(self):
        return bool(self.fields)

    def __contains__(self, name) -> bool:
        return name in self.fields

    @property
    def parts(self) -> dict[str, bool]:
        """The designated parts by name, as templates ask for them."""
        return dict.fromkeys(self.fields, True)

    @property
    def expires_on(self) -> date | None:
        """The day on which the last designation expires; None where nothing is designated yet."""
        return max((d.expires_on for d in self.designations), default=None)


def ten_years_after(day: date) -> date:
    """The day on which a designation of this day expires.

    Ten whole years are kept: what was designated on February 29 expires on March 1, because 45
    CFR 5.41 takes nothing from them (the year 10 later is never a leap year).
    """
    try:
        return day.replace(year=day.year + YEARS)
    except ValueError:
        return date(day.year + YEARS, 3, 1)


def designate(subject, fields: Iterable[str], *, by, at, reason="") -> Designation | None:
    """Keep that these parts of a record are designated; None where there are none.

    Part of the deed that submits the record or designates later, which records it in the trail.
    """
    fields = sorted(fields)
    if not fields:
        return None
    return Designation.objects.create(
        **AboutSubject.naming(subject),
        fields=fields,
        rule=RULE,
        reason=reason.strip(),
        designated_by=by,
        designated_at=at,
        expires_on=ten_years_after(at.astimezone(EASTERN).date()),
    )


def marks_of(subject) -> Marks:
    """What is designated in this record, by one query."""
    designations = tuple(
        Designation.objects.filter(**AboutSubject.naming(subject)).select_related(
            "designated_by__organization"
        )
    )
    return Marks(frozenset().union(*(d.fields for d in designations)), designations)


def marks_of_many(subjects) -> dict:
    """The same for several records of one kind, by one query: id to Marks."""
    kept: dict = {subject.pk: [] for subject in subjects}
    if not kept:
        return {}
    kind = AboutSubject.naming(subjects[0])["subject_kind"]
    by_text = {str(pk): pk for pk in kept}
    for designation in Designation.objects.filter(
        subject_kind=kind, subject_id__in=list(by_text)
    ).select_related("designated_by__organization"):
        kept[by_text[designation.subject_id]].append(designation)
    return {
        pk: Marks(frozenset().union(*(d.fields for d in found)), tuple(found))
        for pk, found in kept.items()
    }
