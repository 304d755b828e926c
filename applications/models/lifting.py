"""The wish to lift a conflict of interest that was declared by mistake (C2)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from .review import ReviewAssignment


class LiftingQuerySet(models.QuerySet):
    def open(self):
        """Those that wait for their second person."""
        return self.filter(confirmed_at=None, withdrawn_at=None)


class Lifting(models.Model):
    """One person proposes that a declared conflict be lifted, a second one opens the site again.

    Neither of them is the person who declared it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assignment = models.ForeignKey(
        ReviewAssignment,
        models.PROTECT,
        related_name="liftings",
        help_text="One of those that the declaration ended.",
    )
    reason = models.TextField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True)

    objects = LiftingQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"],
                condition=Q(confirmed_at=None, withdrawn_at=None),
                name="one_open_lifting_per_assignment",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")),
                name="lifting_confirmed_by_another_person",
            ),
        ]

    def __str__(self):
        return f"Lifting of a conflict: {self.assignment}"
