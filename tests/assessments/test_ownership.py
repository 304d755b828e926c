"""Change of owner: both firms confirm or FDA records; the former owner keeps what it sent (A15)."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from applications import operations as intake
from applications.letter_texts import default_words
from applications.models import (
    Attestation,
    Declaration,
    Facility,
    Hold,
    KeptCopy,
    LetterOverride,
    OwnershipChange,
    ParticipationRequest,
)
from applications.operations.holds import OnHold
from assessments import access, operations
from metrics.models import MetricsSubmission
from metrics.operations import save_metrics_draft, submit_metrics
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.models import ActionItem, Letter, TrailEntry
from qmm_pilot.records.signatures import checked_signatures
from tests import factories
from tests.assessments.visits import Visit
from tests.factories import AFTER_CLOSE, PROOF
from tests.metrics.people import good_cells

pytestmark = pytest.mark.django_db
Status = ParticipationRequest.Status
SOLD_ON = date(2020, 12, 1)


@pytest.fixture
def seller():
    return factories.registrant(name="Sela Seller")


@pytest.fixture
def buyer():
    return factories.registrant(name="Bea Buyer")


@pytest.fixture
def coordinator():
    return factories.fda(Role.FDA_COORDINATOR)


def offer(facility, seller, buyer, **replaced):
    facts = {"to_email": buyer.email.upper(), "since": SOLD_ON, **replaced}
    return intake.offer_facility(facility, by=seller, at=AFTER_CLOSE, **facts)


def sold(facility, seller, buyer, at=AFTER_CLOSE):
    change = offer(facility, seller, buyer)
    return operations.accept_facility(change, by=buyer, at=at)


def state_of(facility):
    return (
        list(Facility.objects.filter(pk=facility.pk).values()),
        list(ParticipationRequest.objects.order_by("pk").values()),
        list(OwnershipChange.objects.values()),
        KeptCopy.objects.count(),
        Hold.objects.count(),
        Letter.objects.count(),
        TrailEntry.objects.count(),
    )


def test_a_confirmed_sale_moves_the_live_request_and_holds_it_until_attested(
    seller, buyer, coordinator
):
    request = factories.participation_request(Status.SUBMITTED, seller)
    sold(request.facility, seller, buyer)
    request.refresh_from_db()
    assert request.organization == request.facility.organization == buyer.organization
    assert not Attestation.objects.filter(ended_at=None).exists()
    task = ActionItem.objects.open().get(key=f"attest:{request.pk}")
    assert (task.organization_id, task.role) == (buyer.organization_id, Role.FIRM_OFFICIAL)
    with pytest.raises(OnHold, match="has not attested"):
        intake.take_up_request(request, by=coordinator, at=AFTER_CLOSE)
    commitments = factories.commitments(request.program)
    with pytest.raises(Refusal, match="Not yet attested"):
        intake.attest_anew(request, attested=commitments[1:], proof=PROOF, by=buyer, at=AFTER_CLOSE)
    with pytest.raises(Refusal, match="Only an authorized official"):
        intake.attest_anew(request, attested=commitments, proof=PROOF, by=seller, at=AFTER_CLOSE)
    intake.attest_anew(request, attested=commitments, proof=PROOF, by=buyer, at=AFTER_CLOSE)
    assert not ActionItem.objects.open().filter(key=f"attest:{request.pk}").exists()
    taken_up = intake.take_up_request(request, by=coordinator, at=AFTER_CLOSE)
    found = taken_up.criterion_results.get(criterion__code="c")
    assert (found.opinion, found.evidence["attested_by"]) == ("meets", "Bea Buyer")
    checked = [(each.signature.signer, each.fault) for each in checked_signatures(request)]
    assert checked == [(seller, ""), (buyer, "")]
    with pytest.raises(IllegalMove):
        intake.attest_anew(request, attested=commitments, proof=PROOF, by=buyer, at=AFTER_CLOSE)


def test_an_old_attestation_counts_no_more(seller, buyer, coordinator):
    request = factories.participation_request(Status.SUBMITTED, seller)
    sold(request.facility, seller, buyer)
    Hold.objects.update(ended_at=AFTER_CLOSE)  # as no deed does
    taken_up = intake.take_up_request(request, by=coordinator, at=AFTER_CLOSE)
    assert taken_up.criterion_results.get(criterion__code="c").opinion == "fails"


def test_the_former_owner_keeps_what_it_submitted_and_sees_nothing_later(seller, buyer):
    request = factories.participation_request(Status.SUBMITTED, seller)
    number = request.receipt_number
    sold(request.facility, seller, buyer)
    assert not ParticipationRequest.objects.visible_to(seller).exists()
    assert not Facility.objects.visible_to(seller).exists()
    copy = KeptCopy.objects.visible_to(seller).get()
    assert not KeptCopy.objects.visible_to(buyer).exists()
    text = str(copy.content)
    for kept in (number, "Film-coated tablets", "Quinn Quality", "Sela Seller"):
        assert kept in text
    before = copy.content
    intake.change_contact(
        ParticipationRequest.objects.get(pk=request.pk),
        {
            "contact_name": "New Contact", "contact_title": "", "contact_email": "n@x.example",
            "contact_phone": "1", "contact_time_zone": "America/Chicago", "deputy_name": "",
            "deputy_email": "",
        },
        by=buyer,
        at=AFTER_CLOSE,
    )  # fmt: skip
    copy.refresh_from_db()
    assert copy.content == before
    letters = Letter.objects.filter(person=seller).count()
    intake.withdraw_request(request, by=buyer, at=AFTER_CLOSE)
    assert Letter.objects.filter(person=seller).count() == letters


def test_the_place_goes_along_with_metrics_before_the_day_and_without_drafts(seller, buyer):
    visit = Visit()
    visit.to("consulted")
    first = visit.submission
    submit_metrics(first, cells=good_cells(first), by=visit.official, at=visit.at)
    participation = visit.participation
    sold(participation.facility, visit.official, buyer, at=visit.at + timedelta(days=1))
    participation.refresh_from_db()
    assert participation.organization == buyer.organization
    copy = KeptCopy.objects.get()
    assert "Metrics, version 1," in str([heading for heading, _ in copy.content])
    assert not MetricsSubmission.objects.visible_to(visit.official).exists()
    assert MetricsSubmission.objects.visible_to(buyer).exists()
    items = ActionItem.objects.open().filter(organization_id=visit.official.organization_id)
    about = {str(participation.pk), str(first.pk), str(visit.assessment.pk)}
    assert not items.filter(subject_id__in=about).exists()
    change = OwnershipChange.objects.get()
    declare = ActionItem.objects.open().get(key=f"declare:{change.pk}")
    assert declare.role == Role.FDA_COORDINATOR
    with pytest.raises(Refusal):
        intake.note_declarations(change, by=buyer, at=visit.at)
    with pytest.raises(Refusal, match="Still missing: Arno, Leah"):
        intake.note_declarations(change, by=visit.coordinator, at=visit.at)
    factories.declare_none(visit.assessment.engagement, at=visit.at)
    intake.note_declarations(change, by=visit.coordinator, at=visit.at)
    assert not ActionItem.objects.open().filter(key=declare.key).exists()


def declarations_of(visit):
    rows = Declaration.objects.filter(member__engagement=visit.assessment.engagement)
    return sorted(rows.values_list("member__user__name", "status"))


def test_a_sale_closes_the_file_to_the_team_until_each_has_declared_anew(buyer):
    visit = Visit()
    visit.to("consulted")
    at = visit.at + timedelta(days=1)
    assert access.is_engaged(visit.lead, visit.assessment, at=at)
    sold(visit.participation.facility, visit.official, buyer, at=at)
    assert not access.is_engaged(visit.lead, visit.assessment, at=at)
    assert declarations_of(visit) == [
        ("Arno", "asked"), ("Arno", "expired"), ("Leah", "asked"), ("Leah", "expired"),
    ]  # fmt: skip
    entries = TrailEntry.objects.order_by("-position")[:2]
    assert [entry.deed for entry in entries] == ["change_owner", "expire_declarations"]
    asked = ActionItem.objects.open().filter(subject_kind=Declaration._meta.label_lower)
    assert set(asked.values_list("user", flat=True)) == {visit.lead.pk, visit.assessor.pk}
    [own] = Declaration.objects.filter(status="asked", member__user=visit.lead)
    intake.declare_interests(own, has_interest=False, by=visit.lead, at=at)
    assert access.is_engaged(visit.lead, visit.assessment, at=at)
    assert not access.is_engaged(visit.assessor, visit.assessment, at=at)


def test_a_declared_interest_is_asked_for_anew_and_a_refused_sale_leaves_the_team_alone(buyer):
    visit = Visit()
    visit.assigned()
    [own] = Declaration.objects.filter(member__user=visit.lead)
    intake.declare_interests(
        own, has_interest=True, interests="Shares in Acme.", by=visit.lead, at=visit.at
    )
    facility = visit.participation.facility
    factories.facility(buyer, fei=facility.fei)
    before = declarations_of(visit)
    change = offer(facility, visit.official, buyer)
    with pytest.raises(Refusal, match="has registered a facility with FEI"):
        operations.accept_facility(change, by=buyer, at=visit.at)
    assert declarations_of(visit) == before == [("Arno", "asked"), ("Leah", "declared")]
    Facility.objects.filter(organization=buyer.organization).update(fei_key="1")
    operations.accept_facility(change, by=buyer, at=visit.at)
    assert ("Leah", "expired") in declarations_of(visit)
    assert not ActionItem.objects.open().filter(key=f"rule-declaration:{own.pk}").exists()


def test_a_sale_without_a_team_expires_nothing(seller, buyer):
    sold(factories.facility(seller), seller, buyer)
    assert not TrailEntry.objects.filter(deed="expire_declarations").exists()


def test_a_metrics_draft_is_not_kept(buyer):
    visit = Visit()
    visit.to("consulted")
    submission = visit.submission
    save_metrics_draft(submission, cells=good_cells(submission), by=visit.official, at=visit.at)
    sold(visit.participation.facility, visit.official, buyer, at=visit.at)
    assert "Metrics" not in str([heading for heading, _ in KeptCopy.objects.get().content])


def test_drafts_are_closed_and_what_has_ended_stays(seller, buyer):
    site = factories.facility(seller)
    draft = factories.draft(seller, site=site)
    sold(site, seller, buyer)
    draft.refresh_from_db()
    assert (draft.status, draft.organization) == (Status.WITHDRAWN, seller.organization)
    told = factories.participation_request(Status.NOT_SELECTED, seller)
    sold(told.facility, seller, buyer)
    told.refresh_from_db()
    assert told.organization == seller.organization
    assert not KeptCopy.objects.exists()


def test_only_the_official_named_by_the_owners_official_confirms(seller, buyer, coordinator):
    site = factories.facility(seller)
    preparer = factories.person(seller.organization, Role.FIRM_PREPARER)
    for stranger in (preparer, buyer, coordinator):
        with pytest.raises(Refusal, match="Only an authorized official of the owner"):
            offer(site, stranger, buyer)
    change = offer(site, seller, buyer)
    colleague = factories.person(buyer.organization, Role.FIRM_OFFICIAL)
    before = state_of(site)
    for stranger in (seller, colleague, coordinator, factories.registrant()):
        for deed in (operations.accept_facility, intake.decline_facility):
            with pytest.raises(Refusal, match="to whom the facility was offered"):
                deed(change, by=stranger, at=AFTER_CLOSE)
    with pytest.raises(Refusal, match="takes the offer back"):
        intake.withdraw_offer(change, by=buyer, at=AFTER_CLOSE)
    with pytest.raises(IllegalMove, match="offered already"):
        offer(site, seller, buyer)
    assert state_of(site) == before


def test_an_offer_is_declined_or_withdrawn_and_then_settled(seller, buyer):
    site = factories.facility(seller)
    for deed, by in ((intake.decline_facility, buyer), (intake.withdraw_offer, seller)):
        change = offer(site, seller, buyer)
        deed(change, by=by, at=AFTER_CLOSE)
        with pytest.raises(IllegalMove, match="settled already"):
            operations.accept_facility(change, by=buyer, at=AFTER_CLOSE)
    site.refresh_from_db()
    assert site.organization == seller.organization


def test_a_sale_to_come_or_to_oneself_is_refused(seller, buyer):
    site = factories.facility(seller)
    with pytest.raises(Refusal, match="once its day has come"):
        offer(site, seller, buyer, since=date(2020, 12, 11))
    with pytest.raises(Refusal, match="not your own"):
        offer(site, seller, seller)


def test_a_buyer_who_registered_the_site_itself_changes_nothing(seller, buyer):
    request = factories.participation_request(Status.SUBMITTED, seller)
    factories.facility(buyer, fei=request.facility.fei)
    change = offer(request.facility, seller, buyer)
    before = state_of(request.facility)
    with pytest.raises(Refusal, match="has registered a facility with FEI"):
        operations.accept_facility(change, by=buyer, at=AFTER_CLOSE)
    assert state_of(request.facility) == before


def test_fda_alone_records_a_sale_with_reason_and_source(seller, buyer, coordinator):
    request = factories.participation_request(Status.SUBMITTED, seller)
    facts = {
        "successor": buyer.organization,
        "since": SOLD_ON,
        "reason": "The seller is dissolved.",
        "source": "Registration of 2021",
        "at": AFTER_CLOSE,
    }
    before = state_of(request.facility)
    for by, replaced, words in (
        (seller, {}, "Only FDA coordinators"),
        (coordinator, {"source": " "}, "reason and the source"),
        (coordinator, {"successor": coordinator.organization}, "Choose the firm"),
    ):
        with pytest.raises(Refusal, match=words):
            operations.record_new_owner(request.facility, by=by, **{**facts, **replaced})
    assert state_of(request.facility) == before
    operations.record_new_owner(request.facility, by=coordinator, **facts)
    request.refresh_from_db()
    assert request.organization == buyer.organization
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.reason) == ("change_owner", "The seller is dissolved.")


def test_words_that_were_written_to_the_former_owner_do_not_go_to_the_new_one(
    seller, buyer, coordinator
):
    request = factories.participation_request(Status.ELIGIBLE, seller)
    factories.decide(request, Status.NOT_SELECTED)
    words = default_words("decision_not_selected")
    intake.edit_letter(
        request,
        subject=words.subject,
        body=f"{words.body} Thank you for your call of May.",
        by=coordinator,
        at=AFTER_CLOSE,
    )
    assert LetterOverride.objects.get(participation_request=request).ended_at is None
    sold(request.facility, seller, buyer)
    assert LetterOverride.objects.get(participation_request=request).ended_at == AFTER_CLOSE


# --- pages ---------------------------------------------------------------------------------------


def url(name, thing):
    return reverse(name, args=[thing.pk])


def test_both_firms_do_it_in_the_browser(client, seller, buyer):
    request = factories.participation_request(Status.SUBMITTED, seller)
    client.force_login(seller)
    client.post(
        url("assessments:facility_offer", request.facility),
        {"to_email": buyer.email, "since": "2020-11-02"},
    )
    change = OwnershipChange.objects.get()
    assert (
        buyer.name not in client.get(url("assessments:ownership_detail", change)).content.decode()
    )
    client.force_login(buyer)
    page = client.get(reverse("applications:facility_list")).content.decode()
    assert "waits for the new owner’s official to confirm" in page
    client.post(url("assessments:ownership_accept", change))
    page = client.get(url("applications:request_detail", request)).content.decode()
    assert "Attest the commitments" in page
    attested = {f"commitment_{pk}": "on" for pk in factories.commitments(request.program)}
    attested |= factories.typed_by(buyer)
    client.post(url("applications:request_attest_anew", request), attested)
    assert not Hold.objects.standing().exists()
    client.force_login(seller)
    assert client.get(url("applications:request_detail", request)).status_code == 404
    page = client.get(reverse("applications:facility_list")).content.decode()
    assert request.receipt_number in page
    page = client.get(url("applications:kept_copy", KeptCopy.objects.get())).content.decode()
    assert "Film-coated tablets" in page


def test_fda_records_a_new_owner_on_its_page(client, seller, buyer, coordinator):
    request = factories.participation_request(Status.SUBMITTED, seller)
    client.force_login(coordinator)
    client.post(
        url("assessments:new_owner", request),
        {
            "successor": buyer.organization_id,
            "since": "2020-11-02",
            "reason": "Dissolved.",
            "source": "Registration",
        },
    )
    request.refresh_from_db()
    assert request.organization == buyer.organization
