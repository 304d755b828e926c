"""The audit trail as pages, and its verification; for FDA's records officers."""

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from qmm_pilot import clock

from .access import may_read_trail
from .disclosure import count_withheld_entries
from .models import Signature, TrailEntry, TrailExport, TrailHead
from .signatures import broken_signatures
from .trail import first_fault, link
from .trail_choice import ChoiceError, TrailChoice
from .trail_words import changes_of, deed_in_words, kind_in_words, sides_of

ON_ONE_PAGE = 50


@require_safe
def trail(request):
    """Show the trail, newest entry first, with filters that live in the address."""
    open_to_records_officers(request)
    entries = TrailEntry.objects.visible_to(request.user)
    choice, problem = TrailChoice.from_query(request.GET), ""
    try:
        shown = choice.among(entries)
    except ChoiceError as unreadable:
        shown, problem = entries.none(), str(unreadable)
    rows, newer, older = _page(shown, request.GET)
    return render(
        request,
        "records/trail.html",
        {
            "chosen": choice,
            "problem": problem,
            "is_filtered": bool(choice.facts()),
            "kinds": [(kind, kind_in_words(kind)) for kind in _held_in("subject_kind")],
            "deeds": [(deed, deed_in_words(deed)) for deed in _held_in("deed")],
            "people": _people(entries),
            "formats": TrailExport.Format.choices,
            "withheld": count_withheld_entries(),
            "rows": [_row(entry) for entry in rows],
            "newer_address": choice.address(after=newer) if newer else "",
            "older_address": choice.address(before=older) if older else "",
        },
    )


@require_safe
def trail_entry(request, entry_hash):
    """Show one entry with all that it holds, and whether its links are those of the chain."""
    open_to_records_officers(request)
    entries = TrailEntry.objects.visible_to(request.user)
    entry = get_object_or_404(entries.select_related("actor__organization"), hash=entry_hash)
    around = TrailEntry.objects.filter(position__in=[entry.position - 1, entry.position + 1])
    neighbors = {one.position: one for one in around}
    shown = set(
        entries.filter(position__in=[*neighbors]).values_list("position", flat=True)
        if neighbors
        else ()
    )
    before, after = (neighbors.get(entry.position + step) for step in (-1, 1))
    follows = before.hash == entry.previous_hash if before else entry.position == 1
    context = {
        **_row(entry),
        "changes": changes_of(entry),
        "is_whole": link(entry) == entry.hash,
        "follows": follows,
        "before_it": before,
        "after_it": after,
        "shows_before": before is not None and before.position in shown,
        "shows_after": after is not None and after.position in shown,
    }
    return render(request, "records/trail_entry.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request):
    """Say what verification does; on POST walk the whole trail and say what was found."""
    open_to_records_officers(request)
    context = {"has_run": request.method == "POST"}
    if context["has_run"]:
        context |= {
            "fault": first_fault(),
            "broken": list(broken_signatures()),
            "signatures": Signature.objects.count(),
            "verified_at": clock.real_now(),
        }
    context["head"] = TrailHead.objects.get()
    return render(request, "records/verify.html", context)


def open_to_records_officers(request):
    if not may_read_trail(request.user):
        raise Http404


def _page(entries, query):
    """Rows of one page, newest first, and the positions from which newer and older ones go on."""
    before, after = _position(query.get("before")), _position(query.get("after"))
    if after is not None:
        rows = list(entries.filter(position__gt=after).order_by("position")[: ON_ONE_PAGE + 1])
        has_newer, has_older = len(rows) > ON_ONE_PAGE, True
        rows = rows[:ON_ONE_PAGE][::-1]
    else:
        if before is not None:
            entries = entries.filter(position__lt=before)
        rows = list(entries.order_by("-position")[: ON_ONE_PAGE + 1])
        has_newer, has_older = before is not None, len(rows) > ON_ONE_PAGE
        rows = rows[:ON_ONE_PAGE]
    newer = rows[0].position if rows and has_newer else None
    older = rows[-1].position if rows and has_older else None
    return rows, newer, older


def _row(entry):
    before, after = sides_of(changes_of(entry))
    return {
        "entry": entry,
        "deed": deed_in_words(entry.deed),
        "kind": kind_in_words(entry.subject_kind),
        "before": before,
        "after": after,
        "record_address": TrailChoice(kind=entry.subject_kind, record=entry.subject_id).address(),
    }


def _held_in(column):
    """The different values of an indexed column, in order: one probe of the index for each."""
    name = connection.ops.quote_name(column)
    table = connection.ops.quote_name(TrailEntry._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT value FROM (WITH RECURSIVE held(value) AS (SELECT MIN({name}) FROM {table} "  # nosec B608 - our own names, quoted
            f"UNION ALL SELECT (SELECT MIN({name}) FROM {table} WHERE {name} > value) FROM held "
            "WHERE value IS NOT NULL) SELECT value FROM held) AS found WHERE value IS NOT NULL"
        )
        return [value for (value,) in cursor.fetchall()]


def _people(entries):
    acted = entries.filter(actor=OuterRef("pk"))
    return list(
        get_user_model()
        .objects.filter(Exists(acted))
        .values("pk", "name", "email")
        .order_by("name")
    )


def _position(text):
    return int(text) if text and text.isdecimal() and len(text) < 19 else None
