"""A recheck after new data raises tasks where a verdict would change, and changes nothing (B15)."""

import io
import random
from datetime import date, timedelta

import pytest

from applications import operations, rechecking, tasks
from applications.inspections import import_inspections
from applications.models import (
    CriterionResult,
    InspectionImport,
    Recheck,
    Registration,
    RegistrationImport,
    StatedInspection,
    VerdictChange,
)
from applications.operations import recheck_by_hand
from applications.operations.verdicts import opinion_on, opinion_on_site
from applications.rechecking import outcomes_now, suspect_verdicts
from applications.registrations import registered_as
from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.jobs import run_job
from qmm_pilot.records.models import ActionItem, Job, TrailEntry
from tests import factories
from tests.applications.exports import NAI, OAI, VAI, export, row
from tests.factories import AFTER_CLOSE, Status

pytestmark = pytest.mark.django_db
assert tasks  # registers the work of the job
EDGES = [date(2015, 9, 30), date(2015, 10, 1), date(2020, 9, 30), date(2020, 10, 1)]


@pytest.fixture
def coordinator(db):
    return factories.fda(Role.FDA_COORDINATOR)


def bring_in(*rows, by, at=AFTER_CLOSE):
    """Import these rows, and let the worker do the recheck that follows."""
    text = export(*rows)
    import_inspections(io.BytesIO(text), file_name="x.csv", by=by, at=at)
    return do_rechecks()


def do_rechecks():
    for job in Job.objects.filter(status="queued", kind="recheck_verdicts"):
        assert run_job(job.pk)
        done = Recheck.objects.exclude(finished_at=None).get(pk=job.subject_id)
    return done


def open_tasks():
    return ActionItem.objects.open().filter(key__startswith="verdict-change:").count()


def one_row(participation_request, classification, number="1", ended="05/06/2019", year="2019"):
    return row(
        fei=participation_request.fei_key,
        ended=ended,
        classification=classification,
        year=year,
        id=number,
    )


@pytest.mark.parametrize("status", [Status.UNDER_REVIEW, Status.ELIGIBLE, Status.SELECTED])
def test_an_official_action_in_new_data_is_a_task_and_moves_no_verdict(coordinator, status):
    live = factories.participation_request(status)
    verdicts = list(CriterionResult.objects.order_by("pk").values())
    recheck = bring_in(one_row(live, OAI), by=coordinator)
    assert (recheck.checked, recheck.changed, open_tasks()) == (1, 1, 1)
    change = VerdictChange.objects.standing().get()
    stood = "undetermined" if status == Status.UNDER_REVIEW else "meets"
    assert (change.before, change.after) == (stood, "fails")
    assert list(CriterionResult.objects.order_by("pk").values()) == verdicts
    live.refresh_from_db()
    assert live.status == status


def test_data_that_agree_with_what_stands_raise_nothing(coordinator):
    live = factories.participation_request(Status.ELIGIBLE)  # undetermined, ruled as met
    recheck = bring_in(one_row(live, NAI), by=coordinator)
    assert (recheck.checked, recheck.changed, open_tasks()) == (1, 0, 0)


def test_the_same_evidence_is_raised_once_and_taken_back_with_it(coordinator):
    live = factories.participation_request(Status.ELIGIBLE)
    bring_in(one_row(live, OAI), by=coordinator)
    operations.recheck_by_hand(by=coordinator, at=AFTER_CLOSE)
    do_rechecks()
    change = VerdictChange.objects.get()
    operations.settle_change(change, reason="Another site.", by=coordinator, at=AFTER_CLOSE)
    operations.recheck_by_hand(by=coordinator, at=AFTER_CLOSE)
    assert do_rechecks().changed == 1
    assert (VerdictChange.objects.count(), open_tasks()) == (1, 0)
    bring_in(one_row(live, OAI), one_row(live, OAI, number="2"), by=coordinator)
    assert (VerdictChange.objects.count(), open_tasks()) == (2, 1)
    bring_in(one_row(live, VAI), one_row(live, VAI, number="2"), by=coordinator)
    assert (VerdictChange.objects.standing().count(), open_tasks()) == (0, 0)


def test_a_confirmed_override_is_raised_again_by_another_official_action_only(coordinator):
    live = factories.participation_request(Status.UNDER_REVIEW)
    bring_in(one_row(live, OAI), by=coordinator)
    operations.examine_again(live, by=coordinator, at=AFTER_CLOSE)
    ruled = factories.rule_on_inspections(live, "meets")
    second = factories.person(Organization.objects.get(kind="fda"), Role.FDA_COORDINATOR)
    operations.confirm_ruling(ruled, by=second, at=AFTER_CLOSE)
    assert bring_in(one_row(live, OAI), one_row(live, NAI, "2"), by=coordinator).changed == 0
    assert bring_in(one_row(live, OAI), one_row(live, OAI, "2"), by=coordinator).changed == 1
    operations.examine_again(live, by=coordinator, at=AFTER_CLOSE)
    result = CriterionResult.objects.get(pk=ruled.pk)
    assert (result.awaits_second_person, result.earlier.first().confirmed_by) == (True, second)


def registered(participation_request, operations, *, by):
    """A file of registrations on record that lists this site, and the recheck after it."""
    first = RegistrationImport.objects.create(
        number=1 + RegistrationImport.objects.count(), file_name="drls_reg.txt", sha256="0" * 64,
        bytes_read=1, row_rules=1, imported_at=AFTER_CLOSE, rows_read=0, created=0, updated=0,
        unchanged=0, rejected=0, absent=0,
    )  # fmt: skip
    Registration.objects.create(
        fei=participation_request.fei_key,
        fei_key=participation_request.fei_key,
        firm_name=f"Acme {first.number}",
        operations=operations,
        first_import=first,
    )
    recheck_by_hand(by=by, at=AFTER_CLOSE)
    return do_rechecks()


def test_a_registration_without_the_operation_speaks_against_criterion_a(coordinator):
    live = factories.participation_request(Status.ELIGIBLE)
    recheck = registered(live, "ANALYSIS; API MANUFACTURE", by=coordinator)
    assert (recheck.checked, recheck.changed, open_tasks()) == (2, 1, 1)
    change = VerdictChange.objects.standing().select_related("result__criterion").get()
    assert (change.result.criterion.code, change.before, change.after) == (
        "a",
        "meets",
        "undetermined",
    )
    assert "FDA’s registrations list ANALYSIS, API MANUFACTURE" in change.reason
    # What inspections decide is compared after an import of them, and takes nothing of it back.
    assert bring_in(one_row(live, NAI), by=coordinator).changed == 0
    assert open_tasks() == 1
    recheck = registered(live, "MANUFACTURE", by=coordinator)
    assert (recheck.changed, open_tasks()) == (0, 0)


def test_what_the_newest_file_no_longer_lists_gives_way_to_what_it_does(coordinator):
    live = factories.participation_request(Status.ELIGIBLE)
    registered(live, "MANUFACTURE", by=coordinator)
    newest = RegistrationImport.objects.get()
    Registration.objects.update(absent_since=newest)
    opinion, evidence = opinion_on_site(live, registered_as(live.fei_keys()))
    assert "the newest no longer lists this site" in opinion.reason
    assert [each["is_published"] for each in evidence["registrations"]] == [False]
    registered(live, "MANUFACTURE; PACK", by=coordinator)
    opinion, _ = opinion_on_site(live, registered_as(live.fei_keys()))
    assert opinion.reason.endswith("FDA’s registrations list it.")


def test_closed_requests_and_rehearsals_are_left_alone(coordinator):
    factories.participation_request(Status.NOT_SELECTED)
    factories.participation_request(Status.WITHDRAWN)
    factories.participation_request(Status.SUBMITTED)
    assert suspect_verdicts() == ([], 0)


def test_a_recheck_is_done_once_and_stands_in_the_trail(coordinator):
    recheck = operations.recheck_by_hand(by=coordinator, at=AFTER_CLOSE)
    for _ in range(2):
        operations.recheck_verdicts(recheck.pk, at=AFTER_CLOSE)
    deeds = TrailEntry.objects.filter(subject_id=str(recheck.pk)).order_by("position")
    assert [entry.deed for entry in deeds] == ["recheck_by_hand", "recheck_verdicts"]
    with pytest.raises(Refusal, match="coordinators"):
        operations.recheck_by_hand(by=factories.fda(Role.FDA_REVIEWER), at=AFTER_CLOSE)


def test_many_verdicts_are_compared_with_a_constant_number_of_queries(
    coordinator, django_assert_max_num_queries
):
    lives = [factories.participation_request(Status.UNDER_REVIEW) for _ in range(4)]
    text = export(*(one_row(live, OAI, number=str(n)) for n, live in enumerate(lives)))
    import_inspections(io.BytesIO(text), file_name="x.csv", by=coordinator, at=AFTER_CLOSE)
    recheck = Recheck.objects.get()
    with django_assert_max_num_queries(22):
        operations.recheck_verdicts(recheck.pk, at=AFTER_CLOSE)
    assert open_tasks() == 4


def test_the_statement_for_all_says_of_each_what_the_rule_says(coordinator):
    """Random histories, many of them at the edges of the window, for a few live requests."""
    dice = random.Random(20201001)
    lives = [factories.participation_request(Status.UNDER_REVIEW) for _ in range(12)]
    operations.add_identifier(
        lives[0].facility,
        fei="17",
        kind="former",
        source="A letter",
        by=coordinator,
        at=AFTER_CLOSE,
    )
    number = 0
    for _ in range(6):
        rows = []
        for live in lives:
            for _ in range(dice.randrange(4)):
                number += 1
                day = dice.choice(EDGES) + timedelta(days=dice.randrange(2) * dice.randrange(60))
                rows.append(
                    row(
                        fei=dice.choice(["17", live.fei_key]),
                        ended=f"{day:%m/%d/%Y}",
                        classification=dice.choice([NAI, VAI, OAI, "-"]),
                        year=str(day.year + (day.month >= 10)),
                        id=str(number),
                    )
                )
            StatedInspection.objects.create(
                participation_request=live,
                origin=dice.choice(["firm", "fda"]),
                ended_on=dice.choice(EDGES),
                classification=dice.choice(["", "", "NAI", "OAI"]),
                fei_key=live.fei_key,
                source="A system",
                looked_up_on=AFTER_CLOSE.date(),
                added_by=coordinator,
                added_at=AFTER_CLOSE,
                withdrawn_by=coordinator,
                withdrawn_at=dice.choice([None, AFTER_CLOSE]),
            )
        text = export(*rows)
        import_inspections(io.BytesIO(text), file_name="x.csv", by=coordinator, at=AFTER_CLOSE)
        results = CriterionResult.objects.filter(criterion__check_kind="inspections")
        by_rule = {
            str(result.pk): opinion_on(result.criterion, result.participation_request)[0].outcome
            for result in results
        }
        assert outcomes_now() == {pk.replace("-", ""): outcome for pk, outcome in by_rule.items()}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("record.ended_on < live.until", "record.ended_on <= live.until"),
        ("record.closed_by_id IS NULL", "record.closed_by_id IS NOT NULL"),
        ("identifier.withdrawn_at IS NULL", "1 = 1"),
        ("record.fei_key = identifier.fei_key", "record.fei_key = live.fei_key"),
    ],
)
def test_a_fault_planted_in_the_statement_is_found_by_the_rule(
    coordinator, monkeypatch, right, wrong
):
    live = factories.participation_request(Status.UNDER_REVIEW)
    for fei in ("17", "18"):
        identifier = operations.add_identifier(
            live.facility, fei=fei, kind="former", source="A letter", by=coordinator, at=AFTER_CLOSE
        )
    operations.withdraw_identifier(identifier, reason="Wrong.", by=coordinator, at=AFTER_CLOSE)
    after_it = one_row(live, OAI, number="2", ended="10/01/2020", year="2021")
    formerly = one_row(live, NAI, number="3") | {"FEI Number": "17"}
    elsewhere = one_row(live, OAI, number="4") | {"FEI Number": "18"}
    bring_in(after_it, formerly, elsewhere, by=coordinator)
    result = live.criterion_results.get(criterion__code="b")
    expected = opinion_on(result.criterion, live)[0].outcome
    assert list(outcomes_now().values()) == [expected] == ["meets"]
    assert right in rechecking.STATEMENT
    planted = rechecking.STATEMENT.replace(right, wrong)
    monkeypatch.setattr(rechecking, "STATEMENT", planted)
    assert list(outcomes_now().values()) != [expected]


def test_what_the_data_took_back_is_raised_again_when_the_data_say_it_again(coordinator):
    live = factories.participation_request(Status.ELIGIBLE)
    bring_in(one_row(live, VAI), by=coordinator)
    bring_in(one_row(live, OAI), by=coordinator)
    first, second = InspectionImport.objects.order_by("number")
    for snapshot, against in ((first, 0), (second, 1), (first, 0), (second, 1)):
        operations.roll_back_public_data(snapshot, reason="Try.", by=coordinator, at=AFTER_CLOSE)
        assert do_rechecks().changed == against
        assert (VerdictChange.objects.standing().count(), open_tasks()) == (against, against)


def test_evidence_that_comes_back_after_other_evidence_keeps_its_task(coordinator):
    live = factories.participation_request(Status.ELIGIBLE)
    one, other = one_row(live, OAI), one_row(live, OAI, number="2")
    bring_in(one, by=coordinator)
    first = InspectionImport.objects.get()
    bring_in(one, other, by=coordinator)
    operations.roll_back_public_data(first, reason="Try.", by=coordinator, at=AFTER_CLOSE)
    assert do_rechecks().changed == 1
    assert (VerdictChange.objects.standing().count(), open_tasks()) == (1, 1)


def test_no_eligibility_is_determined_while_newer_data_speak_against_a_verdict(coordinator):
    live = factories.participation_request(Status.UNDER_REVIEW)
    bring_in(one_row(live, NAI), by=coordinator)
    operations.examine_again(live, by=coordinator, at=AFTER_CLOSE)
    bring_in(one_row(live, OAI), by=coordinator)
    with pytest.raises(Refusal, match="Newer data speak against criterion b"):
        operations.determine_eligibility(live, by=coordinator, at=AFTER_CLOSE)
    change = VerdictChange.objects.standing().get()
    operations.settle_change(change, reason="Another site.", by=coordinator, at=AFTER_CLOSE)
    determined = operations.determine_eligibility(live, by=coordinator, at=AFTER_CLOSE)
    assert determined.status == Status.ELIGIBLE


def test_a_request_returned_for_information_is_rechecked_like_any_live_one(coordinator):
    live = factories.participation_request(Status.UNDER_REVIEW)
    operations.ask_for_information(
        live,
        reasons=["other"],
        note="Who runs line 2?",
        subject="A question",
        body="See the page.",
        answer_by=AFTER_CLOSE.date() + timedelta(days=10),
        by=coordinator,
        at=AFTER_CLOSE,
    )
    recheck = bring_in(one_row(live, OAI), by=coordinator)
    assert (recheck.checked, recheck.changed, open_tasks()) == (1, 1, 1)
    assert recheck_by_hand(by=coordinator, at=AFTER_CLOSE)
    assert do_rechecks().checked == 2  # criterion a too
