"""A request's answers as a page lists them: sections, words for choices, what is missing."""

from django.urls import reverse

from applications.answer_forms import AnswersForm
from applications.eligibility import Origin
from applications.operations import missing_answers
from applications.operations.versions import stated_rows
from applications.steps import STEPS, step_asking
from qmm_pilot.uswds.controls import first_control_id
from qmm_pilot.uswds.templatetags.uswds import CONFIDENTIAL


def answer_sections(participation_request, marks) -> list:
    """Heading, address of its questions, and its answers, of each section.

    An answer is (question, answer in words, whether it is marked). The section of the marks
    themselves belongs to a draft, and counts them: each stands beside its answer. Later its
    designations say more.
    """
    form = AnswersForm(instance=participation_request)
    is_draft = participation_request.submitted_by_id is None

    def shown(name):
        if name == "confidential_answers":
            return marked_in_words(len(participation_request.confidential_answers))
        return in_words(form, participation_request, name)

    return [
        (
            section.heading,
            f"{step_url(participation_request, step)}#{section.anchor}",
            [(form[name].label, shown(name), name in marks) for name in section.names],
        )
        for step in STEPS
        for section in step.sections
        if is_draft or "confidential_answers" not in section.names
    ]


def step_url(participation_request, step) -> str:
    """The address of a step's questions."""
    place = {"pk": participation_request.pk, "step": step.slug}
    return reverse("applications:request_step", kwargs=place)


def declared_in(participation_request) -> list:
    """The inspections that the request declares, newest first, each with its letter."""
    return [
        row
        for row in stated_rows(participation_request)
        if row.withdrawn_at is None and row.origin == Origin.FIRM
    ]


def designations_in_words(participation_request, marks) -> list:
    """Each designation with the questions that it marks, as its component shows them."""
    questions = dict(AnswersForm(instance=participation_request).choices_of_marks())
    return [
        (
            "",
            "; ".join(words for name, words in questions.items() if name in designation.fields),
            designation,
        )
        for designation in marks.designations
    ]


def gaps(participation_request) -> list:
    """What a submission still needs: the words of each question and the address of its control."""
    missing = missing_answers(participation_request)
    if not missing:
        return []
    form = AnswersForm(instance=participation_request)
    return [
        (
            label,
            f"{step_url(participation_request, step_asking(name))}#{first_control_id(form[name])}",
        )
        for name, label in missing
    ]


def marked_in_words(count) -> str:
    """How many answers are marked; empty where none is."""
    if not count:
        return ""
    return f"{count} answer{'' if count == 1 else 's'}, marked “{CONFIDENTIAL}” above"


def in_words(form, participation_request, name) -> str:
    """An answer as people read it; empty where it is not given."""
    value = participation_request.unfinished.get(name) or getattr(participation_request, name)
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if name == "contact_time_zone":
        return value.replace("_", " ")
    words = dict(getattr(form.fields[name], "choices", ()))
    if isinstance(value, list):
        return ", ".join(str(words.get(one, one)) for one in value)
    return str(words.get(value, value))
