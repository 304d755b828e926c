"""What FDA can show later: trail, signatures, letters, jobs, tasks, files.

People are named by settings.AUTH_USER_MODEL and subjects by kind and id, so that every floor may
record without this one knowing any of them.
"""

import json
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from .access import FIRM, may_read_register, may_read_trail, may_resend_letters

LONGEST_LINE = 200  # characters: the subject of a letter, the title of a task


class AboutSubject(models.Model):
    """Names the record that a row is about: its kind ("app.model") and its id as text."""

    subject_kind = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)

    class Meta:
        abstract = True

    @staticmethod
    def naming(subject) -> dict[str, str]:
        """The two columns that name this model instance."""
        return {"subject_kind": subject._meta.label_lower, "subject_id": str(subject.pk)}


class TrailHead(models.Model):
    """The one row that numbers and links the trail; identity tells this trail from any other."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    identity = models.UUIDField(default=uuid.uuid4, editable=False)
    position = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="trail_has_one_head")]


class WithheldQuerySet(models.QuerySet):
    def still(self):
        """What is not disclosed yet."""
        return self.filter(disclosed_at=None)


class Withheld(AboutSubject):
    """A record that FDA does not know of yet, such as a draft (A13); disclosure.py writes it.

    The entries of the trail are written and verified all the same; until the record is disclosed
    no page, export or archive of FDA shows them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    withheld_at = models.DateTimeField()
    disclosed_at = models.DateTimeField(null=True)

    objects = WithheldQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "withheld"
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "subject_id"], name="withheld_once")
        ]


class TrailEntryQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's records officers read what is disclosed to FDA; anyone else nothing here."""
        return self.disclosed() if may_read_trail(user) else self.none()

    def disclosed(self):
        """All entries but those about records that FDA does not know of yet."""
        return self.filter(~Exists(self._withheld()))

    def withheld(self):
        """The entries about records that FDA does not know of yet."""
        return self.filter(Exists(self._withheld()))

    @staticmethod
    def _withheld():
        return Withheld.objects.still().filter(
            subject_kind=OuterRef("subject_kind"), subject_id=OuterRef("subject_id")
        )


class TrailEntry(AboutSubject):
    """One deed: who, when, what, before, after, why; chained by SHA-256 (21 CFR 11.10(e))."""

    position = models.PositiveBigIntegerField(primary_key=True)
    deed = models.CharField(max_length=60)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=True
    )
    actor_name = models.CharField(max_length=200)
    at = models.DateTimeField(help_text="The moment of the deed, as the program's clock had it.")
    recorded_at = models.DateTimeField(help_text="The real moment at which the entry was written.")
    before_json = models.TextField(default="{}")
    after_json = models.TextField(default="{}")
    reason = models.TextField(blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = TrailEntryQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "trail entries"
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="trail_by_subject"),
            models.Index(fields=["deed", "position"], name="trail_by_deed"),
            models.Index(fields=["at"], name="trail_by_moment"),
            models.Index(fields=["hash"], name="trail_by_hash"),
        ]

    def __str__(self):
        return f"{self.position} {self.deed}"

    @property
    def before(self) -> dict:
        return json.loads(self.before_json)

    @property
    def after(self) -> dict:
        return json.loads(self.after_json)


class Signature(AboutSubject):
    """Printed name, moment and meaning, bound to the bytes signed (21 CFR 11.50, 11.70)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="signatures")
    printed_name = models.CharField(max_length=200)
    meaning = models.CharField(max_length=200)
    at = models.DateTimeField()
    signed_at = models.DateTimeField(help_text="The real moment of signing.")
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["at", "signed_at"]
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="signature_by_subject")]

    def __str__(self):
        return f"{self.printed_name}: {self.meaning}"


class LetterQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's coordinators and administrators, who deal with letters that fail."""
        return self if may_resend_letters(user) else self.none()


class Letter(AboutSubject):
    """One mail of the outbox: queued in the deed's transaction, sent after it."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="letters"
    )
    address = models.EmailField()
    subject = models.CharField(max_length=LONGEST_LINE)
    body = models.TextField()
    secret = models.CharField(
        max_length=100, blank=True, help_text="A link's token, erased when the letter is sent."
    )
    at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="letter_by_subject")]

    def __str__(self):
        return f"{self.kind} to {self.address}"

    @property
    def message_id(self) -> str:
        """The same for every attempt, so that a letter sent twice is shown once."""
        return f"<{self.id}@qmm-pilot>"


class Job(AboutSubject):
    """A piece of background work; this row is the queue of record, Celery's message a hint."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    moment = models.DateTimeField(help_text="The at= that the job's operation uses.")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField(help_text="Real time.")
    not_before = models.DateTimeField(help_text="Real time; later after an error.")
    claim = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True, help_text="Real time.")
    attempts = models.PositiveIntegerField(default=0)
    crashes = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    steps_done = models.PositiveIntegerField(default=0, help_text="Noted by long work.")
    steps_total = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["status", "not_before"], name="job_by_status"),
            models.Index(fields=["subject_kind", "subject_id"], name="job_by_subject"),
        ]

    def __str__(self):
        return f"{self.kind} ({self.status})"


class ActionItemQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at=None)

    def held_by(self, user):
        """The items that this person, a role of hers, or her organization (in that role) holds.

        An agent holds, for each firm that she represents, those of the roles she stands in for.
        """
        roles = [str(role) for role in user.roles]
        held = Q(user=user) | Q(user=None, organization_id=None, role__in=roles)
        own = [(user.organization_id, roles)] if user.organization_id else []
        for organization_id, its_roles in [
            *own,
            *((firm.pk, [str(role) for role in given]) for firm, given in user.stands_in_for),
        ]:
            held |= Q(user=None, organization_id=organization_id, role__in=["", *its_roles])
        return self.filter(held)


class ActionItem(AboutSubject):
    """Something due: who holds it, by when, and where it is done."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=150, unique=True)
    title = models.CharField(max_length=LONGEST_LINE)
    url_name = models.CharField(max_length=80)
    url_kwargs = models.JSONField(default=dict)
    due_on = models.DateField(null=True)
    role = models.CharField(max_length=30, blank=True)
    organization_id = models.UUIDField(null=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    raised_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "raised_at"]
        indexes = [
            models.Index(
                fields=["organization_id", "role"], name="open_items", condition=Q(closed_at=None)
            )
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse(self.url_name, kwargs=self.url_kwargs)


class StoredFile(AboutSubject):
    """A private file; its name is data, never a path."""

    class ScanState(models.TextChoices):
        PENDING = "pending", "Virus scan pending"
        CLEAN = "clean", "Scanned, clean"
        REFUSED = "refused", "Refused by the scanner"
        MADE_HERE = "made_here", "Made by this system"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=60, unique=True)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=100)
    scan_state = models.CharField(max_length=10, choices=ScanState, default=ScanState.PENDING)
    is_confidential = models.BooleanField(default=True)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    kept_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["kept_at"]
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="file_by_subject")]

    def __str__(self):
        return self.name


class Download(models.Model):
    """One download of a private file (21 CFR 20.90 asks who received what)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, related_name="downloads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    downloaded_at = models.DateTimeField(help_text="Real time.")

    class Meta:
        ordering = ["downloaded_at"]


class Designation(AboutSubject):
    """What a submitter designates as confidential commercial information in one record.

    In writing, at submission or reasonably soon after, and for ten years (21 CFR 20.61, 45 CFR
    5.41): who, when, the rule as she read it, and why where it came later.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    fields = models.JSONField(help_text="The names of the parts that are designated.")
    rule = models.TextField()
    reason = models.TextField(blank=True, help_text="Empty at submission; given when it is later.")
    designated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="designations"
    )
    designated_at = models.DateTimeField()
    expires_on = models.DateField(help_text="The Eastern day on which it holds no longer.")

    class Meta:
        ordering = ["designated_at"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="designation_by_subject")
        ]

    def __str__(self):
        return f"Designation of {self.subject_kind} {self.subject_id}"


class StatementOfUse(models.Model):
    """One version of FDA's statement: who reads what firms submit, and what it is not used for."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.PositiveSmallIntegerField(unique=True)
    sections = models.JSONField(help_text="Headings, each with its sentences and their sources.")
    since = models.DateTimeField()
    reason = models.TextField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-version"]
        verbose_name = "statement of use"
        verbose_name_plural = "statements of use"
        constraints = [
            models.CheckConstraint(condition=Q(version__gte=1), name="statements_begin_at_1")
        ]

    def __str__(self):
        return f"Statement of use, version {self.version}"


class StatementSeen(AboutSubject):
    """Which version of the statement a person had before her when she did a deed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    statement = models.ForeignKey(StatementOfUse, models.PROTECT, related_name="seen")
    deed = models.CharField(max_length=60)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="statement_seen_by_subject")
        ]

    def __str__(self):
        return f"{self.deed}: version {self.statement.version}"


class RecordAccessQuerySet(models.QuerySet):
    def visible_to(self, user, *, lists_since=None):
        """A firm sees who opened its own records, FDA's records officers all; anyone else none.

        FDA's lists hold every firm that has handed something in: a firm sees them from the moment
        `lists_since` at which it did.
        """
        if may_read_register(user):
            return self
        if user.side != FIRM or not user.organization_id:
            return self.none()
        own = Q(organization_id=user.organization_id)
        if lists_since:
            own |= Q(organization_id=None, at__gte=lists_since)
        return self.filter(own)


class RecordAccess(AboutSubject):
    """Somebody outside a firm opened one of its records (A13).

    Page views stand once per person, record and hour, each download by itself. The row holds the
    names as they were. `organization_id` is the firm; it is null for a list of all firms.
    """

    class How(models.TextChoices):
        OPENED = "opened", "Opened"
        DOWNLOADED = "downloaded", "Downloaded"
        LISTED = "listed", "Seen in a list"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization_id = models.UUIDField(null=True)
    how = models.CharField(max_length=10, choices=How)
    what = models.CharField(max_length=100)
    site = models.CharField(max_length=200, blank=True)
    program_name = models.CharField(max_length=60, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=200)
    office = models.CharField(max_length=200)
    at = models.DateTimeField()
    hour = models.DateTimeField(help_text="The hour in which it happened, as the clock had it.")
    noted_at = models.DateTimeField(help_text="Real time.")

    objects = RecordAccessQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = "access to a record"
        verbose_name_plural = "accesses to records"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "subject_kind", "subject_id", "hour", "organization_id"],
                condition=~Q(how="downloaded") & Q(organization_id__isnull=False),
                name="record_opened_once_an_hour",
            ),
            models.UniqueConstraint(
                fields=["user", "subject_kind", "subject_id", "hour"],
                condition=~Q(how="downloaded") & Q(organization_id=None),
                name="list_opened_once_an_hour",
            ),
        ]
        indexes = [
            models.Index(fields=["organization_id", "-at", "-id"], name="register_of_a_firm"),
        ]

    def __str__(self):
        return f"{self.person_name}: {self.what}"


class LegalHoldQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's records officers read every hold; its case staff see marks (holds.py)."""
        return self if may_read_trail(user) else self.none()

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


class TrailExportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's records officers only."""
        return self if may_read_trail(user) else self.none()


class TrailExport(models.Model):
    """A filtered copy of the trail, up to the position that it had when it was asked for."""

    class Format(models.TextChoices):
        CSV = "csv", "CSV, for a spreadsheet"
        JSON_LINES = "jsonl", "JSON lines, for a program"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    format = models.CharField(max_length=5, choices=Format)
    chosen = models.JSONField(default=dict, help_text="The filters, as the address held them.")
    up_to = models.PositiveBigIntegerField(help_text="The last position looked at.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")
    entries = models.PositiveIntegerField(null=True)
    stored_file = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="+")

    objects = TrailExportQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self):
        return f"Export of the trail ({self.get_format_display()})"


class DemonstrationMoment(models.Model):
    """The demonstration's own moment (see qmm_pilot.clock): one row, ignored in operation."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    moment = models.DateTimeField()
    saved_at = models.DateTimeField(help_text="Real time.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_demonstration_moment")]


class LocalMail(models.Model):
    """A mail that the demonstration shows on a local page instead of sending it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    to = models.CharField(max_length=500)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    at = models.DateTimeField()
    kept_at = models.DateTimeField(help_text="Real time.")

    class Meta:
        ordering = ["-kept_at"]

    def __str__(self):
        return self.subject
