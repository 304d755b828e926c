"""Pages after a file is closed: hand in work, receipts, FDA's reading, copies, destruction."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.models import Barring, Engagement
from assessments import access, operations
from assessments.closing_forms import (
    CopyEndForm,
    FiledCertificateForm,
    HandInForm,
    SignedCertificateForm,
)
from assessments.forms import ReasonForm
from assessments.models import DestructionCertificate, HandIn
from assessments.operations.copies import MEANING, copies_of, counts_of
from qmm_pilot import clock
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.files import download_response

from .deeds import assessment_or_404, carried_out, frame, open_only_if
from .lapsed import RECEIPT

READ_OR_POST = ["GET", "HEAD", "POST"]
RULING = "FDA coordinators enter what was handed in."
SETTLING = "FDA’s coordinator or the contractor’s administrator notes what became of copies."


# --- work handed in ----------------------------------------------------------------------------


@require_http_methods(READ_OR_POST)
def hand_in(request, pk):
    """Hand in work begun: text or file go in, nothing of the file comes out."""
    at = clock.now()
    open_ones = operations.hand_ins_open_to(request.user, at=at)
    found = [(assessment, last_on) for assessment, last_on in open_ones if assessment.pk == pk]
    if not found:
        raise Http404
    [(assessment, last_on)] = found
    topics = list(assessment.program.topics.standing().values_list("name", flat=True))
    form = HandInForm(request.POST or None, request.FILES or None, topics=topics)
    if form.is_valid():
        try:
            row = operations.hand_in(assessment, **form.cleaned_data, by=request.user, at=at)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            return redirect(RECEIPT, pk=row.pk)
    context = {
        "facility": assessment.facility,
        "program": assessment.program,
        "rehearsal": assessment.program.name if assessment.program.is_rehearsal else "",
        "last_on": last_on,
        "form": form,
    }
    return render(request, "assessments/hand_ins/hand_in.html", context)


@require_safe
def hand_in_receipt(request, pk):
    """The receipt: number, moment, hashes; the words are not shown again."""
    row = _hand_in_or_404(request.user, pk)
    return render(request, "assessments/hand_ins/receipt.html", {"hand_in": row})


@require_safe
def hand_in_list(request, pk):
    """What was handed in on one visit, for FDA."""
    assessment = assessment_or_404(request.user, pk)
    if not access.may_read_hand_ins(request.user):
        raise Http404
    rows = (
        HandIn.objects.visible_to(request.user)
        .filter(assessment=assessment)
        .select_related("handed_in_by__organization", "ruled_by__organization", "stored_file")
    )
    context = {
        **frame(assessment),
        "rows": rows,
        "may_rule": access.may_rule_on_hand_ins(request.user),
    }
    return render(request, "assessments/hand_ins/list.html", context)


@require_safe
def hand_in_file(request, pk):
    """The file that was handed in, for FDA; the download is logged."""
    row = _hand_in_or_404(request.user, pk)
    if not access.may_read_hand_ins(request.user) or row.stored_file is None:
        raise Http404
    try:
        return download_response(row.stored_file, by=request.user, at=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("assessments:hand_in_list", pk=row.assessment_id)


@require_POST
def hand_in_enter(request, pk):
    """Enter what was handed in into the record of the visit."""
    row = _hand_in_or_404(request.user, pk)
    open_only_if(access.may_rule_on_hand_ins(request.user), RULING)
    carried_out(request, operations.enter_hand_in, row, done=f"{row.receipt} is entered.")
    return redirect("assessments:hand_in_list", pk=row.assessment_id)


@require_http_methods(READ_OR_POST)
def hand_in_set_aside(request, pk):
    """Leave what was handed in out of the record, with the reason."""
    row = _hand_in_or_404(request.user, pk)
    open_only_if(access.may_rule_on_hand_ins(request.user), RULING)
    form = ReasonForm(request.POST or None)
    if form.is_valid() and carried_out(
        request,
        operations.set_hand_in_aside,
        row,
        **form.cleaned_data,
        done=f"{row.receipt} is set aside.",
    ):
        return redirect("assessments:hand_in_list", pk=row.assessment_id)
    context = {"hand_in": row, "form": form, **frame(row.assessment)}
    return render(request, "assessments/hand_ins/set_aside.html", context)


def _hand_in_or_404(user, pk):
    rows = HandIn.objects.visible_to(user).select_related(
        "assessment__participation__program",
        "assessment__participation__facility",
        "assessment__participation__organization",
        "stored_file",
    )
    return get_object_or_404(rows, pk=pk)


# --- copies taken along ------------------------------------------------------------------------


@require_safe
def copy_list(request):
    """The engagements whose copies this person sees to, with how many are outstanding."""
    engagements = list(
        _engagements(request.user)
        .filter(participation__program__rehearsal_of=None)
        .order_by("-since", "pk")
    )
    counts = counts_of(engagements)
    rows = [(engagement, *counts[engagement.pk]) for engagement in engagements]
    return render(request, "assessments/copies/list.html", {"rows": rows})


@require_safe
def copies(request, pk):
    """Every copy of one engagement: file name, who took it along, what became of it."""
    engagement = _engagement_or_404(request.user, pk)
    rows = list(copies_of(engagement))
    context = {
        **_page(engagement),
        "rows": [(download, getattr(download, "copy_end", None)) for download in rows],
        "left": sum(not hasattr(download, "copy_end") for download in rows),
        "certificates": DestructionCertificate.objects.visible_to(request.user)
        .filter(engagement=engagement)
        .select_related("made_by__organization", "stored_file"),
        "may_settle": access.may_settle_copies(request.user, engagement),
    }
    return render(request, "assessments/copies/detail.html", context)


@require_http_methods(READ_OR_POST)
def copy_end(request, pk, download_pk):
    """Note that one copy was returned or destroyed."""
    engagement = _engagement_or_404(request.user, pk)
    download = get_object_or_404(copies_of(engagement), pk=download_pk)
    open_only_if(access.may_settle_copies(request.user, engagement), SETTLING)
    form = CopyEndForm(request.POST or None)
    if form.is_valid() and carried_out(
        request,
        operations.note_copy_end,
        download,
        engagement,
        **form.cleaned_data,
        done=f"“{download.stored_file.name}” is noted.",
    ):
        return redirect("assessments:copies", pk=pk)
    context = {**_page(engagement), "form": form, "download": download}
    return render(request, "assessments/copies/end.html", context)


@require_http_methods(READ_OR_POST)
def certify(request, pk):
    """Certify that no copy is left: the administrator signs, or FDA files a signed paper."""
    engagement = _engagement_or_404(request.user, pk)
    open_only_if(access.may_settle_copies(request.user, engagement), SETTLING)
    files = request.user.reads_cases
    posted = request.POST if request.method == "POST" else None
    if files:
        form, deed = (
            FiledCertificateForm(posted, request.FILES or None),
            operations.file_certificate,
        )
    else:
        form, deed = SignedCertificateForm(posted, request=request), operations.certify_destruction
    if form.is_valid():
        given = form.cleaned_data if files else {**form.answers(), "proof": form.proof()}
        done = "The certificate is on record. No copy is outstanding."
        if carried_out(request, deed, engagement, **given, done=done):
            return redirect("assessments:copies", pk=pk)
        if not files:
            form = SignedCertificateForm(initial={"statement": given["statement"]}, request=request)
    left = [download for download in copies_of(engagement) if not hasattr(download, "copy_end")]
    context = {**_page(engagement), "form": form, "left": left, "meaning": MEANING}
    return render(request, "assessments/copies/certify.html", context)


@require_safe
def certificate_file(request, pk):
    """The signed certificate as filed; the download is logged."""
    certificates = DestructionCertificate.objects.visible_to(request.user)
    certificate = get_object_or_404(certificates.exclude(stored_file=None), pk=pk)
    try:
        return download_response(certificate.stored_file, by=request.user, at=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("assessments:copies", pk=certificate.engagement_id)


def _engagements(user):
    """FDA's case staff: all; a contractor's administrator: those of her organization."""
    engagements = Engagement.objects.select_related(
        "organization", "participation__program", "participation__facility"
    )
    if user.reads_cases:
        barred = Barring.objects.feis_of(user)
        return engagements.exclude(participation__participation_request__fei_key__in=barred)
    if user.has_role(Role.CONTRACTOR_ADMINISTRATOR):
        return engagements.filter(organization=user.organization_id)
    raise Http404


def _engagement_or_404(user, pk):
    return get_object_or_404(_engagements(user), pk=pk)


def _page(engagement):
    program = engagement.participation.program
    return {
        "engagement": engagement,
        "program": program,
        "rehearsal": program.name if program.is_rehearsal else "",
    }
