"""A decision letter on paper: what the firm was told, under its program's letterhead, as PDF."""

from django.template.loader import render_to_string

from applications.letter_texts import filled
from qmm_pilot.clock import EASTERN
from qmm_pilot.printing import render_pdf
from qmm_pilot.uswds.moments import day_in_words


def letter_pdf(letter) -> bytes:
    """The PDF of a DecisionLetter with its request; the same letter always gives the same bytes.

    Raises PrintingFailed as render_pdf does.
    """
    request = letter.participation_request
    name, *lines = letter.letterhead
    words = filled(letter.words, {"recipient": listed(letter.recipients) or str(request.facility)})
    content = {
        "name": name,
        "lines": lines,
        "day": day_in_words(letter.at.astimezone(EASTERN)),
        "firm": letter.organization.name,
        "facility": request.facility.name,
        "receipt_number": request.receipt_number,
        "rehearsal": request.program.name if request.program.is_rehearsal else "",
        "subject": words.subject,
        "body": words.body,
    }
    return render_pdf(
        render_to_string("reports/decision_letter.html", {"content": content}),
        title=words.subject,
        moment=letter.at,
    )


def listed(names) -> str:
    """Names as a salutation lists them: "A, B and C"."""
    names = list(names)
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
