"""A request's answers as a page lists them: sections, words for choices, what is missing."""

from django.urls import reverse

from applications.forms import AnswersForm
from applications.operations import missing_answers
from qmm_pilot.uswds.controls import first_control_id

# Heading, anchor on the edit page, answers.
SECTIONS = [
    (
        "Contact",
        "contact",
        [
            "contact_name",
            "contact_title",
            "contact_email",
            "contact_phone",
            "contact_time_zone",
            "deputy_name",
            "deputy_email",
        ],
    ),
    ("Operations", "operations", ["operations", "size_band", "sector"]),
    ("Products", "products", ["products", "product_description", "makes_sterile"]),
    (
        "Inspections and scheduling",
        "inspections",
        ["declared_inspections", "preferred_mode", "blackout_dates", "interview_language"],
    ),
    ("Confidentiality", "confidentiality", ["confidential_answers"]),
]


def answer_sections(participation_request, marks) -> list:
    """Heading, anchor, and (question, answer in words, whether it is marked) of each section.

    The section of the marks themselves belongs to a draft; later its designations say more.
    """
    form = AnswersForm(instance=participation_request)
    is_draft = participation_request.submitted_at is None
    return [
        (
            heading,
            anchor,
            [
                (form[name].label, in_words(form, participation_request, name), name in marks)
                for name in names
            ],
        )
        for heading, anchor, names in SECTIONS
        if is_draft or "confidential_answers" not in names
    ]


def designations_in_words(participation_request, marks) -> list:
    """Each designation with the questions that it marks, as its component shows them."""
    questions = dict(AnswersForm(instance=participation_request).choices_of_marks())
    return [
        ("", "; ".join(questions[name] for name in designation.fields), designation)
        for designation in marks.designations
    ]


def gaps(participation_request) -> list:
    """What a submission still needs: the words of each question and the address of its control."""
    form = AnswersForm(instance=participation_request)
    page = reverse("applications:request_edit", kwargs={"pk": participation_request.pk})
    return [
        (label, f"{page}#{first_control_id(form[name])}")
        for name, label in missing_answers(participation_request)
    ]


def in_words(form, participation_request, name) -> str:
    """An answer as people read it; empty where it is not given."""
    value = getattr(participation_request, name)
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
