"""A contractor's written agreement with FDA, and the subcontractors that FDA approved under it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Role
from qmm_pilot.clock import EASTERN
from qmm_pilot.records.models import StoredFile

from .program import Program


class AgreementQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's case staff see all; a contractor's administrator those of her organization."""
        if user.reads_cases:
            return self
        if user.has_role(Role.CONTRACTOR_ADMINISTRATOR):
            return self.filter(organization=user.organization_id)
        return self.none()

    def in_force(self, moment):
        """Agreements on file whose Eastern dates include this moment: since <= day <= until.

        Neither ended before its date, nor superseded by one that has begun. Without the signed
        document an agreement is not on file.
        """
        day = moment.astimezone(EASTERN).date()
        return self.filter(
            Q(ended_at=None) | Q(ended_at__gt=moment),
            Q(superseded_by=None) | Q(superseded_by__since__gt=day),
            since__lte=day,
            until__gte=day,
            document__isnull=False,
        )


class Agreement(models.Model):
    """The written agreement without which a contractor sees nothing (21 CFR 20.90)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="agreements")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="agreements")
    reference = models.CharField(max_length=100)
    since = models.DateField()
    until = models.DateField(help_text="Inclusive.")
    document = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="+")
    superseded_by = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="supersedes"
    )
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    end_reason = models.TextField(blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ["since"]
        constraints = [
            models.CheckConstraint(
                condition=Q(since__lte=F("until")), name="agreement_since_before_until"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | ~Q(end_reason=""), name="agreement_ends_with_a_reason"
            ),
        ]

    def __str__(self):
        return f"{self.organization} for {self.program}"

    def force_on(self, today) -> tuple[str, str]:
        """Code and words of whether it is in force on an Eastern day (in_force() decides)."""
        if self.document_id is None:
            return ("missing", "Document missing")
        if self.ended_at:
            return ("lapsed", "Ended early")
        if self.superseded_by_id and self.superseded_by.since <= today:
            return ("superseded", "Superseded")
        if today < self.since:
            return ("not_started", "Not yet in force")
        return ("active", "In force") if today <= self.until else ("lapsed", "Lapsed")

    def last_day(self):
        """The last Eastern day on which it was, or will be, in force."""
        days = [self.until]
        if self.ended_at:
            days.append(self.ended_at.astimezone(EASTERN).date())
        if self.superseded_by_id:
            days.append(self.superseded_by.since)
        return min(days)


class SubcontractorQuerySet(models.QuerySet):
    def in_force(self, moment):
        """Those whose approval includes this moment, under an agreement in force."""
        day = moment.astimezone(EASTERN).date()
        return self.filter(
            agreement__in=Agreement.objects.in_force(moment),
            revoked_at=None,
            since__lte=day,
            until__gte=day,
        )


class Subcontractor(models.Model):
    """An organization or person whom FDA approved beforehand to work for a contractor.

    21 CFR 20.90: nothing passes to a subcontractor without FDA's prior approval. Its people have
    their accounts at the contractor, who answers for them; the subcontractor is their employer.
    """

    class Kind(models.TextChoices):
        ORGANIZATION = "organization", "Organization"
        PERSON = "person", "Person"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="subcontractors")
    kind = models.CharField(max_length=15, choices=Kind)
    name = models.CharField(max_length=200)
    since = models.DateField()
    until = models.DateField(help_text="Inclusive.")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoke_reason = models.TextField(blank=True)

    objects = SubcontractorQuerySet.as_manager()

    class Meta:
        ordering = ["name", "since"]
        constraints = [
            models.CheckConstraint(
                condition=Q(since__lte=F("until")), name="subcontractor_since_before_until"
            )
        ]

    def __str__(self):
        return self.name
