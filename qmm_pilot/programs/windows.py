"""Whether a program takes a firm's request at a moment: an opening for all, or a late admission.

Every deed and page that asks "may this firm still submit?" asks here.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Value

from qmm_pilot.uswds.moments import last_minute_before, moment_in_words

from .models import LateAdmission, Opening, Program


class Window(NamedTuple):
    """A time in which requests are taken: opens_at <= moment < closes_at."""

    opens_at: datetime
    closes_at: datetime
    is_late_admission: bool = False


def window_for(program: Program, organization, at: datetime) -> Window | None:
    """The window that holds for this firm at this moment and closes last, or None.

    `organization` is a firm or its id. An opening holds for everyone; a late admission for the
    firm that it names, and for nobody else (A3). An opening that was extended is one window.
    """
    openings = program.openings.filter(opens_at__lte=at)
    admissions = program.late_admissions.in_force(at).filter(organization=_id(organization))
    # One query for both: every page of a request asks.
    rows = (
        openings.order_by()
        .values_list("opens_at", "closes_at", Value(False))
        .union(admissions.order_by().values_list("admitted_at", "closes_at", Value(True)))
    )
    windows = [Window(*row) for row in rows]
    found = [window for window in windows if window.is_late_admission]
    found += _joined(window for window in windows if not window.is_late_admission)
    held = [window for window in found if window.closes_at > at]
    return max(held, key=lambda window: window.closes_at, default=None)


def openings_joined(program: Program) -> list[Window]:
    """Every window for everyone, past and coming: openings without a break between them as one."""
    return _joined(Window(*row) for row in program.openings.values_list("opens_at", "closes_at"))


def _joined(windows: Iterable[Window]) -> list[Window]:
    """These openings, those without a break between them as one: an extension is an opening."""
    spans: list[Window] = []
    for window in sorted(windows):
        if spans and window.opens_at <= spans[-1].closes_at:
            closes_at = max(spans[-1].closes_at, window.closes_at)
            spans[-1] = spans[-1]._replace(closes_at=closes_at)
        else:
            spans.append(window)
    return spans


class OpenWindows:
    """Every window that holds at a moment, read with two queries for whole lists of requests."""

    def __init__(self, at: datetime, organizations: Iterable | None = None):
        """`organizations` bounds the late admissions that are read: firms, or a query for ids."""
        begun: dict = defaultdict(list)
        for row in Opening.objects.filter(opens_at__lte=at):
            begun[row.program_id].append(Window(row.opens_at, row.closes_at))
        self._openings = _latest(
            (program_id, window)
            for program_id, windows in begun.items()
            for window in _joined(windows)
            if window.closes_at > at
        )
        admissions = LateAdmission.objects.in_force(at)
        if organizations is not None:
            admissions = admissions.filter(organization__in=organizations)
        self._admissions = _latest(
            ((row.program_id, row.organization_id), Window(row.admitted_at, row.closes_at, True))
            for row in admissions
        )

    def of(self, program_id, organization_id) -> Window | None:
        """As window_for, by ids."""
        found = [
            self._openings.get(program_id),
            self._admissions.get((program_id, organization_id)),
        ]
        return max(filter(None, found), key=lambda window: window.closes_at, default=None)

    def by_program(self) -> dict:
        """Ids of the programs with a window for everyone or for one of the firms asked about."""
        pairs = [*self._openings.items()]
        pairs += [(program_id, window) for (program_id, _), window in self._admissions.items()]
        return _latest(pairs)


def closed_in_words(program: Program, organization, at: datetime) -> str:
    """Why this firm's request is not taken at this moment: the close with its time and zone.

    Names the firm's own late admission where one was the last to close.
    """
    ends = [opening.closes_at for opening in program.openings.filter(closes_at__lte=at)]
    for admission in program.late_admissions.filter(organization=_id(organization)):
        end = min(admission.closes_at, admission.ended_at or admission.closes_at)
        ends += [end] if end <= at else []
    coming = program.openings.filter(opens_at__gt=at).order_by("opens_at").first()
    sentences = []
    if ends:
        # The close is exclusive; people know the last minute before it.
        last_minute = moment_in_words(last_minute_before(max(ends)))
        sentences.append(
            f"{program.name} accepted requests through {last_minute}. "
            "Nothing was submitted; saved drafts stay readable."
        )
    elif coming is None:
        sentences.append(f"{program.name} does not accept requests.")
    if coming is not None:
        again = "again " if ends else ""
        sentences.append(
            f"{program.name} accepts requests {again}from {moment_in_words(coming.opens_at)}."
        )
    return " ".join(sentences)


def _id(organization):
    return getattr(organization, "pk", organization)


def _latest(pairs) -> dict:
    found: dict = {}
    for key, window in pairs:
        if key not in found or found[key].closes_at < window.closes_at:
            found[key] = window
    return found
