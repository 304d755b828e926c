"""The outbox of letters, and the mails that a demonstration shows."""

import uuid

from django.conf import settings
from django.db import models

from qmm_pilot.records.access import may_resend_letters
from qmm_pilot.records.closed_sites import without_closed

from .subject import LONGEST_LINE, AboutSubject


class LetterQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's coordinators and administrators, who deal with letters that fail.

        None about a site that a conflict of interest closes to them (C2).
        """
        return without_closed(self, user) if may_resend_letters(user) else self.none()


class Letter(AboutSubject):
    """One mail of the outbox: queued in the deed's transaction, sent after it."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        OVERTAKEN = "overtaken", "Not sent: a later letter took its place"

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
    times_sent_again = models.PositiveSmallIntegerField(
        default=0, help_text="How often a person had it sent again after it was sent."
    )
    opened_at = models.DateTimeField(
        null=True, help_text="When the person first opened it in the product."
    )
    bounced_at = models.DateTimeField(null=True)
    bounce_reason = models.CharField(max_length=500, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="letter_by_subject")]

    def __str__(self):
        return f"{self.kind} to {self.address}"

    @property
    def message_id(self) -> str:
        """The same for every attempt, so that a letter sent twice is shown once.

        What a person has sent again is meant to be seen: it counts as another mail.
        """
        again = f".{self.times_sent_again}" if self.times_sent_again else ""
        return f"<{self.id}{again}@qmm-pilot>"


class LetterCall(AboutSubject):
    """That somebody was told by telephone what a letter says: whom, when, by whom.

    About the same record as the letter.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    letter = models.ForeignKey(Letter, models.PROTECT, related_name="calls")
    spoke_to = models.CharField(max_length=200)
    called_on = models.DateField()
    note = models.TextField(blank=True)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["noted_at"]

    def __str__(self):
        return f"Told by telephone: {self.spoke_to}"


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
