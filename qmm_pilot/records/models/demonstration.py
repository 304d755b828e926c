"""The demonstration's own moment."""

from django.db import models
from django.db.models import Q


class DemonstrationMoment(models.Model):
    """The demonstration's own moment (see qmm_pilot.clock): one row, ignored in operation."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    moment = models.DateTimeField()
    saved_at = models.DateTimeField(help_text="Real time.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_demonstration_moment")]
