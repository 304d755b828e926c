"""Writes the rows of FDA's queue: a hundred at once, each into a frame that is rendered once.

The template engine takes longer for a hundred rows of nine cells than everything else of the page
together (10 of 20 ms). So it renders the frame of a row once, with a mark in place of each cell,
and the cells, escaped, are put in by Python's own formatting.
"""

from uuid import UUID

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape

from applications.access import may_assign_requests
from applications.models import ParticipationRequest
from applications.triage.choice import age_in_words
from applications.triage.pages import next_deed, verdicts_of
from qmm_pilot.uswds.controls import safe
from qmm_pilot.uswds.moments import iso, moment_in_words
from qmm_pilot.uswds.templatetags.uswds import status

ANY_ID = UUID(int=0)
STATES = {state.value: state for state in ParticipationRequest.Status}
CELLS = (
    "tick", "address", "receipt", "program", "facility", "firm", "state", "deed", "verdicts",
    "iso", "received", "age", "owner",
)  # fmt: skip


def written(rows, *, carried, officers, reader, today) -> str:
    """The rows as the body of a table; what the list adds to them is put into the rows, too.

    `carried` is the end of the address with filters and order, `officers` maps ids of coordinators
    to names.
    """
    frame = render_to_string(
        "applications/fda/queue_row.html",
        {
            "cell": {name: safe(f"%({name})s") for name in CELLS},
            "may_assign": may_assign_requests(reader),
        },
    )
    verdicts = verdicts_of(rows)
    before, after = reverse("applications:request_review", args=[ANY_ID]).split(str(ANY_ID))
    for row in rows:
        row["address"] = f"{before}{row['pk']}{after}{carried}"
        row["verdicts"] = verdicts.get(row["pk"], [])
        row["next"] = next_deed(row)
    return safe("".join([frame % _cells(row, officers, reader, today) for row in rows]))


def _cells(row, officers, reader, today) -> dict[str, str]:
    """Every cell of a row as HTML."""
    state, received_at = STATES[row["status"]], row["submitted_at"]
    on_hold = f" {status('held', 'On hold')}" if row["is_held"] else ""
    who, deed = row["next"]
    badges = [status(outcome, words) for outcome, words in row["verdicts"]]
    return {
        "tick": f"{row['pk']}_{row['officer_id'] or ''}",
        "address": escape(row["address"]),
        "receipt": escape(row["receipt_number"]),
        "program": escape(row["program__short_name"]),
        "facility": escape(row["facility__name"]),
        "firm": escape(row["organization__name"]),
        "state": f"{status(state)}{on_hold}",
        "deed": f'<br><span class="quiet">{who}: {deed}</span>' if deed else "",
        "verdicts": " ".join(badges) or '<span class="quiet">Not examined</span>',
        "iso": iso(received_at),
        "received": _in_two_lines(received_at),
        "age": age_in_words(received_at, today),
        "owner": _owner(row, officers, reader),
    }


def _in_two_lines(received_at):
    """Day and time one below the other, so that the names of facilities have the room."""
    day, _, time = moment_in_words(received_at, short=True).rpartition(", ")
    return f"{day},<br>{time}"


def _owner(row, officers, reader):
    if row["officer_id"] is None:
        return '<span class="quiet">Unassigned</span>'
    if row["officer_id"] == reader.pk:
        return "<strong>You</strong>"
    left = "" if row["officer_id"] in officers else " (no coordinator any more)"
    return escape(f"{row['officer__name']}{left}")
