"""Which site's records are closed to which FDA person, because of a conflict of interest (C2)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class BarringQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(ended_at=None)

    def feis_of(self, user):
        """The FEIs, as compared, of the sites that are closed to this person."""
        return self.standing().filter(person=user).values("fei_key")


class Barring(models.Model):
    """One site whose every record is closed to one person of FDA's, whatever her roles.

    It begins when she is asked to review a request for the site, ends when she declares that she
    has no conflict, and stays when she declares one, until two others lift it. Every `visible_to`
    of FDA's asks it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="barrings")
    fei_key = models.CharField(max_length=10)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="When she declared no conflict.")

    objects = BarringQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "fei_key"], condition=Q(ended_at=None), name="barred_once"
            )
        ]

    def __str__(self):
        return f"FEI {self.fei_key} is closed to {self.person}"
