"""A pilot round as rows: cap, dates, criteria, topics, offsets; its window is in window.py."""

import uuid
from datetime import date, datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from qmm_pilot.clock import EASTERN

MOST_PLACES = 9


class ProgramQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Everyone who is signed in reads the programs; rehearsals only FDA's case staff."""
        return self if user.reads_cases else self.real()

    def real(self):
        """All programs but rehearsals, which staff queues, counts and exports leave out."""
        return self.filter(rehearsal_of=None)


class Program(models.Model):
    """One round of a pilot; everything the notices left to FDA is a column here."""

    class Pilot(models.TextChoices):
        FDF = "fdf", "Finished dosage forms"
        API = "api", "Active pharmaceutical ingredients"
        BOTH = "qmm", "Finished dosage forms and active pharmaceutical ingredients"

    class Where(models.TextChoices):
        DOMESTIC = "domestic", "In the United States"
        FOREIGN = "foreign", "Outside the United States"
        ANYWHERE = "anywhere", "In the United States or outside"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=60)
    pilot = models.CharField(max_length=3, choices=Pilot)
    facilities_are = models.CharField(max_length=10, choices=Where)
    territories_are_domestic = models.BooleanField(default=True)
    cap = models.PositiveSmallIntegerField(
        default=MOST_PLACES, validators=[MinValueValidator(1), MaxValueValidator(MOST_PLACES)]
    )
    notice_citation = models.CharField(max_length=200)
    inspections_since = models.DateField()
    inspections_before = models.DateField()
    inspections_are_assumed = models.BooleanField(default=False)
    metrics_visible_to_contractor = models.BooleanField()
    acceptance_working_days = models.PositiveSmallIntegerField(default=10)
    hand_in_days = models.PositiveSmallIntegerField(
        default=10,
        help_text="Calendar days in which work begun is handed in after access has ended.",
    )
    information_working_days = models.PositiveSmallIntegerField(
        default=10,
        help_text="Working days that a firm is first given to answer a request for information.",
    )
    confirmation_days = models.PositiveSmallIntegerField(
        default=30,
        help_text="Calendar days in which a firm confirms a request that it mailed.",
    )
    promotion_days_needed = models.PositiveSmallIntegerField(
        default=120,
        help_text="Calendar days before the end of the program that an alternate needs at least.",
    )
    letter_unopened_days = models.PositiveSmallIntegerField(
        default=7,
        help_text="Calendar days after which a decision letter that no one opened becomes a task. "
        "The notice is silent.",
    )
    letterhead_name = models.CharField(max_length=200, default="U.S. Food and Drug Administration")
    letterhead_office = models.CharField(
        max_length=200, default="Center for Drug Evaluation and Research"
    )
    letterhead_address = models.TextField(
        default="10903 New Hampshire Avenue\nSilver Spring, MD 20993", help_text="One line each."
    )
    ends_on = models.DateField()
    notes = models.TextField(
        blank=True, help_text="What of these rules was not read in the notice; one point a line."
    )
    pra_control_number = models.CharField(
        "OMB control number", max_length=20, blank=True, help_text="Empty: no block is shown."
    )
    pra_expires_on = models.DateField("OMB clearance expires on", null=True, blank=True)
    pra_burden_statement = models.TextField("burden statement", blank=True)
    privacy_act_statement = models.TextField("Privacy Act statement", blank=True)
    is_scored = models.BooleanField(
        default=True, help_text="Whether FDA’s reviewers score requests; the notices are silent."
    )
    unscored_reason = models.TextField(blank=True, help_text="Why scoring is switched off.")
    is_demonstration = models.BooleanField(default=False)
    rehearsal_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="rehearsals"
    )

    objects = ProgramQuerySet.as_manager()

    class Meta:
        ordering = ["is_demonstration", "-pilot", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cap__gte=1) & Q(cap__lte=MOST_PLACES), name="program_cap_one_to_nine"
            ),
            models.CheckConstraint(
                condition=Q(inspections_since__lt=models.F("inspections_before")),
                name="program_look_back_is_a_window",
            ),
            models.CheckConstraint(
                condition=Q(is_scored=True) | ~Q(unscored_reason=""),
                name="program_unscored_with_reason",
            ),
            # 44 U.S.C. 3512: an incomplete block would ask the public without protection.
            models.CheckConstraint(
                condition=Q(pra_control_number="", pra_expires_on=None, pra_burden_statement="")
                | (
                    ~Q(pra_control_number="")
                    & Q(pra_expires_on__isnull=False)
                    & ~Q(pra_burden_statement="")
                ),
                name="program_pra_block_is_whole_or_absent",
            ),
        ]

    def __str__(self):
        return self.name

    def accepts_requests_at(self, moment: datetime) -> bool:
        """Whether an opening holds at this moment: opens_at <= moment < closes_at.

        For everyone; whether it does for one firm, late admissions included: windows.window_for.
        """
        return self.current_opening(moment) is not None

    def current_opening(self, moment: datetime):
        """The opening that holds at this moment and closes last, or None."""
        return (
            self.openings.filter(opens_at__lte=moment, closes_at__gt=moment)
            .order_by("-closes_at")
            .first()
        )

    def last_close(self) -> datetime | None:
        """The latest moment at which an opening closes, exclusive."""
        return self.openings.aggregate(models.Max("closes_at"))["closes_at__max"]

    def today(self, moment: datetime) -> date:
        """The Eastern calendar date of a moment."""
        return moment.astimezone(EASTERN).date()

    def has_ended(self, moment: datetime) -> bool:
        """Whether the announced end lies before this moment's Eastern date."""
        return self.today(moment) > self.ends_on

    def shows_pra_block(self, today: date) -> bool:
        """Whether forms show the Paperwork Reduction Act block on this Eastern day.

        A number that has expired would free the public from answering (44 U.S.C. 3512).
        """
        return self.pra_expires_on is not None and today <= self.pra_expires_on

    def last_promotion_day(self) -> date:
        """The last Eastern day on which an alternate is promoted in time."""
        return self.ends_on - timedelta(days=self.promotion_days_needed)

    @property
    def is_rehearsal(self) -> bool:
        return self.rehearsal_of_id is not None


class Criterion(models.Model):
    """One eligibility criterion, quoted and cited."""

    class Check(models.TextChoices):
        LOCATION = "location", "Where the facility is and what it makes"
        INSPECTIONS = "inspections", "Inspection history"
        COMMITMENT = "commitment", "Commitment of the firm"
        LATEST_INSPECTION = "latest", "Class of the latest inspection"
        STAFF = "staff", "Settled by FDA’s staff from FDA’s own records"

    program = models.ForeignKey(Program, models.PROTECT, related_name="criteria")
    code = models.CharField(max_length=10)
    title = models.CharField(max_length=100)
    quotation = models.TextField()
    citation = models.CharField(max_length=200)
    check_kind = models.CharField(max_length=20, choices=Check)
    commitment_text = models.TextField(blank=True, help_text="What the official attests.")
    is_recalled = models.BooleanField(
        default=False, help_text="Recalled, not read in the notice: never shown as FDA’s words."
    )
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(fields=["program", "code"], name="criterion_code_once")
        ]

    def __str__(self):
        return f"Criterion {self.code}: {self.title}"


class TopicQuerySet(models.QuerySet):
    def standing(self):
        """Those that assessments take up; the others were left out before any did."""
        return self.filter(is_left_out=False)


class Topic(models.Model):
    """A topic of the program's assessments; contractors may add more to theirs."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="topics")
    name = models.CharField(max_length=120)
    order = models.PositiveSmallIntegerField()
    citation = models.CharField(max_length=200)
    is_left_out = models.BooleanField(default=False)

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["program", "name"], name="topic_name_once")]

    def __str__(self):
        return self.name


class MilestoneOffset(models.Model):
    """When a milestone falls due, counted from an anchor, and who sees to it."""

    class Unit(models.TextChoices):
        CALENDAR = "calendar", "calendar days"
        WORKING = "working", "working days"

    program = models.ForeignKey(Program, models.PROTECT, related_name="milestone_offsets")
    key = models.CharField(max_length=30)
    title = models.CharField(max_length=100)
    anchor = models.CharField(
        max_length=30, help_text="start, end, or the key of another milestone."
    )
    days = models.SmallIntegerField(help_text="Negative: before the anchor.")
    unit = models.CharField(max_length=10, choices=Unit, default=Unit.CALENDAR)
    owner = models.CharField(max_length=10)
    order = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=200)
    is_assumption = models.BooleanField(default=True)

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["program", "key"], name="milestone_key_once")
        ]

    def __str__(self):
        return self.title
