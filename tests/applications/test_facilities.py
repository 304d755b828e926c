"""Facilities: changed after submission, former FEIs, and the FEI that is echoed (A5, B6)."""

import io
from datetime import date

import pytest
from django.urls import reverse

from applications import operations
from applications.inspections import import_inspections
from applications.known_sites import known_site
from applications.models import Facility, FacilityIdentifier, ParticipationRequest
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.models import ActionItem, Letter, TrailEntry
from tests import factories
from tests.applications.exports import NAI, OAI, export, row
from tests.factories import AFTER_CLOSE

pytestmark = pytest.mark.django_db
Status = ParticipationRequest.Status


@pytest.fixture
def official():
    return factories.registrant()


@pytest.fixture
def coordinator():
    return factories.fda(Role.FDA_COORDINATOR)


def change(facility, by, **changes):
    kept = {name: value for name, value in facility.facts().items() if name != "fei_key"}
    return operations.change_facility(facility, by=by, at=AFTER_CLOSE, **{**kept, **changes})


def add(facility, by, fei="3009999", **replaced):
    facts = {"kind": "former", "source": "FDA’s letter of 2018", **replaced}
    return operations.add_identifier(facility, fei=fei, by=by, at=AFTER_CLOSE, **facts)


def imported(coordinator, *rows):
    import_inspections(io.BytesIO(export(*rows)), file_name="x.csv", by=coordinator, at=AFTER_CLOSE)


def criterion_b(participation_request):
    return participation_request.criterion_results.get(criterion__code="b")


def items(key):
    return ActionItem.objects.open().filter(key__startswith=key)


# --- changes -------------------------------------------------------------------------------------


def test_a_submitted_request_keeps_the_facility_as_it_was(official, coordinator):
    request = factories.participation_request(Status.SUBMITTED, official)
    before = request.site.facts()
    changed = change(request.facility, official, name="Renamed", city="Dallas", duns="111111111")
    request.refresh_from_db()
    assert request.site.facts() == before
    assert (changed.name, changed.city) == ("Renamed", "Dallas")
    assert Letter.objects.filter(kind="facility_changed").exists()
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, sorted(entry.before)) == ("change_facility", ["city", "duns", "name"])


@pytest.mark.parametrize(
    ("changes", "words"), [({"fei": "3007777"}, "its FEI"), ({"country": "IN"}, "its country")]
)
def test_what_decides_eligibility_stands_while_fda_has_the_request(official, changes, words):
    request = factories.participation_request(Status.ELIGIBLE, official)
    before = request.facility.facts()
    with pytest.raises(Refusal, match=words):
        change(request.facility, official, **changes)
    assert Facility.objects.get(pk=request.facility_id).facts() == before
    operations.withdraw_request(request, by=official, at=AFTER_CLOSE)
    change(request.facility, official, **changes)


def test_the_verdict_rests_on_the_country_as_submitted(official, coordinator):
    request = factories.participation_request(Status.SUBMITTED, official)
    Facility.objects.update(country="IN")  # as no deed does
    operations.take_up_request(request, by=coordinator, at=AFTER_CLOSE)
    found = request.criterion_results.get(criterion__code="a")
    assert (found.opinion, found.evidence["country"]) == ("meets", "United States of America")


def test_a_draft_follows_its_facility(official):
    draft = factories.draft(official)
    change(draft.facility, official, fei="0003007777")
    draft.refresh_from_db()
    assert (draft.fei_key, draft.site.fei) == ("3007777", "0003007777")


def test_the_same_values_change_nothing(official):
    facility = factories.facility(official)
    entries = TrailEntry.objects.count()
    change(facility, official)
    assert TrailEntry.objects.count() == entries


def test_only_people_of_the_firm_change_its_facility(official, coordinator):
    facility = factories.facility(official)
    metrics = factories.person(official.organization, Role.FIRM_METRICS)
    for stranger in (factories.registrant(), coordinator, metrics):
        with pytest.raises(Refusal, match="Only people of the firm"):
            change(facility, stranger, name="X")
    taken = factories.facility(official, fei="3005050")
    with pytest.raises(Refusal, match="already registered"):
        change(facility, official, fei=taken.fei)
    facility.refresh_from_db()
    assert facility.name != "X"


# --- former FEIs ---------------------------------------------------------------------------------


def test_an_official_action_under_a_former_fei_fails_criterion_b(official, coordinator):
    site = factories.facility(official, fei="3004444")
    request = factories.participation_request(Status.SUBMITTED, official, site=site)
    imported(
        coordinator,
        row(fei="3004444", ended="05/01/2018", classification=NAI, year="2018", id="1"),
        row(fei="0003009999", ended="03/01/2016", classification=OAI, year="2016", id="2"),
    )
    request = operations.take_up_request(request, by=coordinator, at=AFTER_CLOSE)
    assert criterion_b(request).opinion == "meets"
    add(site, official, since=date(2010, 1, 1), until=date(2017, 1, 1))
    task = items("identifiers:").get()
    assert task.role == Role.FDA_COORDINATOR
    assert criterion_b(request).opinion == "meets"  # nothing changes by itself
    with pytest.raises(Refusal, match="Examine again first"):
        operations.determine_eligibility(request, by=coordinator, at=AFTER_CLOSE)
    operations.examine_again(request, by=coordinator, at=AFTER_CLOSE)
    found = criterion_b(request)
    assert found.opinion == "fails"
    assert found.evidence["feis"] == ["3004444", "3009999"]
    assert [i["fei"] for i in found.evidence["inspections"]] == ["3004444", "3009999"]
    assert not items("identifiers:").exists()


def test_a_determined_request_becomes_a_task_and_stands(official, coordinator):
    request = factories.participation_request(Status.ELIGIBLE, official)
    add(request.facility, coordinator)
    assert items("identifiers:").count() == 1
    operations.note_identifiers(request, by=coordinator, at=AFTER_CLOSE)
    assert not items("identifiers:").exists()
    request.refresh_from_db()
    assert request.status == Status.ELIGIBLE


def test_a_former_fei_needs_a_source_sound_dates_and_a_number_of_its_own(official):
    site = factories.facility(official, fei="3004444")
    for replaced, words in (
        ({"source": " "}, "documented"),
        ({"since": date(2018, 1, 2), "until": date(2018, 1, 1)}, "lies after"),
        ({"fei": "12AB"}, "is not an FEI"),
        ({"fei": "0003004444"}, "the present FEI"),
    ):
        with pytest.raises(Refusal, match=words):
            add(site, official, **replaced)
    add(site, official)
    with pytest.raises(Refusal, match="on record for this facility already"):
        add(site, official, fei="0003009999")
    with pytest.raises(Refusal, match="former one"):
        change(site, official, fei="3009999")
    assert FacilityIdentifier.objects.count() == 1


def test_only_firm_and_coordinator_add_and_take_back(official, coordinator):
    site = factories.facility(official)
    selector = factories.fda(Role.FDA_SELECTOR)
    for stranger in (factories.registrant(), selector):
        with pytest.raises(Refusal, match="Only people of the firm and FDA"):
            add(site, stranger)
    identifier = add(site, official)
    facts = {"reason": "Another site’s.", "at": AFTER_CLOSE}
    with pytest.raises(Refusal, match="Only people of the firm and FDA"):
        operations.withdraw_identifier(identifier, by=selector, **facts)
    with pytest.raises(Refusal, match="Say why"):
        operations.withdraw_identifier(identifier, by=official, reason=" ", at=AFTER_CLOSE)
    operations.withdraw_identifier(identifier, by=official, **facts)
    with pytest.raises(IllegalMove):
        operations.withdraw_identifier(identifier, by=official, **facts)
    add(site, official)  # the number may come again


def test_a_firm_cannot_hide_inspections_from_a_request_that_fda_has(official, coordinator):
    site = factories.facility(official)
    identifier = add(site, official)
    factories.participation_request(Status.UNDER_REVIEW, official, site=site)
    facts = {"reason": "Another site’s.", "at": AFTER_CLOSE}
    with pytest.raises(Refusal, match="only FDA takes back"):
        operations.withdraw_identifier(identifier, by=official, **facts)
    operations.withdraw_identifier(identifier, by=coordinator, **facts)


# --- pages ---------------------------------------------------------------------------------------

TYPED = {
    "name": "Acme Sunrise",
    "fei": "0003004444",
    "duns": "012345678",
    "address_line_1": "1 Plant Road",
    "city": "Sunrise",
    "country": "US",
    "time_zone": "America/New_York",
}


def url(name, *pks):
    return reverse(f"applications:{name}", args=[getattr(pk, "pk", pk) for pk in pks])


def test_a_typed_fei_is_echoed_with_its_registered_name_before_it_is_kept(
    client, set_clock, official, coordinator
):
    imported(
        coordinator,
        row(fei="3004444", name="Old Name", ended="05/01/2012", year="2012", id="1"),
        row(fei="3004444", name="Sunrise Tablets", ended="05/01/2018", year="2018", id="2"),
    )
    client.force_login(official)
    page = client.post(url("facility_new"), TYPED).content.decode()
    assert "Is this your site?" in page
    assert "Sunrise Tablets</strong>, Sunrise, Florida 33313, United States" in page
    assert "Old Name" not in page
    assert not Facility.objects.exists()
    page = client.post(
        url("facility_new"), {**TYPED, "confirmed_fei": "3004444", "correct": "1"}
    ).content.decode()
    assert 'value="Acme Sunrise"' in page
    assert not Facility.objects.exists()
    client.post(url("facility_new"), {**TYPED, "confirmed_fei": "3004444"})
    assert Facility.objects.get().name == "Acme Sunrise"


def test_what_was_confirmed_for_one_fei_does_not_confirm_another(client, set_clock, official):
    client.force_login(official)
    page = client.post(url("facility_new"), {**TYPED, "confirmed_fei": "3004445"}).content.decode()
    assert "FDA’s public data on record know nothing of FEI <strong>3004444</strong>" in page
    assert not Facility.objects.exists()


def test_the_same_duns_with_another_fei_warns_the_firm_and_fda(
    client, set_clock, official, coordinator
):
    twin = factories.facility(official, duns="012345678")
    client.force_login(official)
    assert f"{twin} has the same DUNS number" in client.post(
        url("facility_new"), TYPED
    ).content.decode().replace("&#x27;", "'")
    one = factories.participation_request(Status.SUBMITTED, official, site=twin)
    other = factories.registrant()
    far = factories.facility(other, duns="012345678")
    client.force_login(coordinator)
    sheet = url("request_review", one)
    assert "has the same DUNS number and another FEI" not in client.get(sheet).content.decode()
    factories.participation_request(Status.SUBMITTED, other, site=far)
    assert f"{far} has the same DUNS number and another FEI" in client.get(sheet).content.decode()


def test_a_firm_changes_its_facility_and_confirms_a_new_fei(client, set_clock, official):
    facility = factories.facility(official)
    client.force_login(official)
    kept = {name: value for name, value in facility.facts().items() if name != "fei_key"}
    client.post(url("facility_edit", facility), {**kept, "name": "Renamed"})
    facility.refresh_from_db()
    assert facility.name == "Renamed"
    page = client.post(url("facility_edit", facility), {**kept, "fei": "3007777"}).content.decode()
    assert "Is this your site?" in page
    client.post(
        url("facility_edit", facility), {**kept, "fei": "3007777", "confirmed_fei": "3007777"}
    )
    facility.refresh_from_db()
    assert (facility.name, facility.fei) == (kept["name"], "3007777")


def test_firm_and_fda_add_a_former_fei_and_see_it(client, set_clock, official, coordinator):
    request = factories.participation_request(Status.UNDER_REVIEW, official)
    set_clock(AFTER_CLOSE)
    facts = {"fei": "3009999", "kind": "merged", "until": "2017-01-01", "source": "A letter"}
    client.force_login(official)
    client.post(url("identifier_new", request.facility), facts)
    assert "3009999" in client.get(url("facility_detail", request.facility)).content.decode()
    client.force_login(coordinator)
    client.post(url("request_identifier_new", request), {**facts, "fei": "3008888"})
    page = client.get(url("request_review", request)).content.decode()
    assert "3009999" in page
    assert "3008888" in page
    assert "The FEIs changed since the examination" in page
    identifier = FacilityIdentifier.objects.get(fei="3008888")
    client.post(url("request_identifier_withdraw", request, identifier), {"reason": "Not theirs."})
    identifier.refresh_from_db()
    assert identifier.withdrawn_by == coordinator


def test_fda_reads_what_the_firm_changed_after_it_submitted(
    client, set_clock, official, coordinator
):
    request = factories.participation_request(Status.SUBMITTED, official)
    was = request.facility.name
    change(request.facility, official, name="Renamed")
    client.force_login(coordinator)
    page = client.get(url("request_review", request)).content.decode()
    assert f"Name: submitted “{was}”, now “Renamed”" in page


def test_an_fei_that_no_file_names_is_unknown():
    assert known_site("1") is None
