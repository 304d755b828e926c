"""Who signs: the preparer hands the draft over, the official attests or sends it back (B17)."""

import pytest
from django.urls import reverse

from applications import operations
from applications.models import Handover, ParticipationRequest
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.models import ActionItem, Letter, TrailEntry
from tests import factories
from tests.factories import AFTER_CLOSE, AT

pytestmark = pytest.mark.django_db
Status = ParticipationRequest.Status


@pytest.fixture
def official():
    return factories.registrant(name="Asha Raman")


@pytest.fixture
def preparer(official):
    return factories.person(official.organization, Role.FIRM_PREPARER, name="Paul Prepper")


@pytest.fixture
def draft(official):
    return factories.draft(official)


def hand_over(row, to, by, **facts):
    return operations.hand_over(row, to=to, by=by, at=AT, **facts)


def items(row):
    return set(
        ActionItem.objects.open().filter(subject_id=str(row.pk)).values_list("key", flat=True)
    )


def state_of(row):
    return (
        ParticipationRequest.objects.values().get(pk=row.pk),
        list(Handover.objects.values()),
        items(row),
        Letter.objects.count(),
        TrailEntry.objects.count(),
    )


def test_the_official_is_told_and_holds_a_task_until_she_submits(draft, official, preparer):
    hand_over(draft, official, preparer, note="The sterile line is new.")
    task = ActionItem.objects.open().get(key=f"sign:{draft.pk}")
    assert (task.user, str(task.due_on)) == (official, "2020-11-30")
    letter = Letter.objects.get(kind="request_awaits_signature")
    assert letter.person == official
    assert "sterile line" not in letter.body
    assert f"{url('request_attest', draft)}\n" in letter.body  # one page less to read on the way
    operations.submit_request(
        draft,
        attested=factories.commitments(draft.program),
        proof=factories.PROOF,
        by=official,
        at=AT,
    )
    assert items(draft) == {f"take-up:{draft.pk}"}
    handover = Handover.objects.get()
    assert (handover.outcome, handover.ended_by) == ("submitted", official)


def test_while_it_waits_for_its_signer_the_request_is_one_task_and_hers(official, preparer):
    site = factories.facility(official)
    row = operations.start_request(factories.program(), site, by=preparer, at=AT)
    operations.save_answers(row, factories.answers(row.program), by=preparer, at=AT)
    assert items(row) == {f"finish:{row.pk}"}
    hand_over(row, official, preparer)
    assert items(row) == {f"sign:{row.pk}"}
    operations.send_back(row, answer="The contact left.", by=official, at=AT)
    assert items(row) == {f"finish:{row.pk}"}


def test_answers_stand_while_the_request_waits_for_its_signer(draft, official, preparer):
    hand_over(draft, official, preparer)
    before = state_of(draft)
    with pytest.raises(Refusal, match="waits for Asha Raman’s signature"):
        operations.save_answers(draft, {"contact_name": "Other"}, by=preparer, at=AT)
    assert state_of(draft) == before
    operations.save_answers(draft, {"contact_name": "Hers"}, by=official, at=AT)


def test_the_preparer_takes_it_back_and_may_change_it(draft, official, preparer):
    hand_over(draft, official, preparer)
    operations.take_back(draft, by=preparer, at=AT)
    assert items(draft) == {f"finish:{draft.pk}"}
    operations.save_answers(draft, {"contact_name": "Other"}, by=preparer, at=AT)
    with pytest.raises(IllegalMove, match="does not wait"):
        operations.take_back(draft, by=preparer, at=AT)


def test_the_official_sends_it_back_with_a_note(draft, official, preparer):
    hand_over(draft, official, preparer)
    operations.send_back(draft, answer="The contact left.", by=official, at=AT)
    letter = Letter.objects.get(kind="request_sent_back")
    assert letter.person == preparer
    assert "contact left" not in letter.body
    assert Handover.objects.get().answer == "The contact left."
    with pytest.raises(Refusal, match="what should be changed"):
        operations.send_back(draft, answer=" ", by=official, at=AT)
    hand_over(draft, official, preparer)


def test_only_a_complete_request_is_handed_over_inside_the_window(official, preparer):
    row = factories.draft(official, complete=False)
    before = state_of(row)
    with pytest.raises(Refusal, match="Complete the request"):
        hand_over(row, official, preparer)
    assert state_of(row) == before
    whole = factories.draft(official)
    with pytest.raises(Refusal, match="does not accept requests now"):
        operations.hand_over(whole, to=official, by=preparer, at=AFTER_CLOSE)


def test_only_who_may_sign_is_a_signer_and_only_preparers_hand_over(draft, official, preparer):
    metrics = factories.person(official.organization, Role.FIRM_METRICS)
    stranger = factories.registrant()
    before = state_of(draft)
    for to, by, words in (
        (preparer, official, "may not sign"),
        (stranger, preparer, "may not sign"),
        (official, metrics, "Only people who prepare"),
        (official, stranger, "Only people who prepare"),
    ):
        with pytest.raises(Refusal, match=words):
            hand_over(draft, to, by)
    assert state_of(draft) == before
    hand_over(draft, official, preparer)
    with pytest.raises(IllegalMove, match="waits for Asha Raman’s signature already"):
        hand_over(draft, official, preparer)
    for deed in (
        lambda: operations.take_back(draft, by=metrics, at=AT),
        lambda: operations.send_back(draft, answer="x", by=preparer, at=AT),
    ):
        with pytest.raises(Refusal):
            deed()


def test_a_preparer_does_not_submit_even_what_she_handed_over(draft, official, preparer):
    hand_over(draft, official, preparer)
    with pytest.raises(Refusal, match="authorized official"):
        operations.submit_request(
            draft,
            attested=factories.commitments(draft.program),
            proof=factories.PROOF,
            by=preparer,
            at=AT,
        )


def test_withdrawing_the_draft_ends_the_handover(draft, official, preparer):
    hand_over(draft, official, preparer)
    operations.withdraw_request(draft, by=preparer, at=AT)
    assert Handover.objects.get().outcome == "withdrawn"
    assert items(draft) == set()


# --- pages ---------------------------------------------------------------------------------------


def url(name, row):
    return reverse(f"applications:{name}", kwargs={"pk": row.pk})


def test_preparer_and_official_do_it_in_the_browser(client, set_clock, draft, official, preparer):
    client.force_login(preparer)
    assert "Hand over for signature" in client.get(url("request_attest", draft)).content.decode()
    client.post(url("request_hand_over", draft), {"to": official.pk, "note": "Please."})
    page = client.get(url("request_detail", draft)).content.decode()
    assert "Waiting for Asha Raman’s signature" in page
    assert "Continue the draft" not in page
    assert client.get(url("request_edit", draft)).status_code == 302
    client.force_login(official)
    page = client.get(url("request_attest", draft)).content.decode()
    assert "Paul Prepper handed the request over to you" in page
    assert "Attest, sign and submit to FDA" in page
    client.post(url("request_send_back", draft), {"answer": "Name a deputy."})
    client.force_login(preparer)
    assert "Name a deputy." in client.get(url("request_detail", draft)).content.decode()


def test_a_firm_without_an_official_is_told_what_to_do(
    client, set_clock, draft, official, preparer
):
    official.grants.filter(role=Role.FIRM_OFFICIAL).update(revoked_at=AT)
    client.force_login(preparer)
    for name in ("request_attest", "request_hand_over"):
        page = client.get(url(name, draft)).content.decode()
        assert "Nobody at your firm may sign yet" in page
        assert "Ask your firm’s administrator to invite one" in page
