"""Pages of topics and findings: read, rate, record, amend, withdraw, attach, download."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_list_or_404, get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import access, operations
from assessments.finding_forms import (
    AmendOpportunityForm,
    AmendStrengthForm,
    AttachmentForm,
    OpportunityForm,
    RatingForm,
    StrengthForm,
    TopicForm,
    WithdrawalForm,
)
from assessments.models import AssessedTopic, Assessment, Finding, HandIn, Report
from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.files import download_response
from qmm_pilot.records.models import AboutSubject, StoredFile
from qmm_pilot.uswds.controls import problems

from .deeds import assessment_or_404, carried_out, frame, open_only_if, with_assessment
from .lapsed import FINDING, TOPIC, kept_when_lapsed

TEAM_ONLY = "Only the contractor’s team assigned to this assessment records findings."
LEAD_ONLY = "Only the lead of the contractor’s team does this."
WORDS = ["seen", "evidence", "recommendation", "impact", "effort"]
RECORDING = {Finding.Kind.STRENGTH: StrengthForm, Finding.Kind.OPPORTUNITY: OpportunityForm}
AMENDING = {
    Finding.Kind.STRENGTH: AmendStrengthForm,
    Finding.Kind.OPPORTUNITY: AmendOpportunityForm,
}


@require_http_methods(["GET", "HEAD", "POST"])
def topic_list(request, pk):
    """List the topics of one assessment with what is known about each; add one that is missing."""
    at = clock.now()
    assessment = assessment_or_404(request.user, pk)
    topics = _topics_or_404(request.user, assessment)
    may_write = access.may_record_findings(request.user, assessment, at=at)
    form = TopicForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        open_only_if(may_write, TEAM_ONLY)
        if form.is_valid() and carried_out(
            request,
            operations.add_topic,
            assessment,
            **form.cleaned_data,
            done="The topic is added. Rate it like every other.",
        ):
            return redirect("assessments:topic_list", pk=pk)
    closed = operations.why_findings_are_closed(assessment)
    context = {
        **frame(assessment),
        "topics": topics,
        "blank": [topic for topic in topics if not topic.is_covered],
        "covered": sum(topic.is_covered for topic in topics),
        "form": form if may_write and not closed else None,
        "closed": closed,
        "may_write": may_write,
        "may_start_report": assessment.status == Assessment.Status.FIELDWORK_DONE
        and access.may_lead(request.user, assessment, at=at),
        "report": Report.objects.visible_to(request.user).filter(assessment=assessment).first(),
    }
    return render(request, "assessments/findings/topic_list.html", context)


@require_POST
def start_reporting(request, pk):
    """Open the report once every topic is covered; a refusal names the blank ones."""
    assessment = assessment_or_404(request.user, pk)
    open_only_if(access.may_lead(request.user, assessment, at=clock.now()), LEAD_ONLY)
    done = "The report is open. Write its summary, then have it rendered."
    if carried_out(request, operations.start_reporting, assessment, done=done):
        return redirect("assessments:report_detail", pk=assessment.latest_report.pk)
    return redirect("assessments:topic_list", pk=pk)


@require_safe
def topic_detail(request, pk):
    """Show one topic: its level and why, what was found, the files, its neighbors."""
    topic = _topic_or_404(request.user, pk)
    findings = list(topic.findings.select_related("recorded_by__organization", "withdrawn_by"))
    standing = [finding for finding in findings if finding.withdrawn_at is None]
    files = _files_about([topic, *findings])
    may_write = _may_write(request, topic)
    closed = operations.why_findings_are_closed(topic.assessment) if may_write else ""
    is_open = may_write and not closed
    context = {
        **_page(topic),
        "kinds": [
            (kind, [(finding, files[finding]) for finding in standing if finding.kind == kind])
            for kind in Finding.Kind
        ],
        "withdrawn": [
            (finding, files[finding]) for finding in findings if finding.withdrawn_at is not None
        ],
        "files": files[topic],
        "closed": closed,
        "is_open": is_open,
        "form": AttachmentForm(topic=topic, findings=standing) if is_open else None,
        **_neighbors(topic),
    }
    return render(request, "assessments/findings/topic_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@kept_when_lapsed(TOPIC, HandIn.Kind.RATING)
def topic_rate(request, pk):
    """Give a topic its level, or say why it has none."""
    topic = _topic_or_404(request.user, pk)
    open_only_if(_may_write(request, topic), TEAM_ONLY)
    if is_closed := _closed(request, topic):
        return is_closed
    form = RatingForm(
        request.POST if request.method == "POST" else None, initial=RatingForm.starting_from(topic)
    )
    if form.is_valid() and carried_out(
        request,
        operations.rate_topic,
        topic,
        **form.facts(),
        done=f"The rating of “{topic.name}” is saved.",
    ):
        if "save_and_next" not in request.POST:
            return redirect("assessments:topic_detail", pk=pk)
        following = _neighbors(topic)["next_topic"]
        if following:
            return redirect("assessments:topic_rate", pk=following.pk)
        return redirect("assessments:topic_list", pk=topic.assessment_id)
    return render(request, "assessments/findings/rate.html", {**_page(topic), "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@kept_when_lapsed(TOPIC, HandIn.Kind.FINDING)
def record_finding(request, pk, kind):
    """Record a strength or an opportunity in a topic."""
    topic = _topic_or_404(request.user, pk)
    open_only_if(_may_write(request, topic), TEAM_ONLY)
    if is_closed := _closed(request, topic):
        return is_closed
    form = RECORDING[kind](request.POST if request.method == "POST" else None)
    if form.is_valid() and carried_out(
        request,
        operations.record_finding,
        topic,
        kind=kind,
        **form.cleaned_data,
        done=f"The {kind} is recorded.",
    ):
        return redirect("assessments:topic_detail", pk=pk)
    context = {**_page(topic), "form": form, "title": f"Record {_a(kind)}"}
    return render(request, "assessments/findings/finding.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@kept_when_lapsed(FINDING, HandIn.Kind.FINDING)
def finding_amend(request, pk):
    """Change the words of a finding."""
    finding = _finding_or_404(request.user, pk)
    open_only_if(_may_write(request, finding.topic), TEAM_ONLY)
    if is_closed := _closed(request, finding.topic, finding):
        return is_closed
    form = AMENDING[finding.kind](
        request.POST if request.method == "POST" else None,
        initial={name: getattr(finding, name) for name in WORDS} | {"page_of": finding.fingerprint},
    )
    if form.is_valid() and carried_out(
        request,
        operations.amend_finding,
        finding,
        **form.cleaned_data,
        done="The change is saved; the trail keeps the earlier words.",
    ):
        return redirect("assessments:topic_detail", pk=finding.topic_id)
    context = {**_page(finding.topic), "form": form, "title": f"Amend {_a(finding.kind)}"}
    return render(request, "assessments/findings/finding.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def finding_withdraw(request, pk):
    """Ask before a finding leaves the report, and withdraw it."""
    finding = _finding_or_404(request.user, pk)
    open_only_if(_may_write(request, finding.topic), TEAM_ONLY)
    if is_closed := _closed(request, finding.topic, finding):
        return is_closed
    form = WithdrawalForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and carried_out(
        request,
        operations.withdraw_finding,
        finding,
        **form.cleaned_data,
        done="The finding is withdrawn and will not print.",
    ):
        return redirect("assessments:topic_detail", pk=finding.topic_id)
    context = {**_page(finding.topic), "form": form, "finding": finding}
    return render(request, "assessments/findings/withdraw.html", context)


@require_POST
@kept_when_lapsed(TOPIC, HandIn.Kind.OTHER)
def topic_attach(request, pk):
    """Keep an uploaded file about a topic or one of its findings."""
    topic = _topic_or_404(request.user, pk)
    open_only_if(_may_write(request, topic), TEAM_ONLY)
    findings = topic.findings.standing()
    form = AttachmentForm(request.POST, request.FILES, topic=topic, findings=findings)
    if form.is_valid():
        upload = form.cleaned_data["file"]
        done = f"“{upload.name}” is kept."
        carried_out(request, operations.attach_file, form.subject, upload, done=done)
    else:
        for _, _, words in problems(form):
            messages.error(request, words)
    return redirect("assessments:topic_detail", pk=pk)


@require_safe
def file_download(request, pk):
    """Hand out one private file to whoever may read it, and log the download."""
    stored_file = get_object_or_404(StoredFile, pk=pk, withdrawn_at=None)
    if not access.may_read_file(request.user, stored_file):
        raise Http404
    try:
        return download_response(stored_file, by=request.user, at=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("assessments:topic_detail", pk=_topic_id_of(stored_file))


def _topics_or_404(user, assessment):
    """The topics in their order, with counts of findings; none exist for the firm."""
    standing = Q(findings__withdrawn_at=None)
    counts = {
        f"{kind.name.lower()}_count": Count("findings", filter=standing & Q(findings__kind=kind))
        for kind in Finding.Kind
    }
    return get_list_or_404(
        AssessedTopic.objects.visible_to(user)
        .filter(assessment=assessment)
        .select_related("rated_by")
        .annotate(**counts)
        .order_by("order")  # a query that counts ignores the model’s own ordering
    )


def _topic_or_404(user, pk):
    topics = AssessedTopic.objects.visible_to(user).select_related("rated_by__organization")
    return get_object_or_404(with_assessment(topics), pk=pk)


def _finding_or_404(user, pk):
    findings = Finding.objects.visible_to(user).select_related("recorded_by__organization")
    return get_object_or_404(with_assessment(findings, "topic__assessment"), pk=pk)


def _may_write(request, topic):
    return access.may_record_findings(request.user, topic.assessment, at=clock.now())


def _closed(request, topic, finding=None):
    """Back to the topic when a form is opened that could not be saved; None where it could.

    A form that was typed already is not thrown away: the operation refuses it on its own page.
    """
    if request.method == "POST":
        return None
    closed = operations.why_findings_are_closed(topic.assessment)
    if finding and finding.withdrawn_at:
        closed = "This finding was withdrawn, so it stays as it is."
    if not closed:
        return None
    messages.info(request, closed)
    return redirect("assessments:topic_detail", pk=topic.pk)


def _neighbors(topic):
    """The topics before and after this one, and its place in the row."""
    row = list(topic.assessment.topics.all())
    here = row.index(topic)
    return {
        "previous_topic": row[here - 1] if here else None,
        "next_topic": row[here + 1] if here + 1 < len(row) else None,
        "position": f"Topic {here + 1} of {len(row)}",
    }


def _files_about(subjects):
    """The kept files of each of these topics and findings, by one query."""
    named = {tuple(AboutSubject.naming(subject).values()): subject for subject in subjects}
    files = {subject: [] for subject in subjects}
    kinds, ids = zip(*named, strict=True)
    for stored_file in StoredFile.objects.filter(
        subject_kind__in=set(kinds), subject_id__in=ids, withdrawn_at=None
    ):
        files[named[stored_file.subject_kind, stored_file.subject_id]].append(stored_file)
    return files


def _topic_id_of(stored_file):
    if stored_file.subject_kind == Finding._meta.label_lower:
        return Finding.objects.values_list("topic", flat=True).get(pk=stored_file.subject_id)
    return stored_file.subject_id


def _page(topic):
    return {**frame(topic.assessment), "topic": topic}


def _a(kind):
    return f"{'an' if kind == Finding.Kind.OPPORTUNITY else 'a'} {kind}"
