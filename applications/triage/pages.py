"""The rows of FDA's queue: pages by key, each with what the list shows of a request.

A page is found by the last row of the one before it, never by an offset, so that a deep page costs
what the first one does and a request that comes meanwhile neither hides nor repeats another.
"""

from collections import defaultdict
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from applications.eligibility import Outcome
from applications.models import CriterionResult, Decision, ParticipationRequest
from applications.models.eligibility import outcome_in_force
from applications.models.hold import is_held

from .choice import Order

Status = ParticipationRequest.Status
ON_ONE_PAGE = 100

# Who acts next on a request in this state, and how; the others wait for nobody at FDA.
NEXT_DEEDS = {
    Status.SUBMITTED: ("Coordinator", "Take up"),
    Status.UNDER_REVIEW: ("Coordinator", "Determine eligibility"),
    Status.INFORMATION_REQUESTED: ("Firm", "Answer FDA"),
    Status.AWAITING_CONFIRMATION: ("Firm", "Confirm"),
    Status.ELIGIBLE: ("Selector", "Decide"),
    Status.NOT_ELIGIBLE: ("Selector", "Release"),
}
SHOWN_FIRST = [Outcome.FAILS.value, Outcome.UNDETERMINED.value, Outcome.MEETS.value]
COLUMNS = (
    "pk",
    "receipt_number",
    "facility__name",
    "organization__name",
    "program__short_name",
    "status",
    "submitted_at",
    "told_at",
    "officer_id",
    "officer__name",
    "has_draft",
    "is_held",
)


class Page(NamedTuple):
    """One page of rows, and the ids from which the pages before and after it start, or None."""

    rows: list[dict]
    before: UUID | None
    after: UUID | None


def page_of(chosen, order: Order, *, before=None, after=None) -> Page:
    """The rows of a queryset in this order: the first, or those before or after this request.

    A request that is not among those of the queryset any more still says where to go on; one that
    was never visible gives the first page, and so does going back where nothing stands before.
    """
    backwards = before is not None
    anchor = _anchor(chosen, order, before or after)
    if anchor is None:
        backwards = False
    ids = _from(chosen, order, anchor, backwards=backwards).values("pk")[: ON_ONE_PAGE + 1]
    falling = order.is_falling != backwards
    rows = list(
        ParticipationRequest.objects.filter(pk__in=ids)
        .order_by(*_keys(order, falling))
        .annotate(
            has_draft=Exists(
                Decision.objects.standing().filter(participation_request=OuterRef("pk"))
            ),
            is_held=is_held(),
        )
        .values(*COLUMNS)
    )
    is_more = len(rows) > ON_ONE_PAGE
    rows = rows[:ON_ONE_PAGE]
    if backwards:
        rows.reverse()
    has_before = is_more if backwards else anchor is not None
    has_after = backwards or is_more
    if not rows:
        return page_of(chosen, order) if anchor else Page([], None, None)
    return Page(rows, rows[0]["pk"] if has_before else None, rows[-1]["pk"] if has_after else None)


def next_after(chosen, order: Order, participation_request) -> UUID | None:
    """The id of the request that follows this one in the list, or None at its end."""
    anchor = (getattr(participation_request, order.column), participation_request.pk)
    return _from(chosen, order, anchor, backwards=False).values_list("pk", flat=True).first()


def verdicts_of(rows) -> dict[UUID, list[tuple[str, str]]]:
    """For each request that was examined: each outcome with the criteria that have it."""
    if not rows:
        return {}
    found = CriterionResult.objects.filter(participation_request__in=[row["pk"] for row in rows])
    listed = found.order_by("criterion__order").values_list(
        "participation_request", "criterion__code", "opinion", "ruling", "confirmed_by"
    )
    by_request: dict[object, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    # As the driver gives them: to make an id of each row took longer than to read it.
    with connection.cursor() as cursor:
        cursor.execute(*listed.query.sql_with_params())
        for pk, code, opinion, ruling, confirmed_by in cursor.fetchall():
            by_request[pk][outcome_in_force(opinion, ruling, confirmed_by is not None)].append(code)
    return {
        ParticipationRequest._meta.pk.to_python(pk): [
            (outcome, f"{outcome.capitalize()}: {', '.join(outcomes[outcome])}")
            for outcome in SHOWN_FIRST
            if outcome in outcomes
        ]
        for pk, outcomes in by_request.items()
    }


def next_deed(row) -> tuple[str, str]:
    """Who at FDA acts next on this row, and how; empty where nobody does."""
    if row["told_at"]:
        return "", ""
    if row["is_held"]:
        return "Coordinator", "Settle the hold"
    if row["status"] == Status.ELIGIBLE and row["has_draft"]:
        return "Selector", "Release"
    return NEXT_DEEDS.get(row["status"], ("", ""))


def _anchor(chosen, order, pk):
    """Value and id of the request at which a page starts, whatever filter it still fits."""
    if pk is None:
        return None
    seen = chosen.model.objects.filter(pk=pk, submitted_at__isnull=False)
    return seen.values_list(order.column, "pk").first()


def _from(chosen, order, anchor, *, backwards):
    falling = order.is_falling != backwards
    if anchor:
        value, pk = anchor
        way = "lt" if falling else "gt"
        # The first condition alone lets both engines begin in the index at this value.
        chosen = chosen.filter(**{f"{order.column}__{way}e": value}).filter(
            Q(**{f"{order.column}__{way}": value}) | Q(**{f"pk__{way}": pk})
        )
    return chosen.order_by(*_keys(order, falling))


def _keys(order, falling):
    sign = "-" if falling else ""
    return f"{sign}{order.column}", f"{sign}pk"
