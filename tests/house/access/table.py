"""The access table: the rows of every app together, and the URLconfs that they describe."""

from importlib.util import find_spec, module_from_spec

from django.http import HttpResponse
from django.test import override_settings

from . import (
    accounts,
    allauth,
    applications,
    assessments,
    local,
    metrics,
    programs,
    records,
    rounds,
    scoring,
)

TABLES = {
    "applications": applications.DOORS | scoring.DOORS,
    "metrics": metrics.DOORS,
    "assessments": assessments.DOORS | rounds.DOORS,
    "programs": programs.DOORS,
    "accounts": accounts.DOORS,
    "records": records.DOORS,
    "allauth": allauth.DOORS,
}
LOCAL = local.DOORS


def urlconf(*, debug):
    """The product's URLconf as it is loaded with DEBUG on or off, whatever was loaded before.

    Its pages of error are bare: to be drawn ten thousand times they would take half of the time.
    """
    spec = find_spec("qmm_pilot.urls")
    module = module_from_spec(spec)
    with override_settings(DEBUG=debug):
        spec.loader.exec_module(module)
    module.handler403 = lambda request, exception: HttpResponse(status=403)
    module.handler404 = lambda request, exception: HttpResponse(status=404)
    return module
