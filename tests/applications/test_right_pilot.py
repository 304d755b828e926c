"""A facility that chose the other pilot is told why and led to the right one (B3)."""

import pytest
from django.urls import reverse

from applications import operations
from applications.models import ParticipationRequest
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.models import ActionItem, TrailEntry
from tests import factories
from tests.factories import AFTER_CLOSE, AT, Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client, set_clock):
    person = factories.registrant()
    client.force_login(person)
    return person


def abroad(draft, country="IN"):
    """The facility of a draft turns out to be in another country."""
    draft.facility.country = country
    draft.facility.save()
    draft.refresh_from_db()
    return draft


def url(name, *args):
    return reverse(f"applications:{name}", args=args)


def test_the_right_pilot_is_one_click_away_from_the_wrong_choice(client, owner):
    site = factories.facility(owner, country="IN")
    wrong = {"facility": site.pk, "program": factories.program("fdf").pk}
    page = client.post(url("request_new"), wrong).content.decode()
    assert "this pilot is for facilities based in the United States" in page
    assert "Start the request in API 2020" in page
    right = {"facility": site.pk, "program": factories.program("api").pk}
    assert f'name="program" value="{right["program"]}"' in page
    client.post(url("request_new"), right)
    assert ParticipationRequest.objects.get().program.slug == "api-2020"


def test_a_draft_moves_to_the_right_pilot_with_its_answers_and_the_trail_says_so(client, owner):
    draft = abroad(factories.draft(owner, product_description="Bulk substances."))
    for page in ("request_facility", "request_attest", "request_detail"):
        shown = client.get(url(page, draft.pk)).content.decode()
        assert "This pilot is not for this facility" in shown
    assert (
        "Move the draft to API 2020"
        in client.get(url("request_facility", draft.pk)).content.decode()
    )
    api = factories.program("api")
    for _ in range(2):  # a double click moves it once
        assert client.post(url("request_move", draft.pk), {"program": api.pk}).status_code == 302
    draft.refresh_from_db()
    assert (draft.program, draft.product_description) == (api, "Bulk substances.")
    assert (draft.operations, draft.products) == (["api_manufacture", "pack"], [])
    assert operations.missing_answers(draft) == [("products", "What the facility makes")]
    entry = TrailEntry.objects.get(deed="move_draft")
    assert (entry.before, entry.after) == (
        {"program": "fdf-2020"},
        {"program": "api-2020", "changed": ["operations", "products"]},
    )
    assert ActionItem.objects.get(key=f"finish:{draft.pk}").closed_at is None


def test_a_territory_is_domestic_as_the_program_is_configured():
    owner = factories.registrant()
    draft = abroad(factories.draft(owner), "PR")
    with pytest.raises(Refusal, match="which this program counts as domestic"):
        operations.move_draft(draft, factories.program("api"), by=owner, at=AT)


def test_a_draft_does_not_move_where_it_may_not_be():
    owner = factories.registrant()
    api = factories.program("api")
    at_home = factories.draft(owner)
    with pytest.raises(Refusal, match="does not fit"):
        operations.move_draft(at_home, api, by=owner, at=AT)
    draft = abroad(factories.draft(owner))
    with pytest.raises(Refusal, match="accepted requests through"):
        operations.move_draft(draft, api, by=owner, at=AFTER_CLOSE)
    with pytest.raises(Refusal, match="Only preparers"):
        operations.move_draft(draft, api, by=factories.registrant(), at=AT)
    operations.start_request(api, draft.facility, by=owner, at=AT)
    with pytest.raises(Refusal, match="already has a request"):
        operations.move_draft(draft, api, by=owner, at=AT)
    submitted = factories.participation_request(Status.SUBMITTED, owner)
    with pytest.raises(IllegalMove):
        operations.move_draft(submitted, api, by=owner, at=AT)
    draft.refresh_from_db()
    assert draft.program.slug == "fdf-2020"
