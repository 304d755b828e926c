"""Decision letters as data: a program's words, one firm's own words, and what a firm was told."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications.letter_texts import KINDS, LetterKind, Words
from qmm_pilot.accounts.access import firms_of
from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Scope
from qmm_pilot.programs.models import Program
from qmm_pilot.records.models import Job, StoredFile

from .barring import Barring
from .request import ParticipationRequest
from .selection import Decision


class LetterText(models.Model):
    """One version of a program's words for one kind of letter; never changed, only followed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="letter_texts")
    kind = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=150)
    body = models.TextField()
    reason = models.TextField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "kind", "version"], name="letter_text_version_once"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="letter_texts_begin_at_1"),
        ]

    def __str__(self):
        return f"{self.label}, version {self.version}"

    @property
    def label(self) -> str:
        return KINDS[self.kind].label

    @property
    def words(self) -> Words:
        return Words(self.subject, self.body)


class LetterOverride(models.Model):
    """Words for one firm in the next release, in place of its program's.

    Bound to the drafted decision, or to the request alone where it is not eligible; they count for
    that decision only. `based_on` is the hash of the program's words that they were held against
    last: after those change, the words were written before, and a person says what holds.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="letter_overrides"
    )
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=150)
    body = models.TextField()
    based_on = models.CharField(max_length=64)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-written_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation_request"],
                condition=Q(ended_at=None),
                name="one_letter_override_per_request",
            )
        ]

    def __str__(self):
        return f"Own words for {self.participation_request}"

    @property
    def words(self) -> Words:
        return Words(self.subject, self.body)


class DecisionLetterQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The firm's own people and agents; FDA's case staff all."""
        if user.reads_cases:
            barred = Barring.objects.feis_of(user)
            return self.exclude(participation_request__fei_key__in=barred)
        return self.filter(organization__in=firms_of(user, Scope.PREPARE, Scope.SUBMIT))

    def standing(self):
        """Those that no later letter about the same request has overtaken."""
        return self.filter(superseded_at=None)


class DecisionLetter(models.Model):
    """What one firm was told of one decision; of each request one such letter stands.

    So two that contradict each other cannot: the second must first overtake the first, which then
    is not sent any more. `body` keeps {recipient}, as each person's mail names that person.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="decision_letters"
    )
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="decision_letters")
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    letterhead = models.JSONField(help_text="Lines of the letterhead, as they were.")
    addressee = models.JSONField(
        help_text="Firm, facility and its address, a line each, as they were."
    )
    spelling = models.JSONField(
        default=dict, help_text="How the PDF writes what its fonts lack: a name to its spelling."
    )
    recipients = models.JSONField(help_text="The names of those whom the mail went to.")
    at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    sent_again_at = models.DateTimeField(null=True)
    reached_at = models.DateTimeField(null=True, help_text="When somebody was told by telephone.")
    is_followed_up = models.BooleanField(
        default=True, help_text="No for letters from before it was noted who opened one."
    )

    objects = DecisionLetterQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation_request"],
                condition=Q(superseded_at=None),
                name="one_decision_letter_stands",
            ),
        ]

    def __str__(self):
        return f"{self.rules.label}: {self.participation_request}"

    @property
    def counted_from(self) -> datetime:
        """The moment from which its days unopened count: of the mail, or of the last one."""
        return self.sent_again_at or self.at

    @property
    def rules(self) -> LetterKind:
        return KINDS[self.kind]

    @property
    def words(self) -> Words:
        return Words(self.subject, self.body)
