"""The audit trail: one entry for each deed, numbered without gaps and chained by SHA-256."""

import hashlib
import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.utils.text import Truncator

from qmm_pilot import clock

from .models import AboutSubject, TrailEntry, TrailHead

logger = logging.getLogger(__name__)
FIRST_LINK = "0" * 64
LONGEST_NAME = 200  # characters of an actor's name
BATCH = 2000  # entries
LINE_COLUMNS = (
    "position",
    "deed",
    "subject_kind",
    "subject_id",
    "actor_id",
    "actor_name",
    "at",
    "recorded_at",
    "before_json",
    "after_json",
    "reason",
    "previous_hash",
    "hash",
)


def record(deed, subject, *, by, at, before=None, after=None, reason="") -> TrailEntry:
    """Write one deed to the trail; the last statement of its operation, in its transaction.

    `by` is a User, or None where the system acts; `before` and `after` hold only what changed.
    The one head row stays locked until commit, which numbers the entries without a gap.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("record() belongs inside the transaction of its operation.")
    head = TrailHead.objects.select_for_update(no_key=True).get()
    entry = TrailEntry(
        **AboutSubject.naming(subject),
        position=head.position + 1,
        deed=deed,
        actor=by,
        actor_name="The system" if by is None else name_on(subject, by),
        at=at.astimezone(UTC),
        recorded_at=clock.real_now(),
        before_json=_canonical(before or {}),
        after_json=_canonical(after or {}),
        reason=reason,
        previous_hash=head.hash,
    )
    entry.hash = link(entry)
    entry.save(force_insert=True)
    head.position, head.hash = entry.position, entry.hash
    head.save(update_fields=["position", "hash"])
    transaction.on_commit(lambda: _append_head(head), robust=True)
    return entry


def as_line(entry: TrailEntry) -> dict[str, str | int]:
    """Every column of an entry as exports and archives write it; its hash can be made from it."""
    texts = {
        "actor_id": str(entry.actor_id or ""),
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "recorded_at": entry.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
    return {name: texts.get(name, getattr(entry, name)) for name in LINE_COLUMNS}


def link(entry: TrailEntry) -> str:
    """The entry's hash: SHA-256, hex, over every column but the hash itself."""
    return link_of_line(as_line(entry))


def link_of_line(line: dict) -> str:
    """The hash that belongs to a line of an export or archive (see as_line)."""
    facts = [line[name] for name in LINE_COLUMNS if name != "hash"]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def first_fault() -> tuple[int, str] | None:
    """The first position at which the trail is not what was written, with the reason, or None.

    Compares every link, the head row, and the heads that were appended to TRAIL_HEAD_FILE after
    each commit; the file betrays a tail that was cut together with the head row. Deeds go on
    meanwhile: noted heads and last entry are read before the head, which is then no older than
    they are, and entries after the head are left to the next verification.
    """
    noted = dict(_noted_heads(TrailHead.objects.get().identity))
    last = TrailEntry.objects.aggregate(models.Max("position"))["position__max"] or 0
    head = TrailHead.objects.get()
    previous, position = FIRST_LINK, 0
    entries = TrailEntry.objects.filter(position__lte=max(head.position, last))
    for entry in in_order(entries):
        position += 1
        if entry.position != position:
            return position, "the entry is missing"
        if entry.previous_hash != previous:
            return position, "the entry does not follow from the one before it"
        if link(entry) != entry.hash:
            return position, "the entry was altered"
        if noted.get(position, entry.hash) != entry.hash:
            return position, "the entry is not the one that was noted after its commit"
        previous = entry.hash
    if (head.position, head.hash) != (position, previous):
        return min(head.position, position) + 1, "the trail's end is not where its head says"
    if noted and max(noted) > position:
        return position + 1, "the trail was cut: later entries had been noted after their commit"
    return None


def name_on(subject, person) -> str:
    """The person's name; an agent's says for which firm she acts where it is the firm's (A14)."""
    if not person.is_agent:
        return str(person)
    firm = getattr(subject, "firm", None) or getattr(subject, "organization", None)
    return Truncator(person.name_at(firm)).chars(LONGEST_NAME)


def in_order(entries) -> Iterator[TrailEntry]:
    """These entries from the first to the last, a batch at a time.

    Each batch is a query of its own: on SQLite a cursor that stays open would forbid its
    connection to write once another one has written.
    """
    last = 0
    while batch := list(entries.filter(position__gt=last).order_by("position")[:BATCH]):
        yield from batch
        last = batch[-1].position


def _canonical(facts: dict) -> str:
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, default=_as_text)


def _as_text(value):
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise TypeError(f"The trail cannot hold a {type(value).__name__}.")


def _append_head(head: TrailHead) -> None:
    with Path(settings.TRAIL_HEAD_FILE).open("a", encoding="ascii") as lines:
        lines.write(f"{head.identity} {head.position} {head.hash}\n")


def _noted_heads(identity: UUID) -> Iterator[tuple[int, str]]:
    try:
        lines = Path(settings.TRAIL_HEAD_FILE).read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        # A power cut may leave a line in pieces; the heads around it still tell.
        whole = re.fullmatch(r"(\S+) ([0-9]+) ([0-9a-f]{64})", line)
        if whole and whole[1] == str(identity):
            yield int(whole[2]), whole[3]
