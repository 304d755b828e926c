"""A program's whole selection record as one document and one ZIP: frozen, then made (C9)."""

import uuid

from django.conf import settings
from django.db import models

from qmm_pilot.accounts.roles import Role
from qmm_pilot.programs.models import Program
from qmm_pilot.records.models import Job, StoredFile

from .review import programs_closed_to


class SelectionDossierQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's selectors and records officers, none of whom may miss what a dossier shows.

        A dossier holds every score: whoever has her own to give yet, or is barred from a site of
        the program, sees none of that program's.
        """
        if not user.has_role(Role.FDA_SELECTOR, Role.FDA_RECORDS_OFFICER):
            return self.none()
        rows = self
        for programs in programs_closed_to(user):
            rows = rows.exclude(program__in=programs)
        return rows


class SelectionDossier(models.Model):
    """One dossier of one program; `content` is what it says, frozen when it was asked for."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="selection_dossiers")
    content = models.JSONField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")
    pdf = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="+")
    bundle = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="+")

    objects = SelectionDossierQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self):
        return f"Selection dossier of {self.program}"
