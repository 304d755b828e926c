"""One visit to one facility, and the FDA people who join it."""

import uuid
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from applications.access import engaged_participations
from applications.models import Barring
from assessments import scheduling
from qmm_pilot.accounts.access import firms_of
from qmm_pilot.accounts.roles import Scope, Side
from qmm_pilot.lifecycle import Lifecycle

MODE_LABELS = {
    scheduling.Mode.ON_SITE: "On site",
    scheduling.Mode.REMOTE: "Remote",
    scheduling.Mode.HYBRID: "Hybrid",
}
MODES = [(mode.value, label) for mode, label in MODE_LABELS.items()]


class AssessmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A firm's own, to its agents too; a contractor's engaged ones; FDA case staff all."""
        if user.reads_cases:
            barred = Barring.objects.feis_of(user)
            return self.exclude(participation__participation_request__fei_key__in=barred)
        if user.side == Side.CONTRACTOR:
            return self.filter(participation__in=engaged_participations(user))
        firms = firms_of(user, Scope.PREPARE, Scope.SUBMIT, Scope.REPORT)
        return self.filter(participation__organization__in=firms)

    def real(self):
        """All but those of rehearsals."""
        return self.filter(participation__program__rehearsal_of=None)


class OfVisibleAssessment(models.QuerySet):
    """Parts that everyone reads who may know of the assessment."""

    def visible_to(self, user):
        return self.filter(assessment__in=Assessment.objects.visible_to(user))


class WithheldFromFirm(OfVisibleAssessment):
    """Parts that the firm reads only in the released report."""

    def visible_to(self, user):
        return self.none() if user.side == Side.FIRM else super().visible_to(user)


class Assessment(Lifecycle):
    """One contractor team's visit to one participating facility."""

    class Status(models.TextChoices):
        PLANNING = "planning", "Planning"
        DATES_AGREED = "dates_agreed", "Dates agreed"
        READY = "ready", "Ready"
        IN_PROGRESS = "in_progress", "In progress"
        FIELDWORK_DONE = "fieldwork_done", "Fieldwork done"
        REPORTING = "reporting", "Reporting"
        COMPLETED = "completed", "Completed"
        ENDED_EARLY = "ended_early", "Ended early"

    MOVES = {
        Status.PLANNING: {Status.DATES_AGREED, Status.ENDED_EARLY},
        Status.DATES_AGREED: {Status.READY, Status.PLANNING, Status.ENDED_EARLY},
        Status.READY: {Status.IN_PROGRESS, Status.ENDED_EARLY},
        Status.IN_PROGRESS: {Status.FIELDWORK_DONE, Status.ENDED_EARLY},
        Status.FIELDWORK_DONE: {Status.REPORTING, Status.ENDED_EARLY},
        Status.REPORTING: {Status.COMPLETED, Status.ENDED_EARLY},
    }
    # Nothing more follows: no deadline is due, nobody is booked, no deed advances it.
    OVER = (Status.COMPLETED, Status.ENDED_EARLY)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation = models.OneToOneField(
        "applications.Participation", on_delete=models.PROTECT, related_name="assessment"
    )
    engagement = models.ForeignKey(
        "applications.Engagement", on_delete=models.PROTECT, related_name="assessments"
    )
    status = models.CharField(max_length=20, choices=Status, default=Status.PLANNING)
    mode = models.CharField(max_length=10, choices=MODES)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    assigned_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    fieldwork_closed_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it ended early.")

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="assessment_dates_in_order",
                condition=Q(starts_on__isnull=True, ends_on__isnull=True)
                | Q(
                    starts_on__isnull=False,
                    ends_on__isnull=False,
                    ends_on__gte=F("starts_on"),
                ),
            ),
            models.CheckConstraint(
                name="assessment_dates_known_once_agreed",
                condition=Q(status__in=["planning", "ended_early"]) | Q(starts_on__isnull=False),
            ),
            models.CheckConstraint(
                name="assessment_ended_early_says_when",
                condition=Q(status="ended_early", ended_at__isnull=False)
                | (~Q(status="ended_early") & Q(ended_at=None)),
            ),
        ]

    def __str__(self):
        return f"Assessment of {self.facility.name}"

    @property
    def firm(self):
        """Whose facility is visited."""
        return self.participation.organization

    @property
    def program(self):
        return self.participation.program

    def site_day(self, at):
        """The calendar day of a moment at the site, by which the days of the visit count."""
        return at.astimezone(ZoneInfo(self.facility.time_zone)).date()

    def first_day_has_come(self, at) -> bool:
        """Whether the agreed first day has begun by the site's calendar."""
        return self.site_day(at) >= self.starts_on

    @property
    def facility(self):
        return self.participation.facility

    @property
    def contractor(self):
        return self.engagement.organization

    @property
    def live_proposal(self):
        """The dates now on the table, or None."""
        return self.proposals.filter(superseded_at__isnull=True).first()

    @property
    def latest_report(self):
        """The report with the highest version, or None."""
        return self.reports.order_by("-version").first()


class TeamMember(models.Model):
    """An FDA person who joins the team; the row stays when the person leaves.

    Whoever has any row here, ended or not, never accepts or releases this assessment's report.
    """

    assessment = models.ForeignKey(
        Assessment, on_delete=models.PROTECT, related_name="team_members"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    objects = OfVisibleAssessment.as_manager()

    class Meta:
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="team_member_once_at_a_time",
                fields=["assessment", "user"],
                condition=Q(until__isnull=True),
            ),
        ]

    def __str__(self):
        return str(self.user)
