"""FDA's queue: the requests received, with counts that open their list."""

from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from applications.access import may_read_requests
from applications.models import Decision, ParticipationRequest
from applications.models.hold import is_held
from qmm_pilot.programs.models import Program

from .deeds import open_only_if

Status = ParticipationRequest.Status
ON_ONE_PAGE = 100
RECEIVED = [status for status in Status if status != Status.DRAFT]

# Who acts next on a request in this state, and how; the others wait for nobody at FDA.
NEXT_DEEDS = {
    Status.SUBMITTED: ("Coordinator", "Take up"),
    Status.UNDER_REVIEW: ("Coordinator", "Determine eligibility"),
    Status.ELIGIBLE: ("Selector", "Decide"),
    Status.NOT_ELIGIBLE: ("Selector", "Release"),
}


@require_safe
def queue(request):
    """Show the requests that reached FDA, newest first, with the counts of each state."""
    open_only_if(may_read_requests(request.user))
    programs = list(
        Program.objects.visible_to(request.user).real().values("pk", "slug", "short_name")
    )
    received = ParticipationRequest.objects.visible_to(request.user).real()
    program = request.GET.get("program", "")
    program = program if program in {row["slug"] for row in programs} else ""
    if program:
        received = received.filter(program__slug=program)
    counted = dict(received.order_by().values_list("status").annotate(Count("pk")))
    state = request.GET.get("state", "")
    state = state if state in RECEIVED else ""
    rows, older = _page(
        received.filter(status=state) if state else received, request.GET.get("before", "")
    )
    return render(
        request,
        "applications/fda/queue.html",
        {
            "programs": programs,
            "program": program,
            "state": state,
            "counts": [
                {
                    "label": status.label,
                    "count": counted.get(status, 0),
                    "address": _address(program, status),
                    "is_shown": status == state,
                }
                for status in RECEIVED
            ],
            "total": sum(counted.values()),
            "all_address": _address(program, ""),
            "rows": rows,
            "older_address": _address(program, state, older) if older else "",
            "newest_address": _address(program, state) if "before" in request.GET else "",
        },
    )


def _address(program, state, before=""):
    chosen = {"program": program, "state": state, "before": before}
    query = urlencode({name: value for name, value in chosen.items() if value})
    return f"{reverse('applications:queue')}?{query}" if query else reverse("applications:queue")


def _page(received, before):
    """One page of rows by keyset (received, id), and the key of the next page or ""."""
    if key := _key(before):
        moment, last_id = key
        received = received.filter(
            Q(submitted_at__lt=moment) | Q(submitted_at=moment, pk__lt=last_id)
        )
    rows = list(
        received.order_by("-submitted_at", "-pk")
        .annotate(
            has_draft=Exists(
                Decision.objects.filter(participation_request=OuterRef("pk"), withdrawn_at=None)
            ),
            is_held=is_held(),
        )
        .values(
            "pk",
            "receipt_number",
            "facility__name",
            "organization__name",
            "program__short_name",
            "status",
            "submitted_at",
            "told_at",
            "has_draft",
            "is_held",
        )[: ON_ONE_PAGE + 1]
    )
    older = ""
    if len(rows) > ON_ONE_PAGE:
        rows = rows[:ON_ONE_PAGE]
        older = f"{rows[-1]['submitted_at'].isoformat()}_{rows[-1]['pk']}"
    for row in rows:
        row["status"] = Status(row["status"])
        row["owner"], row["deed"] = _next_deed(row)
    return rows, older


def _key(text):
    """The moment and id that a keyset address names, or None for anything else."""
    moment, _, last_id = text.partition("_")
    try:
        return datetime.fromisoformat(moment).astimezone(UTC), UUID(last_id)
    except (ValueError, OverflowError):
        return None


def _next_deed(row):
    if row["told_at"]:
        return "", ""
    if row["is_held"]:
        return "Coordinator", "Settle the hold"
    if row["status"] == Status.ELIGIBLE and row["has_draft"]:
        return "Selector", "Release"
    return NEXT_DEEDS.get(row["status"], ("", ""))
