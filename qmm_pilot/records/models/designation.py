"""What submitters designate as confidential."""

import uuid

from django.conf import settings
from django.db import models

from .subject import AboutSubject


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
