"""What opens one participation's file to a contractor: engagement, its people, their declarations.

EngagementMemberQuerySet.in_force is the one place where the gate is written (A9, 21 CFR 20.90).
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from qmm_pilot import clock
from qmm_pilot.accounts.models import Organization
from qmm_pilot.clock import EASTERN
from qmm_pilot.lifecycle import Lifecycle
from qmm_pilot.programs.models import Agreement, Subcontractor

from .barring import Barring
from .participation import Participation


class Engagement(models.Model):
    """The one row that opens a participation's file to a contractor organization."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation = models.ForeignKey(Participation, models.PROTECT, related_name="engagements")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="engagements")
    since = models.DateField()
    until = models.DateField(help_text="Inclusive.")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["since"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation"],
                condition=Q(ended_at=None),
                name="one_engagement_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(since__lte=F("until")), name="engagement_since_before_until"
            ),
        ]

    def __str__(self):
        return f"{self.organization} for {self.participation}"


class EngagementMemberQuerySet(models.QuerySet):
    def in_force(self, moment):
        """Members to whom the file is open at this moment: the whole gate, each line a condition.

        An agreement on file and in force; the engagement's dates; her own dates; FDA's approval
        of the subcontractor who employs her; her declaration for this facility, accepted.
        """
        return self.may_declare(moment).filter(
            _has_declared(),
            since__lte=moment,
            engagement__since__lte=_day(moment),
        )

    def on_the_team(self):
        """Members now on their teams, with `has_declared`: whether a declaration is accepted."""
        return self.filter(until=None).annotate(has_declared=_has_declared())

    def may_declare(self, moment):
        """Members who lack at most their declaration or the first day: they may learn for what.

        What they are told is the facility and its firm, without which nobody can declare.
        """
        day = _day(moment)
        agreements = Agreement.objects.in_force(moment).filter(
            program=OuterRef("engagement__participation__program"),
            organization=OuterRef("engagement__organization"),
        )
        approved = Subcontractor.objects.in_force(moment).filter(pk=OuterRef("subcontractor"))
        return self.filter(
            Exists(agreements),
            Q(subcontractor=None) | Exists(approved),
            Q(last_on=None) | Q(last_on__gte=day),
            until=None,
            engagement__ended_at=None,
            engagement__until__gte=day,
        )


def _has_declared():
    return Exists(Declaration.objects.accepted().filter(member=OuterRef("pk")))


def _day(moment):
    return moment.astimezone(EASTERN).date()


class EngagementMember(models.Model):
    """A contractor's person on one engagement; who leaves keeps the row, with its end."""

    class Function(models.TextChoices):
        LEAD = "lead", "Lead assessor"
        ASSESSOR = "assessor", "Assessor"
        SUBSTITUTE = "substitute", "Substitute"
        INTERPRETER = "interpreter", "Interpreter"

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="engagements")
    function = models.CharField(max_length=15, choices=Function)
    subcontractor = models.ForeignKey(
        Subcontractor,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="Who employs this person, where not the contractor itself.",
    )
    since = models.DateTimeField()
    last_on = models.DateField(null=True, help_text="The last day, inclusive; none: to the end.")
    until = models.DateTimeField(null=True, help_text="When the person left the team.")

    objects = EngagementMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["engagement", "user"], condition=Q(until=None), name="member_once"
            ),
            models.UniqueConstraint(
                fields=["engagement"],
                condition=Q(until=None, function="lead"),
                name="one_lead_per_engagement",
            ),
        ]

    def __str__(self):
        return f"{self.user} ({self.get_function_display()})"

    @property
    def employer(self) -> str:
        """Who employs this person: the approved subcontractor, or the contractor."""
        return str(self.subcontractor or self.engagement.organization)


class DeclarationQuerySet(models.QuerySet):
    def visible_to(self, user, at=None):
        """FDA's case staff see all; a contractor's person her own while only it is missing."""
        if user.reads_cases:
            barred = Barring.objects.feis_of(user)
            site = "member__engagement__participation__participation_request__fei_key__in"
            return self.exclude(**{site: barred})
        if user.side != "contractor" or not user.is_active:
            return self.none()
        own = EngagementMember.objects.may_declare(at or clock.now()).filter(
            user=user, engagement__organization=user.organization_id
        )
        return self.filter(member__in=own)

    def accepted(self):
        """Those that open a file."""
        return self.filter(status=Declaration.Status.ACCEPTED)

    def standing(self):
        """Those asked for, made or accepted: at most one of each member."""
        return self.filter(status__in=STANDING)


class Declaration(Lifecycle):
    """What one person declares of her interests in one facility and its firm (A9).

    Asked for when she is named; made by herself alone. None declared is accepted at once, an
    interest waits for FDA's ruling. It expires with a change of owner, and may be revoked.
    """

    class Status(models.TextChoices):
        ASKED = "asked", "Not declared yet"
        DECLARED = "declared", "Waits for FDA"
        ACCEPTED = "accepted", "Accepted"
        REFUSED = "refused", "Refused"
        EXPIRED = "expired", "Expired"

    MOVES = {
        Status.ASKED: {Status.DECLARED, Status.ACCEPTED, Status.EXPIRED},
        Status.DECLARED: {Status.ACCEPTED, Status.REFUSED, Status.EXPIRED},
        Status.ACCEPTED: {Status.REFUSED, Status.EXPIRED},
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(EngagementMember, models.PROTECT, related_name="declarations")
    status = models.CharField(max_length=10, choices=Status, default=Status.ASKED)
    asked_at = models.DateTimeField()
    has_interest = models.BooleanField(null=True)
    interests = models.TextField(blank=True)
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    declared_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, help_text="When it was refused, or expired.")
    reason = models.TextField(blank=True, help_text="Why FDA ruled so, or why it expired.")

    objects = DeclarationQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(status__in=["asked", "declared", "accepted"]),
                name="one_standing_declaration_per_member",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["declared", "accepted"]) | Q(has_interest__isnull=False),
                name="declaration_says_whether_there_is_an_interest",
            ),
            models.CheckConstraint(
                condition=~Q(has_interest=True) | ~Q(interests=""),
                name="declaration_names_its_interest",
            ),
        ]

    def __str__(self):
        return f"Declaration of {self.member.user}"

    @property
    def facility(self):
        return self.member.engagement.participation.facility


STANDING = [Declaration.Status.ASKED, Declaration.Status.DECLARED, Declaration.Status.ACCEPTED]
