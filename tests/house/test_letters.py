"""Every letter prints names as people write them, and says who sends it."""

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from applications.letter_texts import (
    JUDGMENT,
    KINDS,
    PLACEHOLDERS,
    default_words,
    faults,
    filled,
    signed_off,
)

LETTERS = sorted((settings.BASE_DIR / "templates" / "letters").glob("*.txt"))
SENDER = "Quality Management Maturity pilot programs\nCenter for Drug Evaluation and Research, FDA"
NAME = "Pat O'Neil & Sons"
# Names that the templates of letters begin their variables with.
NOUNS = [
    "assessment", "body", "change", "handover", "invitation", "participation",
    "participation_request",
    "person", "program", "row", "proposal", "report", "representation", "standing", "submission",
    "withdrawn_by",
]  # fmt: skip


class Anything:
    """A record of which every fact is a name that HTML would escape, or a day."""

    year, month, day = 2020, 11, 30

    def __getattr__(self, name):
        if name.startswith("_") or name in ("as_sql", "resolve_expression"):
            raise AttributeError(name)
        return Anything()

    def __str__(self):
        return NAME

    def __iter__(self):
        return iter([NAME])


@pytest.mark.parametrize("letter", LETTERS, ids=lambda path: path.stem)
def test_a_letter_is_plain_text_with_its_sender(letter):
    text = render_to_string(f"letters/{letter.name}", dict.fromkeys(NOUNS, Anything()))
    assert f"Dear {NAME}," in text
    assert "&amp;" not in text
    assert "&#x27;" not in text
    assert text.strip().endswith(SENDER)


@pytest.mark.parametrize("kind", KINDS)
def test_the_words_that_every_program_has_keep_every_rule_of_decision_letters(kind):
    assert faults(kind, default_words(kind)) == []
    names = {**dict.fromkeys(PLACEHOLDERS, NAME), "accept_by": "November 30, 2020"}
    subject, text = signed_off(filled(default_words(kind), names))
    assert "{" not in subject + text
    assert text.startswith(f"Dear {NAME},\n")
    assert JUDGMENT in text
    assert text.strip().endswith(SENDER)


def test_no_decision_letter_is_written_beside_the_words_that_programs_may_change():
    assert {letter.stem for letter in LETTERS} & set(KINDS) == set()
