"""Pages of scoring, as reviewers and coordinators click through them."""

import re
from html import unescape

import pytest
from django.urls import reverse

from applications import operations
from applications.models import Barring, ParticipationRequest, Review, ReviewAssignment
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.models import ActionItem
from tests import factories
from tests.applications.reviewing import (
    AT,
    assign,
    coordinator,
    declare,
    eligible,
    reviewer,
    score,
    scores_of,
)

pytestmark = pytest.mark.django_db
Status = ParticipationRequest.Status


@pytest.fixture(autouse=True)
def _moment(set_clock):
    set_clock(AT)


def text_of(response):
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(unescape(words).split())


def page(name, *args):
    return reverse(f"applications:{name}", args=args)


def typed(assignment, number=3, **more):
    return {f"score_{key}": number for key in scores_of(assignment, number)} | more


def test_a_coordinator_assigns_reviewers_and_sees_how_many_are_in_never_a_number(client):
    row, anna, bea = eligible(), reviewer(), reviewer()
    client.force_login(coordinator())
    address = page("review_assignments", row.program.pk)
    for person in (anna, bea):
        client.post(address, {"reviewer": person.pk, "requests": [row.pk]})
    first, second = ReviewAssignment.objects.order_by("assigned_at", "pk")
    score(declare(first), 4, comment="Words beside a score.")
    text = text_of(client.get(address))
    assert "1 of 2" in text
    assert "Has not declared" in text
    assert "Words beside" not in text
    assert "4.0" not in text
    assert second.has_conflict is None


def test_a_coordinator_asks_before_she_takes_a_reviewer_off(client):
    row = eligible()
    assignment = assign(reviewer(), row)
    client.force_login(coordinator())
    address = page("review_end", row.program.pk, assignment.pk)
    assert "no longer scores this request" in text_of(client.get(address))
    answer = client.post(address, {"reason": ""})
    assert answer.status_code == 200
    client.post(address, {"reason": "On leave."})
    assignment.refresh_from_db()
    assert assignment.end_reason == "On leave."


def test_a_reviewer_declares_scores_and_is_led_to_the_next(client):
    anna, first, second = reviewer(), eligible(), eligible()
    one, two = assign(anna, first), assign(anna, second)
    client.force_login(anna)
    assert text_of(client.get(page("review_list"))).count("Declare first") == 2
    client.post(page("review_declare", two.pk), {"has_conflict": "no"})
    answer = client.post(page("review_declare", one.pk), {"has_conflict": "no"}, follow=True)
    assert first.facility.name in text_of(answer)
    answer = client.post(page("review_score", one.pk), typed(one, next="yes"), follow=True)
    assert answer.redirect_chain[-1][0] == page("review_score", two.pk)
    answer = client.post(page("review_score", two.pk), typed(two, next="yes"), follow=True)
    assert "Nothing is left for you to score" in text_of(answer)
    assert not ActionItem.objects.open().filter(user=anna).exists()


def test_a_score_outside_its_range_is_refused_and_what_was_typed_is_kept(client):
    anna = reviewer()
    assignment = declare(assign(anna, eligible()))
    client.force_login(anna)
    given = typed(assignment, 7, comment="What I had written.", submit="yes")
    answer = client.post(page("review_score", assignment.pk), given)
    text = answer.content.decode()
    assert "A score is a whole number from 1 to 5." in text
    assert "What I had written." in text
    assert 'value="7"' in text
    assert not Review.objects.exists()


def test_a_score_that_is_missing_is_named_and_what_was_typed_is_kept(client):
    anna = reviewer()
    assignment = declare(assign(anna, eligible()))
    client.force_login(anna)
    given = typed(assignment, 4, comment="What I had written.", submit="yes")
    given[next(iter(given))] = ""
    answer = client.post(page("review_score", assignment.pk), given)
    assert "A score is missing here. Give one, or save a draft." in text_of(answer)
    assert "What I had written." in answer.content.decode()


def test_a_draft_is_saved_found_again_and_read_by_nobody_else(client):
    row, anna, bea = eligible(), reviewer(), reviewer()
    one, two = declare(assign(anna, row)), declare(assign(bea, row))
    client.force_login(anna)
    given = typed(one, 2, comment="A draft of mine.", draft="yes")
    given[next(iter(given))] = ""
    client.post(page("review_score", one.pk), given)
    assert "A draft of mine." in client.get(page("review_score", one.pk)).content.decode()
    score(two)
    client.force_login(bea)
    assert "A draft of mine." not in client.get(page("review_score", two.pk)).content.decode()


def test_a_correction_shows_both_versions(client):
    anna = reviewer()
    assignment = declare(assign(anna, eligible()))
    score(assignment, 2)
    client.force_login(anna)
    address = page("review_score", assignment.pk)
    assert "Correct my scores" in text_of(client.get(address))
    client.get(f"{address}?correct=yes")
    given = typed(assignment, 5, comment="", submit="yes", correction_reason="Read the wrong site.")
    text = text_of(client.post(address, given, follow=True))
    assert "Version 1" in text
    assert "Corrected: Read the wrong site." in text
    assert "5.0 by 1 reviewer" in text


def test_a_conflict_leads_back_to_the_list_and_every_page_of_the_request_is_gone(client):
    row, anna = eligible(), reviewer(Role.FDA_SELECTOR)
    assignment = assign(anna, row)
    client.force_login(anna)
    declared = {"has_conflict": "yes", "reason": "My brother works there."}
    answer = client.post(page("review_declare", assignment.pk), declared, follow=True)
    assert "You are recused" in text_of(answer)
    for name, args in [
        ("request_review", [row.pk]),
        ("review_score", [assignment.pk]),
        ("review_declare", [assignment.pk]),
        ("review_versions", [row.pk]),
        ("selection_decide", [row.program.pk, row.pk]),
    ]:
        assert client.get(page(name, *args)).status_code == 404, name
    for name, args in [("queue", []), ("selection_board", [row.program.pk]), ("review_list", [])]:
        assert row.facility.name not in text_of(client.get(page(name, *args))), name
    client.post(page("queue_search"), {"words": row.facility.name})
    assert str(row.pk) not in client.get(page("queue")).content.decode()
    client.force_login(coordinator())
    text = text_of(client.get(page("review_assignments", row.program.pk)))
    assert f"{anna.name} Recused" in text
    assert "brother" not in text


def test_a_barred_selector_neither_decides_nor_takes_back_nor_releases(client):
    row, anna = eligible(), reviewer(Role.FDA_SELECTOR)
    declare(assign(anna, row), conflict="A relative.")
    decision = factories.decide(row, Status.SELECTED)
    client.force_login(anna)
    answer = client.post(page("selection_undo", row.program.pk, decision.pk), follow=True)
    decision.refresh_from_db()
    assert decision.withdrawn_at is None
    assert row.facility.name not in text_of(answer)
    answer = client.get(page("selection_release", row.program.pk), follow=True)
    assert "closes one of these sites to you, so a colleague does this" in text_of(answer)
    assert row.facility.name not in text_of(answer)
    factories.release(row.program)
    alternate = eligible()
    factories.decide(alternate, Status.ALTERNATE)
    factories.release(row.program)
    Barring.objects.create(person=anna, fei_key=alternate.fei_key, since=AT)
    answer = client.get(page("selection_close_list", row.program.pk), follow=True)
    assert alternate.facility.name not in text_of(answer)


def test_the_rules_of_scoring_are_changed_and_switched_off_on_their_pages(client):
    program = factories.program()
    client.force_login(coordinator())
    address = reverse("assessments:program_scoring", args=[program.pk])
    text = text_of(client.get(address))
    assert "The notice is silent on scores" in text
    given = {"lowest": 1, "highest": 4, "reason": "Decided by the office."}
    given |= {"title_1": "Readiness", "weight_1": 3, "guidance_1": "Can it begin?"}
    answer = client.post(address, {**given, "title_2": "Diversity"})
    assert "Give its weight." in text_of(answer)
    client.post(address, {**given, "title_2": "Diversity", "weight_2": 1})
    assert list(program.scoring_criteria.standing().values_list("title", "highest")) == [
        ("Readiness", 4),
        ("Diversity", 4),
    ]
    switch = reverse("assessments:program_scoring_switch", args=[program.pk])
    client.post(switch, {"reason": "Too few asked."})
    manage = reverse("assessments:program_manage", args=[program.pk])
    assert "Scoring is switched off. Too few asked." in text_of(client.get(manage))
    program.refresh_from_db()
    assert not program.is_scored


def test_a_barred_coordinator_neither_sees_nor_assigns_nor_takes_off_at_that_site(client):
    row, other = eligible(), eligible()
    assignment = assign(reviewer(), row)
    cora = reviewer(Role.FDA_COORDINATOR)
    Barring.objects.create(person=cora, fei_key=row.fei_key, since=AT)
    client.force_login(cora)
    address = page("review_assignments", row.program.pk)
    text = text_of(client.get(address))
    assert row.facility.name not in text
    assert other.facility.name in text
    with pytest.raises(Refusal, match="Nothing was ticked"):
        operations.assign_reviewer(row.program, [row.pk], reviewer(), by=cora, at=AT)
    assert client.get(page("review_end", row.program.pk, assignment.pk)).status_code == 404


def test_a_score_page_closes_when_its_site_is_closed_otherwise(client):
    anna = reviewer()
    assignment = declare(assign(anna, eligible()))
    fei_key = assignment.participation_request.fei_key
    Barring.objects.create(person=anna, fei_key=fei_key, since=AT)
    client.force_login(anna)
    assert client.get(page("review_score", assignment.pk)).status_code == 404
