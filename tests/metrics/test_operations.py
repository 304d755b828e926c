"""Deeds on metrics: each works, refuses wrong state and person, leaves nothing half done."""

from datetime import date, timedelta

import pytest

from applications.models import Participation
from metrics import operations
from metrics.measures import LARGEST_COUNT, Period, last_quarters
from metrics.models import MetricEntry, MetricsSubmission, MetricStanding, MetricsVersion
from metrics.operations import Cell, Incomplete
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records import triggers
from qmm_pilot.records.models import ActionItem, Letter, TrailEntry
from tests.metrics.people import AT, DUE_ON, good_cells

LOTS, COMPLAINTS, OOS = "lot-acceptance", "complaint-rate", "invalidated-oos"
Q1 = Period(2020, 1)
LATER = AT + timedelta(days=1)


def statuses(submission):
    rows = submission.standings.values_list("definition__code", "status")
    return dict(rows)


def standing(submission, code):
    return submission.standings.get(definition__code=code)


def open_items(submission):
    items = ActionItem.objects.open().filter(subject_id=str(submission.pk))
    return sorted(item.key.split(":")[0] for item in items)


def everything():
    """Every row that a deed on metrics may write, to compare before and after a refusal."""
    models = [MetricsSubmission, MetricStanding, MetricsVersion, MetricEntry, ActionItem, Letter]
    rows = [list(model.objects.order_by("pk").values()) for model in models]
    return [*rows, TrailEntry.objects.count()]


def refused(deed, *args, kind=Refusal, **kwargs):
    """The sentence of a refusal, after making sure that it left nothing behind."""
    before = everything()
    with pytest.raises(kind) as error:
        deed(*args, **kwargs)
    assert everything() == before
    return str(error.value)


def last_deed():
    entry = TrailEntry.objects.order_by("-position").first()
    return entry.deed, entry.actor


@pytest.fixture
def submitted(world, submission):
    operations.submit_metrics(
        submission, by=world.metrics_person, at=AT, cells=good_cells(submission)
    )
    return submission


@pytest.fixture
def settled(world, submitted):
    operations.accept_metrics(submitted, seen=1, by=world.coordinator, at=AT)
    return submitted


@pytest.fixture
def frozen(world, settled):
    return operations.freeze_metrics(world.participation, at=AT, by=world.lead)


# --- request_metrics -------------------------------------------------------------------------


def test_asking_opens_every_metric_of_the_program_for_the_last_four_quarters(world, submission):
    assert statuses(submission) == {
        LOTS: "not_started",
        COMPLAINTS: "not_started",
        OOS: "not_started",
    }
    assert submission.periods == last_quarters(DUE_ON)
    assert submission.periods[0] == Q1
    assert last_deed() == ("request_metrics", world.coordinator)


def test_asking_makes_it_a_task_of_the_firm_and_writes_to_its_two_roles_once(world, submission):
    item = ActionItem.objects.get(key=f"metrics-due:{submission.pk}")
    assert (item.due_on, item.organization_id, item.role) == (DUE_ON, world.firm.pk, "")
    told = Letter.objects.filter(kind="metrics_requested").values_list("address", flat=True)
    assert sorted(told) == sorted([world.metrics_person.email, world.official.email])


def test_asking_again_moves_the_due_date_its_task_and_the_quarters_while_nothing_is_entered(
    world, submission
):
    moved = operations.request_metrics(
        world.participation, due_on=date(2021, 5, 3), by=world.coordinator, at=LATER
    )
    assert (moved.pk, moved.due_on) == (submission.pk, date(2021, 5, 3))
    assert moved.periods == last_quarters(date(2021, 5, 3))
    item = ActionItem.objects.open().get(key=f"metrics-due:{submission.pk}")
    assert item.due_on == date(2021, 5, 3)
    assert last_deed() == ("move_metrics_due_date", world.coordinator)


def test_moving_the_due_date_keeps_the_quarters_once_something_is_entered(world, submission):
    operations.save_metrics_draft(
        submission, [Cell(LOTS, Q1, 5, 10)], by=world.metrics_person, at=AT
    )
    moved = operations.request_metrics(
        world.participation, due_on=date(2021, 5, 3), by=world.coordinator, at=LATER
    )
    assert moved.periods == submission.periods


def test_asking_again_for_the_same_day_changes_nothing(world, submission):
    before = everything()
    operations.request_metrics(world.participation, due_on=DUE_ON, by=world.coordinator, at=LATER)
    assert everything() == before


def test_moving_the_due_date_after_submission_does_not_bring_the_task_back(world, submitted):
    operations.request_metrics(
        world.participation, due_on=date(2021, 5, 3), by=world.coordinator, at=LATER
    )
    assert open_items(submitted) == ["metrics-review"]


def test_metrics_are_not_asked_of_a_firm_that_has_not_accepted_its_place(world):
    world.participation.status = "offered"
    world.participation.save()
    assert "accepted its place" in refused(
        operations.request_metrics, world.participation, due_on=DUE_ON, by=None, at=AT
    )


def test_metrics_are_not_asked_where_the_program_lists_none(world):
    triggers.drop()  # comes back when the test's transaction is rolled back
    world.fdf.metric_definitions.all().delete()
    assert "lists no metrics" in refused(
        operations.request_metrics, world.participation, due_on=DUE_ON, by=None, at=AT
    )


def test_the_due_date_stands_once_the_metrics_are_frozen(world, frozen):
    assert "due date of its metrics stands" in refused(
        operations.request_metrics,
        world.participation,
        due_on=date(2021, 6, 1),
        by=world.coordinator,
        at=LATER,
    )


# --- save_metrics_draft ----------------------------------------------------------------------


def test_a_draft_keeps_what_was_entered_and_leaves_no_mark_that_fda_reads(world, submission):
    draft = operations.save_metrics_draft(
        submission,
        [Cell(LOTS, Q1, 5, 10, comment=" Two lots pending. ")],
        by=world.metrics_person,
        at=AT,
    )
    assert draft.entries.values_list("numerator", "denominator", "comment").get() == (
        5,
        10,
        "Two lots pending.",
    )
    assert statuses(submission) == {
        LOTS: "not_started",
        COMPLAINTS: "not_started",
        OOS: "not_started",
    }
    assert last_deed() == ("save_metrics_draft", world.metrics_person)


def test_saving_again_changes_the_named_quarters_only_and_a_blank_one_is_removed(world, submission):
    q2 = Period(2020, 2)
    for cells in (
        [Cell(LOTS, Q1, 5, 10), Cell(LOTS, q2, 6, 10)],
        [Cell(LOTS, Q1, 7, 10)],
        [Cell(LOTS, q2)],
    ):
        draft = operations.save_metrics_draft(submission, cells, by=world.official, at=AT)
    assert (draft.number, draft.revision) == (1, 3)
    assert list(draft.entries.values_list("quarter", "numerator")) == [(1, 7)]


def test_the_trail_holds_no_count_of_a_draft_because_fda_may_read_the_trail(world, submission):
    cell = Cell(LOTS, Q1, 123_457, 765_431, comment="a secret remark")
    operations.save_metrics_draft(submission, [cell], by=world.metrics_person, at=AT)
    entry = TrailEntry.objects.order_by("-position").first()
    written = entry.before_json + entry.after_json + entry.reason
    assert [text for text in ("123457", "765431", "secret") if text in written] == []
    assert set(entry.after) == {"version", "revision", "sha256"}


@pytest.mark.parametrize(
    "who", ["preparer", "stranger", "coordinator", "lead", "fda_administrator"]
)
def test_only_a_metrics_person_or_official_of_that_firm_enters_or_submits(world, submission, who):
    sentence = (
        "Only a metrics person or the authorized official of Acme enters and submits these metrics."
    )
    by = getattr(world, who)
    cells = good_cells(submission)
    assert refused(operations.save_metrics_draft, submission, cells, by=by, at=AT) == sentence
    assert refused(operations.submit_metrics, submission, by=by, at=AT, cells=cells) == sentence


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        (Cell("yield", Q1, 1, 2), "This program asks for no metric called “yield”."),
        (
            Cell(LOTS, Period(2018, 1), 1, 2),
            "Lot acceptance rate: Q1 2018 is not one of the quarters asked for.",
        ),
        (
            Cell(LOTS, Q1, -1, 2),
            "Lot acceptance rate, Q1 2020: Lots accepted cannot be below zero.",
        ),
        (
            Cell(LOTS, Q1, 1, LARGEST_COUNT + 1),
            "Lot acceptance rate, Q1 2020: Lots started cannot be above 999,999,999,999.",
        ),
        (
            Cell(LOTS, Q1, 1, None, not_measured=True),
            "Lot acceptance rate, Q1 2020: give counts, or mark the quarter as not measured, "
            "not both.",
        ),
    ],
)
def test_an_impossible_entry_is_refused_with_its_metric_and_quarter(
    world, submission, cell, sentence
):
    good = Cell(OOS, Q1, 1, 2)
    assert (
        refused(
            operations.save_metrics_draft,
            submission,
            [good, cell],
            by=world.metrics_person,
            at=AT,
        )
        == sentence
    )


def test_a_stale_page_does_not_overwrite_newer_answers(world, submission):
    first = operations.save_metrics_draft(
        submission, [Cell(LOTS, Q1, 5, 10)], by=world.metrics_person, at=AT, revision=0
    )
    assert first.revision == 1
    assert "saved this page after you opened it" in refused(
        operations.save_metrics_draft,
        submission,
        [Cell(LOTS, Q1, 6, 10)],
        by=world.official,
        at=AT,
        revision=0,
    )


def test_a_metric_that_fda_is_reading_cannot_be_changed(world, submitted):
    assert (
        refused(
            operations.save_metrics_draft,
            submitted,
            [Cell(LOTS, Q1, 6, 10)],
            by=world.metrics_person,
            at=LATER,
        )
        == "Lot acceptance rate is submitted; its counts cannot be changed now."
    )


# --- submit_metrics --------------------------------------------------------------------------


def test_submitting_hands_every_metric_to_fda_and_moves_the_task(world, submission):
    version = operations.submit_metrics(
        submission, by=world.metrics_person, at=AT, cells=good_cells(submission)
    )
    assert (version.number, version.submitted_at, version.submitted_by) == (
        1,
        AT,
        world.metrics_person,
    )
    assert set(statuses(submission).values()) == {"submitted"}
    assert version.entries.count() == 12
    assert open_items(submission) == ["metrics-review"]
    review = ActionItem.objects.get(key=f"metrics-review:{submission.pk}")
    assert review.role == "fda_coordinator"
    assert last_deed() == ("submit_metrics", world.metrics_person)


def test_the_official_may_submit_what_the_metrics_person_saved(world, submission):
    operations.save_metrics_draft(
        submission, good_cells(submission), by=world.metrics_person, at=AT
    )
    version = operations.submit_metrics(submission, by=world.official, at=LATER)
    assert version.submitted_by == world.official


def test_an_incomplete_set_is_refused_with_every_gap_pinned_to_metric_and_quarter(
    world, submission
):
    cells = good_cells(
        submission,
        lot_acceptance={Q1: {"numerator": None}, Period(2020, 2): {"denominator": 0}},
        invalidated_oos={
            Period(2020, 3): {"numerator": None, "denominator": None, "not_measured": True}
        },
    )
    before = everything()
    with pytest.raises(Incomplete) as error:
        operations.submit_metrics(submission, by=world.official, at=AT, cells=cells)
    assert everything() == before
    pinned = [(p.definition.code, p.period, p.field) for p in error.value.problems]
    assert pinned == [
        (LOTS, Q1, "numerator"),
        (LOTS, Period(2020, 2), "denominator"),
        (OOS, Period(2020, 3), "comment"),
    ]
    assert "Lots started is 0 but lots accepted is 97." in str(error.value)


def test_an_odd_value_needs_an_explanation_and_is_taken_with_one(world, submission):
    odd = {"numerator": 110}
    cells = good_cells(submission, lot_acceptance={Q1: odd})
    assert "Q1 2020 is 110.00%, which is above 100%. Explain it in the comment." in refused(
        operations.submit_metrics, submission, by=world.official, at=AT, cells=cells
    )
    odd["comment"] = "Lots of the fourth quarter were accepted in the first."
    cells = good_cells(submission, lot_acceptance={Q1: odd})
    operations.submit_metrics(submission, by=world.official, at=AT, cells=cells)
    assert set(statuses(submission).values()) == {"submitted"}


def test_nothing_out_of_nothing_and_not_measured_with_a_comment_are_complete(world, submission):
    cells = good_cells(
        submission,
        complaint_rate={Q1: {"numerator": 0, "denominator": 0}},
        invalidated_oos={
            Q1: {
                "numerator": None,
                "denominator": None,
                "not_measured": True,
                "comment": "No laboratory then.",
            }
        },
    )
    operations.submit_metrics(submission, by=world.official, at=AT, cells=cells)
    assert set(statuses(submission).values()) == {"submitted"}


def test_there_is_nothing_to_submit_before_anything_was_entered(world, submission):
    assert "nothing new to submit" in refused(
        operations.submit_metrics, submission, by=world.official, at=AT
    )


def test_a_second_submission_of_the_same_page_is_refused(world, submitted):
    assert "cannot be changed now" in refused(
        operations.submit_metrics,
        submitted,
        by=world.metrics_person,
        at=LATER,
        cells=good_cells(submitted),
        reason="twice",
    )
    assert "nothing new to submit" in refused(
        operations.submit_metrics, submitted, by=world.metrics_person, at=LATER, reason="twice"
    )


def test_lateness_is_a_fact_of_the_first_submission_in_eastern_time(world, submission):
    # 4:59 a.m. UTC on March 2 is 11:59 p.m. Eastern on March 1, the due date.
    last_minute = AT.replace(month=3, day=2, hour=4, minute=59)
    assert submission.days_late(last_minute) == 0
    assert submission.days_late(last_minute + timedelta(minutes=1)) == 1
    operations.submit_metrics(
        submission,
        by=world.official,
        at=last_minute + timedelta(days=3),
        cells=good_cells(submission),
    )
    assert submission.days_late(last_minute + timedelta(days=300)) == 3


# --- accept, query, promise, waive ------------------------------------------------------------


def test_accepting_all_settles_the_metrics_and_tells_the_firm(world, submitted):
    operations.accept_metrics(submitted, seen=1, by=world.coordinator, at=LATER)
    assert set(statuses(submitted).values()) == {"accepted"}
    assert open_items(submitted) == []
    assert Letter.objects.filter(kind="metrics_settled").count() == 2
    assert operations.is_ready_to_begin(world.participation) == []
    assert last_deed() == ("accept_metrics", world.coordinator)


def test_accepting_is_refused_when_the_firm_has_submitted_another_version_since(world, submitted):
    operations.query_metric(standing(submitted, LOTS), "Why?", by=world.coordinator, at=AT)
    cell = Cell(LOTS, submitted.periods[0], 96, 100)
    operations.submit_metrics(
        submitted, by=world.official, at=AT, cells=[cell], reason="Recounted."
    )
    sentence = refused(operations.accept_metrics, submitted, seen=1, by=world.coordinator, at=LATER)
    assert "The firm has submitted version 2 after this page was opened." in sentence
    assert "accepted" not in statuses(submitted).values()
    operations.accept_metrics(submitted, seen=2, by=world.coordinator, at=LATER)
    assert set(statuses(submitted).values()) == {"accepted"}


def test_accepting_one_metric_leaves_the_others_to_be_reviewed(world, submitted):
    definition = standing(submitted, LOTS).definition
    operations.accept_metrics(
        submitted, seen=1, definitions=[definition], by=world.coordinator, at=LATER
    )
    assert statuses(submitted) == {LOTS: "accepted", COMPLAINTS: "submitted", OOS: "submitted"}
    assert open_items(submitted) == ["metrics-review"]
    assert operations.is_ready_to_begin(world.participation) == [
        "Product quality complaint rate: FDA has not accepted it.",
        "Invalidated out-of-specification (OOS) rate: FDA has not accepted it.",
    ]


def test_accepting_is_refused_for_all_when_one_of_those_named_is_not_submitted(world, submitted):
    operations.query_metric(standing(submitted, LOTS), "Why?", by=world.coordinator, at=AT)
    definitions = [s.definition for s in submitted.standings.all()]
    sentence = refused(
        operations.accept_metrics,
        submitted,
        seen=1,
        definitions=definitions,
        by=world.coordinator,
        at=LATER,
        kind=IllegalMove,
    )
    assert "is “Queried” and cannot become “Accepted”" in sentence


def test_nothing_waits_to_be_accepted_before_the_firm_submits(world, submission):
    assert "waits to be accepted" in refused(
        operations.accept_metrics, submission, seen=None, by=world.coordinator, at=AT
    )


def test_a_query_goes_to_the_firm_and_its_answer_is_a_new_version(world, submitted):
    operations.accept_metrics(
        submitted,
        seen=1,
        definitions=[standing(submitted, COMPLAINTS).definition],
        by=world.coordinator,
        at=AT,
    )
    operations.query_metric(
        standing(submitted, LOTS), " Is Q1 right? ", by=world.coordinator, at=AT
    )
    assert standing(submitted, LOTS).reason == "Is Q1 right?"
    assert open_items(submitted) == ["metrics-answer", "metrics-review"]
    letters = Letter.objects.filter(kind="metric_queried")
    assert letters.count() == 2
    assert [letter for letter in letters if "Is Q1 right?" in letter.body] == []

    version = operations.submit_metrics(
        submitted,
        by=world.metrics_person,
        at=LATER,
        cells=[Cell(LOTS, Q1, 96, 100)],
        reason="A lot was counted twice.",
    )
    assert (version.number, version.reason) == (2, "A lot was counted twice.")
    assert statuses(submitted) == {LOTS: "submitted", COMPLAINTS: "accepted", OOS: "submitted"}
    assert open_items(submitted) == ["metrics-review"]
    lots = [v.entries.get(definition__code=LOTS, quarter=1) for v in submitted.versions.all()]
    assert [entry.numerator for entry in lots] == [97, 96]
    assert version.entries.count() == 12


def test_an_answer_needs_its_reason(world, submitted):
    operations.query_metric(standing(submitted, LOTS), "Why?", by=world.coordinator, at=AT)
    assert "Say why this version differs" in refused(
        operations.submit_metrics,
        submitted,
        by=world.metrics_person,
        at=LATER,
        cells=[Cell(LOTS, Q1, 96, 100)],
        reason="  ",
    )


def test_a_query_may_be_answered_by_an_explanation_alone(world, submitted):
    operations.query_metric(standing(submitted, LOTS), "Why?", by=world.coordinator, at=AT)
    version = operations.submit_metrics(
        submitted,
        by=world.metrics_person,
        at=LATER,
        cells=[Cell(LOTS, Q1, 97, 100, comment="The count is right.")],
        reason="The count is right; see the comment.",
    )
    assert (version.number, statuses(submitted)[LOTS]) == (2, "submitted")


def test_a_promise_lets_the_assessment_begin_and_becomes_a_task_by_its_day(world, submission):
    for code in (LOTS, COMPLAINTS, OOS):
        operations.promise_metric(
            standing(submission, code),
            date(2021, 4, 1),
            "The plant was closed.",
            by=world.coordinator,
            at=AT,
        )
    assert operations.is_ready_to_begin(world.participation) == []
    assert open_items(submission) == ["metrics-promise"] * 3
    due = ActionItem.objects.open().filter(key__startswith="metrics-promise").first()
    assert (due.due_on, due.organization_id) == (date(2021, 4, 1), world.firm.pk)
    assert submission.days_late(AT.replace(year=2022)) == 0


def test_a_promised_metric_is_handed_in_when_it_is_complete(world, submission):
    operations.promise_metric(
        standing(submission, OOS), date(2021, 4, 1), "Later.", by=world.coordinator, at=AT
    )
    others = [cell for cell in good_cells(submission) if cell.metric != OOS]
    operations.submit_metrics(submission, by=world.official, at=AT, cells=others)
    assert statuses(submission) == {LOTS: "submitted", COMPLAINTS: "submitted", OOS: "promised"}
    promised = [cell for cell in good_cells(submission) if cell.metric == OOS]
    assert "Enter both counts" in refused(
        operations.submit_metrics,
        submission,
        by=world.official,
        at=LATER,
        cells=promised[:1],
        reason="As promised.",
    )
    operations.submit_metrics(
        submission, by=world.official, at=LATER, cells=promised, reason="As promised."
    )
    assert statuses(submission)[OOS] == "submitted"
    assert standing(submission, OOS).promised_on is None
    assert open_items(submission) == ["metrics-review"]


def test_promising_what_was_submitted_does_not_hand_the_old_counts_in_again(world, submitted):
    operations.promise_metric(
        standing(submitted, OOS), date(2021, 4, 1), "To be redone.", by=world.coordinator, at=AT
    )
    operations.query_metric(standing(submitted, LOTS), "Why?", by=world.coordinator, at=AT)
    operations.submit_metrics(
        submitted,
        by=world.official,
        at=LATER,
        cells=[Cell(LOTS, Q1, 95, 100)],
        reason="Recounted.",
    )
    assert statuses(submitted)[OOS] == "promised"


def test_a_promise_for_a_past_day_is_refused(world, submission):
    assert "in the past" in refused(
        operations.promise_metric,
        standing(submission, OOS),
        date(2021, 1, 31),
        "Later.",
        by=world.coordinator,
        at=AT,
    )


def test_a_waived_metric_is_not_asked_for_any_more_and_its_draft_goes_to_nobody(world, submission):
    operations.save_metrics_draft(
        submission, good_cells(submission), by=world.metrics_person, at=AT
    )
    operations.waive_metric(
        standing(submission, OOS), "No laboratory.", by=world.coordinator, at=AT
    )
    version = operations.submit_metrics(submission, by=world.official, at=LATER)
    assert statuses(submission) == {LOTS: "submitted", COMPLAINTS: "submitted", OOS: "waived"}
    codes = set(version.entries.values_list("definition__code", flat=True))
    assert codes == {LOTS, COMPLAINTS}
    assert Letter.objects.filter(kind="metric_waived").count() == 2


def test_waiving_all_that_is_owed_ends_the_task_of_the_firm(world, submission):
    for code in (LOTS, COMPLAINTS, OOS):
        operations.waive_metric(standing(submission, code), "Why.", by=world.coordinator, at=AT)
    assert open_items(submission) == []
    assert submission.days_late(AT.replace(year=2022)) == 0


RULINGS = [
    (operations.query_metric, ("Why?",)),
    (operations.promise_metric, (date(2021, 4, 1), "Later.")),
    (operations.waive_metric, ("No laboratory.",)),
]


@pytest.mark.parametrize(("deed", "args"), RULINGS)
@pytest.mark.parametrize("who", ["metrics_person", "reviewer", "approver", "lead", "stranger"])
def test_only_fdas_coordinator_rules_on_a_metric(world, submitted, deed, args, who):
    sentence = refused(deed, standing(submitted, LOTS), *args, by=getattr(world, who), at=LATER)
    assert sentence == "Only FDA's coordinator rules on metrics."


@pytest.mark.parametrize("who", ["metrics_person", "reviewer", "approver", "lead", "stranger"])
def test_only_fdas_coordinator_accepts_metrics(world, submitted, who):
    sentence = refused(
        operations.accept_metrics, submitted, seen=1, by=getattr(world, who), at=LATER
    )
    assert sentence == "Only FDA's coordinator rules on metrics."


@pytest.mark.parametrize(("deed", "args"), RULINGS)
def test_a_ruling_needs_its_reason(world, submitted, deed, args):
    blank = (*args[:-1], "  ")
    refused(deed, standing(submitted, LOTS), *blank, by=world.coordinator, at=LATER)


@pytest.mark.parametrize(("deed", "args"), RULINGS)
def test_an_accepted_metric_is_not_ruled_on_again(world, settled, deed, args):
    sentence = refused(
        deed, standing(settled, LOTS), *args, by=world.coordinator, at=AT, kind=IllegalMove
    )
    assert sentence.startswith("This metric is “Accepted” and cannot become")


def test_a_metric_that_was_not_submitted_cannot_be_queried(world, submission):
    refused(
        operations.query_metric,
        standing(submission, LOTS),
        "Why?",
        by=world.coordinator,
        at=AT,
        kind=IllegalMove,
    )


# --- freeze, correct, close -------------------------------------------------------------------


def test_the_version_in_force_is_frozen_when_the_assessment_begins(world, settled):
    submission = operations.freeze_metrics(world.participation, at=LATER, by=world.lead)
    assert (submission.frozen_at, submission.frozen_version.number) == (LATER, 1)
    assert set(statuses(submission).values()) == {"frozen"}
    assert set(submission.standings.values_list("frozen_from", flat=True)) == {"accepted"}
    assert operations.is_ready_to_begin(world.participation) == []
    assert last_deed() == ("freeze_metrics", world.lead)


def test_metrics_that_are_not_settled_are_not_frozen(world, submitted):
    sentence = refused(operations.freeze_metrics, world.participation, at=LATER, by=world.lead)
    assert sentence.startswith("Lot acceptance rate: FDA has not accepted it.")


def test_metrics_that_were_never_asked_for_stop_the_beginning(world):
    assert operations.is_ready_to_begin(world.participation) == [
        "Metrics were not asked for yet: that happens when the dates are agreed."
    ]
    refused(operations.freeze_metrics, world.participation, at=AT, by=world.lead)


def test_metrics_are_frozen_once(world, frozen):
    sentence = refused(operations.freeze_metrics, world.participation, at=LATER, by=world.lead)
    assert sentence == "These metrics are frozen already."


def test_after_the_freeze_a_correction_is_listed_and_the_frozen_version_stays_in_force(
    world, frozen
):
    version = operations.submit_metrics(
        frozen,
        by=world.official,
        at=LATER,
        cells=[Cell(LOTS, Q1, 96, 100)],
        reason="A lot was counted twice.",
    )
    frozen.refresh_from_db()
    assert frozen.frozen_version.number == 1
    assert frozen.is_correction(version)
    assert not frozen.is_correction(frozen.frozen_version)
    assert set(statuses(frozen).values()) == {"frozen"}
    assert open_items(frozen) == ["metrics-review"]

    operations.note_correction(version, by=world.coordinator, at=LATER)
    assert open_items(frozen) == []
    assert last_deed() == ("note_metrics_correction", world.coordinator)
    assert "noted already" in refused(
        operations.note_correction, version, by=world.coordinator, at=LATER
    )


def test_only_a_correction_is_noted_and_only_by_the_coordinator(world, frozen):
    assert "Only a correction" in refused(
        operations.note_correction, frozen.frozen_version, by=world.coordinator, at=LATER
    )
    version = operations.submit_metrics(
        frozen, by=world.official, at=LATER, cells=[Cell(LOTS, Q1, 96, 100)], reason="Recount."
    )
    assert "Only FDA's coordinator" in refused(
        operations.note_correction, version, by=world.reviewer, at=LATER
    )


def test_a_correction_that_changes_nothing_is_refused(world, frozen):
    assert "nothing new to submit" in refused(
        operations.submit_metrics,
        frozen,
        by=world.official,
        at=LATER,
        cells=[Cell(LOTS, Q1, 97, 100)],
        reason="Again.",
    )


def test_what_was_promised_arrives_after_the_freeze_as_a_correction(world, submission):
    for code in (LOTS, COMPLAINTS):
        operations.waive_metric(standing(submission, code), "Why.", by=world.coordinator, at=AT)
    operations.promise_metric(
        standing(submission, OOS), date(2021, 4, 1), "Later.", by=world.coordinator, at=AT
    )
    operations.freeze_metrics(world.participation, at=AT, by=world.lead)
    cells = [cell for cell in good_cells(submission) if cell.metric == OOS]
    version = operations.submit_metrics(submission, by=world.official, at=LATER, cells=cells)
    submission.refresh_from_db()
    assert (submission.frozen_version, version.number) == (None, 1)
    assert submission.is_correction(version)
    assert open_items(submission) == ["metrics-review"]
    assert "cannot be changed now" in refused(
        operations.save_metrics_draft,
        submission,
        [Cell(LOTS, Q1, 1, 2)],
        by=world.official,
        at=LATER,
    )


def test_an_early_end_closes_every_task_and_every_deed_but_keeps_what_was_submitted(
    world, submitted
):
    operations.close(world.participation, by=world.coordinator, at=LATER, reason="Withdrew.")
    assert open_items(submitted) == []
    assert submitted.versions.count() == 1
    assert last_deed() == ("close_metrics", world.coordinator)
    for deed, kwargs in (
        (operations.submit_metrics, {"by": world.official}),
        (operations.accept_metrics, {"seen": 1, "by": world.coordinator}),
    ):
        assert "closed because the participation ended early" in refused(
            deed, submitted, at=LATER, **kwargs
        )
    assert "closed" in refused(
        operations.freeze_metrics, world.participation, at=LATER, by=world.lead
    )
    assert "closed" in refused(
        operations.request_metrics,
        world.participation,
        due_on=date(2021, 6, 1),
        by=world.coordinator,
        at=LATER,
    )


def test_closing_twice_or_without_metrics_changes_nothing(world, submission):
    operations.close(world.participation, by=world.coordinator, at=AT, reason="Withdrew.")
    before = everything()
    operations.close(world.participation, by=world.coordinator, at=LATER, reason="Again.")
    operations.close(world.api_participation, by=world.coordinator, at=LATER, reason="None.")
    assert everything() == before


def test_closing_needs_a_reason(world, submission):
    refused(operations.close, world.participation, by=world.coordinator, at=AT, reason=" ")


def test_a_rehearsal_stays_out_of_fdas_task_list(world, submission):
    world.fdf.rehearsal_of = world.api
    world.fdf.save()
    operations.submit_metrics(submission, by=world.official, at=AT, cells=good_cells(submission))
    assert open_items(submission) == []


def test_a_firm_that_is_withdrawing_enters_and_submits_no_more(world, submission):
    Participation.objects.update(status=Participation.Status.WITHDRAWING)
    for deed in (operations.save_metrics_draft, operations.submit_metrics):
        told = refused(
            deed, submission, by=world.metrics_person, at=LATER, cells=good_cells(submission)
        )
        assert told.startswith("Your firm has withdrawn from the pilot")
