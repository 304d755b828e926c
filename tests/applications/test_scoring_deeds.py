"""Deeds of scoring: assigned, declared, recused, scored, corrected; each wrong person and state."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from applications import operations
from applications.models import Barring, ParticipationRequest, Review, ReviewAssignment
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.models import ActionItem, TrailEntry
from tests import factories
from tests.applications.reviewing import (
    AT,
    assign,
    coordinator,
    declare,
    eligible,
    of_one_site,
    reviewer,
    score,
    scores_of,
)

pytestmark = pytest.mark.django_db
Status = ParticipationRequest.Status


def open_tasks(person):
    return list(ActionItem.objects.open().filter(user=person).values_list("title", flat=True))


# --- assigning ---------------------------------------------------------------------------------


def test_a_reviewer_who_is_assigned_has_one_task_that_counts_her_requests():
    anna = reviewer()
    assign(anna, eligible())
    assign(anna, eligible())
    assert open_tasks(anna) == [f"Score 2 requests of {factories.program().short_name}"]
    entry = TrailEntry.objects.filter(deed="assign_reviewer").last()
    assert entry.after["reviewer"] == anna.name


def test_a_request_is_closed_to_its_reviewer_until_she_has_declared():
    anna, row = reviewer(), eligible()
    assert ParticipationRequest.objects.visible_to(anna).filter(pk=row.pk).exists()
    assignment = assign(anna, row)
    assert not ParticipationRequest.objects.visible_to(anna).filter(pk=row.pk).exists()
    declare(assignment)
    assert ParticipationRequest.objects.visible_to(anna).filter(pk=row.pk).exists()


@pytest.mark.parametrize("role", [Role.FDA_SELECTOR, Role.FDA_REVIEWER, Role.FIRM_OFFICIAL])
def test_only_coordinators_assign_reviewers(role):
    row = eligible()
    by = factories.registrant() if role.side == "firm" else factories.fda(role)
    with pytest.raises(Refusal, match="Only FDA coordinators assign reviewers"):
        operations.assign_reviewer(row.program, [row.pk], reviewer(), by=by, at=AT)
    assert not ReviewAssignment.objects.exists()


def test_nobody_but_a_reviewer_is_assigned():
    row = eligible()
    observer = factories.fda(Role.FDA_OBSERVER)
    with pytest.raises(Refusal, match="is no FDA reviewer"):
        operations.assign_reviewer(row.program, [row.pk], observer, by=coordinator(), at=AT)


def test_a_reviewer_is_assigned_once_and_nothing_is_left_half_done():
    anna, first, second = reviewer(), eligible(), eligible()
    assign(anna, first)
    with pytest.raises(Refusal, match="already"):
        operations.assign_reviewer(
            first.program, [first.pk, second.pk], anna, by=coordinator(), at=AT
        )
    assert ReviewAssignment.objects.count() == 1
    assert Barring.objects.standing().count() == 1


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.NOT_ELIGIBLE, Status.SELECTED])
def test_what_is_not_under_review_or_eligible_is_not_assigned(status):
    row = factories.participation_request(status)
    with pytest.raises(IllegalMove, match="cannot be scored now"):
        operations.assign_reviewer(row.program, [row.pk], reviewer(), by=coordinator(), at=AT)


def test_an_assignment_ends_with_a_reason_and_opens_the_file_again():
    anna, row = reviewer(), eligible()
    assignment = assign(anna, row)
    with pytest.raises(Refusal, match="Give the reason"):
        operations.end_assignment(assignment, reason=" ", by=coordinator(), at=AT)
    operations.end_assignment(assignment, reason="On leave.", by=coordinator(), at=AT)
    assert open_tasks(anna) == []
    assert not Barring.objects.standing().exists()


def test_a_reviewer_whose_score_is_in_stays():
    assignment = declare(assign(reviewer(), eligible()))
    score(assignment)
    with pytest.raises(Refusal, match="The score is in"):
        operations.end_assignment(assignment, reason="On leave.", by=coordinator(), at=AT)


# --- conflicts of interest ---------------------------------------------------------------------


def test_a_conflict_ends_the_assignment_closes_the_site_and_asks_for_another_reviewer():
    anna, row = reviewer(), eligible()
    assignment = declare(assign(anna, row), conflict="My brother works there.")
    assert assignment.ended_at == AT
    assert open_tasks(anna) == []
    assert Barring.objects.standing().get().person == anna
    task = ActionItem.objects.open().get(key=f"reassign:{row.pk}")
    assert task.role == Role.FDA_COORDINATOR
    assign(reviewer(), row)
    assert not ActionItem.objects.open().filter(key=f"reassign:{row.pk}").exists()


def test_the_reason_of_a_conflict_is_not_in_the_trail():
    declare(assign(reviewer(), eligible()), conflict="My brother works there.")
    entries = TrailEntry.objects.filter(deed="declare_conflict")
    assert [entry.after for entry in entries] == [{"has_conflict": True}]
    assert not any("brother" in entry.reason + entry.after_json for entry in entries)


def test_a_conflict_needs_its_reason_and_the_person_herself():
    anna, row = reviewer(), eligible()
    assignment = assign(anna, row)
    with pytest.raises(Refusal, match="what the conflict is"):
        operations.declare_conflict(assignment, has_conflict=True, by=anna, at=AT)
    for other in (reviewer(), coordinator()):
        with pytest.raises(Refusal, match="for themselves"):
            operations.declare_conflict(assignment, has_conflict=False, by=other, at=AT)
    assignment.refresh_from_db()
    assert assignment.declared_at is None


def test_who_has_a_conflict_is_never_assigned_to_that_site_again():
    anna, row = reviewer(), eligible()
    declare(assign(anna, row), conflict="My brother works there.")
    with pytest.raises(Refusal, match="has declared a conflict of interest"):
        assign(anna, row)


def test_a_conflict_found_later_takes_her_scores_out_of_the_mean():
    from applications.scores import standing_of

    row = eligible()
    first, second = reviewer(), reviewer()
    one, two = declare(assign(first, row)), declare(assign(second, row))
    score(one, 1)
    score(two, 5)
    declare(two, conflict="I was offered a post there.")
    standing = standing_of(factories.fda(Role.FDA_SELECTOR), row)
    assert (standing.assigned, standing.submitted, standing.mean) == (1, 1, "1.0")
    assert Review.objects.submitted().count() == 2  # nothing is overwritten


def test_a_conflict_ends_what_she_reviews_of_the_site_in_other_programs_too():
    anna = reviewer()
    here, there = of_one_site()
    one, two = declare(assign(anna, here)), declare(assign(anna, there))
    score(two, 5)
    declare(one, conflict="My brother works there.")
    two.refresh_from_db()
    assert (two.has_conflict, two.ended_at, two.conflict_reason) == (True, AT, "")
    assert open_tasks(anna) == []
    keys = {f"reassign:{row.pk}" for row in (here, there)}
    assert set(ActionItem.objects.open().filter(key__in=keys).values_list("key", flat=True)) == keys
    entries = TrailEntry.objects.filter(deed="declare_conflict", after_json__contains="true")
    assert {entry.subject_id for entry in entries} == {str(here.pk), str(there.pk)}
    assert not any("brother" in entry.reason + entry.after_json for entry in entries)
    with pytest.raises(IllegalMove, match="no longer review"):
        score(two, 1, correction_reason="Once more.")


def test_nobody_scores_while_the_site_is_closed_to_her():
    anna = reviewer()
    here, there = of_one_site()
    scored = declare(assign(anna, here))
    assign(anna, there)  # she has not declared for this one, so the site is closed
    with pytest.raises(Refusal, match="closes one of these sites to you"):
        score(scored)


def test_who_declares_a_conflict_gives_back_the_requests_of_the_site_with_their_tasks():
    anna = reviewer(Role.FDA_COORDINATOR)
    row, other = eligible(), eligible()
    seen = {row.pk: None, other.pk: None}
    operations.assign_requests(seen, anna, by=anna, at=AT)
    declare(assign(anna, row), conflict="My brother works there.")
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.officer, other.officer) == (None, anna)
    entry = TrailEntry.objects.get(
        subject_id=str(row.pk), deed="assign_request", after_json__contains='""'
    )
    assert entry.before == {"officer": anna.name}


def test_no_conflict_is_declared_once():
    assignment = declare(assign(reviewer(), eligible()))
    with pytest.raises(IllegalMove, match="declared already"):
        declare(assignment)


# --- scoring -----------------------------------------------------------------------------------


def test_a_submitted_score_closes_the_task_and_leaves_a_hash_in_the_trail():
    anna = reviewer()
    assignment = declare(assign(anna, eligible()))
    review = score(assignment, 4, comment="Teaches much about softgels.")
    assert review.submitted_at == AT
    assert open_tasks(anna) == []
    entry = TrailEntry.objects.get(deed="submit_review")
    assert sorted(entry.after) == ["sha256", "version"]
    assert "softgels" not in entry.after_json + entry.reason
    assert entry.after["sha256"] == operations.hash_of(review)


def test_nobody_scores_before_she_has_declared():
    assignment = assign(reviewer(), eligible())
    with pytest.raises(Refusal, match="Declare first"):
        score(assignment)


def test_nobody_scores_for_another_one():
    assignment = declare(assign(reviewer(), eligible()))
    for other in (reviewer(), coordinator(), factories.fda(Role.FDA_SELECTOR)):
        with pytest.raises(Refusal, match="for themselves"):
            score(assignment, by=other)
    assert not Review.objects.exists()


def test_a_score_outside_its_range_is_refused_in_words_and_nothing_is_kept():
    assignment = declare(assign(reviewer(), eligible()))
    for wrong in (0, 6):
        with pytest.raises(Refusal, match=f"is scored from 1 to 5; you gave {wrong}"):
            score(assignment, wrong)
    assert not Review.objects.exists()


def test_a_score_that_is_missing_is_named_and_a_draft_may_lack_it():
    assignment = declare(assign(reviewer(), eligible()))
    some = scores_of(assignment, 3)
    left_out = some.popitem()[0]
    title = assignment.participation_request.program.scoring_criteria.get(pk=left_out).title
    with pytest.raises(Refusal, match=f"A score is missing for “{title}”"):
        operations.submit_review(assignment, scores=some, comment="", by=assignment.reviewer, at=AT)
    draft = operations.save_review_draft(
        assignment, scores=some, comment="Half.", by=assignment.reviewer, at=AT
    )
    assert (draft.submitted_at, draft.scores, draft.comment) == (None, some, "Half.")
    assert score(assignment).pk == draft.pk


def test_a_correction_is_another_version_with_its_reason():
    assignment = declare(assign(reviewer(), eligible()))
    first = score(assignment, 2)
    with pytest.raises(Refusal, match="Say why you correct"):
        score(assignment, 4)
    second = score(assignment, 4, correction_reason="I had read the wrong site.")
    assert (first.number, second.number) == (1, 2)
    first.refresh_from_db()
    assert set(first.scores.values()) == {2}
    assert list(Review.objects.newest()) == [second]


def test_the_database_refuses_to_change_a_submitted_score():
    review = score(declare(assign(reviewer(), eligible())))
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(comment="Another word")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM applications_review")


def test_after_the_release_scores_stay_as_they_are_and_no_task_is_left():
    row = eligible()
    anna, bea = reviewer(), reviewer()
    one, two = declare(assign(anna, row)), declare(assign(bea, row))
    score(one)
    factories.decide(row, Status.SELECTED)
    factories.release(row.program)
    assert open_tasks(bea) == []
    for late in (one, two):
        with pytest.raises(IllegalMove, match="scores stay as they are"):
            score(late, correction_reason="Late.")


def test_a_withdrawn_request_leaves_the_reviewers_task():
    by = factories.registrant()
    row = factories.participation_request(Status.ELIGIBLE, by)
    anna = reviewer()
    assign(anna, row)
    operations.withdraw_request(row, by=by, at=AT)
    assert open_tasks(anna) == []


# --- save and next -----------------------------------------------------------------------------


def test_the_least_reviewed_request_is_served_and_of_equals_the_first_received():
    anna, bea = reviewer(), reviewer()
    rows = sorted((eligible() for _ in range(3)), key=lambda row: row.receipt_number, reverse=True)
    for days, row in enumerate(rows):
        received = row.submitted_at + timedelta(days=days)
        ParticipationRequest.objects.filter(pk=row.pk).update(submitted_at=received)
        declare(assign(anna, row))
        assignment = declare(assign(bea, row))
        if row == rows[0]:
            score(assignment)
    program = rows[0].program
    served = operations.serve_next(program, by=anna, at=AT)
    assert served.participation_request == rows[1]


def test_several_who_press_at_once_are_led_to_different_requests():
    rows = [eligible() for _ in range(3)]
    people = [reviewer() for _ in range(3)]
    for person in people:
        for row in rows:
            declare(assign(person, row))
    served = {
        operations.serve_next(rows[0].program, by=person, at=AT).participation_request_id
        for person in people
    }
    assert served == {row.pk for row in rows}


def test_what_was_served_long_ago_counts_no_more():
    rows = sorted((eligible() for _ in range(2)), key=lambda row: row.receipt_number)
    anna, bea = reviewer(), reviewer()
    for person in (anna, bea):
        for row in rows:
            declare(assign(person, row))
    operations.serve_next(rows[0].program, by=anna, at=AT)
    later = AT + timedelta(hours=2)
    served = operations.serve_next(rows[0].program, by=bea, at=later)
    assert served.participation_request == rows[0]


def test_nothing_is_served_when_everything_is_scored():
    anna = reviewer()
    assignment = declare(assign(anna, eligible()))
    score(assignment)
    program = assignment.participation_request.program
    assert operations.serve_next(program, by=anna, at=AT) is None


# --- the rules of scoring ----------------------------------------------------------------------


def rules(program, **replaced):
    from applications.operations.scoring_rules import ScoredBy

    return {
        "criteria": [ScoredBy("Readiness", "Can it begin?", 2), ScoredBy("Diversity", "", 1)],
        "lowest": 0,
        "highest": 10,
        "reason": "Decided by the office.",
        "by": coordinator(),
        "at": AT,
        **replaced,
    }


def test_a_program_begins_with_criteria_that_say_the_notice_is_silent():
    for pilot in ("fdf", "api"):
        criteria = factories.program(pilot).scoring_criteria.standing()
        assert criteria.count() == 4
        assert all("the notice is silent" in row.source for row in criteria)


def test_criteria_weights_and_range_are_set_with_a_reason():
    program = factories.program()
    operations.change_scoring(program, **rules(program))
    standing = program.scoring_criteria.standing()
    assert list(standing.values_list("title", "weight", "lowest", "highest")) == [
        ("Readiness", 2, 0, 10),
        ("Diversity", 1, 0, 10),
    ]
    assert program.scoring_criteria.count() == 6  # the others are left out, not lost


def test_rules_are_refused_that_cannot_be():
    from applications.operations.scoring_rules import ScoredBy

    program = factories.program()
    for wrong, words in [
        ({"criteria": []}, "at least one"),
        ({"criteria": [ScoredBy("A", "", 1), ScoredBy("a", "", 1)]}, "named twice"),
        ({"criteria": [ScoredBy("A", "", 11)]}, "from 1 to 10"),
        ({"lowest": 5, "highest": 5}, "above the lowest"),
        ({"reason": " "}, "Give the reason"),
        ({"by": factories.fda(Role.FDA_SELECTOR)}, "Only FDA coordinators"),
    ]:
        with pytest.raises(Refusal, match=words), transaction.atomic():
            operations.change_scoring(program, **rules(program, **wrong))
    assert program.scoring_criteria.standing().count() == 4


def test_after_the_first_score_the_rules_are_frozen():
    assignment = declare(assign(reviewer(), eligible()))
    program = assignment.participation_request.program
    operations.save_review_draft(assignment, scores={}, comment="", by=assignment.reviewer, at=AT)
    assert operations.scoring_is_frozen(program) == ""
    score(assignment)
    with pytest.raises(Refusal, match="A score was submitted under these criteria"):
        operations.change_scoring(program, **rules(program))
    with pytest.raises(Refusal, match="A score was submitted under these criteria"):
        operations.switch_scoring(
            program, is_scored=False, reason="No time.", by=coordinator(), at=AT
        )


def test_scoring_is_switched_off_with_a_reason_and_nobody_is_assigned_then():
    anna, row = reviewer(), eligible()
    assignment = declare(assign(anna, row))
    switch = {"by": coordinator(), "at": AT}
    with pytest.raises(Refusal, match="Give the reason"), transaction.atomic():
        operations.switch_scoring(row.program, is_scored=False, reason="", **switch)
    operations.switch_scoring(row.program, is_scored=False, reason="Too few asked.", **switch)
    assert open_tasks(anna) == []
    with pytest.raises(Refusal, match="switched off"):
        assign(reviewer(), row)
    with pytest.raises(Refusal, match="switched off"):
        score(assignment)
    operations.switch_scoring(row.program, is_scored=True, reason="More asked.", **switch)
    assert len(open_tasks(anna)) == 1
