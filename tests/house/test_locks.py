"""A deed that holds a record keeps nobody from referring to it.

Every deed ends at the trail's one head. PostgreSQL's plain FOR UPDATE also stops whoever merely
inserts a row that points to the locked one; she may hold the head already, for which the first
waits: a deadlock, and one of two innocent deeds fails. FOR NO KEY UPDATE stops only other deeds
on the same record, and no key of ours ever changes.
"""

import re
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.models.query import QuerySet

from applications import operations
from applications.models import DecisionLetter
from assessments import operations as assessments
from qmm_pilot.accounts.roles import Role
from qmm_pilot.programs.models import Program
from qmm_pilot.records.models import Letter
from tests import factories
from tests.assessments.visits import Visit

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("qmm_pilot", "applications", "metrics", "assessments")
LOCK = re.compile(r"select_for_update\((?:[^()]|\([^()]*\))*\)")


def test_every_lock_leaves_the_keys_free():
    locks = [
        f"{path.relative_to(ROOT)}: {lock}"
        for floor in FLOORS
        for path in sorted((ROOT / floor).rglob("*.py"))
        for lock in LOCK.findall(path.read_text())
    ]
    assert len(locks) > 5
    assert [lock for lock in locks if "no_key=True" not in lock] == []


def test_a_person_refers_to_a_program_whose_release_is_on_its_way(committing):
    if not connection.features.has_select_for_no_key_update:
        assert connection.vendor == "sqlite"  # one writer at a time: there are no locks of rows
        return
    other = connection.copy()
    with transaction.atomic():
        program = Program.objects.select_for_update(no_key=True).first()
        with other.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
            cursor.execute(
                "SELECT slug FROM programs_program WHERE id = %s FOR KEY SHARE", [program.pk]
            )
            assert cursor.fetchone() == (program.slug,)
    other.close()


@pytest.fixture
def locked(monkeypatch):
    """Gives the tables that a deed locks until it holds the trail's head, in their order."""
    lock = QuerySet.select_for_update

    def of(deed):
        seen = []

        def select_for_update(self, **kwargs):
            seen.append(self.model.__name__)
            return lock(self, **kwargs)

        monkeypatch.setattr(QuerySet, "select_for_update", select_for_update)
        deed()
        return seen[: seen.index("TrailHead")]

    return of


@pytest.mark.django_db
def test_a_letter_that_is_sent_again_holds_all_its_mails_before_the_trail(locked):
    coordinator = factories.fda(Role.FDA_COORDINATOR)
    row = factories.participation_request("not_selected")
    Letter.objects.update(status="sent")
    letter = DecisionLetter.objects.get(participation_request=row)
    again = {"by": coordinator, "at": factories.AFTER_CLOSE}
    order = locked(lambda: operations.send_letter_again(letter, **again))
    # The mails together; after that each for itself, which is held by then.
    assert order == ["Program", "DecisionLetter", "Letter", "Letter"]


@pytest.mark.django_db
def test_a_place_is_declined_under_the_lock_of_whoever_promotes(locked):
    offered = factories.participation(accepted=False)
    official = offered.participation_request.started_by
    answer = {"by": official, "at": factories.AFTER_CLOSE}
    order = locked(lambda: operations.decline_place(offered, **answer))
    assert order == ["Program", "Participation"]


@pytest.mark.django_db
def test_a_participation_that_ends_holds_its_metrics_before_the_trail(locked):
    visit = Visit().to("settled")
    end = {"by": visit.official, "at": visit.at}
    assessments.withdraw_participation(visit.participation, **end)
    close = {"by": visit.coordinator, "at": visit.at}
    order = locked(lambda: assessments.close_withdrawal(visit.participation, **close))
    assert order[:4] == ["Program", "Participation", "Assessment", "MetricsSubmission"]


WHAT_ENDS = ["Engagement", "VerdictChange", "DecisionLetter", "Letter", "ActionItem"]


@pytest.mark.django_db
def test_a_removal_holds_what_it_ends_before_the_trail(locked):
    """The mailer holds a mail, a coordinator a changed verdict, the contractor her engagement."""
    visit = Visit().to("settled")
    operations.tell_later_decision(
        visit.participation.participation_request, "decision_selected", at=visit.at
    )
    proposed = {"kind": "remove", "reason": "Closed.", "by": visit.coordinator, "at": visit.at}
    proposal = operations.propose_decision(visit.participation, **proposed)
    second = {"by": factories.person(visit.fda, Role.FDA_COORDINATOR), "at": visit.at}
    order = locked(lambda: assessments.confirm_decision(proposal, **second))
    assert order[4:9] == WHAT_ENDS


@pytest.mark.django_db
def test_an_agreement_that_ends_holds_its_engagements_before_the_trail(locked):
    visit = Visit().to("settled")
    end = {"reason": "Ended by both.", "by": visit.coordinator, "at": visit.at}
    order = locked(lambda: assessments.end_agreement(visit.agreement, **end))
    assert order[:2] == ["Program", "Engagement"]


@pytest.mark.django_db
def test_a_visit_that_begins_holds_its_tasks_before_the_trail(locked):
    visit = Visit().to("settled")
    visit.at = visit.at.replace(year=2021, month=4, day=12)
    begin = {"by": visit.lead, "at": visit.at}
    order = locked(lambda: assessments.begin_assessment(visit.assessment, **begin))
    assert order[:3] == ["Participation", "Assessment", "ActionItem"]
