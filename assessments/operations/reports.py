"""The report: rendered, signed by its author, accepted, released.

Which bytes a signature is bound to. The author signs the rendered draft, byte for byte, and FDA's
approver accepts by signing the same bytes (Report.stored_file). These bytes never change and stay
on file. After acceptance a job prints the released edition (Report.released_file): the same frozen
content with both signatures, the SHA-256 of the bytes they are bound to, and the trail's position
at acceptance. Release is refused until that edition exists; the approver releases it by signing
its bytes, so this third signature cannot stand inside the file: the screen shows it. The firm
downloads the released edition (H2, F8, F11; 21 CFR 11.50, 11.70).
"""

import hashlib
from html import unescape

from django.db import transaction

from applications.models import Participation
from applications.operations import refuse_unless_goes_on
from assessments import access
from assessments.milestones import Key
from assessments.models import Assessment, Report
from assessments.operations import report_content, telling
from assessments.operations.consultations import mark_done
from assessments.operations.visiting import check_coverage
from assessments.reporting import report_html
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.printing import unprintable
from qmm_pilot.records import files
from qmm_pilot.records.jobs import queue_job
from qmm_pilot.records.models import Job
from qmm_pilot.records.proofs import Proof, limited
from qmm_pilot.records.signatures import named_in_trail, sign
from qmm_pilot.records.trail import record

Status = Report.Status

RENDER = "render_report"
PRINT_RELEASE = "print_released_report"

AUTHOR = "Author of this report"
ACCEPTANCE = "Acceptance of this report for FDA"
RELEASE = "Release of this report to the firm"


@transaction.atomic
def render_report(report, *, summary, method="", people_interviewed="", by, at) -> Report:
    """Freeze the content as it stands now and queue its rendering as PDF.

    An unsigned draft may be rendered again. Raises Refusal without a summary, for letters that
    cannot be printed, while a topic is blank and unexplained, and while the report is being
    rendered or is with FDA.
    """
    report = _lock(report, by=by)
    _check_lead(by, report, at=at)
    if report.status == Status.RENDERING:
        raise Refusal("The report is being rendered already.")
    if report.status not in (Status.DRAFTING, Status.DRAFT_READY, Status.FAILED):
        raise Refusal(f"This version is “{report.get_status_display()}” and stays as it is.")
    if not summary.strip():
        raise Refusal("Write the summary; the report opens with it.")
    check_coverage(report.assessment)
    report.summary, report.method = summary.strip(), method.strip()
    report.people_interviewed = people_interviewed.strip()
    content = report_content.gather(report, at=at)
    # The HTML as it will be printed: JSON would hide control characters behind escapes.
    if missing := unprintable(unescape(report_html(content))):
        shown = ", ".join(
            f"{letter if letter.isprintable() else 'a hidden sign'} (U+{ord(letter):04X})"
            for letter in missing[:10]
        )
        raise Refusal(
            f"The report’s fonts have no letter for {shown}. Replace it in the summary, the "
            "topics or the findings."
        )
    report.content_json = report_content.freeze(content)
    report.template_version = content.layout_version
    before = {"status": report.status, "sha256": report.sha256}
    report.stored_file, report.sha256 = None, ""
    _queue_rendering(report, by=by, at=at)
    for deed in ("retry_render", "sign_report"):
        telling.no_longer_ask(deed, report.assessment, by=by, at=at)
    record(
        "render_report",
        report,
        by=by,
        at=at,
        before=before,
        after={
            "status": report.status,
            "version": report.version,
            "statement_of_use": content.statement_version,
        },
    )
    return report


@transaction.atomic
def retry_render(report, *, by, at) -> Report:
    """Try again what failed for good: the draft, or the released edition after acceptance.

    The frozen content stays. Raises Refusal while the job still runs or nothing failed.
    """
    report = _lock(report, by=by)
    if not access.may_retry_rendering(by, report.assessment, at=at):
        raise Refusal("Only the lead, or FDA’s coordinator or approver, has it tried again.")
    if report.status == Status.ACCEPTED and _has_failed(report):
        report.job = queue_job(PRINT_RELEASE, report, at=at, by=by)
        report.save(update_fields=["job"])
    elif report.status == Status.FAILED:
        _queue_rendering(report, by=by, at=at)
    else:
        raise Refusal("Nothing has failed here that could be tried again.")
    telling.no_longer_ask("retry_render", report.assessment, by=by, at=at)
    record("retry_render", report, by=by, at=at, after={"status": report.status})
    return report


def keep_draft(report_id, pdf: bytes, *, job) -> Report | None:
    """Keep the rendered draft that this job made; None when it is not waited for any more."""
    with files.storing() as keys:
        report = _lock_by_id(report_id)
        if report.status != Status.RENDERING or report.job_id != job.pk or _is_over(report):
            return None
        stored = _keep(report, pdf, name="draft", job=job, keys=keys)
        report.become(Status.DRAFT_READY)
        report.stored_file, report.sha256 = stored, stored.sha256
        report.save(update_fields=["status", "stored_file", "sha256"])
        telling.ask(
            "sign_report",
            f"Read and sign the report on {report.assessment.facility.name}",
            report.assessment,
            at=job.moment,
            user=telling.lead_of(report.assessment),
        )
        record(
            "keep_draft",
            report,
            by=None,
            at=job.moment,
            before={"status": Status.RENDERING},
            after={"status": report.status, "sha256": stored.sha256, "size_bytes": stored.size},
        )
    return report


def keep_released_edition(report_id, pdf: bytes, *, job) -> Report | None:
    """Keep the released edition that this job printed; None when one is kept already."""
    with files.storing() as keys:
        report = _lock_by_id(report_id)
        if report.status != Status.ACCEPTED or report.job_id != job.pk or report.released_file_id:
            return None
        if _is_over(report):
            return None
        stored = _keep(report, pdf, name="released", job=job, keys=keys)
        report.released_file, report.released_sha256 = stored, stored.sha256
        report.save(update_fields=["released_file", "released_sha256"])
        telling.ask(
            "release_report",
            f"Release the report on {report.assessment.facility.name}",
            report.assessment,
            at=job.moment,
            role=Role.FDA_APPROVER,
        )
        record(
            "keep_released_edition",
            report,
            by=None,
            at=job.moment,
            after={"released_sha256": stored.sha256, "size_bytes": stored.size},
        )
    return report


@transaction.atomic
def fail_rendering(report_id, *, job) -> Report | None:
    """Note that a job gave up on the draft or the released edition, and ask for another try."""
    report = _lock_by_id(report_id)
    assessment = report.assessment
    if report.job_id != job.pk or report.status not in (Status.RENDERING, Status.ACCEPTED):
        return None
    if _is_over(report):
        return None
    title = f"Have the report on {assessment.facility.name} rendered again"
    holder = {"role": Role.FDA_APPROVER}
    before = report.status
    if report.status == Status.RENDERING:
        report.become(Status.FAILED)
        report.save(update_fields=["status"])
        holder = {"user": telling.lead_of(assessment)}
    telling.ask("retry_render", title, assessment, at=job.moment, **holder)
    record(
        "fail_rendering",
        report,
        by=None,
        at=job.moment,
        before={"status": before},
        after={"status": report.status, "job": job.kind},
    )
    return report


@limited
def sign_report(report, *, seen, proof: Proof, by, at) -> Report:
    """Sign the rendered draft as author and hand it to FDA.

    `seen` is the SHA-256 of the file that the signer was shown. Raises Refusal for a wrong
    proof, when that file is not the one that waits, and when topics, findings or other content
    changed after it was rendered: no topic goes to FDA blank (F6).
    """
    report = _lock(report, by=by)
    _check_lead(by, report, at=at)
    if report.status != Status.DRAFT_READY:
        raise Refusal("The author signs a rendered draft; this version has none waiting.")
    pdf = _bytes_of(report.stored_file, report.sha256, seen=seen)
    _check_draft_is_current(report)
    signature = sign(report, by=by, at=at, meaning=AUTHOR, proof=proof, content=pdf)
    report.become(Status.SUBMITTED)
    report.submitted_at = at
    report.save(update_fields=["status", "submitted_at"])
    assessment = report.assessment
    for deed in ("write_report", "sign_report", "revise_report"):
        telling.no_longer_ask(deed, assessment, by=by, at=at)
    telling.ask(
        "accept_report",
        f"Accept or return the report on {assessment.facility.name}",
        assessment,
        at=at,
        role=Role.FDA_APPROVER,
    )
    telling.write_to(_approvers(assessment), "report_submitted", assessment, at=at, about=report)
    record(
        "sign_report",
        report,
        by=by,
        at=at,
        before={"status": Status.DRAFT_READY},
        after={"status": report.status, "sha256": report.sha256, **named_in_trail(signature)},
    )
    return report


@transaction.atomic
def return_report(report, *, comments, by, at) -> Report:
    """Return a submitted report to its author with comments; FDA never alters a level (F11)."""
    report = _lock(report, by=by)
    _check_approver(by, report)
    if report.status != Status.SUBMITTED:
        raise Refusal("Only a submitted report is returned.")
    if not comments.strip():
        raise Refusal("Write what the author is to change.")
    report.become(Status.RETURNED)
    report.return_comments, report.returned_at = comments.strip(), at
    report.save(update_fields=["status", "return_comments", "returned_at"])
    assessment = report.assessment
    telling.no_longer_ask("accept_report", assessment, by=by, at=at)
    telling.ask(
        "revise_report",
        f"Revise the report on {assessment.facility.name}",
        assessment,
        at=at,
        user=telling.lead_of(assessment),
    )
    team = telling.team_of(assessment, at=at)
    telling.write_to(team, "report_returned", assessment, at=at, about=report)
    record(
        "return_report",
        report,
        by=by,
        at=at,
        before={"status": Status.SUBMITTED},
        after={"status": report.status},
        reason=report.return_comments,
    )
    return report


@transaction.atomic
def revise_report(report, *, by, at) -> Report:
    """Open the next version after a return; the returned one stays as it was signed."""
    report = _lock(report, by=by)
    _check_lead(by, report, at=at)
    newest = report.assessment.latest_report
    if report.status != Status.RETURNED or newest.pk != report.pk:
        raise Refusal("A new version follows the newest one when FDA has returned it.")
    revised = Report.objects.create(
        assessment=report.assessment,
        version=report.version + 1,
        summary=report.summary,
        method=report.method,
        people_interviewed=report.people_interviewed,
        created_at=at,
    )
    record(
        "revise_report",
        revised,
        by=by,
        at=at,
        after={"status": revised.status, "version": revised.version},
    )
    return revised


@limited
def accept_report(report, *, seen, proof: Proof, by, at) -> Report:
    """Accept the report by signing the bytes that its author signed; queue the released edition.

    Raises Refusal for anyone with a row on the assessment's team, ended or not, for a wrong
    proof, and when the file shown (`seen`, its SHA-256) is not the one that was submitted.
    """
    report = _lock(report, by=by)
    _check_approver(by, report)
    if report.status != Status.SUBMITTED:
        raise Refusal("Only a submitted report is accepted.")
    pdf = _bytes_of(report.stored_file, report.sha256, seen=seen)
    signature = sign(report, by=by, at=at, meaning=ACCEPTANCE, proof=proof, content=pdf)
    report.become(Status.ACCEPTED)
    report.accepted_at = at
    report.job = queue_job(PRINT_RELEASE, report, at=at, by=by)
    report.save(update_fields=["status", "accepted_at", "job"])
    telling.no_longer_ask("accept_report", report.assessment, by=by, at=at)
    record(
        "accept_report",
        report,
        by=by,
        at=at,
        before={"status": Status.SUBMITTED},
        after={"status": report.status, "sha256": report.sha256, **named_in_trail(signature)},
    )
    return report


@limited
def release_report(report, *, seen, proof: Proof, by, at) -> Report:
    """Release the accepted report to the firm by signing the released edition.

    The assessment is completed. Raises Refusal until the edition is printed, for anyone with a row
    on the assessment's team, for a wrong proof, and when the file shown (`seen`, its SHA-256)
    is not that edition.
    """
    report = _lock(report, by=by)
    _check_approver(by, report)
    if report.status != Status.ACCEPTED:
        raise Refusal("Only an accepted report is released.")
    if report.released_file_id is None:
        raise Refusal(
            "The released edition with its signatures is still being printed. "
            "Try again in a moment."
        )
    pdf = _bytes_of(report.released_file, report.released_sha256, seen=seen)
    signature = sign(report, by=by, at=at, meaning=RELEASE, proof=proof, content=pdf)
    report.become(Status.RELEASED)
    report.released_at = at
    report.save(update_fields=["status", "released_at"])
    assessment = report.assessment
    assessment.become(Assessment.Status.COMPLETED)
    assessment.completed_at = at
    assessment.save(update_fields=["status", "completed_at"])
    mark_done(assessment, Key.FINAL_REPORT, on=assessment.program.today(at), by=by)
    telling.no_longer_ask("release_report", assessment, by=by, at=at)
    telling.ask(
        "record_consultation:post",
        f"Hold and record the post-assessment consultation with {assessment.facility.name}",
        assessment,
        at=at,
        role=Role.FDA_COORDINATOR,
        due_on=telling.due_on(assessment, Key.POST_CONSULTATION),
    )
    telling.write_to(
        telling.officials_of(assessment), "report_released", assessment, at=at, about=report
    )
    record(
        "release_report",
        report,
        by=by,
        at=at,
        before={"status": Status.ACCEPTED},
        after={
            "status": report.status,
            "released_sha256": report.released_sha256,
            "assessment": assessment.status,
            **named_in_trail(signature),
        },
    )
    return report


def signed_reports(report_id, signatures, row=None) -> dict:
    """The bytes of the edition that each of these signatures on a report covers, as kept now."""
    editions = Report.objects.select_related("stored_file", "released_file").defer("content_json")
    report = row or editions.filter(pk=report_id).first()
    if report is None:
        return {}
    kept = {"draft": _kept(report.stored_file), "released": _kept(report.released_file)}
    return {
        signature.pk: kept["released" if signature.meaning == RELEASE else "draft"]
        for signature in signatures
    }


def _lock(report, *, by):
    report = _lock_by_id(report.pk)
    refuse_unless_goes_on(report.assessment.participation, by=by)
    return report


def _is_over(report):
    """Whether the assessment ended early while a job was at work: nobody waits for it any more."""
    return report.assessment.status == Assessment.Status.ENDED_EARLY


def _lock_by_id(report_id):
    """The report with its assessment, locked in the order participation, assessment, report."""
    assessment_id = Report.objects.values_list("assessment", flat=True).get(pk=report_id)
    participation_id = Assessment.objects.values_list("participation", flat=True).get(
        pk=assessment_id
    )
    participation = Participation.objects.select_for_update(no_key=True).get(pk=participation_id)
    assessment = Assessment.objects.select_for_update(no_key=True).get(pk=assessment_id)
    assessment.participation = participation
    report = Report.objects.select_for_update(no_key=True).get(pk=report_id)
    report.assessment = assessment
    return report


def _queue_rendering(report, *, by, at):
    report.become(Status.RENDERING)
    report.job = queue_job(RENDER, report, at=at, by=by)
    report.save()


def _kept(stored_file):
    """The bytes on file, or None where they are gone."""
    try:
        return files.read(stored_file) if stored_file else None
    except OSError:
        return None


def _keep(report, pdf, *, name, job, keys):
    slug = report.assessment.program.slug
    return files.keep_document(
        pdf,
        name=f"qmm-report-{slug}-version-{report.version}-{name}.pdf",
        media_type="application/pdf",
        by=None,
        at=job.moment,
        about=report,
        keys=keys,
    )


def _bytes_of(stored_file, sha256, *, seen):
    """The bytes that are about to be signed: those that were kept, and that the signer was shown.

    Compared under the report's lock: a page opened before another rendering signs nothing.
    """
    if seen != sha256:
        raise Refusal(
            "The report was rendered again after this page was opened. Read the new file, then "
            "sign."
        )
    pdf = files.read(stored_file)
    if hashlib.sha256(pdf).hexdigest() != sha256:
        raise Refusal("The file is not the one that was rendered. Nothing was signed.")
    return pdf


def _check_draft_is_current(report):
    """Refuse to sign a draft that says something else than the rows do by now."""
    frozen = report_content.thaw(report.content_json)
    if report_content.gather(report, at=frozen.prepared_at).to_json() != frozen.to_json():
        raise Refusal(
            "Topics, findings or other content have changed since this draft was rendered. Have "
            "it rendered again, read it, then sign."
        )


def _has_failed(report):
    return report.released_file_id is None and report.job.status == Job.Status.FAILED


def _approvers(assessment):
    return [
        person
        for person in telling.staff_with(Role.FDA_APPROVER, assessment)
        if access.may_approve(person, assessment)
    ]


def _check_lead(by, report, *, at):
    if not access.may_lead(by, report.assessment, at=at):
        raise Refusal("Only the lead of the contractor’s team does this.")


def _check_approver(by, report):
    if not access.may_approve(by, report.assessment):
        raise Refusal(
            "Only an FDA approver who was never on this assessment’s team returns, accepts or "
            "releases its report."
        )
