"""Legal holds."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from qmm_pilot.records.access import may_read_trail
from qmm_pilot.records.closed_sites import without_closed

from .subject import LONGEST_LINE, AboutSubject


class LegalHoldQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's records officers read every hold; its case staff see marks (holds.py).

        Nor does an officer who is barred from a site see the holds on its records (C2).
        """
        return without_closed(self, user) if may_read_trail(user) else self.none()

    def in_force(self):
        return self.filter(lifted_at=None)


class LegalHold(AboutSubject):
    """Orders that a record and everything about it stays as it is, until the hold is lifted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_name = models.CharField(max_length=LONGEST_LINE)
    matter = models.CharField(max_length=LONGEST_LINE)
    reason = models.TextField()
    since = models.DateField(help_text="The day from which the matter asks for it.")
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True)
    lift_reason = models.TextField(blank=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "matter"],
                condition=Q(lifted_at=None),
                name="held_once_for_a_matter",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None, lift_reason="")
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason="")),
                name="hold_is_lifted_with_a_reason",
            ),
        ]

    def __str__(self):
        return f"{self.subject_name}: {self.matter}"
