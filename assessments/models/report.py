"""The report of a visit, version by version."""

import uuid

from django.db import models
from django.db.models import Q

from qmm_pilot.accounts.access import firms_of
from qmm_pilot.accounts.roles import Scope, Side
from qmm_pilot.lifecycle import Lifecycle

from .assessment import Assessment, OfVisibleAssessment


class ReportQuerySet(OfVisibleAssessment):
    def visible_to(self, user):
        """FDA case staff and the engaged contractor see all versions, the firm the released one."""
        visible = super().visible_to(user)
        if user.side == Side.FIRM:
            return visible.filter(
                status=Report.Status.RELEASED,
                assessment__participation__organization__in=firms_of(user, Scope.REPORT),
            )
        return visible


class Report(Lifecycle):
    """One version of an assessment's report.

    content_json is ReportContent as frozen when rendering was last asked for. stored_file holds the
    bytes that the author signs and FDA accepts. released_file is the released edition: the same
    content with those signatures and their SHA-256 printed, made after acceptance; the signature
    of release is bound to it. Nothing of a signed version changes later: a returned or mistaken
    report is followed by a new version.
    """

    class Status(models.TextChoices):
        DRAFTING = "drafting", "Drafting"
        RENDERING = "rendering", "Rendering"
        FAILED = "failed", "Rendering failed"
        DRAFT_READY = "draft_ready", "Draft ready"
        SUBMITTED = "submitted", "Submitted to FDA"
        RETURNED = "returned", "Returned with comments"
        ACCEPTED = "accepted", "Accepted"
        RELEASED = "released", "Released"

    # Rendered again before anyone signed: nothing is bound to the earlier bytes yet.
    MOVES = {
        Status.DRAFTING: {Status.RENDERING},
        Status.RENDERING: {Status.DRAFT_READY, Status.FAILED},
        Status.FAILED: {Status.RENDERING},
        Status.DRAFT_READY: {Status.SUBMITTED, Status.RENDERING},
        Status.SUBMITTED: {Status.RETURNED, Status.ACCEPTED},
        Status.ACCEPTED: {Status.RELEASED},
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="reports")
    version = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFTING)
    summary = models.TextField(blank=True)
    method = models.TextField(blank=True)
    people_interviewed = models.TextField(
        blank=True, help_text="One function per line, never a name; “: 2” after it says how many."
    )
    content_json = models.JSONField(null=True, blank=True)
    template_version = models.PositiveSmallIntegerField(null=True, blank=True)
    job = models.ForeignKey(
        "records.Job", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    stored_file = models.ForeignKey(
        "records.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sha256 = models.CharField(max_length=64, blank=True)
    released_file = models.ForeignKey(
        "records.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    released_sha256 = models.CharField(max_length=64, blank=True)
    return_comments = models.TextField(blank=True)
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(
                name="report_version_once_per_assessment", fields=["assessment", "version"]
            ),
            models.UniqueConstraint(
                name="report_one_unfinished_per_assessment",
                fields=["assessment"],
                condition=Q(
                    status__in=[
                        "drafting",
                        "rendering",
                        "failed",
                        "draft_ready",
                        "submitted",
                        "accepted",
                    ]
                ),
            ),
            models.UniqueConstraint(
                name="report_one_released_per_assessment",
                fields=["assessment"],
                condition=Q(status="released"),
            ),
            models.CheckConstraint(
                name="report_released_has_its_file",
                condition=~Q(status="released") | Q(released_file__isnull=False),
            ),
        ]

    def __str__(self):
        return f"Report version {self.version}, {self.assessment.facility.name}"

    def file_for(self, user):
        """The PDF that a person who sees this report downloads, or None.

        The released edition once it is printed, before that the draft; the firm never the draft.
        """
        if user.side == Side.FIRM:
            return self.released_file if self.status == self.Status.RELEASED else None
        return self.released_file or self.stored_file
