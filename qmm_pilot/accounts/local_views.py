"""The demonstration's authenticator apps: everybody's current code; for this machine only."""

from allauth.mfa.models import Authenticator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qmm_pilot.records.local_views import local_page

from .second_factors import current_code


@local_page
@require_safe
def local_codes(request):
    """Show what the authenticator app of each person shows now, and how long it still counts."""
    apps = Authenticator.objects.filter(type=Authenticator.Type.TOTP).select_related(
        "user__organization"
    )
    rows = []
    for app in apps.order_by("user__organization__kind", "user__email"):
        code, seconds = current_code(app)
        rows.append({"person": app.user, "code": code, "seconds": seconds})
    return render(request, "local/codes.html", {"rows": rows})
