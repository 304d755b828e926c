"""A firm's access register: who outside it has read its records (A13)."""

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Min, Q
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from applications.models import ParticipationRequest
from qmm_pilot import clock
from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Side
from qmm_pilot.records.access import may_read_register
from qmm_pilot.records.models import RecordAccess
from qmm_pilot.records.spreadsheets import csv_lines
from qmm_pilot.uswds.moments import moment_in_words

from .deeds import open_only_if

ON_ONE_PAGE = 50
FILTERS = ("firm", "site", "what", "since", "until")
MOST_LETTERS = 200


@require_safe
def access_register(request):
    """Show who was shown which of the firm's records, newest first, with filters."""
    visible, chosen = _opened(request), _chosen(request)
    rows, older = _page(_filtered(visible, chosen), request.GET.get("before", ""))
    officer = may_read_register(request.user)
    return render(
        request,
        "applications/register.html",
        {
            "rows": rows,
            "chosen": chosen,
            "is_filtered": any(chosen.values()),
            "is_officer": officer,
            "firms": _firms(visible) if officer else {},
            "sites": _distinct(visible, "site"),
            "kinds": _distinct(visible, "what"),
            "older_address": _address("access_register", chosen, before=older) if older else "",
            "newest_address": _address("access_register", chosen)
            if "before" in request.GET
            else "",
            "export_address": _address("access_register_export", chosen),
        },
    )


@require_safe
def access_register_export(request):
    """The lines that the filters choose, all of them, as CSV."""
    visible = _opened(request)
    chosen = _filtered(visible, _chosen(request))
    firms = _firms(visible) if may_read_register(request.user) else None
    response = StreamingHttpResponse(
        csv_lines(_table(chosen.iterator(chunk_size=1000), firms)),
        content_type="text/csv; charset=utf-8",
    )
    response["Content-Disposition"] = 'attachment; filename="access-register.csv"'
    return response


def _opened(request):
    """The lines that this person may see; the page does not exist for anyone else."""
    user = request.user
    is_of_a_firm = user.side == Side.FIRM and user.organization_id is not None
    open_only_if(is_of_a_firm or may_read_register(user))
    since = None
    if is_of_a_firm:
        since = ParticipationRequest.objects.filter(organization=user.organization_id).aggregate(
            first=Min("submitted_at")
        )["first"]
    return RecordAccess.objects.visible_to(user, lists_since=since)


def _chosen(request):
    # PostgreSQL takes no NUL in a text, not even to compare with it.
    given = {name: request.GET.get(name, "").replace("\0", "")[:MOST_LETTERS] for name in FILTERS}
    given["firm"] = given["firm"] if _uuid(given["firm"]) else ""
    return given | {name: _day(given[name]) for name in ("since", "until")}


def _filtered(accesses, chosen):
    if chosen["firm"]:
        accesses = accesses.filter(organization_id=chosen["firm"])
    if chosen["site"]:
        accesses = accesses.filter(site=chosen["site"])
    if chosen["what"]:
        accesses = accesses.filter(what=chosen["what"])
    if chosen["since"]:
        accesses = accesses.filter(at__gte=_midnight(chosen["since"]))
    if chosen["until"] and chosen["until"] < date.max:
        accesses = accesses.filter(at__lt=_midnight(chosen["until"] + timedelta(days=1)))
    return accesses


def _page(accesses, before):
    """One page of lines by keyset (moment, id), and the key of the next page or ""."""
    if key := _key(before):
        moment, last_id = key
        accesses = accesses.filter(Q(at__lt=moment) | Q(at=moment, pk__lt=last_id))
    rows = list(accesses.order_by("-at", "-pk")[: ON_ONE_PAGE + 1])
    older = ""
    if len(rows) > ON_ONE_PAGE:
        rows = rows[:ON_ONE_PAGE]
        older = f"{rows[-1].at.isoformat()}_{rows[-1].pk}"
    return rows, older


def _table(accesses, firms):
    yield [
        *(["Firm"] if firms is not None else []),
        "When (Eastern Time)",
        "When (UTC)",
        "Person",
        "Office",
        "How",
        "What",
        "Facility",
        "Pilot",
    ]
    for access in accesses:
        yield [
            *([firms.get(access.organization_id, "All firms")] if firms is not None else []),
            moment_in_words(access.at),
            access.at.astimezone(UTC).isoformat(timespec="seconds"),
            access.person_name,
            access.office,
            access.get_how_display(),
            access.what,
            access.site,
            access.program_name,
        ]


def _firms(visible):
    """The firms that these lines name: the rest FDA may not know of yet (A13)."""
    named = Organization.objects.filter(pk__in=visible.values("organization_id"))
    return dict(named.order_by("name").values_list("pk", "name"))


def _distinct(accesses, column):
    values = accesses.order_by(column).values_list(column, flat=True).distinct()
    return [value for value in values if value]


def _address(name, chosen, **more):
    query = urlencode({key: value for key, value in {**chosen, **more}.items() if value})
    url = reverse(f"applications:{name}")
    return f"{url}?{query}" if query else url


def _midnight(day):
    """The moment at which an Eastern day begins."""
    return datetime.combine(day, time(), clock.EASTERN)


def _day(text):
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _uuid(text):
    try:
        return UUID(text)
    except ValueError:
        return None


def _key(text):
    """The moment and id that a keyset address names, or None for anything else."""
    moment, _, last_id = text.partition("_")
    try:
        return datetime.fromisoformat(moment).astimezone(UTC), UUID(last_id)
    except (ValueError, OverflowError):
        return None
