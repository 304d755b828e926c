"""What a conflict closes of the trail, its exports, the register and legal holds (C2)."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from applications import operations
from applications.models import Barring
from applications.models.barring import BarringQuerySet
from qmm_pilot.accounts.roles import Role
from qmm_pilot.records import closed_sites
from qmm_pilot.records.holds import lift_hold, place_hold
from qmm_pilot.records.letters import queue_letter
from qmm_pilot.records.models import LegalHold, Letter, RecordAccess, TrailEntry, TrailExport
from qmm_pilot.records.register import How
from qmm_pilot.records.trail import record
from qmm_pilot.records.trail_choice import TrailChoice
from qmm_pilot.records.trail_exports import export_trail
from tests import factories
from tests.applications.reviewing import AT, coordinator, eligible, reviewer
from tests.factories import Status

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=3)


def officer():
    return reviewer(Role.FDA_RECORDS_OFFICER)


def barred_from(row, *, since=AT):
    person = officer()
    Barring.objects.create(person=person, fei_key=row.fei_key, since=since)
    return person


def positions_of(person, deed):
    return list(TrailEntry.objects.visible_to(person).filter(deed=deed).values_list("position"))


@pytest.fixture
def two_alternates():
    """Two alternates in the order of their ranks, released together."""
    rows = [factories.participation_request(Status.ELIGIBLE) for _ in range(2)]
    for row in rows:
        factories.decide(row, Status.ALTERNATE)
    factories.release(rows[0].program)
    return rows


def promote_second(rows):
    selector = factories.fda(Role.FDA_SELECTOR)
    return operations.promote_alternate(
        rows[1],
        reason="A place is free.",
        skip_reason="The first site’s owner asked for time until May.",
        proof=factories.proof_of(selector),
        by=selector,
        at=LATER,
    )


# --- the trail of a whole program --------------------------------------------------------------


@pytest.mark.parametrize("which", [0, 1], ids=["passed over", "promoted"])
def test_a_promotion_is_closed_to_who_is_barred_from_either_site(two_alternates, which):
    promote_second(two_alternates)
    assert len(positions_of(officer(), "promote_alternate")) == 1
    assert positions_of(barred_from(two_alternates[which]), "promote_alternate") == []
    assert len(positions_of(barred_from(eligible()), "promote_alternate")) == 1


def test_a_release_and_the_close_of_the_waiting_list_are_closed_with_each_site(two_alternates):
    selector = factories.fda(Role.FDA_SELECTOR)
    operations.close_waiting_list(
        two_alternates[0].program,
        reason="Too late.",
        proof=factories.proof_of(selector),
        by=selector,
        at=LATER,
    )
    barred = barred_from(two_alternates[0])
    for deed in ("release_decisions", "close_waiting_list"):
        assert len(positions_of(officer(), deed)) == 1
        assert positions_of(barred, deed) == []


def test_an_exchange_of_ranks_is_closed_to_who_is_barred_from_the_other_site():
    rows = [factories.participation_request(Status.ELIGIBLE) for _ in range(2)]
    for row in rows:
        factories.decide(row, Status.ALTERNATE)
    selector = factories.fda(Role.FDA_SELECTOR)
    draft = rows[1].decisions.get()
    operations.move_alternate(draft, up=True, by=selector, at=AT)
    assert len(positions_of(officer(), "move_alternate")) == 1
    assert positions_of(barred_from(rows[0]), "move_alternate") == []


def test_whom_a_coordinator_assigns_stands_with_each_request(two_alternates):
    first, second = eligible(), eligible()
    anna = reviewer()
    operations.assign_reviewer(first.program, [first.pk, second.pk], anna, by=coordinator(), at=AT)
    entries = TrailEntry.objects.filter(deed="assign_reviewer")
    assert {entry.subject_id for entry in entries} == {str(first.pk), str(second.pk)}
    assert [entry.after for entry in entries] == [{"reviewer": anna.name}] * 2
    barred = barred_from(first)
    seen = TrailEntry.objects.visible_to(barred).filter(deed="assign_reviewer")
    assert [entry.subject_id for entry in seen] == [str(second.pk)]


def test_an_older_entry_that_names_a_request_by_its_receipt_is_closed_too():
    row = eligible()
    with transaction.atomic():
        record(
            "assign_reviewer", row.program, by=None, at=AT, after={"requests": [row.receipt_number]}
        )
    assert len(positions_of(officer(), "assign_reviewer")) == 1
    assert positions_of(barred_from(row), "assign_reviewer") == []


def test_a_program_entry_that_is_not_looked_through_is_noticed(two_alternates, monkeypatch):
    """The planted fault: nobody looks for closed sites in the entries about a program."""
    monkeypatch.setattr(closed_sites, "NAMES", {})
    with pytest.raises(AssertionError):
        test_a_promotion_is_closed_to_who_is_barred_from_either_site(two_alternates, 0)


def test_the_entry_of_a_promotion_opens_by_no_address_to_who_is_barred(two_alternates, client):
    promote_second(two_alternates)
    entry = TrailEntry.objects.get(deed="promote_alternate")
    for person, code in ((officer(), 200), (barred_from(two_alternates[0]), 404)):
        client.force_login(person)
        assert client.get(reverse("records:trail_entry", args=[entry.hash])).status_code == code
        page = client.get(reverse("records:trail")).content.decode()
        assert ("asked for time until May" in page) == (code == 200)


# --- what carries a site's record --------------------------------------------------------------


def test_entries_about_a_letter_of_a_site_are_closed_with_it():
    row = eligible()
    words = {"kind": "request_received", "subject": "Received", "body": "Dear", "at": AT}
    queue_letter(to=row.started_by, about=row, **words)
    letter = Letter.objects.get(subject_id=str(row.pk), subject="Received")
    with transaction.atomic():
        record("tell_otherwise", letter, by=None, at=AT, reason="By telephone.")
    assert len(positions_of(officer(), "tell_otherwise")) == 1
    assert positions_of(barred_from(row), "tell_otherwise") == []


def test_a_legal_hold_of_a_closed_site_is_neither_listed_nor_told_by_the_trail():
    row, records_officer = eligible(), officer()
    by = {"by": records_officer, "at": LATER}
    hold = place_hold(row, matter="A matter", reason="Asked for.", since=AT.date(), **by)
    lift_hold(hold, reason="Over.", **by)
    barred = barred_from(row)
    assert LegalHold.objects.visible_to(records_officer).filter(pk=hold.pk).exists()
    assert not LegalHold.objects.visible_to(barred).filter(pk=hold.pk).exists()
    for deed in ("place_hold", "lift_hold"):
        assert len(positions_of(records_officer, deed)) == 1
        assert positions_of(barred, deed) == []


# --- exports of the trail ----------------------------------------------------------------------


def exported(person, *, at):
    return export_trail(TrailChoice(deed="submit_request"), format="csv", by=person, at=at)


def test_an_export_of_a_colleague_or_of_before_the_conflict_is_closed_to_who_is_barred(client):
    row, colleague = eligible(), officer()
    barred = barred_from(row, since=LATER)
    theirs, before = exported(colleague, at=LATER), exported(barred, at=AT)
    own = exported(barred, at=LATER + timedelta(days=1))
    assert set(TrailExport.objects.visible_to(colleague)) == {theirs, before, own}
    assert set(TrailExport.objects.visible_to(barred)) == {own}
    client.force_login(barred)
    for export, code in ((theirs, 404), (before, 404), (own, 200)):
        assert client.get(reverse("records:export_detail", args=[export.pk])).status_code == code


# --- the register ------------------------------------------------------------------------------


def opened(kind, pk, row, *, how=How.OPENED):
    person = reviewer()
    return RecordAccess.objects.create(
        organization_id=row.organization_id,
        subject_kind=kind,
        subject_id=str(pk),
        how=how,
        what="Request to participate",
        site=row.facility.name,
        user=person,
        person_name=person.name,
        office="FDA",
        at=AT,
        hour=AT.replace(minute=0, second=0, microsecond=0),
        noted_at=AT,
    )


def test_the_register_lines_of_a_site_are_closed_to_an_officer_who_is_barred(client):
    by = factories.registrant()
    row = factories.participation_request(by=by)
    letter = SimpleUploadedFile("letter.txt", b"Close-out letter.")
    stated = operations.declare_inspection(
        row,
        ended_on=AT.date() - timedelta(days=900),
        classification="NAI",
        fei_key=row.fei_key,
        letter=letter,
        by=by,
        at=factories.AT,
    )
    factories.submit(row, by)
    line = opened("applications.participationrequest", row.pk, row)
    file = opened("records.storedfile", stated.letter_id, row, how=How.DOWNLOADED)
    other = eligible()
    elsewhere = opened("applications.participationrequest", other.pk, other)
    barred = barred_from(row)
    assert {line, file, elsewhere} <= set(RecordAccess.objects.visible_to(officer()))
    seen = set(RecordAccess.objects.visible_to(barred))
    assert elsewhere in seen
    assert not {line, file} & seen
    client.force_login(barred)
    for name in ("access_register", "access_register_export"):
        page = client.get(reverse(f"applications:{name}")).getvalue().decode()
        assert other.facility.name in page
        assert row.facility.name not in page


def test_a_register_that_forgets_who_is_barred_is_noticed(client, monkeypatch):
    monkeypatch.setattr(
        BarringQuerySet, "feis_of", lambda self, user: self.none().values("fei_key")
    )
    with pytest.raises(AssertionError):
        test_the_register_lines_of_a_site_are_closed_to_an_officer_who_is_barred(client)
