"""Deeds of reviewers: assigned, declared or recused, scored, corrected, led on (C1, C2)."""

import hashlib
import json

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q

from applications import scoring
from applications.access import may_assign_reviewers, may_score
from applications.models import (
    Barring,
    ParticipationRequest,
    Review,
    ReviewAssignment,
)
from applications.models.review import programs_closed_to
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.trail import record

from .barring import hold_person, refuse_while_barred
from .holds import refuse_while_on_hold
from .officers import give_back
from .review_tasks import refresh_review_tasks

SERVED_FOR = 60 * 60  # seconds for which a request counts as being reviewed once it was served


@transaction.atomic
def assign_reviewer(program, requests, reviewer, *, by, at) -> list[ReviewAssignment]:
    """Ask one reviewer to score these requests (ids); each stays closed until she has declared.

    Raises Refusal where scoring is off, where one of them can no longer be scored, and where she
    reviews it already or has declared a conflict for its site. One entry of the trail for each.
    """
    if not may_assign_reviewers(by):
        raise Refusal("Only FDA coordinators assign reviewers.")
    program = Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    if not program.is_scored:
        raise Refusal("Scoring is switched off for this program, so nobody is assigned.")
    if not may_score(reviewer):
        raise Refusal(f"{reviewer} is no FDA reviewer. Choose one who holds that role.")
    hold_person(reviewer)
    rows = list(
        ParticipationRequest.objects.visible_to(by)
        .select_for_update(of=("self",), no_key=True)
        .filter(program=program, pk__in=list(requests))
        .select_related("facility")
        .order_by("receipt_number")
    )
    if not rows:
        raise Refusal("Nothing was ticked. Tick the requests to be scored.")
    made = [_assigned(row, reviewer, by=by, at=at) for row in rows]
    refresh_review_tasks(program, [reviewer.pk], by=by, at=at)
    for row in rows:
        record("assign_reviewer", row, by=by, at=at, after={"reviewer": reviewer.name})
    return made


@transaction.atomic
def end_assignment(assignment, *, reason, by, at) -> ReviewAssignment:
    """Take a request off a reviewer's list. Raises Refusal once her score is in, without reason."""
    if not may_assign_reviewers(by):
        raise Refusal("Only FDA coordinators take reviewers off a request.")
    assignment = _locked(assignment)
    if assignment.ended_at:
        raise IllegalMove("This person no longer reviews this request.")
    if assignment.reviews.submitted().exists():
        raise Refusal("The score is in, so it stays. Nothing was changed.")
    if not reason.strip():
        raise Refusal("Give the reason. It is kept in the trail.")
    assignment.ended_at, assignment.ended_by, assignment.end_reason = at, by, reason.strip()
    assignment.save(update_fields=["ended_at", "ended_by", "end_reason"])
    settle_barring(assignment, at=at)
    _refresh(assignment, by=by, at=at)
    record(
        "end_assignment",
        assignment.participation_request,
        by=by,
        at=at,
        before={"reviewer": assignment.reviewer.name},
        after={"reviewer": ""},
        reason=reason.strip(),
    )
    return assignment


@transaction.atomic
def declare_conflict(assignment, *, has_conflict, reason="", by, at) -> ReviewAssignment:
    """Declare before reading a request whether one has a conflict of interest for its site (C2).

    A conflict ends what she reviews of the site, in other programs too, closes every record of it
    to her until two others lift it (lifting.py), gives back what she is in charge of, and asks the
    coordinators for another reviewer. Its reason is kept in confidence. A reviewer who declared
    none may still declare one later; her scores then no longer count.
    """
    assignment = _locked(assignment, with_those_in_her_charge=has_conflict)
    if by.pk != assignment.reviewer_id or not may_score(by):
        raise Refusal("Reviewers declare for themselves.")
    if assignment.ended_at:
        raise IllegalMove("You no longer review this request.")
    if not has_conflict and assignment.is_declared:
        raise IllegalMove("You have declared already that you have no conflict of interest.")
    if has_conflict and not reason.strip():
        raise Refusal("Say in a sentence what the conflict is. It is kept in confidence.")
    assignment.declared_at, assignment.has_conflict = at, has_conflict
    if has_conflict:
        assignment.conflict_reason = reason.strip()
        _recuse(assignment, by=by, at=at)
    assignment.save()
    settle_barring(assignment, at=at)
    ended = _recused_elsewhere(assignment, by=by, at=at) if has_conflict else []
    declared = [assignment, *ended]
    for one in declared:
        _refresh(one, by=by, at=at)
        if has_conflict:
            _ask_for_another(one, at=at)
    if has_conflict:
        give_back(by, fei_key=assignment.participation_request.fei_key, by=by, at=at)
    for one in declared:
        record(
            "declare_conflict",
            one.participation_request,
            by=by,
            at=at,
            after={"has_conflict": has_conflict},  # never the reason
        )
    return assignment


@transaction.atomic
def save_review_draft(assignment, *, scores, comment, correction_reason="", by, at) -> Review:
    """Keep scores and comment as the reviewer has them so far; nobody else reads a draft."""
    assignment = _open_for_scoring(assignment, by)
    review = _write(assignment, scores, comment, correction_reason, at=at)
    record(
        "save_review_draft",
        assignment.participation_request,
        by=by,
        at=at,
        after={"draft_of_version": review.number},
    )
    return review


@transaction.atomic
def submit_review(assignment, *, scores, comment, correction_reason="", by, at) -> Review:
    """Submit a reviewer's scores for a request; a correction is a further version with its reason.

    `scores` maps ids of scoring criteria to whole numbers in their range. The trail holds a hash.
    Raises Refusal for a score that is missing or outside of its range.
    """
    assignment = _open_for_scoring(assignment, by)
    program = assignment.participation_request.program
    criteria = list(program.scoring_criteria.standing())
    titles = {str(row.pk): row.title for row in criteria}
    if lacking := scoring.missing(scores, weighted(criteria)):
        named = ", ".join(f"“{titles[key]}”" for key in lacking)
        raise Refusal(f"A score is missing for {named}. Give one, or save a draft.")
    is_correction = assignment.reviews.submitted().exists()
    if is_correction and not correction_reason.strip():
        raise Refusal("Say why you correct your scores. Both versions are kept.")
    review = _write(assignment, scores, comment, correction_reason, at=at)
    review.submitted_at = at
    review.save(update_fields=["submitted_at"])
    _refresh(assignment, by=by, at=at)
    record(
        "correct_review" if is_correction else "submit_review",
        assignment.participation_request,
        by=by,
        at=at,
        after={"version": review.number, "sha256": hash_of(review)},
    )
    return review


@transaction.atomic
def serve_next(program, *, by, at) -> ReviewAssignment | None:
    """Choose which request this reviewer scores next: the least reviewed of hers, or None.

    A request that a colleague was led to within the last hour counts as reviewed once more, so
    that several who press at the same moment are led to different ones; the program's row is
    locked meanwhile. Equals are served in the order of their receipt.
    """
    if not may_score(by):
        raise Refusal("Only FDA reviewers score requests.")
    program = Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    own = {
        assignment.participation_request_id: assignment
        for assignment in ReviewAssignment.objects.open()
        .without_score()
        .filter(participation_request__program=program, reviewer=by)
        .select_related("participation_request")
    }
    submitted = Exists(Review.objects.submitted().filter(assignment=OuterRef("pk")))
    others = (
        ReviewAssignment.objects.standing()
        .filter(participation_request__in=list(own))
        .exclude(reviewer=by)
        .annotate(is_in=submitted)
        .values_list("participation_request", "is_in", "served_at")
    )
    reviewed = dict.fromkeys(own, 0)
    for request_id, is_in, served_at in others:
        is_under_way = served_at and (at - served_at).total_seconds() < SERVED_FOR
        reviewed[request_id] += bool(is_in or is_under_way)
    chosen = scoring.next_to_review(
        scoring.Waiting(pk, reviewed[pk], (asked.submitted_at, asked.receipt_number))
        for pk, row in own.items()
        for asked in [row.participation_request]
    )
    if chosen is None:
        return None
    assignment = own[chosen.key]
    assignment.served_at = at
    assignment.save(update_fields=["served_at"])
    record("serve_next", program, by=by, at=at, after={"reviews": len(own)})
    return assignment


def weighted(criteria) -> list[scoring.Weighted]:
    """Rows of scoring criteria as the pure functions take them."""
    return [scoring.Weighted(str(row.pk), row.weight, row.lowest, row.highest) for row in criteria]


def hash_of(review) -> str:
    """What the trail keeps of a score: SHA-256 over its id, version, scores and comment.

    The id is on no page; without it the few possible scores could be tried one by one.
    """
    facts = [str(review.pk), review.number, review.scores, review.comment]
    facts.append(review.correction_reason)
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def refuse_while_closed(program, *, by) -> None:
    """Refuse a whole program's record to whom its pages hide a part of it (C1, C2)."""
    missing, barred = programs_closed_to(by)
    if missing.filter(participation_request__program=program).exists():
        raise Refusal(
            "You have requests of this program to score. Its whole record holds your colleagues’ "
            "scores, so it opens once your own are in."
        )
    if barred.filter(program=program).exists():
        raise Refusal(
            "A site of this program is closed to you by a conflict of interest, and its whole "
            "record holds that site’s file. Ask a colleague for it."
        )


def _assigned(participation_request, reviewer, *, by, at):
    facility = participation_request.facility
    if not _may_be_scored(participation_request):
        raise IllegalMove(
            f"{facility} is “{participation_request.get_status_display()}”, so it cannot be "
            "scored now. Take it out of the choice."
        )
    hers = ReviewAssignment.objects.filter(reviewer=reviewer)
    if hers.standing().filter(participation_request=participation_request).exists():
        raise Refusal(f"{reviewer} reviews {facility} already. Take it out of the choice.")
    same_site = hers.filter(participation_request__fei_key=participation_request.fei_key)
    if same_site.with_conflict().exists():
        raise Refusal(
            f"{reviewer} has declared a conflict of interest for {facility}. Choose another "
            "reviewer for it."
        )
    assignment = ReviewAssignment.objects.create(
        participation_request=participation_request,
        reviewer=reviewer,
        assigned_by=by,
        assigned_at=at,
    )
    settle_barring(assignment, at=at)
    close_item(f"reassign:{participation_request.pk}", by=by, at=at)
    return assignment


def _may_be_scored(participation_request) -> bool:
    return (
        participation_request.status in ReviewAssignment.OPEN
        and participation_request.told_at is None
    )


def settle_barring(assignment, *, at):
    """Close the site to the reviewer, or open it, as all her declarations for it say."""
    fei_key = assignment.participation_request.fei_key
    hers = ReviewAssignment.objects.filter(
        reviewer=assignment.reviewer, participation_request__fei_key=fei_key
    )
    stands = Q(has_conflict=True, conflict_lifted_at=None)
    closes = stands | Q(has_conflict=None, ended_at=None)
    barring = {"person": assignment.reviewer, "fei_key": fei_key, "ended_at": None}
    if hers.filter(closes).exists():
        Barring.objects.get_or_create(**barring, defaults={"since": at})
    else:
        Barring.objects.filter(**barring).update(ended_at=at)


def _recuse(assignment, *, by, at):
    assignment.declared_at, assignment.has_conflict = at, True
    assignment.ended_at, assignment.ended_by = at, by
    assignment.end_reason = "Recused: conflict of interest."


def _recused_elsewhere(assignment, *, by, at) -> list[ReviewAssignment]:
    """End what else the reviewer scores of this site, since a conflict is one with the site."""
    others = list(
        ReviewAssignment.objects.standing()
        .filter(
            reviewer=by,
            participation_request__fei_key=assignment.participation_request.fei_key,
        )
        .select_for_update(of=("self",), no_key=True)
        .select_related(
            "reviewer", "participation_request__program", "participation_request__facility"
        )
        .order_by("pk")
    )
    for one in others:
        _recuse(one, by=by, at=at)
        one.save()
    return others


def _ask_for_another(assignment, *, at):
    participation_request = assignment.participation_request
    if participation_request.program.is_rehearsal or not _may_be_scored(participation_request):
        return
    raise_item(
        f"reassign:{participation_request.pk}",
        title=f"A reviewer is recused: assign another one to {participation_request.facility}",
        about=participation_request,
        url_name="applications:review_assignments",
        url_kwargs={"pk": participation_request.program_id},
        at=at,
        role=Role.FDA_COORDINATOR,
    )


def _refresh(assignment, *, by, at):
    program = assignment.participation_request.program
    refresh_review_tasks(program, [assignment.reviewer_id], by=by, at=at)


def _open_for_scoring(assignment, by):
    assignment = _locked(assignment)
    if by.pk != assignment.reviewer_id or not may_score(by):
        raise Refusal("Reviewers score for themselves.")
    participation_request = assignment.participation_request
    if assignment.ended_at:
        raise IllegalMove("You no longer review this request. Nothing was kept.")
    if not assignment.is_declared:
        raise Refusal("Declare first whether you have a conflict of interest for this site.")
    refuse_while_barred([participation_request], by=by)
    if not participation_request.program.is_scored:
        raise Refusal("Scoring is switched off for this program. Nothing was kept.")
    if not _may_be_scored(participation_request):
        raise IllegalMove(
            f"{participation_request.facility} is "
            f"“{participation_request.get_status_display()}”, so scores stay as they are."
        )
    refuse_while_on_hold(participation_request)
    return assignment


def _write(assignment, scores, comment, correction_reason, *, at):
    """Write the one draft of this assignment, the next version where none is begun."""
    criteria = list(assignment.participation_request.program.scoring_criteria.standing())
    known = {str(row.pk): row for row in criteria}
    scores = {str(key): value for key, value in scores.items() if str(key) in known}
    for key in scoring.out_of_range(scores, weighted(criteria)):
        row = known[key]
        raise Refusal(
            f"“{row.title}” is scored from {row.lowest} to {row.highest}; you gave {scores[key]}."
        )
    draft = assignment.reviews.filter(submitted_at=None).first()
    if draft is None:
        number = 1 + assignment.reviews.aggregate(number=Count("pk"))["number"]
        draft = Review(assignment=assignment, number=number)
    draft.scores, draft.comment = scores, comment.strip()
    draft.correction_reason = correction_reason.strip() if draft.number > 1 else ""
    draft.saved_at = at
    draft.save()
    return draft


def _locked(assignment, *, with_those_in_her_charge=False):
    """The assignment under a lock on its reviewer, its request, and then on itself.

    `with_those_in_her_charge`: the site's requests that she is officer of are held beside its own.
    """
    hold_person(assignment.reviewer)
    own = Q(pk=assignment.participation_request_id)
    if with_those_in_her_charge:
        fei_key = assignment.participation_request.fei_key
        own |= Q(fei_key=fei_key, officer=assignment.reviewer_id)
    rows = ParticipationRequest.objects.filter(own).order_by("pk")
    list(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    return (
        ReviewAssignment.objects.select_for_update(of=("self",), no_key=True)
        .select_related(
            "reviewer", "participation_request__program", "participation_request__facility"
        )
        .get(pk=assignment.pk)
    )
