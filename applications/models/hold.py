"""The mark that stops a live record: who put it on hold, why, and when that is looked at again."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, FilteredRelation, OuterRef, Q

from .participation import Participation
from .request import ParticipationRequest


class HoldQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(ended_at=None)

    def held_requests(self):
        """The ids of the requests on hold, as a subquery."""
        return (
            self.standing()
            .filter(participation_request__isnull=False)
            .values("participation_request")
        )

    def on(self, record):
        """The holds of one request or participation."""
        return self.filter(**Hold.naming(record))


class Hold(models.Model):
    """A mark on a live record, not a state: people keep reading, nothing advances (states.md).

    `why` is for FDA. A firm reads the same words whatever the facts of a contest, so that another
    firm is never hinted at.
    """

    class Cause(models.TextChoices):
        CONTESTED = "contested", "Rival claims to one facility"
        NEW_OWNER = "new_owner", "The new owner has not attested yet"
        STANDING = "standing", "Standing under review"

    ON_REQUESTS = (Cause.CONTESTED, Cause.NEW_OWNER)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, null=True, related_name="holds"
    )
    participation = models.ForeignKey(
        Participation, models.PROTECT, null=True, related_name="holds"
    )
    cause = models.CharField(max_length=15, choices=Cause)
    why = models.TextField()
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    placed_at = models.DateTimeField()
    review_on = models.DateField(help_text="The Eastern day on which FDA looks at it again.")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    end_reason = models.TextField(blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["placed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(participation_request=None, participation__isnull=False)
                | Q(participation_request__isnull=False, participation=None),
                name="hold_is_on_one_record",
            ),
            models.UniqueConstraint(
                fields=["participation_request", "cause"],
                condition=Q(ended_at=None),
                name="one_standing_hold_per_request_and_cause",
            ),
            models.UniqueConstraint(
                fields=["participation", "cause"],
                condition=Q(ended_at=None),
                name="one_standing_hold_per_participation_and_cause",
            ),
        ]

    def __str__(self):
        return self.get_cause_display()

    @staticmethod
    def naming(record) -> dict:
        """The column that names this request or participation."""
        is_request = isinstance(record, ParticipationRequest)
        return {"participation_request" if is_request else "participation": record}


def with_holds(rows):
    """These requests, each with its standing holds in the same query: one of a cause at most."""
    joined = {
        f"hold_{cause}": FilteredRelation(
            "holds", condition=Q(holds__ended_at=None, holds__cause=cause)
        )
        for cause in Hold.ON_REQUESTS
    }
    return rows.alias(**joined).select_related(*joined)


def holds_beside(participation_request) -> list[Hold]:
    """What with_holds() found beside this request, first first."""
    found = (getattr(participation_request, f"hold_{cause}", None) for cause in Hold.ON_REQUESTS)
    return sorted(filter(None, found), key=lambda hold: hold.placed_at)


def participation_is_held(path):
    """Whether the participation that `path` leads to is on hold, as an annotation of a list."""
    return Exists(Hold.objects.standing().filter(participation=OuterRef(path)))


def is_held():
    """Whether the request of the outer query is on hold, as an annotation of a list."""
    return Exists(Hold.objects.standing().filter(participation_request=OuterRef("pk")))
