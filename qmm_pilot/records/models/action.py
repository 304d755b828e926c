"""Tasks: what is due, and who holds it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from .subject import LONGEST_LINE, AboutSubject


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
