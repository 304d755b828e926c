"""A decision letter on paper: what the firm was told, under its program's letterhead, as PDF."""

import re
from collections.abc import Iterable

from django.template.loader import render_to_string

from applications.letter_texts import filled
from qmm_pilot.clock import EASTERN
from qmm_pilot.printing import render_pdf, unprintable
from qmm_pilot.uswds.moments import day_in_words


def letter_pdf(letter) -> bytes:
    """The PDF of a DecisionLetter with its request; the same letter always gives the same bytes.

    Whatever became of its facility's name since. Raises PrintingFailed as render_pdf does.
    """
    request = letter.participation_request
    spelled = _with_spelling(letter.spelling)
    firm, facility, *address = map(spelled, letter.addressee)
    name, *lines = map(spelled, letter.letterhead)
    words = _words(letter)
    content = {
        "name": name,
        "lines": lines,
        "day": day_in_words(letter.at.astimezone(EASTERN)),
        "addressee": [firm, facility, *filter(None, address)],
        "receipt_number": request.receipt_number,
        "rehearsal": request.program.name if request.program.is_rehearsal else "",
        "subject": spelled(words.subject),
        "body": spelled(words.body),
        "spelling": letter.spelling.values(),
    }
    return render_pdf(
        render_to_string("reports/decision_letter.html", {"content": content}),
        title=content["subject"],
        moment=letter.at,
    )


def unprintable_words(letter) -> list[str]:
    """What of a letter the packaged fonts lack, each once: whole names, then words of its text."""
    words = _words(letter)
    names = [name for name in [*letter.addressee, *letter.recipients] if unprintable(name)]
    text = "\n".join([*letter.letterhead, words.subject, words.body])
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "")
    return list(dict.fromkeys([*names, *_runs_of(unprintable(text), text)]))


def listed(names: Iterable[str]) -> str:
    """Names as a salutation lists them: "A, B and C"."""
    names = list(names)
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _runs_of(letters, text):
    """The words of a text that consist of these letters; those that stand together are one."""
    if not letters:
        return []
    one = f"[{re.escape(''.join(letters))}]"
    return re.findall(f"{one}+(?: +{one}+)*", text)


def _words(letter):
    """The words of the copy, in which the salutation lists everyone whom the mail went to."""
    return filled(letter.words, {"recipient": listed(letter.recipients) or letter.addressee[1]})


def _with_spelling(spelling):
    """Writes a text as the person said who was asked; the longest name first."""
    names = sorted(spelling, key=len, reverse=True)

    def spelled(text: str) -> str:
        for name in names:
            text = text.replace(name, spelling[name])
        return text

    return spelled
