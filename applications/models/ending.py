"""How a participation ends before its time: who said so, what the firm chose, when FDA closed."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from .participation import Participation


class ParticipationEnding(models.Model):
    """The early end of one participation (C12); nothing that came before is deleted.

    Where fieldwork had begun, the firm that withdraws chooses whether there is a partial report
    and whether its data may be compared without its name. Until FDA has closed the end,
    `closed_at` is empty: the participation is withdrawing.
    """

    class Kind(models.TextChoices):
        WITHDRAWAL = "withdrawal", "The firm withdrew"
        REMOVAL = "removal", "FDA removed it"
        PROGRAM_END = "program_end", "The program ended"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation = models.OneToOneField(Participation, models.PROTECT, related_name="ending")
    kind = models.CharField(max_length=15, choices=Kind)
    fieldwork_begun = models.BooleanField()
    wants_partial_report = models.BooleanField(null=True)
    may_compare_data = models.BooleanField(null=True)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["declared_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(wants_partial_report=None, may_compare_data=None)
                | Q(
                    kind="withdrawal",
                    fieldwork_begun=True,
                    wants_partial_report__isnull=False,
                    may_compare_data__isnull=False,
                ),
                name="ending_choices_follow_begun_fieldwork",
            ),
            models.CheckConstraint(
                condition=~Q(kind="withdrawal", fieldwork_begun=True)
                | Q(wants_partial_report__isnull=False),
                name="withdrawal_after_fieldwork_has_its_choices",
            ),
            models.CheckConstraint(
                condition=Q(kind="withdrawal") | Q(closed_at__isnull=False),
                name="only_a_withdrawal_waits_for_fda",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.participation}"
