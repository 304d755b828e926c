"""What a selection dossier says: the record of a program's selection as plain sections and tables.

Rows become words once, when the dossier is asked for; the PDF and the ZIP are made of these words
alone. The record itself names neither the moment nor the person that asked, so that the same state
gives the same hash.
"""

import hashlib
import json
from collections import defaultdict

from applications import scoring
from applications.eligibility import Outcome
from applications.models import (
    CriterionResult,
    Decision,
    DecisionLetter,
    Participation,
    ParticipationRequest,
    Review,
    ReviewAssignment,
    Seat,
)
from applications.operations.reviews import weighted
from qmm_pilot.records.models import Letter, TrailHead
from qmm_pilot.records.signatures import checked_signatures
from qmm_pilot.uswds.moments import day_in_words, moment_in_words

TITLE = "Selection dossier"
BANNER = "Contains confidential commercial information – 21 CFR 20.61. For FDA’s use only."
CONFIDENCE = "The reasons of conflicts are kept in confidence and are not part of this dossier."
LETTER_KINDS = ("decision_", "alternate_")


def content_of(program, *, by, at) -> dict:
    """The whole dossier as it stands at this moment; scores of a request only once all are in."""
    record = record_of(program)
    head = TrailHead.objects.get()
    return {
        "title": TITLE,
        "banner": BANNER,
        "program": program.name,
        "short_address": program.slug,
        "rehearsal": program.name if program.is_rehearsal else "",
        "asked": f"Asked for {moment_in_words(at, short=True)}, by {by.name}",
        "asked_at": at.isoformat(),
        "trail": {
            "identity": str(head.identity),
            "position": head.position,
            "hash": head.hash,
        },
        "record": record,
        "record_sha256": hash_of(record),
    }


def hash_of(record) -> str:
    """The hash of the record alone: the same state gives the same."""
    text = json.dumps(record, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def record_of(program) -> dict:
    """Sections of the record, and the letters with their words."""
    requests = list(
        ParticipationRequest.objects.filter(program=program, submitted_at__isnull=False)
        .select_related("facility", "organization", "program")
        .order_by("receipt_number")
    )
    by_id = {row.pk: row for row in requests}
    letters, copies = _letters(by_id), _copies(by_id)
    return {
        "sections": [
            _program(program),
            _criteria(program),
            _scoring_criteria(program),
            _requests(requests),
            _verdicts(by_id),
            _reviewers(by_id),
            _scores(program, by_id),
            _decisions(by_id),
            _places(program),
            _releases(program),
            _letter_table(letters),
            _copy_table(copies),
        ],
        "letters": letters,
        "copies": copies,
    }


def _section(heading, *, key, notes=(), columns=(), rows=(), facts=()):
    return {
        "heading": heading,
        "key": key,
        "notes": [note for note in notes if note],
        "facts": [[str(cell) for cell in fact] for fact in facts],
        "columns": list(columns),
        "rows": [[str(cell) for cell in row] for row in rows],
    }


def _program(program):
    return _section(
        "The program",
        key="program",
        facts=[
            ("Name", program.name),
            ("Notice", program.notice_citation),
            ("Places", f"At most {program.cap}"),
            ("Ends on", day_in_words(program.ends_on)),
            *(
                (
                    "Window",
                    f"{moment_in_words(opening.opens_at)} to {moment_in_words(opening.closes_at)}, "
                    f"exclusive ({opening.source})",
                )
                for opening in program.openings.order_by("opens_at", "pk")
            ),
        ],
    )


def _criteria(program):
    return _section(
        "Eligibility criteria",
        key="criteria",
        columns=("Criterion", "What it says", "Source"),
        rows=[
            (f"{row.code}: {row.title}", row.quotation, row.citation)
            for row in program.criteria.all()
        ],
    )


def _scoring_criteria(program):
    off = f"Scoring was switched off. {program.unscored_reason}" if not program.is_scored else ""
    return _section(
        "Scoring criteria",
        key="scoring-criteria",
        notes=(
            off,
            "The notice is silent on scores: these are FDA’s setting. Scores inform the "
            "selection and decide nothing.",
        ),
        columns=("Criterion", "Weight", "Range", "What a reviewer looks at", "Source"),
        rows=[
            (row.title, row.weight, f"{row.lowest} to {row.highest}", row.guidance, row.source)
            for row in program.scoring_criteria.standing()
        ],
    )


def _requests(requests):
    return _section(
        "Requests",
        key="requests",
        columns=("Request", "Facility and firm", "Country", "State", "Received", "Determined",
                 "Told"),
        rows=[
            (
                row.receipt_number,
                f"{row.site.name}, {row.organization.name}",
                row.site.country.name,
                row.get_status_display(),
                _moment(row.submitted_at),
                _moment(row.determined_at),
                _moment(row.told_at),
            )
            for row in requests
        ],
    )  # fmt: skip


def _verdicts(by_id):
    results = (
        CriterionResult.objects.filter(participation_request__in=list(by_id))
        .select_related("criterion", "ruled_by", "confirmed_by")
        .order_by("participation_request__receipt_number", "criterion__order")
    )
    return _section(
        "Verdicts on eligibility",
        key="verdicts",
        columns=("Request", "Criterion", "Outcome", "Why", "Ruled by"),
        rows=[
            (
                by_id[row.participation_request_id].receipt_number,
                row.criterion.code,
                Outcome(row.outcome).capitalize(),
                row.ruling_reason if row.ruling else row.opinion_reason,
                ", confirmed by ".join(
                    person.name for person in (row.ruled_by, row.confirmed_by) if person
                )
                or "Examination",
            )
            for row in results
        ],
    )


def _reviewers(by_id):
    rows = []
    for one in _assignments(by_id):
        if one.has_conflict:
            declared = "Conflict of interest: recused"
        elif one.has_conflict is None:
            declared = "Not declared"
        else:
            declared = "No conflict"
        rows.append(
            (
                by_id[one.participation_request_id].receipt_number,
                one.reviewer.name,
                f"{_moment(one.assigned_at)}, by {one.assigned_by.name}",
                f"{declared} {_moment(one.declared_at)}".strip(),
                f"{_moment(one.ended_at)}. {one.end_reason}" if one.ended_at else "",
            )
        )
    return _section(
        "Reviewers and conflicts of interest",
        key="reviewers",
        notes=(CONFIDENCE,),
        columns=("Request", "Reviewer", "Assigned", "Declared", "Ended"),
        rows=rows,
    )


def _scores(program, by_id):
    """Every version of every reviewer's scores; of a request some of which wait, only how many."""
    criteria = list(program.scoring_criteria.standing())
    titles = {str(row.pk): row.title for row in criteria}
    assignments = _assignments(by_id)
    reviews = defaultdict(list)
    for review in Review.objects.submitted().filter(assignment__in=[one.pk for one in assignments]):
        reviews[review.assignment_id].append(review)
    of_request = defaultdict(list)
    for one in assignments:
        of_request[one.participation_request_id].append(one)
    notes, rows = [], []
    for request_id, asked in of_request.items():
        row = by_id[request_id]
        standing = [one for one in asked if one.ended_at is None]
        submitted = sum(bool(reviews[one.pk]) for one in standing)
        if row.told_at is None and submitted < len(standing):
            notes.append(
                f"{row.receipt_number}: {submitted} of {len(standing)} scores are in; they are "
                "shown once all are."
            )
            continue
        newest = []
        for one in asked:
            for review in sorted(reviews[one.pk], key=lambda each: each.number):
                mean = scoring.weighted_mean(review.scores, weighted(criteria))
                counts = one.ended_at is None and review == max(
                    reviews[one.pk], key=lambda each: each.number
                )
                if counts and mean is not None:
                    newest.append(mean)
                given = "; ".join(
                    f"{title}: {review.scores[key]}"
                    for key, title in titles.items()
                    if key in review.scores
                )
                why = review.correction_reason
                rows.append(
                    (
                        row.receipt_number,
                        one.reviewer.name,
                        f"{review.number}, {_moment(review.submitted_at)}",
                        given,
                        f"{scoring.shown(mean)}{'' if counts else ' (does not count)'}",
                        f"{review.comment} {f'Corrected: {why}' if why else ''}".strip(),
                    )
                )
        mean = scoring.shown(scoring.mean(newest))
        if mean:
            notes.append(f"{row.receipt_number}: mean {mean} of {len(newest)} reviewers.")
    return _section(
        "Scores",
        key="scores",
        notes=notes,
        columns=("Request", "Reviewer", "Version", "Scores", "Weighted mean", "Comment"),
        rows=rows,
    )


def _decisions(by_id):
    decisions = (
        Decision.objects.filter(participation_request__in=list(by_id))
        .select_related("seat", "drafted_by")
        .order_by("participation_request__receipt_number", "drafted_at", "pk")
    )
    rows = []
    for one in decisions:
        what = one.get_kind_display()
        if one.rank:
            what += f", rank {one.rank}"
        if one.seat:
            what += f", place {one.seat.number}"
        ends = [
            f"{words} {_moment(moment)}"
            for words, moment in (
                ("Released", one.released_at),
                ("Taken back", one.withdrawn_at),
                ("Ended", one.ended_at),
            )
            if moment
        ]
        more = [
            f"{label}: {text}"
            for label, text in (
                ("Passed over others", one.skip_reason),
                ("Clearance", one.clearance),
            )
            if text
        ]
        rows.append(
            (
                by_id[one.participation_request_id].receipt_number,
                what,
                " ".join([one.reason, *more]),
                f"{_moment(one.drafted_at)}, by {one.drafted_by.name}",
                "; ".join(ends) or "Draft",
            )
        )
    return _section(
        "Decisions",
        key="decisions",
        columns=("Request", "Decision", "Reason", "Drafted", "What became of it"),
        rows=rows,
    )


def _places(program):
    seats = Seat.objects.filter(program=program).select_related(
        "facility", "participation_request", "taken_by"
    )
    participations = {
        one.seat_id: one
        for one in Participation.objects.filter(program=program).select_related("answered_by")
    }
    rows = []
    for seat in seats.order_by("number", "taken_at", "pk"):
        one = participations.get(seat.pk)
        offered = ""
        if one:
            offered = f"{one.get_status_display()}, offered {_moment(one.offered_at)}, "
            offered += f"to accept by {day_in_words(one.accept_by, short=True)}"
            if one.answered_by:
                offered += f"; answered {_moment(one.answered_at)} by {one.answered_by.name}"
        rows.append(
            (
                seat.number,
                f"{seat.facility.name}, {seat.participation_request.receipt_number}",
                f"{_moment(seat.taken_at)}, by {seat.taken_by.name}",
                offered,
                f"{_moment(seat.freed_at)}. {seat.freed_reason}" if seat.freed_at else "",
            )
        )
    return _section(
        "Places and their history",
        key="places",
        columns=("Place", "Facility", "Taken", "Offer", "Freed"),
        rows=rows,
    )


def _releases(program):
    return _section(
        "Releases and their signatures",
        key="releases",
        columns=("Signed by", "Meaning", "Signed", "SHA-256 of what was signed", "Check"),
        rows=[
            (
                signature.printed_name,
                signature.meaning,
                _moment(signature.at),
                signature.sha256,
                fault.capitalize() or "Holds",
            )
            for signature, fault in checked_signatures(program)
        ],
    )


def _copies(by_id):
    """The PDF copies of decision letters: which were overtaken, and each file with its hash."""
    letters = (
        DecisionLetter.objects.filter(participation_request__in=list(by_id))
        .select_related("stored_file")
        .order_by("participation_request__receipt_number", "at", "pk")
    )
    return [
        {
            "request": by_id[one.participation_request_id].receipt_number,
            "letter": one.rules.label,
            "written": _moment(one.at),
            "overtaken": _moment(one.superseded_at),
            "file": str(one.stored_file_id) if one.stored_file else "",
            "sha256": one.stored_file.sha256 if one.stored_file else "",
        }
        for one in letters
    ]


def _copy_table(copies):
    return _section(
        "Copies of decision letters",
        key="letter-copies",
        notes=("The PDF copies are in the ZIP.",),
        columns=("Request", "Letter", "Written", "Overtaken by a later one", "SHA-256 of its PDF"),
        rows=[
            (
                one["request"],
                one["letter"],
                one["written"],
                one["overtaken"],
                one["sha256"] or "Not printed yet",
            )
            for one in copies
        ],
    )


def _letters(by_id):
    """The letters that told firms of decisions: to whom, when, and their very words."""
    kind = ParticipationRequest._meta.label_lower
    numbers = {str(pk): row.receipt_number for pk, row in by_id.items()}
    letters = (
        Letter.objects.filter(subject_kind=kind, subject_id__in=list(numbers))
        .select_related("person")
        .order_by("at", "subject_id", "kind", "address", "pk")
    )
    return [
        {
            "request": numbers[letter.subject_id],
            "kind": letter.kind,
            "to": f"{letter.person or ''} <{letter.address}>".strip(),
            "subject": letter.subject,
            "queued": _moment(letter.at),
            "sent": _moment(letter.sent_at),
            "status": letter.get_status_display(),
            "body": letter.body,
        }
        for letter in letters
        if letter.kind.startswith(LETTER_KINDS)
    ]


def _letter_table(letters):
    return _section(
        "Letters",
        key="letters",
        notes=("Their words are in the ZIP, one file each.",),
        columns=("Request", "Letter", "To", "Written", "Sent"),
        rows=[
            (
                one["request"],
                one["subject"],
                one["to"],
                one["queued"],
                one["sent"] or one["status"],
            )
            for one in letters
        ],
    )


def _assignments(by_id):
    return list(
        ReviewAssignment.objects.filter(participation_request__in=list(by_id))
        .select_related("reviewer", "assigned_by")
        .order_by("participation_request__receipt_number", "assigned_at", "reviewer__name", "pk")
    )


def _moment(at) -> str:
    return moment_in_words(at, short=True) if at else ""
