"""Pages of the contractor's people on a visit: who, as what, until when, whether each declared."""

from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import operations as intake
from applications.models import Declaration, EngagementMember
from assessments import access, operations
from assessments.forms import ReasonForm
from assessments.team_forms import LastDayForm, MemberForm
from qmm_pilot import clock

from .deeds import assessment_or_404, carried_out, frame, open_only_if

READ_OR_POST = ["GET", "HEAD", "POST"]
PAGE = "assessments:contractor_team"
COORDINATORS = "FDA coordinators change the contractor’s team."


@require_safe
def contractor_team(request, pk):
    """Everyone whom the contractor had or has on this visit, with what opens the file to each."""
    assessment = assessment_or_404(request.user, pk)
    if not request.user.reads_cases:
        raise Http404
    at = clock.now()
    members = (
        EngagementMember.objects.filter(engagement=assessment.engagement_id)
        .select_related("user", "subcontractor", "engagement__organization")
        .prefetch_related(Prefetch("declarations", Declaration.objects.order_by("-asked_at")))
        .order_by("until", "since", "pk")
    )
    in_force = set(
        EngagementMember.objects.in_force(at)
        .filter(engagement=assessment.engagement_id)
        .values_list("pk", flat=True)
    )
    rows = [
        (member, next(iter(member.declarations.all()), None), member.pk in in_force)
        for member in members
    ]
    context = {
        **frame(assessment),
        "rows": [row for row in rows if row[0].until is None],
        "former": [row for row in rows if row[0].until is not None],
        "engagement": assessment.engagement,
        "may_change": access.may_assign_team(request.user) and not assessment.engagement.ended_at,
    }
    return render(request, "assessments/team/team.html", context)


@require_http_methods(READ_OR_POST)
def member_new(request, pk):
    """Name another person: a substitute, an interpreter, an assessor, or another lead."""
    assessment = assessment_or_404(request.user, pk)
    open_only_if(access.may_assign_team(request.user), COORDINATORS)
    at = clock.now()
    form = MemberForm(
        request.POST or None,
        engagement=assessment.engagement,
        at=at,
        initial={"since": assessment.program.today(at)},
    )
    if form.is_valid() and carried_out(
        request,
        operations.name_member,
        assessment,
        **form.cleaned_data,
        done=f"{form.cleaned_data['person']} is named and asked to declare interests. "
        "The file opens when the declaration is accepted.",
    ):
        return redirect(PAGE, pk=pk)
    return render(request, "assessments/team/member_new.html", {**frame(assessment), "form": form})


@require_http_methods(READ_OR_POST)
def member_end(request, pk, person_pk):
    """End a person's part, with the reason."""
    assessment = assessment_or_404(request.user, pk)
    open_only_if(access.may_assign_team(request.user), COORDINATORS)
    member = _member_or_404(assessment, person_pk)
    form = ReasonForm(request.POST or None)
    if form.is_valid() and carried_out(
        request,
        operations.end_member,
        assessment,
        person=member.user,
        reason=form.cleaned_data["reason"],
        done=f"The part of {member.user} has ended; the file is closed to this person.",
    ):
        return redirect(PAGE, pk=pk)
    context = {**frame(assessment), "form": form, "member": member}
    return render(request, "assessments/team/member_end.html", context)


@require_POST
def declaration_ask(request, pk, person_pk):
    """Ask a person for a new declaration, whose last one was refused or has expired."""
    assessment = assessment_or_404(request.user, pk)
    open_only_if(access.may_assign_team(request.user), COORDINATORS)
    member = _member_or_404(assessment, person_pk)
    carried_out(
        request,
        intake.ask_for_declaration,
        member,
        done=f"{member.user} is asked to declare interests.",
    )
    return redirect(PAGE, pk=pk)


@require_http_methods(READ_OR_POST)
def engagement_end(request, pk):
    """Close the engagement, with the reason."""
    assessment = assessment_or_404(request.user, pk)
    open_only_if(access.may_assign_team(request.user), COORDINATORS)
    form = ReasonForm(request.POST or None)
    if form.is_valid() and carried_out(
        request,
        operations.end_engagement,
        assessment,
        **form.cleaned_data,
        done="The engagement is closed. Copies that were taken along are listed.",
    ):
        return redirect("assessments:copies", pk=assessment.engagement_id)
    context = {**frame(assessment), "form": form}
    return render(request, "assessments/team/engagement_end.html", context)


@require_http_methods(READ_OR_POST)
def engagement_move(request, pk):
    """Move the engagement's last day, for example to that of a new agreement."""
    assessment = assessment_or_404(request.user, pk)
    open_only_if(access.may_assign_team(request.user), COORDINATORS)
    form = LastDayForm(request.POST or None, initial={"until": assessment.engagement.until})
    if form.is_valid() and carried_out(
        request,
        operations.move_engagement_end,
        assessment,
        **form.cleaned_data,
        done="The last day of the engagement is moved.",
    ):
        return redirect(PAGE, pk=pk)
    context = {**frame(assessment), "form": form}
    return render(request, "assessments/team/engagement_move.html", context)


def _member_or_404(assessment, person_pk):
    members = EngagementMember.objects.filter(
        engagement=assessment.engagement_id, until=None
    ).select_related("user__organization", "engagement__participation__facility")
    return get_object_or_404(members, user=person_pk)
