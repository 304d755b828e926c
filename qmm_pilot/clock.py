"""now(): the only source of the moment that operations receive as at=.

The demonstration keeps its own moment in the database, shared by web, worker and beat. A beat task
saves it every few seconds; between two saves it ticks along with real time, and at most REACH
beyond the last save, so that it stands still while the demonstration is stopped. With DEBUG off
the row is ignored.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.apps import apps
from django.conf import settings
from django.db import transaction

EASTERN = ZoneInfo("America/New_York")
DEMONSTRATION_BEGINS = datetime(2020, 11, 16, 9, 0, tzinfo=EASTERN)
REACH = timedelta(seconds=15)

# What the present page has read of the demonstration's moment, or None outside a page.
_read: ContextVar[list | None] = ContextVar("demonstration's moment as read", default=None)


def real_now() -> datetime:
    """The real moment, UTC: for leases, sessions and limits, never for a deed's date."""
    return datetime.now(UTC)


def now() -> datetime:
    """The moment at which a deed happens, UTC: the demonstration's where one is set, else real."""
    return demonstration_moment() or real_now()


def demonstration_moment() -> datetime | None:
    """The demonstration's moment, UTC, or None where there is no demonstration."""
    row = _saved()
    return None if row is None else _ticked(*row)


def shown_at(moment: datetime) -> datetime:
    """What this clock showed at a real moment that has passed, UTC; exact to the microsecond.

    One reading of the real clock after another would take the time between them off, and a busy
    machine may let much of it pass.
    """
    row = _saved()
    return moment if row is None else (row[0] + min(moment - row[1], REACH)).astimezone(UTC)


def _saved():
    """The demonstration's moment and when it was saved, or None where there is none."""
    if not settings.DEBUG:
        return None
    read = _read.get()
    if read:
        return read[0]
    row = _moments().values_list("moment", "saved_at").first()
    if read is not None:
        read.append(row)
    return row


@contextmanager
def one_reading() -> Iterator[None]:
    """Read the demonstration's moment once within this block, however often it is asked for."""
    token = _read.set([])
    try:
        yield
    finally:
        _read.reset(token)


def set_demonstration_moment(moment: datetime) -> None:
    """Set the demonstration's moment (aware); meant for the local page and load_demo."""
    _moments().update_or_create(pk=1, defaults={"moment": moment, "saved_at": real_now()})
    if read := _read.get():
        read.clear()


@transaction.atomic
def tick() -> None:
    """Save the moment reached so far, so that the demonstration's clock goes on from it."""
    row = _moments().select_for_update(no_key=True).values_list("moment", "saved_at").first()
    if row is None:
        return
    saved_at = real_now()
    _moments().update(moment=_ticked(row[0], row[1], until=saved_at), saved_at=saved_at)


def _ticked(moment, saved_at, until=None):
    elapsed = (until or real_now()) - saved_at
    return (moment + min(max(elapsed, timedelta(0)), REACH)).astimezone(UTC)


def _moments():
    return apps.get_model("records", "DemonstrationMoment").objects
