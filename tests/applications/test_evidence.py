"""Inspections beside the public ones: declared by the firm, entered by FDA; what they decide."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from applications import operations
from applications.models import (
    EarlierVerdict,
    ParticipationRequest,
    StatedInspection,
    VerdictChange,
)
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.models import ActionItem, TrailEntry
from qmm_pilot.records.signatures import checked_signatures
from tests import factories
from tests.factories import AFTER_CLOSE, AT, Status

pytestmark = pytest.mark.django_db
IN_WINDOW = date(2018, 5, 4)


@pytest.fixture
def coordinator(db):
    return factories.fda(Role.FDA_COORDINATOR)


@pytest.fixture
def official(db):
    return factories.registrant()


def declare(draft, by, **facts):
    given = {"ended_on": IN_WINDOW, "fei_key": draft.fei_key, "classification": "", **facts}
    return operations.declare_inspection(draft, **given, by=by, at=AT)


def enter(participation_request, by, **facts):
    given = {
        "ended_on": IN_WINDOW,
        "fei_key": participation_request.fei_key,
        "classification": "VAI",
        "source": "FDA’s compliance system",
        "looked_up_on": AFTER_CLOSE.date(),
        **facts,
    }
    return operations.enter_inspection(participation_request, **given, by=by, at=AFTER_CLOSE)


def taken_up(draft, official, coordinator):
    submitted = operations.submit_request(
        draft,
        attested=factories.commitments(draft.program),
        proof=factories.PROOF,
        by=official,
        at=AT,
    )
    return operations.take_up_request(submitted, by=coordinator, at=AFTER_CLOSE)


def criterion_b(participation_request):
    return participation_request.criterion_results.get(criterion__code="b")


@pytest.mark.parametrize(
    ("classification", "opinion"), [("OAI", "fails"), ("", "undetermined"), ("NAI", "undetermined")]
)
def test_what_the_firm_declares_can_speak_against_it_and_never_for_it(
    official, coordinator, classification, opinion
):
    draft = factories.draft(official)
    declare(draft, official, classification=classification)
    row = taken_up(draft, official, coordinator)
    found = criterion_b(row)
    assert found.opinion == opinion
    ((origin, day, inside),) = [
        (each["origin"], each["ended_on"], each["in_window"])
        for each in found.evidence["inspections"]
    ]
    assert (origin, day, inside) == ("firm", "2018-05-04", True)


def test_a_declared_letter_is_kept_confidential_and_signed_with_the_answers(official, coordinator):
    draft = factories.draft(official)
    letter = SimpleUploadedFile("letter.txt", b"Close-out letter.")
    stated = declare(draft, official, letter=letter)
    assert stated.letter.is_confidential
    row = taken_up(draft, official, coordinator)
    assert all(entry.fault == "" for entry in checked_signatures(row))
    StatedInspection.objects.filter(pk=stated.pk).update(classification="NAI")
    read_again = ParticipationRequest.objects.get(pk=row.pk)
    assert any(entry.fault for entry in checked_signatures(read_again))


def test_a_submitted_request_declares_no_more(official, coordinator):
    draft = factories.draft(official)
    stated = declare(draft, official)
    taken_up(draft, official, coordinator)
    for deed in (
        lambda: declare(draft, official),
        lambda: operations.take_back_declared(stated, by=official, at=AFTER_CLOSE),
    ):
        with pytest.raises(IllegalMove, match="submitted"):
            deed()


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"ended_on": date(2021, 1, 1)}, "in the future"),
        ({"fei_key": "77"}, "former FEI first"),
        ({"classification": "XYZ"}, "NAI, VAI or OAI"),
        ({"letter": SimpleUploadedFile("letter.pdf", b"MZ no PDF")}, "not a true PDF"),
    ],
)
def test_an_inspection_that_cannot_be_is_refused_with_the_way_to_mend_it(official, facts, sentence):
    draft = factories.draft(official)
    with pytest.raises(Refusal, match=sentence):
        declare(draft, official, **facts)
    assert not StatedInspection.objects.exists()


def test_a_declared_inspection_is_taken_back_in_the_draft_and_counts_no_more(official, coordinator):
    draft = factories.draft(official)
    stated = declare(draft, official, classification="OAI")
    operations.take_back_declared(stated, by=official, at=AT)
    assert criterion_b(taken_up(draft, official, coordinator)).evidence["inspections"] == []


def test_what_fda_enters_examines_criterion_b_anew_and_keeps_what_stood(coordinator):
    row = factories.participation_request(Status.UNDER_REVIEW)
    assert criterion_b(row).opinion == "undetermined"
    enter(row, coordinator, classification="VAI")
    assert criterion_b(row).opinion == "meets"
    enter(row, coordinator, ended_on=date(2019, 2, 1), classification="")
    assert criterion_b(row).opinion == "undetermined"
    oai = enter(row, coordinator, ended_on=date(2019, 2, 1), classification="OAI")
    assert criterion_b(row).opinion == "fails"
    operations.withdraw_inspection(oai, reason="Another site", by=coordinator, at=AFTER_CLOSE)
    assert criterion_b(row).opinion == "undetermined"
    kept = EarlierVerdict.objects.order_by("number").values_list("number", "opinion")
    assert list(kept) == [(1, "undetermined"), (2, "meets"), (3, "undetermined"), (4, "fails")]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"source": " "}, "Name FDA’s system"),
        ({"looked_up_on": date(2020, 12, 11)}, "future"),
        ({"looked_up_on": date(2018, 5, 3)}, "before the end"),
    ],
)
def test_what_fda_enters_names_its_source_and_day(coordinator, facts, sentence):
    row = factories.participation_request(Status.UNDER_REVIEW)
    with pytest.raises(Refusal, match=sentence):
        enter(row, coordinator, **facts)


def test_a_determined_request_keeps_its_verdict_and_becomes_a_task(coordinator):
    row = factories.participation_request(Status.ELIGIBLE)
    before = TrailEntry.objects.count()
    enter(row, coordinator, classification="OAI")
    found = criterion_b(row)
    assert (found.opinion, found.outcome) == ("undetermined", "meets")
    change = VerdictChange.objects.standing().get()
    assert (change.before, change.after) == ("meets", "fails")
    assert ActionItem.objects.open().get(key=f"verdict-change:{found.pk}").role == "fda_coordinator"
    assert TrailEntry.objects.count() == before + 1
    operations.settle_change(change, reason="Another site", by=coordinator, at=AFTER_CLOSE)
    assert not ActionItem.objects.open().filter(key=f"verdict-change:{found.pk}").exists()


def test_each_side_takes_back_only_what_it_entered(official, coordinator):
    draft = factories.draft(official)
    declared = declare(draft, official)
    row = taken_up(draft, official, coordinator)
    with pytest.raises(Refusal, match="only what it entered"):
        operations.withdraw_inspection(declared, reason="No", by=coordinator, at=AFTER_CLOSE)
    with pytest.raises(Refusal, match="coordinators"):
        enter(row, factories.fda(Role.FDA_REVIEWER))
    with pytest.raises(Refusal, match="preparers"):
        declare(factories.draft(factories.registrant()), official)


def test_fda_sees_what_is_declared_once_it_is_submitted(official, coordinator):
    draft = factories.draft(official)
    declare(draft, official)
    seen = StatedInspection.objects.visible_to
    assert (seen(official).count(), seen(coordinator).count()) == (1, 0)
    row = taken_up(draft, official, coordinator)
    enter(row, coordinator)
    assert (seen(official).count(), seen(coordinator).count()) == (1, 2)
    assert seen(factories.registrant()).count() == 0
