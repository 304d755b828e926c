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
    """What of a letter the packaged fonts lack: words that stand together, each once, in order."""
    words = _words(letter)
    text = "\n".join([*letter.letterhead, *letter.addressee, words.subject, words.body])
    if not (missing := unprintable(text)):
        return []
    letters = f"[{re.escape(''.join(missing))}]"
    return list(dict.fromkeys(re.findall(f"{letters}(?:[ {letters[1:-1]}]*{letters})?", text)))


def listed(names: Iterable[str]) -> str:
    """Names as a salutation lists them: "A, B and C"."""
    names = list(names)
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


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
