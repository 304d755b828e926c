"""Pages of FDA's statement of use: every version, and publishing the next one (A13)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal

from .access import FDA, may_publish_statement
from .models import StatementOfUse
from .statement import current_statement, publish_statement, sections_of
from .statement_form import StatementForm


@require_safe
def statement(request, pk=None):
    """Show one version, the one in force unless the address names another, and list them all."""
    shown = get_object_or_404(StatementOfUse, pk=pk) if pk else current_statement()
    versions = list(StatementOfUse.objects.select_related("published_by__organization"))
    return render(
        request,
        "records/statement.html",
        {
            "statement": shown,
            "title": f"Statement of use, version {shown.version}",
            "sections": sections_of(shown),
            "versions": versions,
            "is_in_force": shown.pk == versions[0].pk,
            "is_fda": request.user.side == FDA,
            "may_publish": may_publish_statement(request.user),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def statement_publish(request):
    """Write the next version, starting from the one in force, and publish it."""
    if not may_publish_statement(request.user):
        raise PermissionDenied("FDA coordinators publish the statement of use.")
    current = current_statement()
    form = StatementForm(request.POST if request.method == "POST" else None, current=current)
    if form.is_valid():
        try:
            publish_statement(
                form.sentences(),
                reason=form.cleaned_data["reason"],
                seen=form.cleaned_data["seen"],
                by=request.user,
                at=clock.now(),
            )
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "The new version is in force. The earlier ones stay here.")
            return redirect("records:statement")
    context = {"form": form, "current": current}
    return render(request, "records/statement_publish.html", context)
