"""What a decision letter must and must not say; each rule's absence is noticed (C8)."""

import re

import pytest

from applications import letter_texts
from applications.letter_texts import JUDGMENT, KINDS, Words, default_words, faults, filled

pytestmark = pytest.mark.pure
REST = "{facility}, request {receipt_number}."
GOOD = f"Dear {{recipient}},\n\nFDA has not selected {REST} {JUDGMENT}"
KNOWN = "{recipient}, {facility}, {firm}, {receipt_number} and {program}"


def found(body, kind="decision_not_selected", subject="FDA’s decision"):
    return faults(kind, Words(subject, body))


def test_good_words_pass_and_every_fault_is_a_sentence_of_its_own():
    assert found(GOOD) == []
    assert len(found("", subject="")) == 3
    assert len(found("Ranked {second}")) == 4


def test_an_unknown_placeholder_is_named_with_those_that_are_known():
    assert found(GOOD + " {rank} {score}") == [
        f"This letter knows no placeholders {{rank}} and {{score}}. It knows {KNOWN}."
    ]
    assert found(GOOD + " {accept_by}") == [
        f"This letter knows no placeholder {{accept_by}}. It knows {KNOWN}."
    ]


@pytest.mark.parametrize("name", ["recipient", "facility", "receipt_number"])
def test_a_missing_placeholder_is_named(name):
    assert found(GOOD.replace(f"{{{name}}}", "")) == [
        f"The text needs the placeholder {{{name}}}. This letter knows {KNOWN}."
    ]


def test_the_offer_of_a_place_names_its_last_day():
    assert found(GOOD, "decision_selected") == [
        "The text needs the placeholder {accept_by}. This letter knows {recipient}, {facility}, "
        "{firm}, {receipt_number}, {program} and {accept_by}."
    ]
    assert found(f"{GOOD} By {{accept_by}}.", "decision_selected") == []


@pytest.mark.parametrize(
    "planted",
    ["{{ facility }}", "{% debug %}", "{# note #}", "{", "}", "{{facility", "{% load l10n %}"],
)
def test_template_syntax_is_refused_as_data(planted):
    assert any("Placeholders are written like {facility}." in f for f in found(GOOD + planted))


@pytest.mark.parametrize("kind", KINDS)
def test_no_decision_letter_goes_without_its_sentence_about_judgment(kind):
    words = default_words(kind)
    [fault] = found(words.body.replace(JUDGMENT, ""), kind)
    assert fault == f"Every decision letter says “{JUDGMENT}” Put this sentence into the text."
    assert found(words.body.replace("no judgment", "a judgment"), kind) == [fault]
    assert found(words.body.replace("no judgment of", "no judgment\nof"), kind) == []


@pytest.mark.parametrize("word", ["score", "Scores", "scored", "rank", "ranked", "Ranking"])
def test_a_score_or_a_rank_is_never_told(word):
    assert found(f"{GOOD} {word}") == [
        f"A letter never tells a score or a rank. Take out “{word.lower()}”."
    ]
    assert found(f"{GOOD} Frankly, underscored.") == []


def test_a_value_is_never_read_as_a_placeholder():
    words = filled(Words("{facility}", "{facility} {recipient}"), {"facility": "A {recipient}\nB"})
    assert words == Words("A (recipient) B", "A (recipient) B {recipient}")
    last = filled(words, {"recipient": "{% debug %}"})
    assert last.body == "A (recipient) B (% debug %)"


def test_without_the_list_of_placeholders_any_would_pass(monkeypatch):
    planted = GOOD + " {score}"
    assert found(planted)
    monkeypatch.setattr(letter_texts, "PLACEHOLDER", re.compile("(?!)"))
    monkeypatch.setattr(letter_texts.LetterKind, "required", ())
    without = [fault for fault in found(planted) if "no placeholder" in fault]
    assert without == []


def test_without_its_rule_a_letter_without_the_sentence_would_pass(monkeypatch):
    planted = GOOD.replace(JUDGMENT, "")
    assert found(planted)
    monkeypatch.setattr(letter_texts, "JUDGMENT", "")
    assert found(planted) == []


def test_the_closing_letter_to_alternates_is_true_early_and_late():
    body = default_words("alternate_not_selected").body
    assert "FDA will not offer it a place in this program" in body
    assert not re.search(r"\b(now|advanced|late|time|yet)\b", body)
