"""Pages of the report: write, follow its rendering, sign, return, accept, release, download."""

from typing import NamedTuple

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import access, operations
from assessments.models import HandIn, Report
from assessments.operations.reports import ACCEPTANCE, AUTHOR, RELEASE
from assessments.report_forms import WORDS, CommentsForm, ReportForm, SignatureForm
from assessments.reporting import LIMITS, PURPOSE
from qmm_pilot import clock
from qmm_pilot.accounts.roles import Role, Side
from qmm_pilot.records.files import download_response
from qmm_pilot.records.holds import marks_of
from qmm_pilot.records.models import Job
from qmm_pilot.records.signatures import checked_signatures

from .deeds import carried_out, frame, open_only_if, with_assessment
from .lapsed import REPORT, kept_when_lapsed

Status = Report.Status
LEAD_ONLY = "Only the lead of the contractor’s team does this."
APPROVER_ONLY = (
    "Only an FDA approver who was never on this assessment’s team returns, accepts or releases "
    "its report."
)
RETRIED_BY = "Only the lead, or FDA’s coordinator or approver, has it tried again."
WRITTEN_IN = (Status.DRAFTING, Status.DRAFT_READY, Status.FAILED)


class Standing(NamedTuple):
    """How far a report is, for the live part of its page; moving while a worker is at it."""

    code: str
    label: str
    words: str = ""
    is_moving: bool = False
    has_failed: bool = False


@require_safe
def report_detail(request, pk):
    """Show one version of a report: how far it is, what may be done, its editions, its signers."""
    report = _report_or_404(request.user, pk)
    versions = list(
        Report.objects.visible_to(request.user)
        .filter(assessment=report.assessment)
        .defer("content_json")
    )
    context = {
        **_page(report),
        "keeping": marks_of(
            request.user,
            report.assessment.participation,
            report.assessment.participation.participation_request,
            report.assessment.participation.organization,
            report.assessment.program,
            trail_of=report,
        ),
        "versions": versions,
        "signatures": checked_signatures(report),
        "edition": report.file_for(request.user),
        "title": f"Report, version {report.version}",
        "purpose": PURPOSE,
        "limits": LIMITS,
    }
    if request.user.side == Side.FIRM:
        return render(request, "assessments/reports/released.html", context)
    at = clock.now()
    standing = _standing(report)
    goes_on = not _is_stopped(report)
    is_lead = goes_on and access.may_lead(request.user, report.assessment, at=at)
    context |= {
        "goes_on": goes_on,
        "standing": standing,
        "is_lead": is_lead,
        "may_approve": goes_on and access.may_approve(request.user, report.assessment),
        "answered": next((v for v in versions if v.version == report.version - 1), None),
        "was_on_team": request.user.has_role(Role.FDA_APPROVER)
        and access.was_on_team(request.user, report.assessment),
        "may_write": is_lead and report.status in WRITTEN_IN,
        "may_revise": is_lead and report.status == Status.RETURNED and versions[0] == report,
        "may_retry": standing.has_failed
        and access.may_retry_rendering(request.user, report.assessment, at=at),
    }
    return render(request, "assessments/reports/detail.html", context)


@require_safe
def report_status(request, pk):
    """The live part of a report's page alone, asked for again and again while it moves."""
    reports = (
        Report.objects.visible_to(request.user)
        .select_related("job", "assessment__participation")
        .defer("content_json")
    )
    report = get_object_or_404(reports, pk=pk)
    context = {"report": report, "standing": _standing(report)}
    return render(request, "assessments/reports/status.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@kept_when_lapsed(REPORT, HandIn.Kind.REPORT)
def report_render(request, pk):
    """Write the summary, the method and whom the team spoke with; have the report rendered."""
    report = _report_or_404(request.user, pk)
    open_only_if(_is_lead(request, report), LEAD_ONLY)
    if request.method != "POST" and report.status not in WRITTEN_IN:
        return _not_now(request, report)
    form = ReportForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(report, name) for name in WORDS},
    )
    if form.is_valid() and carried_out(
        request,
        operations.render_report,
        report,
        **form.cleaned_data,
        done="The report is being rendered.",
    ):
        return redirect("assessments:report_detail", pk=pk)
    before = Report.objects.filter(assessment=report.assessment, version=report.version - 1)
    context = {**_page(report), "form": form, "answered": before.defer("content_json").first()}
    return render(request, "assessments/reports/write.html", context)


@require_POST
def report_retry(request, pk):
    """Have tried again what failed for good."""
    report = _report_or_404(request.user, pk)
    may = access.may_retry_rendering(request.user, report.assessment, at=clock.now())
    open_only_if(may, RETRIED_BY)
    carried_out(request, operations.retry_render, report, done="It is being tried again.")
    return redirect("assessments:report_detail", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def report_sign(request, pk):
    """Sign the rendered draft as its author, which hands it to FDA."""
    report = _report_or_404(request.user, pk)
    open_only_if(_is_lead(request, report), LEAD_ONLY)
    words = {
        "title": "Sign as author",
        "button": "Sign and submit to FDA",
        "meaning": AUTHOR,
        "done": "Signed. The report is with FDA.",
        "effect": "FDA’s approver is asked to accept or return the report. Topics and findings "
        "close until FDA returns it.",
    }
    return _sign(request, report, operations.sign_report, Status.DRAFT_READY, words)


@require_http_methods(["GET", "HEAD", "POST"])
def report_accept(request, pk):
    """Accept a submitted report by signing the bytes that its author signed."""
    report = _report_or_404(request.user, pk)
    open_only_if(access.may_approve(request.user, report.assessment), APPROVER_ONLY)
    words = {
        "title": "Accept the report",
        "button": "Sign and accept",
        "meaning": ACCEPTANCE,
        "done": "Signed. The report is accepted, and its released edition is being printed.",
        "effect": "The released edition is printed with both signatures. The firm sees nothing "
        "before you release it.",
    }
    return _sign(request, report, operations.accept_report, Status.SUBMITTED, words)


@require_http_methods(["GET", "HEAD", "POST"])
def report_release(request, pk):
    """Release an accepted report to the firm by signing its released edition."""
    report = _report_or_404(request.user, pk)
    open_only_if(access.may_approve(request.user, report.assessment), APPROVER_ONLY)
    words = {
        "title": "Release the report",
        "button": "Sign and release",
        "meaning": RELEASE,
        "done": "Signed. The report is released, and the firm is told.",
        "effect": "The firm’s officials are told and may download the released edition. The "
        "assessment is completed. This cannot be undone.",
    }
    return _sign(request, report, operations.release_report, Status.ACCEPTED, words)


@require_http_methods(["GET", "HEAD", "POST"])
def report_return(request, pk):
    """Return a submitted report to its author with comments."""
    report = _report_or_404(request.user, pk)
    open_only_if(access.may_approve(request.user, report.assessment), APPROVER_ONLY)
    if request.method != "POST" and report.status != Status.SUBMITTED:
        return _not_now(request, report)
    form = CommentsForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and carried_out(
        request,
        operations.return_report,
        report,
        **form.cleaned_data,
        done="The report is returned to its author.",
    ):
        return redirect("assessments:report_detail", pk=pk)
    return render(request, "assessments/reports/return.html", {**_page(report), "form": form})


@require_POST
def report_revise(request, pk):
    """Open the next version after a return."""
    report = _report_or_404(request.user, pk)
    open_only_if(_is_lead(request, report), LEAD_ONLY)
    done = "The next version is open, and topics and findings with it."
    if carried_out(request, operations.revise_report, report, done=done):
        report = report.assessment.latest_report
    return redirect("assessments:report_detail", pk=report.pk)


@require_safe
def report_pdf(request, pk):
    """The edition that this person gets: released once printed, else the draft; logged."""
    report = _report_or_404(request.user, pk)
    edition = report.file_for(request.user)
    if edition is None:
        raise Http404
    return download_response(edition, by=request.user, at=clock.now())


def _sign(request, report, deed, status, words):
    """Show what is signed and what it means, and sign it with what is entered in the same POST."""
    edition = report.released_file if status == Status.ACCEPTED else report.stored_file
    if request.method != "POST" and (report.status != status or edition is None):
        return _not_now(request, report)
    form = SignatureForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_valid():
        given = {**form.answers(), "proof": form.proof()}
        if carried_out(request, deed, report, **given, done=words["done"]):
            return redirect("assessments:report_detail", pk=report.pk)
        form = None
    if form is None or not form.is_bound:
        shown = {"seen": edition.sha256 if edition else ""}
        form = SignatureForm(initial=shown, request=request)
    context = {**_page(report), "form": form, "edition": edition, "words": words}
    return render(request, "assessments/reports/sign.html", context)


def _report_or_404(user, pk):
    reports = Report.objects.visible_to(user).select_related("job", "stored_file", "released_file")
    return get_object_or_404(with_assessment(reports).defer("content_json"), pk=pk)


def _is_lead(request, report):
    return access.may_lead(request.user, report.assessment, at=clock.now())


def _not_now(request, report):
    messages.info(
        request, f"Version {report.version} is “{report.get_status_display()}”: nothing to do here."
    )
    return redirect("assessments:report_detail", pk=report.pk)


def _standing(report):
    """The report's status, told by its job while one is at work on the draft or the edition."""
    status, label = report.status, report.get_status_display()
    if _is_stopped(report):
        words = f"It is “{label.lower()}” and stays so: the participation has ended."
        return Standing("ended_early", "Ended early", words)
    if status == Status.FAILED:
        words = "The PDF could not be made. Nothing that was written is lost."
        return Standing("failed", label, words, has_failed=True)
    is_printing = status == Status.ACCEPTED and report.released_file_id is None
    if status != Status.RENDERING and not is_printing:
        return Standing(status, label)
    what = "released edition with its signatures" if is_printing else "draft"
    if report.job.status == Job.Status.FAILED:
        words = f"The {what} could not be made. Nothing is lost."
        return Standing("failed", "Failed", words, has_failed=True)
    if report.job.status == Job.Status.QUEUED:
        words = f"The {what} waits for its turn. You may leave this page."
        return Standing("queued", "Queued", words, is_moving=True)
    words = f"The {what} is being made; this takes a few seconds."
    return Standing("rendering", "Rendering", words, is_moving=True)


def _is_stopped(report):
    """Whether no step follows because the participation is ending; a released report is done."""
    return report.status != Status.RELEASED and report.assessment.participation.ends_early


def _page(report):
    return {**frame(report.assessment), "report": report}
