"""The audit trail as a page, and its verification; for FDA's records officers."""

import json
from uuid import UUID

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from qmm_pilot import clock

from .access import may_read_trail
from .models import TrailEntry, TrailHead
from .trail import first_fault

ON_ONE_PAGE = 50
LONG_VALUE, FIRST_WORDS = 200, 80  # characters


@require_safe
def trail(request):
    """Show the trail, newest entry first, with filters that live in the address."""
    _open_to_records_officers(request)
    entries = TrailEntry.objects.visible_to(request.user)
    chosen = {name: _asked(request, name) for name in ("kind", "record", "person")}
    shown = _filtered(entries, chosen)
    rows, newer, older = _page(shown, request.GET)
    return render(
        request,
        "records/trail.html",
        {
            "chosen": chosen,
            "is_filtered": any(chosen.values()),
            "kinds": _kinds(entries),
            "people": _people(),
            "rows": [_row(entry, chosen) for entry in rows],
            "newer_address": _address(chosen, after=newer) if newer else "",
            "older_address": _address(chosen, before=older) if older else "",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request):
    """Say what verification does; on POST walk the whole trail and say what was found."""
    _open_to_records_officers(request)
    context = {"has_run": request.method == "POST"}
    if context["has_run"]:
        context |= {"fault": first_fault(), "verified_at": clock.real_now()}
    context["head"] = TrailHead.objects.get()
    return render(request, "records/verify.html", context)


def _open_to_records_officers(request):
    if not may_read_trail(request.user):
        raise Http404


def _asked(request, name):
    # PostgreSQL takes no NUL in a text, not even to compare with it.
    return request.GET.get(name, "").replace("\0", "").strip()


def _filtered(entries, chosen):
    if chosen["kind"]:
        entries = entries.filter(subject_kind=chosen["kind"])
    if chosen["record"]:
        entries = entries.filter(subject_id=chosen["record"])
    if chosen["person"] == "system":
        return entries.filter(actor=None)
    if chosen["person"]:
        return entries.filter(actor=_uuid(chosen["person"]))
    return entries


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


def _row(entry, chosen):
    return {
        "entry": entry,
        "deed": entry.deed.replace("_", " ").capitalize(),
        "kind": _kind_in_words(entry.subject_kind),
        "before": _facts(entry.before),
        "after": _facts(entry.after),
        "record_address": _address(
            {**chosen, "kind": entry.subject_kind, "record": entry.subject_id}
        ),
    }


def _facts(facts):
    """What an entry holds as (name, value, first words of a long value or "")."""
    shown = [(name.replace("_", " ").capitalize(), _value(value)) for name, value in facts.items()]
    return [
        (name, value, f"{value[:FIRST_WORDS]}…" if len(value) > LONG_VALUE else "")
        for name, value in shown
    ]


def _value(value):
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_value(held)}" for name, held in value.items()) or "(none)"
    if isinstance(value, list):
        return ", ".join(_value(held) for held in value) or "(none)"
    if isinstance(value, str):
        return value or "(empty)"
    if value is None:
        return "(none)"
    return json.dumps(value)


def _kinds(entries):
    kinds = entries.order_by("subject_kind").values_list("subject_kind", flat=True).distinct()
    return [(kind, _kind_in_words(kind)) for kind in kinds]


def _kind_in_words(kind):
    """A subject's kind ("app.model") by the model's own name."""
    try:
        return str(apps.get_model(kind)._meta.verbose_name).capitalize()
    except (LookupError, ValueError):
        return kind


def _people():
    acted = TrailEntry.objects.filter(actor=OuterRef("pk"))
    return list(
        get_user_model()
        .objects.filter(Exists(acted))
        .values("pk", "name", "email")
        .order_by("name")
    )


def _address(chosen, **position):
    query = {name: value for name, value in {**chosen, **position}.items() if value}
    return f"{reverse('records:trail')}?{urlencode(query)}" if query else reverse("records:trail")


def _position(text):
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def _uuid(text):
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
