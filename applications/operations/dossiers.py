"""Deeds on selection dossiers: ask for one, keep what the worker made, try again (C9)."""

from django.db import transaction

from applications.access import may_read_dossiers
from applications.dossier_content import content_of
from applications.models import SelectionDossier
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records.files import keep_document, storing
from qmm_pilot.records.jobs import queue_job
from qmm_pilot.records.models import Job
from qmm_pilot.records.trail import record

from .reviews import refuse_while_closed

DOSSIER_JOB = "make_dossier"
ON_ITS_WAY = (Job.Status.QUEUED, Job.Status.RUNNING)
WHO = "Only FDA’s selectors and records officers have dossiers made."


@transaction.atomic
def make_dossier(program, *, by, at) -> SelectionDossier:
    """Freeze a program's selection record and have its PDF and ZIP made in the background.

    Raises Refusal for whom a part of the record is hidden from, and while one is on its way.
    """
    if not may_read_dossiers(by):
        raise Refusal(WHO)
    program = Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    refuse_while_closed(program, by=by)
    if SelectionDossier.objects.filter(program=program, job__status__in=ON_ITS_WAY).exists():
        raise Refusal("A dossier of this program is being made already. Wait until it is ready.")
    content = content_of(program, by=by, at=at)
    dossier = SelectionDossier(program=program, content=content, asked_by=by, asked_at=at)
    dossier.job = queue_job(DOSSIER_JOB, dossier, at=at, by=by)
    dossier.save(force_insert=True)
    facts = {"program": program.slug, "record_sha256": content["record_sha256"]}
    record("make_dossier", dossier, by=by, at=at, after=facts)
    return dossier


@transaction.atomic
def retry_dossier(dossier, *, by, at) -> SelectionDossier:
    """Have the files of a dossier made again whose job failed, from the same frozen content."""
    if not may_read_dossiers(by):
        raise Refusal(WHO)
    dossier = _locked(dossier.pk)
    refuse_while_closed(dossier.program, by=by)
    if dossier.bundle_id or dossier.job.status != Job.Status.FAILED:
        raise IllegalMove("This dossier is ready, or on its way. Reload the page.")
    dossier.job = queue_job(DOSSIER_JOB, dossier, at=at, by=by)
    dossier.save(update_fields=["job"])
    record("retry_dossier", dossier, by=by, at=at, after={"program": dossier.program.slug})
    return dossier


def keep_dossier(dossier_id, pdf: bytes, bundle: bytes, *, job) -> SelectionDossier | None:
    """Keep the files that this job made; None when they are kept already."""
    with storing() as keys:
        dossier = _locked(dossier_id)
        if dossier.bundle_id or dossier.job_id != job.pk:
            return None
        name = f"selection-dossier-{dossier.program.slug}-{dossier.pk}"
        common = {"by": None, "at": job.moment, "about": dossier, "keys": keys}
        dossier.pdf = keep_document(pdf, name=f"{name}.pdf", media_type="application/pdf", **common)
        dossier.bundle = keep_document(
            bundle, name=f"{name}.zip", media_type="application/zip", **common
        )
        dossier.save(update_fields=["pdf", "bundle"])
        record(
            "keep_dossier",
            dossier,
            by=None,
            at=job.moment,
            after={"pdf_sha256": dossier.pdf.sha256, "zip_sha256": dossier.bundle.sha256},
        )
    return dossier


def _locked(pk):
    return (
        SelectionDossier.objects.select_for_update(of=("self",), no_key=True)
        .select_related("job", "program")
        .get(pk=pk)
    )
