"""What was submitted each time, and what differs between any two versions (B9)."""

from copy import copy

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from applications import operations
from applications.access import may_read_requests
from applications.answer_forms import AnswersForm
from applications.models import Facility, ParticipationRequest
from applications.operations.answers import ANSWERS
from qmm_pilot.records.signatures import checked_signatures

from .answers import in_words
from .deeds import open_only_if
from .firm import firm_page, rehearsal_of

FACILITY = [("name", "Name"), ("fei", "FEI"), ("duns", "DUNS"), ("address", "Address")]


@require_safe
@firm_page
def request_versions(request, pk):
    """The firm compares two versions of what it submitted."""
    return _compare(request, pk, "applications:request_detail")


@require_safe
def review_versions(request, pk):
    """FDA compares two versions of what a firm submitted."""
    open_only_if(may_read_requests(request.user))
    return _compare(request, pk, "applications:request_review")


def _compare(request, pk, back):
    rows = ParticipationRequest.objects.visible_to(request.user).select_related(
        "program", "facility", "organization"
    )
    participation_request = get_object_or_404(rows, pk=pk)
    versions = list(
        participation_request.versions.select_related(
            "by__organization", "signature", "information_request"
        )
    )
    numbers = {str(version.number): version for version in versions}
    newer = numbers.get(request.GET.get("newer", ""), versions[-1] if versions else None)
    earlier = numbers.get(request.GET.get("earlier", ""))
    if earlier is None and newer and newer.number > 1:
        earlier = numbers.get(str(newer.number - 1))
    marks = operations.marks_of_request(participation_request)
    lines = list(_lines(participation_request, earlier, newer, marks)) if earlier else []
    return render(
        request,
        "applications/versions.html",
        {
            "participation_request": participation_request,
            "rehearsal": rehearsal_of(participation_request.program),
            "confidential": marks,
            "back": back,
            "is_firm": back == "applications:request_detail",
            "versions": versions,
            "faults": {
                entry.signature.pk: entry.fault
                for entry in checked_signatures(participation_request)
                if entry.fault
            },
            "earlier": earlier,
            "newer": newer,
            "changed": [line for line in lines if line["differs"]],
            "unchanged": [line for line in lines if not line["differs"]],
        },
    )


def _lines(participation_request, earlier, newer, marks):
    """Each question with both answers in words."""
    form = AnswersForm(instance=participation_request)
    before, after = (_as_row(participation_request, version) for version in (earlier, newer))
    for name in ANSWERS:
        if name == "confidential_answers":
            continue
        yield {
            "label": form[name].label,
            "before": in_words(form, before, name),
            "after": in_words(form, after, name),
            "differs": earlier.answers.get(name) != newer.answers.get(name),
            "is_confidential": name in marks,
        }
    sites = [Facility(**version.facility) for version in (earlier, newer) if version.facility]
    for name, label in FACILITY if len(sites) == 2 else []:
        then, now = (getattr(site, name) for site in sites)
        yield {
            "label": f"Facility: {label}",
            "before": then,
            "after": now,
            "differs": then != now,
            "is_confidential": False,
        }


def _as_row(participation_request, version):
    row = copy(participation_request)
    for name, value in version.answers.items():
        setattr(row, name, value)
    return row
