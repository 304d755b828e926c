"""A probe on the database: every change of a case's rows must have an entry in its transaction.

The probe notes each INSERT, UPDATE and DELETE with its table, and which transaction it belongs to.
After each commit it asks three things: did a transaction that changed rows of cases also write an
entry of the trail? Does an entry of that transaction name the new state of each record whose state
changed, and the entry about that record its former state? Was anything changed outside of one?
"""

import contextlib
import re
from typing import NamedTuple

from django.apps import apps
from django.db import connection, transaction

from qmm_pilot.lifecycle import Lifecycle
from qmm_pilot.records.models import AboutSubject, TrailEntry, TrailHead

CHANGE = re.compile(r'\s*(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)"?', re.IGNORECASE)
TRAIL = "records_trailentry"

# Tables whose changes need no entry of the trail, each with its reason.
NEEDS_NO_ENTRY = {
    TRAIL: "the trail itself",
    "records_trailhead": "the trail's own end",
    "records_job": "bookkeeping of the queue: claims, attempts, leases; the deed that asked for "
    "the job and the one that keeps its result have their entries",
    "records_letter": "sending, after the deed that queued the letter in its own transaction",
    "records_download": "is a log itself, a row for each download, never changed",
    "applications_searchword": "the names and numbers of a request once more, to find it by",
    "records_recordaccess": "is a log itself: the firm's register of who read what",
    "records_localmail": "the demonstration's letter box",
    "records_demonstrationmoment": "the demonstration's clock",
    "django_session": "who is signed in now",
    "cache_entries": "limits and other short-lived counts",
    "account_emailaddress": "sign-in's own rows; the deeds on accounts have their entries",
}


class Finding(NamedTuple):
    """Something that the trail does not tell, with the tables or record that it is about."""

    what: str
    about: tuple[str, ...]


class Ledger:
    """What one run changed, transaction by transaction, and what its trail does not tell."""

    def __init__(self):
        self.findings: list[Finding] = []
        self.transactions = 0
        self.tables: set[str] = set()
        self._written: set[str] = set()
        self._closing = None
        self._position = self._last_position()
        self._states = self._all_states()

    @classmethod
    @contextlib.contextmanager
    def kept(cls):
        """Note every change inside this block. Needs a test that commits."""
        ledger = cls()
        with connection.execute_wrapper(ledger._note):
            yield ledger

    def _note(self, execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if (change := CHANGE.match(sql)) and not sql.lstrip().upper().startswith("UPDATE OF"):
            self._wrote(change[2].lower())
        return result

    def _wrote(self, table):
        self.tables.add(table)
        if not connection.in_atomic_block:
            if table not in NEEDS_NO_ENTRY:
                self.findings.append(Finding("changed outside a transaction", (table,)))
            return
        waiting = {id(hook) for _, hook, _ in connection.run_on_commit}
        if id(self._closing) not in waiting:
            # A new transaction; what an earlier one wrote was rolled back, or closed already.
            self._written = set()
            self._closing = lambda: self._close()
            transaction.on_commit(self._closing)
        self._written.add(table)

    def _close(self):
        written, self._written, self._closing = self._written, set(), None
        self.transactions += 1
        untold = written - set(NEEDS_NO_ENTRY)
        if untold and TRAIL not in written:
            self.findings.append(Finding("changed without an entry", tuple(sorted(untold))))
        entries = list(TrailEntry.objects.filter(position__gt=self._position))
        self._position = self._last_position()
        before, self._states = self._states, self._all_states()
        for record, state in self._states.items():
            if before.get(record) != state:
                self._check_move(record, before.get(record), state, entries)

    def _check_move(self, record, former, state, entries):
        if former is None and state == apps.get_model(record[0])._meta.get_field("status").default:
            return  # made in its first state by a deed that has its entry
        own = [e for e in entries if (e.subject_kind, e.subject_id) == record]
        if not any(says(entry.after_json, state) for entry in entries):
            self.findings.append(Finding(f"no entry says “{state}”", record))
        elif former and own and not any(says(entry.before_json, former) for entry in own):
            self.findings.append(Finding(f"no entry says “{former}” before “{state}”", record))

    @staticmethod
    def _all_states():
        """The state of every record that has states."""
        return {
            tuple(AboutSubject.naming(row).values()): row.status
            for model in apps.get_models()
            if issubclass(model, Lifecycle)
            for row in model.objects.only("pk", "status")
        }

    @staticmethod
    def _last_position():
        return TrailHead.objects.get().position


def says(facts_json, state) -> bool:
    """Whether this side of an entry names the state, as a word of its own."""
    return re.search(rf"\b{re.escape(state)}\b", facts_json) is not None
