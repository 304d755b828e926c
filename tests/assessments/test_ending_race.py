"""A withdrawal at the very moment of another deed leaves no half of either (C12)."""

from datetime import UTC, datetime
from threading import Barrier, Event, Thread
from time import sleep

import pytest
from django.db import OperationalError, connection, transaction

from applications import operations as intake
from applications.models import Participation, ParticipationEnding, Seat
from assessments import operations as deeds
from assessments.models import Assessment
from assessments.operations import ending
from metrics.models import MetricsSubmission
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records import letters
from qmm_pilot.records.models import ActionItem, Letter
from tests.assessments.visits import Visit, person
from tests.ledger import Ledger

NO_REPORT = {"wants_partial_report": False, "may_compare_data": False}
FIRST_DAY = datetime(2021, 4, 12, 14, 0, tzinfo=UTC)


def visit_before(deed):
    """A visit in which this deed comes next, and the deed."""
    visit = Visit()
    if deed == "begin_assessment":
        visit.to("settled")
        visit.at = FIRST_DAY
        assessment = visit.assessment
        return visit, lambda: deeds.begin_assessment(assessment, by=visit.lead, at=visit.at)
    visit.to("proposed")
    proposal = visit.proposal
    deeds.confirm_dates(proposal, by=visit.official, at=visit.at)
    return visit, lambda: deeds.confirm_dates(proposal, by=visit.coordinator, at=visit.at)


def withdraw(visit):
    return deeds.withdraw_participation(
        visit.participation, **NO_REPORT, by=visit.official, at=visit.at
    )


def halves_of(visit):
    """What does not fit together after a withdrawal that FDA has closed; nothing when all does."""
    assessment = visit.assessment
    row = ParticipationEnding.objects.get()
    participation = Participation.objects.get(pk=visit.participation.pk)
    metrics = MetricsSubmission.objects.filter(participation=participation)
    facts = {
        "withdrawn": participation.status == "withdrawn",
        "place free": Seat.objects.get(pk=participation.seat_id).freed_at is not None,
        "ended early": assessment.status == Assessment.Status.ENDED_EARLY,
        "the firm chose by what was so": row.fieldwork_begun == (assessment.began_at is not None),
        "agreed dates kept": assessment.starts_on is None or assessment.live_proposal is not None,
        "metrics closed": not metrics.filter(closed_at=None).exists(),
        "frozen only once begun": assessment.began_at is not None
        or not metrics.exclude(frozen_at=None).exists(),
        "nobody asked": not ActionItem.objects.open()
        .filter(**ActionItem.naming(assessment))
        .exists(),
    }
    return [name for name, holds in facts.items() if not holds]


@pytest.mark.parametrize("turn", range(3))
@pytest.mark.parametrize("deed", ["confirm_dates", "begin_assessment"])
def test_whoever_comes_first_the_withdrawal_is_whole(committing, deed, turn):
    visit, other = visit_before(deed)
    together, outcomes = Barrier(2), {}

    def run(name, call):
        together.wait()
        try:
            call()
            outcomes[name] = "done"
        except Refusal:
            outcomes[name] = "refused"
        finally:
            connection.close()

    def end():
        withdraw(visit)
        deeds.close_withdrawal(visit.participation, by=visit.coordinator, at=visit.at)

    threads = [Thread(target=run, args=each) for each in (("end", end), ("other", other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes["end"] == "done"
    assert outcomes["other"] in ("done", "refused")
    assert halves_of(visit) == []


@pytest.mark.parametrize("deed", ["confirm_dates", "begin_assessment"])
def test_a_withdrawal_that_locks_nothing_is_noticed(committing, monkeypatch, deed):
    """The fault planted: it reads, another deed is committed, and it goes on with what it read."""
    if not connection.features.has_select_for_no_key_update:
        assert connection.vendor == "sqlite"  # one writer at a time: the other deed has to wait
        return
    visit, other = visit_before(deed)
    has_read, is_committed = Event(), Event()

    def without_locks(participation, first=[True]):  # noqa: B006 - once is meant
        participation = Participation.objects.select_related(
            "program", "facility", "organization"
        ).get(pk=participation.pk)
        assessment = Assessment.objects.select_related("engagement__organization").get(
            participation=participation
        )
        assessment.participation = participation
        if first.pop() if first else False:
            has_read.set()
            assert is_committed.wait(10)
        return participation, assessment

    monkeypatch.setattr(ending, "_locked", without_locks)

    def meanwhile():
        assert has_read.wait(10)
        other()
        is_committed.set()
        connection.close()

    thread = Thread(target=meanwhile)
    thread.start()
    withdraw(visit)
    thread.join()
    deeds.close_withdrawal(visit.participation, by=visit.coordinator, at=visit.at)
    assert halves_of(visit) != []


def test_an_end_changes_nothing_that_its_trail_does_not_tell(committing):
    withdrawn, removed = Visit(), Visit("api-2020")
    withdrawn.to("in_progress")
    removed.to("dates_agreed")
    second = person(removed.fda, Role.FDA_COORDINATOR)
    with Ledger.kept() as ledger:
        withdraw(withdrawn)
        deeds.close_withdrawal(withdrawn.participation, by=withdrawn.coordinator, at=withdrawn.at)
        proposal = intake.propose_decision(
            removed.participation,
            kind="remove",
            reason="The site is closed.",
            by=removed.coordinator,
            at=removed.at,
        )
        deeds.confirm_decision(proposal, by=second, at=removed.at)
    assert "\n".join(map(str, ledger.findings)) == ""
    assert {"applications_seat", "assessments_assessment", "metrics_metricssubmission"} <= (
        ledger.tables
    )


def someone_waits():
    """Whether a connection to this database waits for a lock; asked for ten seconds."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else one transaction sees one state
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return True
        sleep(0.05)
    return False


def test_a_removal_while_the_mailer_gives_a_mail_of_it_up_deadlocks_nobody(committing):
    if not connection.features.has_select_for_no_key_update:
        assert connection.vendor == "sqlite"  # one writer at a time: neither can hold half
        return
    visit = Visit()
    proposal = intake.propose_decision(
        visit.participation, kind="remove", reason="Closed.", by=visit.coordinator, at=visit.at
    )
    second = person(visit.fda, Role.FDA_COORDINATOR)
    with transaction.atomic():
        intake.tell_later_decision(
            visit.participation.participation_request, "decision_selected", at=visit.at
        )
    mail = Letter.objects.get(kind="decision_selected")
    is_held, outcomes = Event(), {}

    def mailer():
        with transaction.atomic():
            Letter.objects.select_for_update(no_key=True).get(pk=mail.pk)
            is_held.set()
            outcomes["the removal waited"] = someone_waits()
            letters.give_up(mail.pk, at=visit.at)
        outcomes["mailer"] = "done"

    def removal():
        assert is_held.wait(10)
        deeds.confirm_decision(proposal, by=second, at=visit.at)
        outcomes["removal"] = "done"

    def run(call):
        try:
            call()
        except OperationalError as fault:
            outcomes["deadlock"] = str(fault)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[each]) for each in (mailer, removal)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"the removal waited": True, "mailer": "done", "removal": "done"}
    mail.refresh_from_db()
    assert mail.status == Letter.Status.OVERTAKEN
