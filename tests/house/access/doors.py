"""What a row of the access table says, which knocks follow from it, and how a door answers one."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.core.signals import got_request_exception
from django.db import connection, transaction
from django.test import RequestFactory
from django.test.client import ClientHandler
from django.urls import URLPattern, get_resolver, reverse

from .hidden import HOLDS_A_TOO, SHARED, Hidden, is_of_a_closed_site
from .memory import Memory, undrawn
from .people import (
    AUTHORITY,
    CONFLICTED,
    CONTRACTORS,
    EVERYBODY,
    FDA,
    MEMBERS,
    NEWCOMER,
    NOBODY,
    STRANGERS,
    UNENROLLED,
)

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
MISSING = "00000000-0000-4000-8000-000000000000"
CHANGING = ["POST", "PUT", "PATCH", "DELETE"]
# Accounts are no records of a firm's case; an archive holds the records of many firms, and the
# download that opens it stands in the register of each as a list.
NO_RECORD_OF_ONE_FIRM = {
    "archive",
    "dossier",
    "legal hold",
    "colleague",
    "official",
    "invitation",
    "invitation of an agent",
    "token of an address",
    "token of an invitation",
    "token of a mailed request",
}
REGISTER = "records_recordaccess"  # every page of a firm's record leaves its line there (A13)
OUTSIDE_FIRMS = FDA | CONTRACTORS | frozenset(AUTHORITY)
PROLONGED = 'UPDATE "django_session" '  # whoever comes back after a minute stays signed in longer
MOST_QUERIES = 12  # of a page, whatever it shows (P2)
# The pages of signing in are allauth's; the local pages of a demonstration serve nobody else.
OURS = ("home", "applications:", "assessments:", "metrics:", "programs:", "records:", "accounts:")
MOST_ALIKE = 3  # the same question once more for each row is what makes a long list slow
# Session, and person with her roles: what every page asks, where memory.py answers instead.
IN_MEMORY, SESSIONS = 2, 'FROM "django_session"'
# What operation never asks: the demonstration's clock.
NOT_IN_OPERATION = '"records_demonstrationmoment"'
READING = {"SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "EXPLAIN"}


HOLLOW = (b' href=""', b' action=""', b' name=""')  # which HTML does not allow
TABLES = "text/csv"  # a list to download is read as a list on a page is
ALLAUTH = "/accounts/"  # allauth's own pages, which set the second factor up


class Answer(StrEnum):
    """How a door answers; everything that is none of these is a fault of the product."""

    YES = "yes"  # a page, or led on to another one
    SIGN_IN = "sign in"  # led to the sign-in page
    REGISTER = "register"  # led to the page that registers a firm
    ENROL = "enrol"  # led to the page that sets up a second factor
    REFUSED = "refused"  # 403: she knows that the thing exists, but does not do this
    NOT_FOUND = "not found"  # 404: for her it does not exist
    NO_SUCH_METHOD = "no such method"  # 405


def is_closed(thing):
    """Whether a conflict with A's sites closes this thing."""
    return thing in HOLDS_A_TOO or is_of_a_closed_site(thing)


class Door:
    """One row: these methods, on this thing, are open to `yes` and refused to `refused`.

    GET answers HEAD too. `of` names the thing that the address holds (world.py), or several.
    `yes` wins over `refused`. Strangers are led to sign in, a person without an organization to
    registering one, who lacks a second factor to setting one up; to everybody else the page does
    not exist. What is missing is not found,
    unless the page `finds_anything`. `leaves` names the one table in which even reading leaves a
    row, beside the access register of the firm, which every page of its records fills and no row
    of the table need name. `unanswered` are those for whom a listed method does not exist.
    """

    def __init__(
        self,
        methods,
        of=(),
        *,
        yes,
        refused=NOBODY,
        unanswered=NOBODY,
        leaves="",
        finds_anything=False,
    ):
        listed = methods.split()
        self.methods = [m for m in METHODS if m in listed or (m == "HEAD" and "GET" in listed)]
        self.things = (of,) if isinstance(of, str) else tuple(of)
        self.yes, self.refused, self.unanswered = yes, refused, unanswered
        self.leaves, self.finds_anything = leaves, finds_anything
        unknown = (yes | refused | unanswered) - EVERYBODY
        assert not unknown, f"The table names people who do not exist: {sorted(unknown)}"

    def answers(self, person):
        """The one answer that this person gets to a listed method."""
        if person in CONFLICTED and any(is_closed(thing) for thing in self.things):
            return Answer.NOT_FOUND
        if person in self.yes:
            return Answer.YES
        if person in self.unanswered:
            return Answer.NO_SUCH_METHOD
        if closed := self.closed_to(person):
            return closed
        return Answer.REFUSED if person in self.refused else Answer.NOT_FOUND

    def answers_unlisted(self, person):
        """The answer to a method that no row lists; strangers learn not even that."""
        if person in self.yes - MEMBERS:
            return Answer.NO_SUCH_METHOD
        return self.closed_to(person) or Answer.NO_SUCH_METHOD

    def answers_missing(self, person, *, has_first):
        """Not found; but who is refused may hear that first, when the first id is a true one."""
        if person not in MEMBERS | self.yes:
            return frozenset({self.answers(person)})
        if has_first and person in self.refused - self.yes:
            return frozenset({Answer.NOT_FOUND, Answer.REFUSED})
        return frozenset({Answer.NOT_FOUND})

    @staticmethod
    def closed_to(person):
        """How every page that is not public meets who is not, or not yet, a member."""
        if person in STRANGERS:
            return Answer.SIGN_IN
        if person in UNENROLLED:
            return Answer.ENROL
        return Answer.REGISTER if person in NEWCOMER else None


CODES = {
    200: Answer.YES,
    403: Answer.REFUSED,
    404: Answer.NOT_FOUND,
    405: Answer.NO_SUCH_METHOD,
}


@dataclass(frozen=True)
class Knock:
    """One try at one door, and the answers that are right."""

    name: str
    method: str
    things: tuple[str, ...]
    ids: tuple[str, ...]
    person: str
    expected: frozenset[Answer]
    leaves: str = ""

    @property
    def opens_a_record(self):
        """Whether somebody outside a firm is let to a page of one of its records."""
        own = (thing.partition("'s ") for thing in self.things)
        is_record = any(
            side in ("A", "B") and what not in SHARED | NO_RECORD_OF_ONE_FIRM
            for side, _, what in own
        )
        return is_record and self.person in OUTSIDE_FIRMS and self.expected == {Answer.YES}

    def __str__(self):
        about = f" of {' and '.join(self.things)}" if self.things else ""
        return f"{self.method} {self.name}{about} as {self.person}"


def knocks(name, doors, things, person, methods=METHODS) -> Iterator[Knock]:
    """Every try of one person at one URL: listed and unlisted methods; own, foreign, missing.

    What is missing is tried with GET and POST, which read the id; HEAD, which views answer as GET,
    with the first and the last thing. A method that no row lists is refused before any id is
    read, so one thing is enough.
    """
    listed = {method for door in doors for method in door.methods}
    tried = set()
    for door in doors:
        ids = tuple(str(things[thing]) for thing in door.things)
        for method in methods:
            if method in door.methods:
                if method == "HEAD" and door not in (doors[0], doors[-1]):
                    continue
                answers = frozenset({door.answers(person)})
                may_leave = answers <= {Answer.YES, Answer.NO_SUCH_METHOD}
                leaves = door.leaves if may_leave else ""
                yield Knock(name, method, door.things, ids, person, answers, leaves)
                if method in ("GET", "POST") and not door.finds_anything:
                    yield from _missing(name, method, door, doors, things, person, tried)
            elif method not in listed and door is doors[0]:
                answers = frozenset({door.answers_unlisted(person)})
                yield Knock(name, method, door.things, ids, person, answers)


def _missing(name, method, door, doors, things, person, tried):
    """The same address with one id replaced: by none that exists, or by another thing's."""
    ids = tuple(str(things[thing]) for thing in door.things)
    for place, thing in enumerate(door.things):
        replacements = {f"missing ({thing})": MISSING}
        if place:
            # What stands under another first id is foreign here; a word such as "pre" is not.
            replacements |= {
                f"{other.things[place]}, not its own": str(things[other.things[place]])
                for other in doors
                if other.things[0] != door.things[0] and other.things[place] != thing
            }
        for called, other_id in replacements.items():
            changed = (*ids[:place], other_id, *ids[place + 1 :])
            if (method, changed) not in tried:
                tried.add((method, changed))
                named = (*door.things[:place], called, *door.things[place + 1 :])
                answers = door.answers_missing(person, has_first=place > 0)
                yield Knock(name, method, named, changed, person, answers)


class Street:
    """The doors of one URLconf, and one browser that knocks at them as anybody.

    It may remember who is who between knocks, which undo whatever they did.
    """

    def __init__(self, urlconf, world, *, enforces_csrf=False, remembers=False, memory=None):
        self.urlconf, self.world = urlconf, world
        self.memory = memory or Memory(world.sessions.values() if remembers else ())
        # Not the whole test client: it keeps a copy of every context, which doubles the time.
        self.handler = ClientHandler(enforce_csrf_checks=enforces_csrf)
        self.hidden = Hidden(world)
        self.faults = []
        self.asked: Counter[str] = Counter()  # each question of the last knock, how often
        self.page = b""
        self.is_shown = False
        got_request_exception.connect(self._note_fault)

    def _note_fault(self, **signal):
        self.faults.append(repr(sys.exc_info()[1]))

    def mistakes(self, table, person, methods=METHODS, **sender) -> Iterator[str]:
        """Every knock of this person that is answered otherwise than the table says."""
        for name, doors in table.items():
            for knock in knocks(name, doors, self.world.things, person, methods):
                yield from self.mistakes_at(knock, **sender)

    def mistakes_at(self, knock, **sender) -> Iterator[str]:
        """What is wrong with one answer; whatever the knock did is undone."""
        answer, written = self.knock(knock, **sender)
        noted = [statement for statement in written if f'"{REGISTER}"' in statement]
        if answer not in knock.expected:
            yield f"{knock}: {answer}, expected {' or '.join(sorted(knock.expected))}"
        elif answer != Answer.YES or knock.method not in CHANGING:
            for statement in written:
                is_known = knock.leaves and f'"{knock.leaves}"' in statement
                if not (is_known or (answer == Answer.YES and statement in noted)):
                    yield f"{knock}: answered {answer} and wrote: {statement[:120]}"
        if self.is_shown and knock.opens_a_record and not noted:
            yield f"{knock}: showed a firm's record and left no line in its access register"
        if self.is_shown and knock.method == "GET" and knock.name.startswith(OURS):
            yield from self._questions_too_many(knock)
        for hollow in HOLLOW:
            if hollow in self.page:
                yield f"{knock}: shows a link, form or control that is empty: {hollow.decode()}"
        # The page of a method that does not exist leads back to the address that was asked for.
        asked = knock.things if answer == Answer.NO_SUCH_METHOD else ()
        for thing in self.hidden.shown(self.page, knock.person, knock.name):
            if thing in asked:
                continue
            yield f"{knock}: shows {thing}"

    def knock(self, knock, **sender):
        """How the door answers, and the statements that wrote to the database."""
        address = reverse(knock.name, args=knock.ids, urlconf=self.urlconf)
        if session := self.world.sessions[knock.person]:
            sender["HTTP_COOKIE"] = f"{settings.SESSION_COOKIE_NAME}={session}"
        http_request = RequestFactory().generic(knock.method, address, **sender)
        written = []
        self.asked.clear()
        self.faults.clear()
        drawn = undrawn() if knock.method == "HEAD" else nullcontext()
        with transaction.atomic():
            noting = connection.execute_wrapper(_noting(written, self.asked))
            with noting, self.memory.recalled(), drawn:
                response = self.handler(http_request.environ)
                content = response.getvalue()  # which closes the file, where it is one
            transaction.set_rollback(True)
        is_file = response.streaming and not response.get("Content-Type", "").startswith(TABLES)
        self.page = b"" if is_file else content
        self.is_shown = response.status_code == 200
        own = [statement for statement in written if not statement.startswith(PROLONGED)]
        return self._answer(response, address), own

    def _questions_too_many(self, knock):
        """Says where a page asks the database more than it may, or the same for each row (P2)."""
        questions = self.asked.total()
        if self.world.sessions[knock.person] and not any(SESSIONS in sql for sql in self.asked):
            questions += IN_MEMORY
        if questions > MOST_QUERIES:
            yield f"{knock}: asked {questions} questions of the database, not {MOST_QUERIES}"
        statement, times = self.asked.most_common(1)[0] if self.asked else ("", 0)
        if times > MOST_ALIKE:
            yield f"{knock}: asked {times} times: {statement[:300]}"

    def _answer(self, response, address):
        """The class of an answer, or the plain facts where it has none."""
        if response.status_code in (301, 302):
            if response["Location"].startswith(f"{reverse('account_login')}?next="):
                return Answer.SIGN_IN
            if response["Location"] == reverse("accounts:register_organization"):
                return Answer.REGISTER
            if response["Location"] == reverse("mfa_index") and not address.startswith(ALLAUTH):
                return Answer.ENROL
            return Answer.YES
        if answer := CODES.get(response.status_code):
            return answer
        return f"{response.status_code} {' '.join(self.faults)}"


def _noting(written, asked):
    def note(execute, sql, params, many, context):
        # PostgreSQL puts each half of a union into parentheses.
        word = sql.lstrip("(").split(None, 1)[0].upper()
        if word not in READING:
            written.append(sql)
        elif word == "SELECT" and NOT_IN_OPERATION not in sql:
            asked[sql] += 1
        return execute(sql, params, many, context)

    return note


def urls_of(urlconf) -> Iterator[tuple[str, str]]:
    """Name and route of every URL, those of included URLconfs too."""
    for name, route, _ in _urls(get_resolver(urlconf).url_patterns, "", ""):
        yield name, route


def patterns_of(urlconf) -> Iterator[tuple[str, URLPattern]]:
    """Name and pattern of every URL, which holds its view."""
    for name, _, pattern in _urls(get_resolver(urlconf).url_patterns, "", ""):
        yield name, pattern


def _urls(patterns, namespace, prefix):
    for pattern in patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or ''}", route, pattern
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _urls(pattern.url_patterns, inner, route)
