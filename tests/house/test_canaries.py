"""R10: what was typed in confidence during two whole pilots comes out nowhere else.

Every free text, password and uploaded file of both walks holds a canary. Each channel by which
words could leave is then searched for all of them; each search must find a leak that is planted.
"""

import base64
import io
import logging
import re
import tempfile
from importlib import import_module
from itertools import chain
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import reverse
from pypdf import PdfReader

from assessments.models.assessment import AssessmentQuerySet
from assessments.views import visits
from qmm_pilot.celery import app
from qmm_pilot.records.jobs import queue_job
from qmm_pilot.records.letters import queue_letter
from qmm_pilot.records.models import Job, Letter, StoredFile
from tests import factories

from .access.doors import urls_of

# What FDA writes for itself; neither firm nor contractor reads it.
FOR_FDA_ALONE = {
    "applications:request_rule",
    "applications:selection_decide",
    "applications:inspection_enter",
}
# Written before the contractor had a part in it, or (FDF) for FDA alone.
NOT_FOR_THE_CONTRACTOR = FOR_FDA_ALONE | {
    "applications:request_inspections",
    "applications:request_withdraw",
    "metrics:enter",
}
# What the contractor and FDA write to each other before there is a released report.
NOT_FOR_THE_FIRM = FOR_FDA_ALONE | {"assessments:report_return", "assessments:topic_attach"}
KEPT_ON_PURPOSE = ("media/", "test.sqlite3", "trail-head.log")


class Walked:
    """Both walks, everything that left them, and the channels in which to search."""

    def __init__(self, walks, log, folder):
        self.walks, self.log, self.folder = walks, log, folder
        self.pages_of_others = {walk: self._read_by_others(walk) for walk in walks}

    @property
    def canaries(self):
        return [canary for walk in self.walks for canary in walk.canaries]

    def found_in(self, text, canaries=None):
        """The canaries that this text holds, also behind per cent signs."""
        text = f"{text}\n{unquote(text)}"
        given = self.canaries if canaries is None else canaries
        return [canary for canary in given if canary.word in text]

    # -- the channels --------------------------------------------------------------------------
    def logs(self):
        return "\n".join(self.log.lines)

    @staticmethod
    def mails():
        rows = Letter.objects.values_list("address", "subject", "body", "kind")
        sent = [(message.to, message.subject, message.body) for message in mail.outbox]
        return repr([*rows, *sent])

    @staticmethod
    def queue():
        messages = [
            path.read_text(errors="replace")
            for path in Path(settings.BROKER_DIR).rglob("*")
            if path.is_file()
        ]
        return repr(list(Job.objects.values())) + _unpacked("\n".join(messages))

    def addresses(self):
        return "\n".join(chain.from_iterable(walk.addresses for walk in self.walks))

    @staticmethod
    def cache():
        with connection.cursor() as cursor:
            cursor.execute("SELECT cache_key, value FROM cache_entries")
            return _unpacked(repr(cursor.fetchall()))

    def sessions(self):
        """Sessions as kept and as read, and the cookies that people hold."""
        kept = [(row.session_data, row.get_decoded()) for row in Session.objects.all()]
        cookies = [
            client.cookies.output() for walk in self.walks for client in walk.clients.values()
        ]
        return _unpacked(repr(kept) + repr(cookies))

    def temporary_files(self):
        """What lies in temporary folders and, but for what is kept on purpose, in VAR_DIR."""
        found = []
        for folder in (self.folder, Path(settings.VAR_DIR)):
            for path in folder.rglob("*"):
                name = str(path.relative_to(folder))
                if path.is_file() and not name.startswith(KEPT_ON_PURPOSE):
                    found.append(f"{name}\n{path.read_bytes().decode(errors='replace')}")
        return "\n".join(found)

    def error_pages(self):
        """The pages of 400, 403, 404 and 500, forced with every canary in what was posted."""
        words = " ".join(canary.word for canary in self.canaries)
        walk = self.walks[-1]
        assign = reverse("assessments:assign_team", args=[walk.place.pk])
        client = Client(raise_request_exception=False)
        client.force_login(walk.people["coordinator"])
        wary = Client(enforce_csrf_checks=True)
        wary.force_login(walk.people["coordinator"])
        data = {"reason": words, "mode": words}
        answers = [
            client.get("/", {"q": words[:900]}, HTTP_HOST="elsewhere.example"),
            walk.clients["official"].post(assign, data),
            wary.post(assign, data),
            client.get("/nowhere/", {"q": words[:900]}),
            client.post(f"/assessments/{walk.place.pk}/nowhere/", data),
        ]
        with pytest.MonkeyPatch.context() as patch:

            def fails(*args, **kwargs):
                raise RuntimeError(words)

            patch.setattr(visits, "assessment_or_404", fails)
            go = reverse("assessments:decide_no_go", args=[walk.visit.pk])
            answers.append(client.post(go, data))
        assert [answer.status_code for answer in answers] == [400, 403, 403, 404, 404, 500]
        return "\n".join(answer.content.decode() for answer in answers)

    def _read_by_others(self, walk):
        """Every page and file of one walk, as the other firm, its contractor, FDA without cases."""
        (other,) = (each for each in self.walks if each is not walk)
        people = [other.people[who] for who in ("official", "lead", "analyst", "administrator")]
        return "\n".join(_read(person, _paths(walk)) for person in people)


def _paths(walk):
    """The addresses of a walk that can be opened, and every page that needs no id."""
    found = {urldefrag(address)[0] for address in walk.addresses}
    found |= {reverse(name) for name, route in urls_of(None) if "<" not in route}
    found |= {
        reverse("assessments:file_download", args=[pk])
        for pk in StoredFile.objects.values_list("pk", flat=True)
    }
    closed = ("/static/", "/accounts/", "/local/")
    return sorted(path for path in found if path.startswith("/") and not path.startswith(closed))


def _read(person, paths):
    """Everything that these addresses show to one person, PDFs as text."""
    client = Client()
    client.force_login(person)
    shown = []
    for path in paths:
        answer = client.get(path)
        content = answer.getvalue()
        if content.startswith(b"%PDF"):
            content = "".join(p.extract_text() for p in PdfReader(io.BytesIO(content)).pages)
        shown.append(content if isinstance(content, str) else content.decode(errors="replace"))
    return "\n".join(shown)


def _unpacked(text):
    """This text, and what stands in it in base64, as messages, values and cookies are written."""
    found, layer = [text], text
    for _ in range(2):  # a message to the worker holds its body packed once more
        packed = re.findall(r"[A-Za-z0-9+/_-]{16,}", layer)
        layer = "\n".join(_from_base64(each) for each in packed)
        found.append(layer)
    return "\n".join(found)


def _from_base64(packed):
    raw = packed.translate(str.maketrans("-_", "+/"))
    raw = raw[: len(raw) - (len(raw) % 4 == 1)]
    return base64.b64decode(raw + "=" * (-len(raw) % 4)).decode(errors="replace")


@pytest.fixture(scope="module")
def walked(django_db_setup, django_db_blocker, tmp_path_factory):
    from qmm_pilot import clock

    from .canary_walk import Everything, Moments, Walk

    # As a worker does: tasks and their handlers; it also configures the log anew.
    app.loader.import_default_modules()
    folder, log, root = tmp_path_factory.mktemp("temporary"), Everything(), logging.getLogger()
    for module in ("weasyprint", "qmm_pilot.printing"):
        import_module(module)  # which set the level of its logger
    levels = {name: logging.getLogger(name).level for name in ("", "celery", "weasyprint")}
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        moments = Moments()
        patch.setattr(clock, "now", moments)
        patch.setattr(clock, "shown_at", lambda _: moments())
        patch.setattr(tempfile, "tempdir", str(folder))
        patch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
        mail.outbox = []
        for name in levels:
            logging.getLogger(name).setLevel(logging.DEBUG)
        root.addHandler(log)
        with transaction.atomic():
            walks = []
            for seed, pilot in enumerate(("fdf", "api")):
                moments.at = factories.AT
                walk = Walk(pilot, moments, seed=seed)
                walk.go()
                walks.append(walk)
            yield Walked(walks, log, folder)
            transaction.set_rollback(True)
        root.removeHandler(log)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


@pytest.fixture
def undone(walked):
    """Take back what a test does to the walked world."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


CHANNELS = ["logs", "mails", "queue", "addresses", "cache", "sessions", "temporary_files"]
pytestmark = [pytest.mark.django_db, pytest.mark.thorough]


def test_more_than_fifty_canaries_were_typed_in_every_kind_of_field(walked):
    assert len({canary.word for canary in walked.canaries}) == len(walked.canaries) > 50
    assert {
        "contact_name", "contact_email", "product_description", "declared_inspections",
        "blackout_dates", "address_line_1", "reason", "source", "attendees", "notes",
        "password", "rationale", "evidence", "seen", "recommendation", "file", "summary",
        "method", "people_interviewed", "comments",
    } <= {canary.control for canary in walked.canaries}  # fmt: skip
    assert any(canary.control.endswith("comment") for canary in walked.canaries)  # of metrics


@pytest.mark.parametrize("channel", CHANNELS)
def test_nothing_that_was_typed_leaves_by(walked, channel):
    assert walked.found_in(getattr(walked, channel)()) == []


def test_nothing_that_was_typed_stands_on_a_page_of_errors(walked, undone):
    assert walked.found_in(walked.error_pages()) == []
    assert walked.found_in(walked.logs()) == []


def test_nothing_that_was_typed_is_read_by_another_tenant(walked):
    for walk, read in walked.pages_of_others.items():
        assert walked.found_in(read, walk.canaries) == []


@pytest.mark.parametrize(
    ("who", "hidden"), [("official", NOT_FOR_THE_FIRM), ("lead", NOT_FOR_THE_CONTRACTOR)]
)
def test_each_side_reads_nothing_that_the_others_keep_from_it(walked, who, hidden):
    for walk in walked.walks:
        closed = hidden - ({"metrics:enter"} if walk.pilot == "api" else set())
        kept = [canary for canary in walk.canaries if canary.door in closed]
        assert kept
        read = _read(walk.people[who], _paths(walk))
        assert walked.found_in(read, kept) == []
        if who == "official":
            assert walked.found_in(read, walk.canaries)  # what is hers she does read


# --- planted leaks: each search must find its own -----------------------------------------------


def a_letter(walk, word):
    queue_letter(kind="leak", to=walk.people["lead"], subject="A word", body=word,
                 about=walk.visit, at=factories.AT)  # fmt: skip


def a_line_of_the_log(walk, word):
    logging.getLogger("weasyprint").debug("Drew %s", word)


def an_error_of_a_job(walk, word):
    Job.objects.filter(pk=queue_job("send_letter", walk.visit, at=factories.AT).pk).update(
        last_error=word
    )


def a_message_to_the_worker(walk, word):
    app.send_task("records.run_job", [word], ignore_result=True)


def an_address(walk, word):
    walk.addresses.add(f"/queue/?q={word}")


def a_cached_value(walk, word):
    cache.set("leak", {"typed": word})


def a_session(walk, word):
    session = walk.clients["lead"].session
    session["typed"] = word
    session.save()


def a_temporary_file(walk, word):
    with tempfile.NamedTemporaryFile("w", delete=False) as left:
        left.write(word)


LEAKS = {
    a_line_of_the_log: "logs",
    a_letter: "mails",
    an_error_of_a_job: "queue",
    a_message_to_the_worker: "queue",
    an_address: "addresses",
    a_cached_value: "cache",
    a_session: "sessions",
    a_temporary_file: "temporary_files",
}


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
def test_a_leak_is_found_that_is_planted_in(walked, undone, leak):
    walk = walked.walks[0]
    word = walk._canary("nobody", "planted", leak.__name__)
    leak(walk, word)
    found = walked.found_in(getattr(walked, LEAKS[leak])())
    walk.canaries.pop()
    assert [canary.word for canary in found] == [word]
    walk.addresses.discard(f"/queue/?q={word}")


def test_a_leak_is_found_that_is_planted_in_a_page_of_errors(walked, undone):
    with override_settings(DEBUG=True):  # Django's own page shows what was posted
        assert walked.found_in(walked.error_pages())


def test_a_leak_is_found_that_is_planted_in_the_walls(walked, undone, monkeypatch):
    monkeypatch.setattr(AssessmentQuerySet, "visible_to", lambda self, user: self)
    walk, other = walked.walks
    assert walked.found_in(_read(other.people["lead"], _paths(walk)), walk.canaries)
