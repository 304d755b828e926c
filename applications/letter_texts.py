"""The words of decision letters: their kinds, their placeholders, what each must and must not say.

Pure: no Django. A program that has written no words of its own sends the words given here (C8).
"""

import hashlib
import re
from collections.abc import Iterable
from typing import NamedTuple

JUDGMENT = "Selection is no judgment of quality."
SIGN_OFF = (
    "Quality Management Maturity pilot programs\nCenter for Drug Evaluation and Research, FDA"
)
LONGEST_SUBJECT, LONGEST_BODY = 150, 10_000  # characters, before names are filled in
PLACEHOLDERS = {
    "recipient": "the person who gets the mail",
    "facility": "the facility",
    "firm": "the firm",
    "receipt_number": "the receipt number of the request",
    "program": "the program, in full",
    "accept_by": "the last day to accept the place",
}
OFFER = "accept_by"  # stands in the letter that offers a place, and in no other
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
TEMPLATE_SIGNS = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
# Nothing in a letter is a score or a rank; what was put into numbers is FDA's own (C8).
JUDGING = re.compile(r"\b(scor(?:e[sd]?|ings?)|rank(?:s|ed|ings?)?)\b", re.IGNORECASE)


class LetterKind(NamedTuple):
    """One kind of decision letter: what pages call it, and the words that every program has."""

    label: str
    subject: str
    body: str
    offers_a_place: bool = False

    @property
    def known(self) -> tuple[str, ...]:
        """The placeholders that its words may hold."""
        return tuple(name for name in PLACEHOLDERS if name != OFFER or self.offers_a_place)

    @property
    def required(self) -> tuple[str, ...]:
        """The placeholders that its words must hold."""
        own = (OFFER,) if self.offers_a_place else ()
        return ("recipient", "facility", "receipt_number", *own)


class Words(NamedTuple):
    """A subject and a body, with placeholders or filled in."""

    subject: str
    body: str

    @property
    def sha256(self) -> str:
        """The hash of both, in hex."""
        return hashlib.sha256(f"{self.subject}\n\n{self.body}".encode()).hexdigest()


SUBJECT = "FDA’s decision on your request {receipt_number}"
KINDS = {
    "decision_selected": LetterKind(
        "Selected: a place is offered",
        SUBJECT,
        "Dear {recipient},\n\n"
        "FDA has selected {facility}, the facility of your request {receipt_number}, for the "
        "{program}.\n\n"
        "An authorized official of your firm accepts or declines the place after signing in, by "
        "{accept_by}. After acceptance FDA assigns the contractor and dates are agreed with "
        f"you.\n\n{JUDGMENT} Taking part is voluntary: the assessment is not an inspection and "
        "does not judge compliance with current good manufacturing practice.",
        offers_a_place=True,
    ),
    "decision_alternate": LetterKind(
        "Alternate",
        SUBJECT,
        "Dear {recipient},\n\n"
        "FDA has not selected {facility}, the facility of your request {receipt_number}, for the "
        "{program} at this time, and keeps it as an alternate: should a place become free, FDA "
        f"may offer it to you.\n\n{JUDGMENT} There is nothing that you need to do.",
    ),
    "decision_not_selected": LetterKind(
        "Not selected",
        SUBJECT,
        "Dear {recipient},\n\n"
        "FDA has not selected {facility}, the facility of your request {receipt_number}, for the "
        "{program}. The number of places is limited, and FDA chose a diverse group of "
        f"facilities.\n\n{JUDGMENT} Thank you for your interest in the program.",
    ),
    "decision_not_eligible": LetterKind(
        "Not eligible",
        SUBJECT,
        "Dear {recipient},\n\n"
        "FDA has examined your request {receipt_number} for the {program} and determined that "
        "{facility} does not meet every eligibility criterion of the program. You can read which "
        "criterion after signing in.\n\n"
        f"This concerns eligibility for the pilot program alone. {JUDGMENT}",
    ),
    "alternate_not_selected": LetterKind(
        "No place came for an alternate",
        SUBJECT,
        "Dear {recipient},\n\n"
        "FDA kept {facility}, the facility of your request {receipt_number}, as an alternate for "
        "the {program}. FDA will not offer it a place in this program: it is not selected, and FDA "
        "keeps it as an alternate no longer.\n\n"
        f"{JUDGMENT} Thank you for your interest in the program. There is nothing that you need to "
        "do.",
    ),
    "offer_lapsed": LetterKind(
        "Offer lapsed",
        "The offer of a place has lapsed: {receipt_number}",
        "Dear {recipient},\n\n"
        "FDA offered {facility}, the facility of your request {receipt_number}, a place in the "
        "{program}. The day to accept it has passed without an answer of your firm, and FDA has "
        "let the offer lapse. The place is open to another facility.\n\n"
        f"{JUDGMENT} Please write to FDA’s pilot team if you think that this is a mistake.",
    ),
    "participation_withdrawn": LetterKind(
        "Withdrawn: the participation has ended",
        "Your participation has ended: {receipt_number}",
        "Dear {recipient},\n\n"
        "The part of {facility}, the facility of your request {receipt_number}, in the {program} "
        "has ended, as your firm asked. The contractor reads nothing of yours any more, and copies "
        "that it holds are to be returned or destroyed. What your firm submitted stays on record "
        f"and readable for you after signing in.\n\n{JUDGMENT}",
    ),
    "participation_removed": LetterKind(
        "Removed: FDA has ended the participation",
        "FDA has ended your participation: {receipt_number}",
        "Dear {recipient},\n\n"
        "FDA has ended the part of {facility}, the facility of your request {receipt_number}, in "
        "the {program}. The reason stands on the page of the place, which you read after signing "
        "in. The contractor reads nothing of yours any more; what your firm submitted stays on "
        "record and readable for you.\n\n"
        "If you object or have a question, reply to this letter; say what FDA should know. FDA "
        "answers you in writing.\n\n"
        f"{JUDGMENT} Nor is this decision one.",
    ),
}


def faults(kind: str, words: Words) -> list[str]:
    """What keeps these words from being a letter of this kind, as full sentences; none: []."""
    rules, subject, body = KINDS[kind], words.subject, words.body
    found = []
    if not subject.strip() or not body.strip():
        found.append("A letter needs its subject and its text.")
    if "\n" in subject or len(subject) > LONGEST_SUBJECT:
        found.append(f"The subject is one line of at most {LONGEST_SUBJECT} characters.")
    if len(body) > LONGEST_BODY:
        found.append(f"The text has at most {LONGEST_BODY:,} characters.")
    both = f"{subject}\n{body}"
    if signs := sorted(set(TEMPLATE_SIGNS.findall(both))):
        found.append(
            f"{_listed(signs)} stands for nothing in a letter. Placeholders are written like "
            "{facility}."
        )
    elif re.search(r"[{}]", PLACEHOLDER.sub("", both)):
        found.append("A brace stands alone. Placeholders are written like {facility}.")
    known = _listed(f"{{{name}}}" for name in rules.known)
    if unknown := sorted({name for name in PLACEHOLDER.findall(both) if name not in rules.known}):
        named = _listed(f"{{{name}}}" for name in unknown)
        noun = "placeholder" if len(unknown) == 1 else "placeholders"
        found.append(f"This letter knows no {noun} {named}. It knows {known}.")
    in_body = set(PLACEHOLDER.findall(body))
    if missing := [name for name in rules.required if name not in in_body]:
        named = _listed(f"{{{name}}}" for name in missing)
        noun = "placeholder" if len(missing) == 1 else "placeholders"
        found.append(f"The text needs the {noun} {named}. This letter knows {known}.")
    if JUDGMENT not in " ".join(body.split()):
        found.append(f"Every decision letter says “{JUDGMENT}” Put this sentence into the text.")
    if judging := sorted({word.lower() for word in JUDGING.findall(PLACEHOLDER.sub("", both))}):
        found.append(
            f"A letter never tells a score or a rank. Take out {_listed(f'“{w}”' for w in judging)}"
            "."
        )
    return found


def default_words(kind: str) -> Words:
    """The words that a program without own ones sends."""
    return Words(KINDS[kind].subject, KINDS[kind].body)


def filled(words: Words, values: dict[str, str]) -> Words:
    """These words with each placeholder that `values` names; others stay for later.

    A value is never read as a placeholder itself.
    """
    plain = {
        name: " ".join(str(value).split()).replace("{", "(").replace("}", ")")
        for name, value in values.items()
    }

    def value_of(match: re.Match[str]) -> str:
        return plain.get(match[1], match[0])

    return Words(*(PLACEHOLDER.sub(value_of, text) for text in words))


def signed_off(words: Words) -> Words:
    """These words with the lines of their sender under them."""
    return Words(words.subject, f"{words.body.strip()}\n\n{SIGN_OFF}\n")


def _listed(words: Iterable[str]) -> str:
    words = list(words)
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
