"""A whole program as one file: records, original files, trail and a manifest of hashes."""

import uuid

from django.conf import settings
from django.db import models

from applications.models.review import programs_closed_to
from qmm_pilot.accounts.roles import Role


class ProgramArchiveQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's records officers only: an archive holds what every floor knows.

        None of them sees that of a program in which she has to score yet, or is barred from a
        site: it holds colleagues' scores and every site's file (C1, C2).
        """
        if not user.has_role(Role.FDA_RECORDS_OFFICER):
            return self.none()
        rows = self
        for programs in programs_closed_to(user):
            rows = rows.exclude(program__in=programs)
        return rows


class ProgramArchive(models.Model):
    """One archive of one program: asked for, made by its job, kept for good."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    program = models.ForeignKey("programs.Program", models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    job = models.ForeignKey("records.Job", models.PROTECT, null=True, related_name="+")
    stored_file = models.OneToOneField(
        "records.StoredFile", models.PROTECT, null=True, related_name="+"
    )
    rows = models.PositiveIntegerField(null=True)
    files = models.PositiveIntegerField(null=True)
    entries = models.PositiveIntegerField(null=True)
    faults = models.JSONField(default=list, help_text="Files that could not be read as kept.")

    objects = ProgramArchiveQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self):
        return f"Archive of {self.program}"
