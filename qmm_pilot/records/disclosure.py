"""What FDA does not know of yet: drafts are withheld when they begin, disclosed when handed in.

Product row A13: drafts are invisible to FDA. The trail has their entries, and verification covers
them; readers at FDA see them from the moment of disclosure on (models.TrailEntry.disclosed).
"""

from django.db.models import Count, IntegerField, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from .models import AboutSubject, TrailEntry, Withheld


def withhold(subject, *, at) -> None:
    """Keep the entries about a record from FDA's readers, from its first deed on."""
    Withheld.objects.create(**AboutSubject.naming(subject), withheld_at=at)


def disclose(*subjects, at) -> None:
    """Let FDA's readers see all entries about these records; quiet where nothing was withheld."""
    for subject in subjects:
        Withheld.objects.still().filter(**AboutSubject.naming(subject)).update(disclosed_at=at)


def count_withheld_entries() -> int:
    """How many entries FDA's readers do not see now."""
    # From the few withheld records to their entries; the other way would walk the whole trail.
    entries = (
        TrailEntry.objects.filter(
            subject_kind=OuterRef("subject_kind"), subject_id=OuterRef("subject_id")
        )
        .order_by()
        .values("subject_kind")
        .annotate(number=Count("*"))
        .values("number")
    )
    counted = Withheld.objects.still().annotate(
        number=Coalesce(Subquery(entries, output_field=IntegerField()), 0)
    )
    return counted.aggregate(Sum("number"))["number__sum"] or 0
