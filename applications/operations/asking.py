"""Deeds on questions before the close: a firm asks, FDA answers it alone or everybody (B18)."""

from django.db import transaction

from applications.access import may_ask_questions, may_review_requests
from applications.models import EarlierAnswer, ProgramQuestion
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.programs.windows import window_for
from qmm_pilot.programs.working_days import add_working_days
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import last_minute_before, moment_in_words

from .letters import write_letter

LONGEST_QUESTION = 2000  # characters
MOST_OPEN = 20  # open questions of one firm about one program
ANSWERED_WITHIN = 5  # working days, our aim: the notices promise no answer


def closed_to_questions(program, organization, at) -> str:
    """Why nothing can be asked now, as a sentence; empty while questions are taken.

    They are taken until the window closes for this firm; before it opens too.
    """
    if window_for(program, organization, at) or program.openings.filter(opens_at__gt=at).exists():
        return ""
    close = program.last_close()
    if close is None:
        return f"{program.name} takes no questions yet: it has no window."
    last_minute = moment_in_words(last_minute_before(close))
    return (
        f"Questions were taken until the window closed: {last_minute}. So that every firm had the "
        "same answers, nothing is asked after it."
    )


@transaction.atomic
def ask_question(program, text, *, by, at) -> ProgramQuestion:
    """Ask FDA about a program; the words stay confidential.

    Raises Refusal for people of no firm, without words, after the close, and while MOST_OPEN
    questions of the firm wait.
    """
    program = Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    if not may_ask_questions(by):
        raise Refusal("People of firms ask questions here.")
    if closed := closed_to_questions(program, by.organization, at):
        raise Refusal(closed)
    if not text.strip():
        raise Refusal("Write your question.")
    own = ProgramQuestion.objects.filter(program=program, organization=by.organization_id)
    if own.open().count() >= MOST_OPEN:
        raise Refusal(f"{MOST_OPEN} questions of your firm wait already. Wait for their answers.")
    question = ProgramQuestion.objects.create(
        program=program,
        organization=by.organization,
        text=text.strip(),
        asked_by=by,
        asked_at=at,
    )
    raise_item(
        _key(question),
        title=f"Answer a question about {program.short_name}",
        about=question,
        url_name="applications:question_answer",
        url_kwargs={"pk": question.pk},
        at=at,
        due_on=add_working_days(program.today(at), ANSWERED_WITHIN),
        role=Role.FDA_COORDINATOR,
    )
    record("ask_question", question, by=by, at=at, after={"program": program.slug})
    return question


@transaction.atomic
def answer_question(
    question, *, answer, is_published, published_question="", by, at
) -> ProgramQuestion:
    """Answer the firm alone, or everybody under the question as FDA words it; the asker is told.

    The mail says that there is an answer, never what was asked or answered. Raises Refusal for
    anyone but a coordinator, without an answer, for publishing without words of FDA's own or with
    the firm's name in them, and where it was answered already.
    """
    question = _locked(question, by)
    if question.answered_at:
        raise IllegalMove("This question was answered already.")
    if not answer.strip():
        raise Refusal("Write the answer.")
    if is_published:
        _refuse_telling_words(question, published_question, answer)
    question.answer, question.is_published = answer.strip(), is_published
    question.published_question = published_question.strip() if is_published else ""
    question.answered_by, question.answered_at = by, at
    question.save()
    close_item(_key(question), by=by, at=at)
    _tell_asker(question, "question_answered", "answered your question", at=at)
    record("answer_question", question, by=by, at=at, after={"published": is_published})
    return question


@transaction.atomic
def correct_answer(question, *, answer, published_question="", reason, by, at) -> ProgramQuestion:
    """Put another answer in the place of one that was given; what stood stays, with the reason.

    Whoever reads the answer reads both. It stays with the firm alone, or with everybody, as it was
    given. Raises Refusal as answer_question, without a reason, and where nothing is changed;
    IllegalMove before it is answered.
    """
    question = _locked(question, by)
    if question.answered_at is None:
        raise IllegalMove("This question is not answered yet, so nothing is corrected.")
    if not answer.strip():
        raise Refusal("Write the answer.")
    if not reason.strip():
        raise Refusal("Say why the answer is corrected. The reason is read beside it.")
    words = published_question.strip() if question.is_published else ""
    if question.is_published:
        _refuse_telling_words(question, words, answer, reason)
    if (answer.strip(), words) == (question.answer, question.published_question):
        raise Refusal("These are the words that stand already.")
    EarlierAnswer.objects.create(
        question=question,
        number=1 + question.earlier_answers.count(),
        answer=question.answer,
        published_question=question.published_question,
        answered_by=question.answered_by,
        answered_at=question.answered_at,
        corrected_at=at,
        reason=reason.strip(),
    )
    question.answer, question.published_question = answer.strip(), words
    question.answered_by, question.answered_at = by, at
    question.save(update_fields=["answer", "published_question", "answered_by", "answered_at"])
    _tell_asker(question, "question_corrected", "corrected its answer to your question", at=at)
    record("correct_answer", question, by=by, at=at, after={"published": question.is_published})
    return question


def _locked(question, by):
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators answer questions.")
    return (
        ProgramQuestion.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "organization", "asked_by", "answered_by")
        .get(pk=question.pk)
    )


def _tell_asker(question, kind, done, *, at):
    if question.asked_by.is_active:
        write_letter(
            kind,
            to=[question.asked_by],
            subject=f"FDA has {done} about {question.program.short_name}",
            about=question,
            at=at,
            program=question.program,
        )


def _refuse_telling_words(question, published_question, *others):
    if not published_question.strip():
        raise Refusal("Word the question anew before you publish it, so that it names nobody.")
    told = " ".join([published_question, *others]).casefold()
    for name in (question.organization.name, question.asked_by.name, question.asked_by.email):
        if name and name.casefold() in told:
            raise Refusal(f"What is published names nobody: take “{name}” out.")


def _key(question):
    return f"question:{question.pk}"
