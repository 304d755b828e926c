"""Pages of a visit: the team, dates, milestones, consultations, go, beginning, closing."""

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.models import (
    EngagementMember,
    Participation,
    participation_is_held,
    participation_is_marked,
)
from assessments import access, operations, overview, readiness
from assessments.forms import (
    ConsultationForm,
    DatesForm,
    JoinForm,
    MilestoneForm,
    ReasonForm,
    TeamForm,
)
from assessments.models import (
    MODES,
    Assessment,
    Consultation,
    DateConfirmation,
    DateProposal,
    Milestone,
    Report,
    TeamMember,
)
from assessments.operations.consultations import DONE_BY_DEED
from assessments.scheduling import problem_with_dates
from metrics.models import MetricsSubmission
from qmm_pilot import clock
from qmm_pilot.accounts.roles import Side
from qmm_pilot.records.holds import marks_of

from .deeds import assessment_or_404, assessments_of, carried_out, frame, open_only_if

Status = Assessment.Status
READ_OR_POST = ["GET", "HEAD", "POST"]
BEFORE_THE_VISIT = {Status.PLANNING, Status.DATES_AGREED, Status.READY}
PAGE = "assessments:assessment_detail"


@require_safe
def assessment_detail(request, pk):
    """One assessment: next step, dates, people, deadlines, metrics, consultations, report."""
    user, at = request.user, clock.now()
    reports = Report.objects.visible_to(user).filter(assessment=OuterRef("pk"))
    newest = reports.order_by("-version")
    assessment = get_object_or_404(
        assessments_of(user).annotate(
            report_pk=Subquery(newest.values("pk")[:1]),
            report_state=Subquery(newest.values("status")[:1]),
            is_held=participation_is_held("participation"),
            is_marked=participation_is_marked("participation"),
        ),
        pk=pk,
    )
    confirmations = _confirmations(assessment)
    proposal = confirmations[0].proposal if confirmations else None
    confirmed = {confirmation.side: confirmation for confirmation in confirmations}
    consultations = list(assessment.consultations.select_related("recorded_by__organization"))
    may = readiness.deeds_of(user, assessment, confirmed, at=at)
    members = _members(assessment)
    context = {
        **frame(assessment),
        "keeping": marks_of(
            user,
            assessment.participation,
            assessment.participation.participation_request,
            assessment.participation.organization,
            assessment.program,
            trail_of=assessment,
        ),
        "next_step": readiness.next_step(assessment, confirmed, consultations),
        "may": may,
        "proposal": proposal,
        "sides": [(label, confirmed.get(side)) for side, label in overview.OWNERS.items()],
        "clocks": readiness.clocks_of(assessment, _day_of(assessment, proposal, at)),
        "events": readiness.events_of(assessment, user),
        "members": members,
        "undeclared": readiness.names_without_declaration(members) if user.reads_cases else [],
        "fda_people": list(assessment.team_members.select_related("user__organization")),
        "deadlines": [
            (deadline, may.may_mark(deadline.milestone))
            for deadline in overview.deadlines_of(assessment, at=at)
        ],
        "consultations": consultations,
        "stops": overview.stopping(assessment.participation.status, assessment.is_held),
        "submission": MetricsSubmission.objects.visible_to(user)
        .filter(participation=assessment.participation_id)
        .with_progress()
        .first(),
        "shows_topics": assessment.status not in BEFORE_THE_VISIT and user.side != Side.FIRM,
        "report_state": Report.Status(assessment.report_state) if assessment.report_pk else None,
    }
    return render(request, "assessments/visits/detail.html", context)


@require_safe
def participation_assessment(request, pk):
    """Lead to the assessment of a place, or say that FDA has not assigned a team yet."""
    assessment = Assessment.objects.visible_to(request.user).filter(participation=pk).first()
    if assessment:
        return redirect(PAGE, pk=assessment.pk)
    participation = _participation_or_404(request.user, pk)
    context = {
        **_about(participation),
        "may_assign": access.may_assign_team(request.user)
        and participation.status == Participation.Status.ACTIVE,
    }
    return render(request, "assessments/visits/no_team.html", context)


# --- the team ----------------------------------------------------------------------------------


@require_http_methods(READ_OR_POST)
def assign_team(request, pk):
    """Name the contractor, its team, the FDA people who join, and the mode."""
    participation = _participation_or_404(request.user, pk)
    open_only_if(access.may_assign_team(request.user), "FDA coordinators assign a team.")
    at = clock.now()
    has_team = Assessment.objects.filter(participation=participation).exists()
    if has_team or participation.status != Participation.Status.ACTIVE:
        if has_team:
            messages.info(request, "A team is assigned to this facility already.")
        return redirect("assessments:participation_assessment", pk=pk)
    participation_request = participation.participation_request
    form = TeamForm(
        request.POST or None,
        program=participation.program,
        at=at,
        initial={"mode": participation_request.preferred_mode},
    )
    if form.is_valid() and carried_out(
        request,
        operations.assign_team,
        participation,
        **form.cleaned_data,
        done="The team is assigned. Its people are asked to declare their interests; the file "
        "opens to each whose declaration is accepted.",
    ):
        return redirect("assessments:participation_assessment", pk=pk)
    context = {
        **_about(participation),
        "form": form,
        "participation_request": participation_request,
        "has_contractor": form.fields["contractor"].queryset.exists(),
    }
    return render(request, "assessments/visits/assign_team.html", context)


@require_http_methods(READ_OR_POST)
def join_team(request, pk):
    """Add an FDA person to the team."""
    assessment = assessment_or_404(request.user, pk)
    open_only_if(access.may_assign_team(request.user), "FDA coordinators change the team.")
    form = JoinForm(request.POST or None, program=assessment.program)
    if form.is_valid() and carried_out(
        request,
        operations.join_team,
        assessment,
        person=form.cleaned_data["person"],
        done=f"{form.cleaned_data['person']} is on the team.",
    ):
        return redirect(PAGE, pk=pk)
    return render(request, "assessments/visits/join_team.html", {**frame(assessment), "form": form})


@require_http_methods(READ_OR_POST)
def leave_team(request, pk, person_pk):
    """End an FDA person's part, with the reason."""
    assessment = assessment_or_404(request.user, pk)
    open_only_if(access.may_assign_team(request.user), "FDA coordinators change the team.")
    members = TeamMember.objects.visible_to(request.user).select_related("user__organization")
    member = get_object_or_404(members, user=person_pk, assessment=assessment, until=None)
    form = ReasonForm(request.POST or None)
    if form.is_valid() and carried_out(
        request,
        operations.leave_team,
        assessment,
        person=member.user,
        reason=form.cleaned_data["reason"],
        done=f"{member.user} has left the team.",
    ):
        return redirect(PAGE, pk=pk)
    context = {**frame(assessment), "form": form, "member": member}
    return render(request, "assessments/visits/leave_team.html", context)


# --- dates -------------------------------------------------------------------------------------


@require_http_methods(READ_OR_POST)
def propose_dates(request, pk):
    """Choose days and mode, see clashes and deadlines that follow, then propose them."""
    assessment = assessment_or_404(request.user, pk)
    at = clock.now()
    open_only_if(
        access.may_agree_dates(request.user, assessment, at=at),
        "Dates are proposed by the firm, the contractor’s lead and FDA’s coordinator.",
    )
    if assessment.status != Status.PLANNING:
        messages.info(request, "The dates are agreed. A no-go opens them again.")
        return redirect(PAGE, pk=pk)
    given = request.POST if request.method == "POST" else request.GET
    form = DatesForm(given or None, initial={"mode": assessment.mode})
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            request,
            operations.propose_dates,
            assessment,
            **form.cleaned_data,
            done="The dates are proposed, and the other sides are asked to confirm them.",
        )
    ):
        return redirect(PAGE, pk=pk)
    context = {**frame(assessment), "form": form, **_preview(request.user, assessment, form, at=at)}
    return render(request, "assessments/visits/propose_dates.html", context)


@require_POST
def confirm_dates(request, pk, proposal_pk):
    """Confirm the dates on the table for one's own side."""
    assessment = assessment_or_404(request.user, pk)
    proposals = DateProposal.objects.visible_to(request.user)
    proposal = get_object_or_404(proposals, pk=proposal_pk, assessment=assessment)
    open_only_if(
        access.may_agree_dates(request.user, assessment, at=clock.now()),
        "Dates are confirmed by the firm, the contractor’s lead and FDA’s coordinator.",
    )
    carried_out(
        request,
        operations.confirm_dates,
        proposal,
        done="You confirmed the dates for your side.",
    )
    return redirect(PAGE, pk=pk)


# --- consultations and milestones --------------------------------------------------------------


@require_http_methods(READ_OR_POST)
def record_consultation(request, pk, kind):
    """Record that a consultation was held: day, people, notes."""
    if kind not in Consultation.Kind.values:
        raise Http404
    assessment = assessment_or_404(request.user, pk)
    open_only_if(
        access.may_record_consultation(request.user, assessment, at=clock.now()),
        "Consultations are recorded by FDA’s coordinator or the contractor’s lead.",
    )
    form = ConsultationForm(request.POST or None)
    if form.is_valid() and carried_out(
        request,
        operations.record_consultation,
        assessment,
        kind=kind,
        **form.cleaned_data,
        done="The consultation is recorded.",
    ):
        return redirect(PAGE, pk=pk)
    context = {**frame(assessment), "form": form, "title": Consultation.Kind(kind).label}
    return render(request, "assessments/visits/consultation.html", context)


@require_http_methods(READ_OR_POST)
def complete_milestone(request, pk, milestone_pk):
    """Mark a milestone as done on a day."""
    assessment = assessment_or_404(request.user, pk)
    at = clock.now()
    milestones = Milestone.objects.visible_to(request.user).with_metrics_day()
    milestone = get_object_or_404(milestones, pk=milestone_pk, assessment=assessment)
    milestone.assessment = assessment
    open_only_if(
        access.may_mark_milestone(request.user, milestone, at=at),
        "A milestone is marked by FDA’s coordinator or by the side that owns it.",
    )
    today = assessment.program.today(at)
    form = MilestoneForm(request.POST or None, initial={"done_on": today})
    if form.is_valid() and carried_out(
        request,
        operations.complete_milestone,
        milestone,
        done_on=form.cleaned_data["done_on"],
        done=f"“{milestone.title}” is marked as done.",
    ):
        return redirect(PAGE, pk=pk)
    context = {
        **frame(assessment),
        "form": form,
        "milestone": milestone,
        "owner": overview.OWNERS[Side(milestone.owner)],
        "done_by_deed": DONE_BY_DEED.get(milestone.key, ""),
    }
    return render(request, "assessments/visits/milestone.html", context)


# --- go, beginning, closing --------------------------------------------------------------------


@require_http_methods(READ_OR_POST)
def decide_go(request, pk):
    """Show what FDA looks at before the go, and give it (D12)."""
    assessment = assessment_or_404(request.user, pk)
    open_only_if(access.may_decide_go(request.user), "FDA coordinators decide go or no-go.")
    if request.method == "POST":
        if carried_out(
            request,
            operations.decide_go,
            assessment,
            done="Go: the assessment may begin on the agreed dates. Everyone is told.",
        ):
            return redirect(PAGE, pk=pk)
        assessment.refresh_from_db(fields=["status"])
    checks = readiness.checks_before_go(assessment, at=clock.now())
    context = {
        **frame(assessment),
        "checks": checks,
        "is_undecided": assessment.status == Status.DATES_AGREED,
        "is_open": not any(check.is_in_the_way for check in checks),
    }
    return render(request, "assessments/visits/go.html", context)


@require_http_methods(READ_OR_POST)
def decide_no_go(request, pk):
    """Take the agreed dates back, with the reason."""
    assessment = assessment_or_404(request.user, pk)
    open_only_if(access.may_decide_go(request.user), "FDA coordinators decide go or no-go.")
    form = ReasonForm(request.POST or None)
    if form.is_valid() and carried_out(
        request,
        operations.decide_no_go,
        assessment,
        reason=form.cleaned_data["reason"],
        done="No-go: the dates are open again. Everyone is told.",
    ):
        return redirect(PAGE, pk=pk)
    return render(request, "assessments/visits/no_go.html", {**frame(assessment), "form": form})


@require_http_methods(READ_OR_POST)
def begin(request, pk):
    """Show what must be in order at the gate, and begin the assessment."""
    assessment = assessment_or_404(request.user, pk)
    open_only_if(
        access.may_lead(request.user, assessment, at=clock.now()),
        "The lead of the contractor’s team begins the assessment.",
    )
    if request.method == "POST":
        if carried_out(
            request,
            operations.begin_assessment,
            assessment,
            done="The assessment has begun. Findings may be recorded.",
        ):
            return redirect(PAGE, pk=pk)
        assessment.refresh_from_db(fields=["status"])
    checks = readiness.checks_before_beginning(assessment, request.user, at=clock.now())
    context = {
        **frame(assessment),
        "checks": checks,
        "is_open": not any(check.is_in_the_way for check in checks),
    }
    return render(request, "assessments/visits/begin.html", context)


@require_http_methods(READ_OR_POST)
def close_fieldwork(request, pk):
    """Ask before the visit is closed, and close it."""
    assessment = assessment_or_404(request.user, pk)
    open_only_if(
        access.may_lead(request.user, assessment, at=clock.now()),
        "The lead of the contractor’s team closes the fieldwork.",
    )
    if request.method == "POST" and carried_out(
        request,
        operations.close_fieldwork,
        assessment,
        done="The fieldwork is closed.",
    ):
        return redirect(PAGE, pk=pk)
    return render(request, "assessments/visits/close_fieldwork.html", frame(assessment))


# --- parts -------------------------------------------------------------------------------------


def _participation_or_404(user, pk):
    rows = Participation.objects.visible_to(user).select_related(
        "program", "facility", "organization", "participation_request"
    )
    return get_object_or_404(rows, pk=pk)


def _about(participation):
    program = participation.program
    return {
        "participation": participation,
        "facility": participation.facility,
        "program": program,
        "rehearsal": program.name if program.is_rehearsal else "",
    }


def _confirmations(assessment):
    """Who confirmed the dates on the table; whoever proposed them is the first."""
    return list(
        DateConfirmation.objects.filter(
            proposal__assessment=assessment, proposal__superseded_at=None
        ).select_related("proposal__proposed_by", "confirmed_by__organization")
    )


def _day_of(assessment, proposal, at):
    """The day on which the page compares the two clocks: of the visit, or else today."""
    if assessment.starts_on:
        return assessment.starts_on
    return proposal.first_on if proposal else assessment.program.today(at)


def _members(assessment):
    """The contractor's people now on the team, the lead first, and whether each has declared."""
    members = (
        EngagementMember.objects.on_the_team()
        .filter(engagement=assessment.engagement_id)
        .select_related("user", "subcontractor")
    )
    return sorted(members, key=lambda member: (member.function != "lead", member.user.name))


def _preview(user, assessment, form, *, at):
    """What follows from the days in the form: why they cannot hold, clashes, deadlines."""
    if not form.is_bound or not form.is_valid():
        return {}
    days = {name: form.cleaned_data[name] for name in ("first_on", "last_on")}
    problem = problem_with_dates(**days)
    if not problem and days["first_on"] < assessment.program.today(at):
        problem = "The first day of the assessment is in the past."
    if problem:
        return {"problem": problem}
    return {
        "preview": [
            (
                offset,
                overview.OWNERS[Side(offset.owner)],
                due_on,
                readiness.doubt_about(due_on, assessment.program, at=at),
            )
            for offset, due_on in operations.preview_milestones(assessment, **days)
        ],
        "clashes": operations.clashes_of(assessment, **days, reader=user),
        "clocks": readiness.clocks_of(assessment, days["first_on"]),
        "mode_label": dict(MODES)[form.cleaned_data["mode"]],
    }
