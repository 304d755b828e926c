"""A firm's own letter of authority: what shows that its official may sign for it (B17)."""

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Role
from qmm_pilot.records.models import StoredFile

from .request import ParticipationRequest

FILING = (Role.FIRM_PREPARER, Role.FIRM_OFFICIAL, Role.FIRM_ADMINISTRATOR)


class AuthorityLetterQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of her firm to whoever files them; FDA's case staff those of firms it knows."""
        if user.has_role(*FILING):
            return self.filter(firm=user.organization_id)
        if user.reads_cases:
            return self.filter(firm__in=firms_known_to_fda())
        return self.none()

    def standing(self):
        """Neither withdrawn nor replaced; the last day may have passed."""
        return self.filter(ended_at=None)


class AuthorityLetter(models.Model):
    """The signed letter in which a firm says who signs for it, from when until when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    firm = models.ForeignKey(Organization, models.PROTECT, related_name="authority_letters")
    official = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    letter = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    since = models.DateField(help_text="Eastern Time.")
    until = models.DateField(null=True, help_text="Inclusive, Eastern Time; empty: no end named.")
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    replaced_by = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaces")
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)
    end_reason = models.TextField(blank=True)

    objects = AuthorityLetterQuerySet.as_manager()

    class Meta:
        ordering = ["-filed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "official"],
                condition=Q(ended_at=None),
                name="one_standing_letter_of_an_official",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(since__lte=F("until")),
                name="authority_letter_since_before_until",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, end_reason="", replaced_by=None)
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(end_reason="")),
                name="authority_letter_ends_with_a_reason",
            ),
        ]

    def __str__(self):
        return f"{self.official} for {self.firm}"

    def state_on(self, day: date) -> tuple[str, str]:
        """The code of its state on an Eastern day, and the words for it."""
        if self.ended_at:
            return ("superseded", "Replaced") if self.replaced_by_id else ("revoked", "Withdrawn")
        return state_between(self.since, self.until, day)


def state_between(since: date, until: date | None, day: date) -> tuple[str, str]:
    """Where a letter that nobody has ended stands on a day; both ends are inclusive."""
    if day < since:
        return "not_in_force", "Not in force yet"
    if until is not None and until < day:
        return "expired", "Expired"
    return "in_force", "In force"


def firms_known_to_fda():
    """Ids of the firms that have submitted a real request: a subquery for `__in` (A13)."""
    return ParticipationRequest.objects.real().exclude(submitted_at=None).values("organization")
