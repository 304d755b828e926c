"""A facility's wish to join one pilot program, and what its official attested."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from qmm_pilot.accounts.access import firms_of
from qmm_pilot.accounts.models import Organization, check_time_zone
from qmm_pilot.accounts.roles import Scope
from qmm_pilot.lifecycle import Lifecycle
from qmm_pilot.programs.models import Criterion, Program

from .barring import Barring
from .facility import Facility

# What is marked as confidential commercial information from the start: every free text, and what
# the facility makes and does. Our choice, the notices name none; whom to call is not marked.
CONFIDENTIAL_FROM_THE_START = (
    "operations",
    "size_band",
    "sector",
    "products",
    "product_description",
    "makes_sterile",
    "declared_inspections",
    "blackout_dates",
    "interview_language",
)


def confidential_from_the_start() -> list[str]:
    """The answers that a new draft marks; the firm changes them until it submits."""
    return list(CONFIDENTIAL_FROM_THE_START)


class ParticipationRequestQuerySet(models.QuerySet):
    def visible_to(self, user, *, barred=None):
        """A firm and its agents see its requests; FDA case staff what was submitted.

        None of them sees those for a site that is closed to her by a conflict of interest (C2).
        `barred` are the FEIs of those sites, where Barring.objects.feis_of(user) was read before:
        a question of fifty counts would ask for them fifty times.
        """
        if user.reads_cases:
            # A draft that was withdrawn was never FDA's to read either.
            rows = self.filter(submitted_at__isnull=False)
            if barred is None:
                barred = Barring.objects.feis_of(user)
            return rows.exclude(fei_key__in=barred)
        return self.filter(organization__in=firms_of(user, Scope.PREPARE, Scope.SUBMIT))

    def live(self):
        """Requests that still may lead to a place, or did."""
        return self.filter(status__in=ParticipationRequest.LIVE)

    def real(self):
        """All but those of rehearsals."""
        return self.filter(program__rehearsal_of=None)


class ParticipationRequest(Lifecycle):
    """A facility's wish to join one pilot program."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Submitted"
        UNDER_REVIEW = "under_review", "Under review"
        AWAITING_CONFIRMATION = "awaiting_confirmation", "Awaiting confirmation"
        INFORMATION_REQUESTED = "information_requested", "Information requested"
        ELIGIBLE = "eligible", "Eligible"
        NOT_ELIGIBLE = "not_eligible", "Not eligible"
        SELECTED = "selected", "Selected"
        ALTERNATE = "alternate", "Alternate"
        NOT_SELECTED = "not_selected", "Not selected"
        WITHDRAWN = "withdrawn", "Withdrawn"
        LAPSED = "lapsed", "Lapsed"
        CLOSED = "closed", "Closed by FDA"

    MOVES = {
        Status.DRAFT: {Status.SUBMITTED, Status.WITHDRAWN},
        Status.SUBMITTED: {Status.UNDER_REVIEW, Status.WITHDRAWN, Status.CLOSED},
        Status.AWAITING_CONFIRMATION: {Status.SUBMITTED, Status.LAPSED, Status.WITHDRAWN},
        Status.INFORMATION_REQUESTED: {
            Status.UNDER_REVIEW,
            Status.LAPSED,
            Status.WITHDRAWN,
            Status.CLOSED,
        },
        Status.LAPSED: {Status.UNDER_REVIEW},
        Status.WITHDRAWN: {Status.UNDER_REVIEW},
        Status.UNDER_REVIEW: {
            Status.INFORMATION_REQUESTED,
            Status.ELIGIBLE,
            Status.NOT_ELIGIBLE,
            Status.WITHDRAWN,
            Status.CLOSED,
        },
        Status.ELIGIBLE: {
            Status.UNDER_REVIEW,
            Status.SELECTED,
            Status.ALTERNATE,
            Status.NOT_SELECTED,
            Status.WITHDRAWN,
            Status.CLOSED,
        },
        Status.NOT_ELIGIBLE: {Status.UNDER_REVIEW, Status.WITHDRAWN},
        Status.ALTERNATE: {
            Status.SELECTED,
            Status.NOT_SELECTED,
            Status.WITHDRAWN,
            Status.CLOSED,
        },
    }
    LIVE = (
        Status.DRAFT,
        Status.SUBMITTED,
        Status.UNDER_REVIEW,
        Status.INFORMATION_REQUESTED,
        Status.ELIGIBLE,
        Status.SELECTED,
        Status.ALTERNATE,
    )

    class Product(models.TextChoices):
        PRESCRIPTION = "rx", "Prescription drug products"
        OTC = "otc", "Over-the-counter drug products"
        API = "api", "Active pharmaceutical ingredients"
        INTERMEDIATE = "intermediate", "Intermediates used for APIs"

    class Operation(models.TextChoices):
        MANUFACTURE = "manufacture", "Manufacture"
        API_MANUFACTURE = "api_manufacture", "API manufacture"
        PACK = "pack", "Pack"
        REPACK = "repack", "Repack"
        LABEL = "label", "Label"
        RELABEL = "relabel", "Relabel"
        ANALYSIS = "analysis", "Analysis"

    class Size(models.TextChoices):
        SMALL = "small", "Fewer than 100 people at the site"
        MEDIUM = "medium", "100 to 499 people"
        LARGE = "large", "500 people or more"

    class Sector(models.TextChoices):
        INNOVATOR = "innovator", "Innovator"
        GENERIC = "generic", "Generic"
        CDMO = "cdmo", "Contract development and manufacturing"
        OTC = "otc", "Over-the-counter"
        BIOTECH = "biotech", "Biotechnology"

    class Mode(models.TextChoices):
        ON_SITE = "on_site", "On site"
        REMOTE = "remote", "Remote"
        HYBRID = "hybrid", "Hybrid"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="participation_requests")
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="participation_requests"
    )
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="participation_requests")
    fei_key = models.CharField(max_length=10, editable=False)
    status = models.CharField(max_length=25, choices=Status, default=Status.DRAFT)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()

    contact_name = models.CharField("name", max_length=200, blank=True)
    contact_title = models.CharField("job title", max_length=200, blank=True)
    contact_email = models.EmailField("e-mail address", blank=True)
    contact_phone = models.CharField("telephone", max_length=40, blank=True)
    contact_time_zone = models.CharField(
        "time zone", max_length=60, blank=True, validators=[check_time_zone]
    )
    deputy_name = models.CharField("deputy’s name", max_length=200, blank=True)
    deputy_email = models.EmailField("deputy’s e-mail address", blank=True)
    operations = models.JSONField("operations at this facility", default=list, blank=True)
    products = models.JSONField("what the facility makes", default=list, blank=True)
    product_description = models.TextField("products", blank=True)
    makes_sterile = models.BooleanField("makes sterile products", null=True, blank=True)
    size_band = models.CharField("size", max_length=10, choices=Size, blank=True)
    sector = models.CharField(max_length=10, choices=Sector, blank=True)
    declared_inspections = models.TextField("FDA inspections in the window", blank=True)
    preferred_mode = models.CharField(max_length=10, choices=Mode, blank=True)
    blackout_dates = models.TextField("dates that do not suit", blank=True)
    interview_language = models.CharField(max_length=60, blank=True)
    confidential_answers = models.JSONField(
        "answers marked as confidential commercial information",
        default=confidential_from_the_start,
        blank=True,
        help_text="As the draft marks them; what was submitted has its Designation.",
    )

    # Of drafts only: how far the firm has come with it (steps.py).
    steps_taken = models.JSONField(
        default=list, blank=True, help_text="Slugs of the steps that were gone through."
    )
    unfinished = models.JSONField(
        default=dict,
        blank=True,
        help_text="What was typed and is no answer yet, by answer: half an e-mail address.",
    )
    saved_from = models.CharField(
        max_length=32,
        blank=True,
        help_text="The page that saved answers last, and its turn: it is not stale to itself.",
    )

    facility_as_submitted = models.JSONField(
        default=dict, help_text="What described the facility at submission; empty before it."
    )
    contact_as_submitted = models.JSONField(
        default=dict, help_text="The contact that was signed, once another one is named."
    )
    # Null until submitted: empty texts would collide in the unique index.
    receipt_number = models.CharField(max_length=30, null=True, unique=True)  # noqa: DJ001
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    determined_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True, help_text="When the outcome was released.")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawal_reason = models.TextField(blank=True)
    lapsed_at = models.DateTimeField(null=True, help_text="When FDA let it lapse, unanswered.")
    closed_at = models.DateTimeField(null=True, help_text="When FDA closed it.")

    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="FDA’s coordinator who is in charge of it; none: whoever comes first.",
    )
    sort_name = models.CharField(
        max_length=200,
        default="",
        editable=False,
        help_text="The facility’s name as FDA’s queue sorts it; empty before submission.",
    )

    objects = ParticipationRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-saved_at"]
        verbose_name = "request to participate"
        verbose_name_plural = "requests to participate"
        constraints = [
            models.UniqueConstraint(
                fields=["program", "organization", "fei_key"],
                condition=Q(
                    status__in=[
                        "draft",
                        "submitted",
                        "under_review",
                        "information_requested",
                        "eligible",
                        "selected",
                        "alternate",
                    ]
                ),
                name="one_live_request_per_facility",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "withdrawn"])
                | Q(submitted_at__isnull=False, receipt_number__isnull=False),
                name="submitted_request_has_its_receipt",
            ),
        ]
        indexes = [
            models.Index(fields=["program", "fei_key"], name="request_by_program_and_fei"),
            # FDA's queue: each order and each filter that it counts, with the program to tell
            # rehearsals apart and the FEI to leave out closed sites, so that a page of it reads
            # no more rows than it shows.
            models.Index(fields=["submitted_at", "id", "program", "fei_key"], name="queue_by_age"),
            models.Index(
                fields=["status", "submitted_at", "id", "officer", "program", "fei_key"],
                name="queue_by_state",
            ),
            models.Index(
                fields=["officer", "submitted_at", "id", "status", "program", "fei_key"],
                name="queue_by_officer",
            ),
            models.Index(fields=["program", "submitted_at", "id"], name="queue_by_program"),
            models.Index(fields=["sort_name", "id"], name="queue_by_name"),
        ]

    def __str__(self):
        return f"{self.facility} for {self.program.short_name}"

    @property
    def site(self) -> Facility:
        """The facility as it was submitted, unsaved; before that as it is.

        What the firm changes afterwards neither rewrites the request nor moves its eligibility.
        """
        if not self.facility_as_submitted:
            return self.facility
        return Facility(pk=self.facility_id, **self.facility_as_submitted)

    def fei_keys(self) -> list[str]:
        """Every FEI under which inspections of this facility count: its own, former and merged.

        Each once: an old request bears the FEI that its site has given up since.
        """
        former = self.facility.identifiers.standing().values_list("fei_key", flat=True)
        return list(dict.fromkeys([self.fei_key, *former]))

    @property
    def status_for_firm(self) -> str:
        """The state that the firm may know: outcomes only once they are released."""
        hidden = {self.Status.ELIGIBLE, self.Status.NOT_ELIGIBLE}
        if self.status in hidden and self.told_at is None:
            return self.Status.UNDER_REVIEW
        return self.status

    def get_status_for_firm_display(self) -> str:
        return self.Status(self.status_for_firm).label


class Attestation(models.Model):
    """A commitment that the authorized official attested, in the words that she saw."""

    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="attestations"
    )
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    text = models.TextField()
    attested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    attested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="When the facility had a new owner.")

    class Meta:
        ordering = ["criterion__order"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation_request", "criterion"],
                condition=Q(ended_at=None),
                name="commitment_attested_once",
            )
        ]

    def __str__(self):
        return f"{self.criterion} attested by {self.attested_by}"
