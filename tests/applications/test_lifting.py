"""A conflict of interest that was declared by mistake is lifted by two other people (C2)."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from applications import operations
from applications.models import Barring, Lifting, ParticipationRequest
from applications.operations import lifting
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
)

pytestmark = pytest.mark.django_db
WHY = "The relative works at another firm of the same name."


def colleague():
    """Another coordinator each time."""
    return factories.person(coordinator().organization, Role.FDA_COORDINATOR)


def recused(row=None, *roles):
    return declare(assign(reviewer(*roles), row or eligible()), conflict="A relative.")


def propose(assignment, *, by=None, reason=WHY):
    return operations.propose_lifting(assignment, reason=reason, by=by or coordinator(), at=AT)


def confirm(proposal, *, by=None):
    return operations.confirm_lifting(proposal, by=by or colleague(), at=AT)


def is_closed(assignment):
    feis = Barring.objects.feis_of(assignment.reviewer)
    return feis.filter(fei_key=assignment.participation_request.fei_key).exists()


def test_a_second_person_opens_the_site_again_and_what_ended_stays_ended():
    assignment = recused()
    proposal = propose(assignment)
    assert is_closed(assignment)
    task = ActionItem.objects.open().get(key=f"lift-conflict:{proposal.pk}")
    assert task.role == Role.FDA_COORDINATOR
    confirm(proposal)
    assert not is_closed(assignment)
    assert not ActionItem.objects.open().filter(pk=task.pk).exists()
    assignment.refresh_from_db()
    assert (assignment.ended_at, assignment.conflict_stands) == (AT, False)
    row = assignment.participation_request
    seen = ParticipationRequest.objects.visible_to(assignment.reviewer)
    assert seen.filter(pk=row.pk).exists()
    again = assign(assignment.reviewer, row)
    assert is_closed(again)  # until she has declared anew
    declare(again)
    assert not is_closed(again)


def test_it_opens_the_site_in_every_program():
    anna = reviewer()
    here, there = of_one_site()
    other = declare(assign(anna, there))
    assignment = declare(assign(anna, here), conflict="A relative.")
    confirm(propose(assignment))
    other.refresh_from_db()
    assert (other.ended_at, other.conflict_stands) == (AT, False)
    assert not is_closed(other)


def test_the_trail_keeps_who_why_and_never_the_conflict():
    assignment = recused()
    confirm(propose(assignment))
    entries = TrailEntry.objects.filter(deed__endswith="_lifting")
    assert [(entry.deed, entry.reason) for entry in entries] == [
        ("propose_lifting", WHY),
        ("confirm_lifting", WHY),
    ]
    assert {entry.subject_id for entry in entries} == {str(assignment.participation_request_id)}
    assert not any("relative." in entry.after_json for entry in entries)


def test_who_proposed_it_does_not_confirm_it_and_the_table_says_so_too():
    assignment, proposer = recused(), coordinator()
    proposal = propose(assignment, by=proposer)
    with pytest.raises(Refusal, match="a second person must confirm it"):
        confirm(proposal, by=proposer)
    assert is_closed(assignment)
    with pytest.raises(IntegrityError), transaction.atomic():
        Lifting.objects.filter(pk=proposal.pk).update(confirmed_by=proposer)


def test_the_person_concerned_neither_proposes_nor_confirms():
    assignment = recused(None, Role.FDA_COORDINATOR)
    with pytest.raises(Refusal, match="You declared this conflict yourself"):
        propose(assignment, by=assignment.reviewer)
    proposal = propose(assignment)
    with pytest.raises(Refusal, match="You declared this conflict yourself"):
        confirm(proposal, by=assignment.reviewer)
    assert is_closed(assignment)


def test_that_the_person_concerned_could_decide_is_noticed(monkeypatch):
    """The planted fault: nobody asks whose conflict it is, nor to whom the site is closed."""

    def not_asked(assignment, by):
        return (
            type(assignment).objects.select_related("participation_request").get(pk=assignment.pk)
        )

    monkeypatch.setattr(lifting, "_locked", not_asked)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        test_the_person_concerned_neither_proposes_nor_confirms()


def test_whom_a_conflict_of_her_own_closes_the_site_to_does_not_decide():
    assignment, barred = recused(), colleague()
    row = assignment.participation_request
    Barring.objects.create(person=barred, fei_key=row.fei_key, since=AT)
    with pytest.raises(Refusal, match="closes one of these sites to you"):
        propose(assignment, by=barred)


@pytest.mark.parametrize("role", [Role.FDA_SELECTOR, Role.FDA_REVIEWER, Role.FDA_RECORDS_OFFICER])
def test_only_coordinators_lift_a_conflict(role):
    assignment = recused()
    with pytest.raises(Refusal, match="Only FDA coordinators lift a conflict"):
        propose(assignment, by=factories.fda(role))
    with pytest.raises(Refusal, match="Only FDA coordinators lift a conflict"):
        confirm(propose(assignment), by=factories.fda(role))
    assert is_closed(assignment)


def test_it_needs_its_reason_and_a_conflict_that_stands_and_is_proposed_once():
    assignment = recused()
    with pytest.raises(Refusal, match="Say why the declaration was a mistake"):
        propose(assignment, reason=" ")
    with pytest.raises(IllegalMove, match="No conflict of interest stands here"):
        propose(declare(assign(reviewer(), eligible())))
    proposal = propose(assignment)
    with pytest.raises(Refusal, match="proposed already"):
        propose(assignment)
    confirm(proposal)
    with pytest.raises(IllegalMove, match="settled already"):
        confirm(proposal)
    with pytest.raises(IllegalMove, match="No conflict of interest stands here"):
        propose(assignment)


def test_a_proposal_that_is_taken_back_leaves_the_site_closed():
    assignment = recused()
    proposal = propose(assignment)
    operations.take_back_lifting(proposal, by=coordinator(), at=AT)
    assert is_closed(assignment)
    with pytest.raises(IllegalMove, match="settled already"):
        confirm(proposal)
    assert not ActionItem.objects.open().filter(key__startswith="lift-conflict").exists()
    confirm(propose(assignment))
    assert not is_closed(assignment)


# --- as coordinators click through it ----------------------------------------------------------


def test_two_coordinators_lift_a_conflict_on_its_page(client, set_clock):
    set_clock(AT)
    assignment = recused()
    row, name = assignment.participation_request, assignment.reviewer.name
    ids = [row.program_id, assignment.pk]
    page = reverse("applications:review_lift", args=ids)
    board = reverse("applications:review_assignments", args=[row.program_id])
    client.force_login(coordinator())
    assert page in client.get(board).content.decode()
    assert "A relative." not in client.get(page).content.decode()
    assert client.post(page, {"reason": ""}).context["form"].errors
    assert (
        "Proposed. A second coordinator"
        in client.post(page, {"reason": WHY}, follow=True).content.decode()
    )
    confirm_page = reverse("applications:review_lift_confirm", args=ids)
    own = client.get(page).content.decode()
    assert confirm_page not in own
    assert "You proposed it, so a colleague confirms." in own
    client.force_login(colleague())
    shown = client.get(page).content.decode()
    assert WHY in shown
    assert confirm_page in shown
    done = client.post(confirm_page, follow=True).content.decode()
    assert f"The site is open to {name} again" in done
    assert "Conflict lifted" in done
    assert page not in done
    assert client.get(page).status_code == 404
    assert not is_closed(assignment)


def test_a_proposal_is_taken_back_on_its_page(client, set_clock):
    set_clock(AT)
    assignment = recused()
    propose(assignment)
    ids = [assignment.participation_request.program_id, assignment.pk]
    client.force_login(coordinator())
    page = client.post(reverse("applications:review_lift_take_back", args=ids), follow=True)
    assert "The proposal is taken back. The site stays closed." in page.content.decode()
    assert "Propose to lift it" in page.content.decode()
