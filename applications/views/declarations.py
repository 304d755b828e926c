"""Pages of declarations: a contractor's person declares, FDA's coordinator rules."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from applications import access, operations
from applications.declaration_forms import DeclarationForm
from applications.fda_forms import DeclarationRulingForm, RevokeDeclarationForm
from applications.models import Declaration

from .deeds import carried_out
from .firm import posted, rehearsal_of

Status = Declaration.Status


@require_http_methods(["GET", "HEAD", "POST"])
def declaration(request, pk):
    """The person reads for which facility and firm she declares, and declares; FDA reads it."""
    row = _declaration_or_404(request.user, pk)
    is_own = row.member.user_id == request.user.pk
    if request.method == "POST" and not is_own:
        raise PermissionDenied("Everybody declares for themselves.")
    form = DeclarationForm(posted(request)) if is_own and row.status == Status.ASKED else None
    if request.method == "POST" and form is None:
        messages.info(request, "You have declared already.")
        return redirect("applications:declaration", pk=pk)
    if form and form.is_valid():
        done = carried_out(
            request, operations.declare_interests, row, **form.cleaned_data, done=_done(form)
        )
        if done and done.status == Status.ACCEPTED:
            return redirect("home")
        if done:
            return redirect("applications:declaration", pk=pk)
    context = {
        **_page(row),
        "form": form,
        "may_rule": access.may_rule_on_declarations(request.user)
        and row.status in (Status.DECLARED, Status.ACCEPTED),
    }
    return render(request, "applications/declarations/declaration.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def declaration_rule(request, pk):
    """FDA accepts or refuses a declared interest, or revokes an accepted declaration."""
    row = _declaration_or_404(request.user, pk)
    if not access.may_rule_on_declarations(request.user):
        raise PermissionDenied("FDA coordinators rule on declarations.")
    if row.status not in (Status.DECLARED, Status.ACCEPTED):
        messages.info(request, "There is nothing to rule on.")
        return redirect("applications:declaration", pk=pk)
    revokes = row.status == Status.ACCEPTED
    form = (RevokeDeclarationForm if revokes else DeclarationRulingForm)(posted(request))
    if form.is_valid():
        given = {"accepted": False, **form.cleaned_data}
        if carried_out(
            request, operations.rule_on_declaration, row, **given, done="The ruling is recorded."
        ):
            return redirect("applications:declaration", pk=pk)
    context = {**_page(row), "form": form, "revokes": revokes}
    return render(request, "applications/declarations/rule.html", context)


def _declaration_or_404(user, pk):
    rows = Declaration.objects.visible_to(user).select_related(
        "member__user__organization",
        "member__subcontractor",
        "member__engagement__organization",
        "member__engagement__participation__facility",
        "member__engagement__participation__organization",
        "member__engagement__participation__program",
        "ruled_by__organization",
    )
    return get_object_or_404(rows, pk=pk)


def _done(form):
    if form.cleaned_data["has_interest"]:
        return "Your declaration is with FDA, which rules on it. You will be written to."
    return "Your declaration is on record, and the file is open to you on your days."


def _page(row):
    participation = row.member.engagement.participation
    return {
        "declaration": row,
        "member": row.member,
        "facility": participation.facility,
        "firm": participation.organization,
        "program": participation.program,
        "rehearsal": rehearsal_of(participation.program),
    }
