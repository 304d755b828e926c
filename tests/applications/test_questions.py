"""Questions before the close: asked in confidence, answered to the firm or unnamed to all (B18)."""

from datetime import UTC, datetime, timedelta

import pytest

from applications import operations
from applications.models import ProgramQuestion
from applications.operations import asking
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.models import ActionItem, Letter, TrailEntry
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db
CLOSE = datetime(2020, 12, 1, 5, 0, tzinfo=UTC)
WORDS = "Does our leased site in Dayton count?"


def coordinator():
    return factories.fda(Role.FDA_COORDINATOR)


def ask(by=None, at=AT):
    return operations.ask_question(factories.program(), WORDS, by=by or firm_person(), at=at)


def firm_person():
    return factories.registrant(name="Quinn Asker")


def answer(question, *, is_published=False, **replaced):
    facts = {
        "answer": "Yes, if the firm registers it.",
        "is_published": is_published,
        "published_question": "Does a leased site count?" if is_published else "",
        "by": coordinator(),
        "at": AT,
    }
    return operations.answer_question(question, **{**facts, **replaced})


def test_a_question_is_a_task_of_fda_until_it_is_answered_and_stays_out_of_trail_and_mail():
    question = ask()
    tasks = ActionItem.objects.open().filter(key=f"question:{question.pk}")
    assert tasks.get().role == Role.FDA_COORDINATOR
    answer(question)
    assert not tasks.exists()
    letter = Letter.objects.get(kind="question_answered")
    assert letter.address == question.asked_by.email
    told = repr([*TrailEntry.objects.values(), *Letter.objects.values("subject", "body")])
    assert "leased" not in told
    assert "registers" not in told


@pytest.mark.parametrize(("at", "words"), [(CLOSE, "November 30, 2020, 11:59 p.m. ET")])
def test_after_the_close_nothing_is_asked_and_the_reason_is_said(at, words):
    assert ask(at=at - timedelta(microseconds=1)).pk
    with pytest.raises(Refusal, match=words):
        ask(at=at)


def test_before_the_window_opens_questions_are_taken():
    assert ask(at=datetime(2020, 10, 1, tzinfo=UTC)).pk


def test_only_people_of_firms_ask_and_only_so_many_questions_wait():
    with pytest.raises(Refusal, match="People of firms"):
        ask(coordinator())
    person = firm_person()
    for _ in range(20):
        ask(person)
    with pytest.raises(Refusal, match="wait already"):
        ask(person)


@pytest.mark.parametrize(
    ("replaced", "words"),
    [
        ({"published_question": ""}, "Word the question anew"),
        ({"answer": " "}, "Write the answer"),
        ({"published_question": "May QUINN ASKER ask?"}, "take “Quinn Asker” out"),
    ],
)
def test_what_is_published_has_fda_s_words_and_names_nobody(replaced, words):
    question = ask()
    with pytest.raises(Refusal, match=words):
        answer(question, is_published=True, **replaced)
    assert not ProgramQuestion.objects.published().exists()


def test_names_that_are_published_unseen_are_noticed(monkeypatch):
    monkeypatch.setattr(asking, "_refuse_telling_words", lambda *words: None)
    told = answer(ask(), is_published=True, published_question="May Quinn Asker ask?")
    assert "Quinn Asker" in told.published_question  # which the check refuses


def test_a_question_is_answered_once_and_by_a_coordinator():
    question = ask()
    with pytest.raises(Refusal, match="Only FDA coordinators"):
        answer(question, by=factories.fda(Role.FDA_REVIEWER))
    answer(question)
    with pytest.raises(IllegalMove):
        answer(question)


def test_everybody_reads_what_is_published_and_only_the_firm_what_was_asked(client, set_clock):
    asker, other = firm_person(), factories.registrant()
    address = f"/programs/{factories.program().pk}/questions/"
    client.force_login(asker)
    assert client.post(address, {"text": WORDS}).url == address
    question = ProgramQuestion.objects.get()
    client.force_login(coordinator())
    assert "leased site in Dayton" in client.get("/questions/").content.decode()
    page = f"/questions/{question.pk}/"
    client.post(
        page,
        {
            "is_published": "yes",
            "published_question": "Does a leased site count?",
            "answer": "Yes, once it is registered.",
        },
    )
    client.force_login(other)
    shown = client.get(address).content.decode()
    assert "Does a leased site count?" in shown
    assert "Dayton" not in shown
    assert asker.organization.name not in shown
    client.force_login(asker)
    assert "Dayton" in client.get(address).content.decode()
    set_clock(CLOSE)
    closed = client.get(address).content.decode()
    assert "Questions were taken until the window closed" in closed
    assert 'name="text"' not in closed


def correct(question, **replaced):
    facts = {
        "answer": "No, the owner registers it.",
        "published_question": question.published_question,
        "reason": "The first answer named the wrong party.",
        "by": coordinator(),
        "at": CLOSE,
    }
    return operations.correct_answer(question, **{**facts, **replaced})


def test_a_corrected_answer_keeps_what_stood_and_tells_the_asker_without_its_words():
    question = correct(answer(ask(), is_published=True))
    earlier = question.earlier_answers.get()
    assert (question.answer, question.answered_at) == ("No, the owner registers it.", CLOSE)
    assert (earlier.answer, earlier.answered_at) == ("Yes, if the firm registers it.", AT)
    assert (earlier.corrected_at, earlier.reason[:9]) == (CLOSE, "The first")
    letter = Letter.objects.get(kind="question_corrected")
    assert letter.address == question.asked_by.email
    told = repr([*TrailEntry.objects.values(), *Letter.objects.values("subject", "body")])
    assert "registers" not in told
    correct(question, answer="Yes, after all.")
    assert [row.number for row in question.earlier_answers.all()] == [2, 1]


@pytest.mark.parametrize(
    ("replaced", "words"),
    [
        ({"reason": " "}, "Say why the answer is corrected"),
        ({"answer": " "}, "Write the answer"),
        ({"answer": "Yes, if the firm registers it."}, "words that stand already"),
        ({"published_question": " "}, "Word the question anew"),
        ({"reason": "Quinn Asker found the mistake."}, "take “Quinn Asker” out"),
    ],
)
def test_an_answer_is_not_corrected(replaced, words):
    question = answer(ask(), is_published=True)
    with pytest.raises(Refusal, match=words):
        correct(question, **replaced)
    assert not question.earlier_answers.exists()


def test_only_a_coordinator_corrects_and_only_what_was_answered():
    question = ask()
    with pytest.raises(IllegalMove, match="not answered yet"):
        correct(question)
    with pytest.raises(Refusal, match="Only FDA coordinators"):
        correct(answer(question), by=factories.fda(Role.FDA_REVIEWER))


def test_everybody_reads_a_correction_beside_what_it_corrects(client):
    question = answer(ask(), is_published=True)
    private = answer(ask(question.asked_by))
    client.force_login(coordinator())
    assert (
        f"/questions/{question.pk}/correct/"
        in client.get(f"/questions/{question.pk}/").content.decode()
    )
    form = client.get(f"/questions/{private.pk}/correct/").content.decode()
    assert 'name="published_question"' not in form
    assert 'name="answer"' in form
    client.post(
        f"/questions/{question.pk}/correct/",
        {
            "published_question": "Does a leased site count?",
            "answer": "No, its owner’s firm asks for it.",
            "reason": "The notice speaks of owners.",
        },
    )
    client.force_login(factories.registrant())
    shown = client.get(f"/programs/{question.program_id}/questions/").content.decode()
    for words in ("its owner’s firm", "The notice speaks of owners.", "if the firm registers it"):
        assert words in shown
    assert shown.index("its owner’s firm") < shown.index("if the firm registers it")
    assert "In these words since" in shown  # not published on the day of the correction
    assert "Published <" not in shown
    assert "Quinn" not in shown


def test_the_newest_of_very_many_published_answers_are_shown(client, monkeypatch):
    monkeypatch.setattr("applications.views.asking.ON_ONE_PAGE", 2)
    person = firm_person()
    for number in range(3):
        answer(
            ask(person),
            is_published=True,
            answer=f"Answer {number}",
            at=AT + timedelta(minutes=number),
        )
    client.force_login(factories.registrant())
    shown = client.get(f"/programs/{factories.program().pk}/questions/").content.decode()
    assert ["Answer 0" in shown, "Answer 1" in shown, "Answer 2" in shown] == [False, True, True]
    assert "The newest 2 are shown" in shown
