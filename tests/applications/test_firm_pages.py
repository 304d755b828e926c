"""The firm's pages of intake: what they show, who may open them, what each deed leads to."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from applications import operations
from applications.answer_forms import OPERATIONS, PRODUCTS, AnswersForm
from applications.models import Facility, Participation, ParticipationRequest
from applications.operations.answers import ANSWERS, NewerAnswers, Shown, mark_of_answers
from applications.steps import SECTIONS, STEPS, step_named
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.models import Letter, TrailEntry
from tests import factories
from tests.factories import AFTER_CLOSE, AT, Status

pytestmark = pytest.mark.django_db

LAST_MICROSECOND = datetime(2020, 12, 1, 4, 59, 59, 999999, tzinfo=UTC)
CLOSE = datetime(2020, 12, 1, 5, 0, tzinfo=UTC)


@pytest.fixture
def owner(client, set_clock):
    """A signed-in person who holds every role of her firm."""
    person = factories.registrant("Asha Raman", time_zone="Asia/Kolkata")
    client.force_login(person)
    return person


def url(name, row=None):
    """The address of a page; "step/contact" is the step with this slug."""
    name, _, step = name.partition("/")
    place = {"pk": row.pk} if row else {}
    if step:
        return reverse("applications:request_step", kwargs={**place, "step": step})
    return reverse(f"applications:{name}", kwargs=place)


def text(response):
    """The words of a page, one blank between them."""
    body = response.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", body[body.index("<main") :]).split())


def posted(participation_request, step="contact", **replaced):
    """What the page of a step posts, with these answers replaced."""
    form = AnswersForm(instance=participation_request, names=step_named(step).names)
    values = {name: form[name].value() for name in form.fields}
    values.update(replaced)
    return {name: "" if value is None else value for name, value in values.items()}


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


def attested(participation_request):
    ticked = factories.commitments(participation_request.program)
    return {**{f"commitment_{pk}": "on" for pk in ticked}, "password": factories.PASSWORD}


# --- facilities --------------------------------------------------------------------------------


def test_a_firm_without_facilities_is_told_what_to_do(client, owner):
    page = text(client.get(url("facility_list")))
    assert "No facilities yet" in page
    assert "Add a facility" in page


def test_the_facility_form_shows_every_control(client, owner):
    page = client.get(url("facility_new")).content.decode()
    names = [
        "name",
        "fei",
        "duns",
        "address_line_1",
        "address_line_2",
        "city",
        "state",
        "postal_code",
        "country",
        "time_zone",
    ]
    for name in names:
        assert f'name="{name}"' in page, name


FACILITY = {
    "name": "Acme Basel",
    "fei": "0003001234",
    "duns": "01-234-5678",
    "address_line_1": "1 Rheinweg",
    "city": "Basel",
    "country": "CH",
    "time_zone": "Europe/Zurich",
}


def test_a_facility_is_added_and_unusual_numbers_are_pointed_out(client, owner):
    twin = factories.facility(owner, duns="012345678")
    typed = {**FACILITY, "fei": "00312", "confirmed_fei": "312"}
    response = client.post(url("facility_new"), typed, follow=True)
    facility = Facility.objects.get(name="Acme Basel")
    assert response.redirect_chain == [(url("facility_detail", facility), 302)]
    assert (facility.fei, facility.fei_key, facility.duns) == ("00312", "312", "012345678")
    assert messages_of(response) == [
        "Acme Basel is added to your firm’s facilities.",
        "An FEI usually has seven or ten digits; this one has 3 digits besides leading zeros. "
        "Please check it.",
        f"{twin} has the same DUNS number 012345678 and another FEI. Please check both.",
    ]


def test_numbers_that_are_none_are_named_beside_their_control(client, owner):
    response = client.post(url("facility_new"), {**FACILITY, "fei": "12ab", "duns": "1"})
    assert response.context["form"].errors == {
        "fei": ["“12ab” is not an FEI: enter one to ten digits."],
        "duns": ["“1” is not a DUNS number: enter nine digits."],
    }
    assert not Facility.objects.exists()


def test_a_second_facility_with_the_same_fei_is_refused(client, owner):
    confirmed = {**FACILITY, "confirmed_fei": "3001234"}
    client.post(url("facility_new"), confirmed)
    response = client.post(url("facility_new"), {**confirmed, "fei": "3001234"})
    assert "already registered a facility with FEI 3001234" in text(response)
    assert Facility.objects.count() == 1


def test_only_named_fields_of_a_facility_are_read(client, owner):
    other = factories.registrant()
    client.post(
        url("facility_new"),
        {
            **FACILITY,
            "confirmed_fei": "3001234",
            "organization": other.organization_id,
            "fei_key": "9",
            "id": "x",
        },
    )
    facility = Facility.objects.get()
    assert (facility.organization, facility.fei_key) == (owner.organization, "3001234")


# --- starting ----------------------------------------------------------------------------------


def test_every_question_says_what_is_asked_and_links_the_notice_where_it_asks(client, owner):
    draft = factories.draft(owner)
    for step in STEPS:
        page = client.get(url(f"step/{step.slug}", draft))
        for name in step.names:
            assert page.context["form"].fields[name].help_text, name
    operations_page = client.get(url("step/operations", draft)).content.decode()
    link = '<a href="https://www.federalregister.gov/citation/85-FR-65824">'
    assert operations_page.count(f"{link}Notice: 85 FR 65824, docket FDA-2020-N-2031</a>") == 2
    assert "What the notice says" in operations_page
    assert "United States-based manufacturing facility" in operations_page


def test_paperwork_and_privacy_blocks_appear_only_where_configured(client, owner):
    draft = factories.draft(owner)
    pages = ["step/contact", "request_facility", "request_attest"]
    shown = [text(client.get(url(name, draft))) for name in pages]
    assert [("Paperwork" in page, "Privacy Act" in page) for page in shown] == [(False,) * 2] * 3
    program = draft.program
    program.pra_control_number, program.pra_expires_on = "0910-0000", date(2023, 11, 30)
    program.pra_burden_statement = "It takes 20 minutes."
    program.privacy_act_statement = "FDA asks under its own authority."
    program.save()
    for name in pages:
        page = text(client.get(url(name, draft)))
        assert "OMB control number 0910-0000, expires November 30, 2023" in page
        assert "It takes 20 minutes." in page
        assert "FDA asks under its own authority." in page


def test_each_open_pilot_is_explained_with_its_window_in_both_zones(client, owner):
    factories.facility(owner)
    page = text(client.get(url("request_new")))
    assert page.count("November 30, 2020, 11:59 p.m. ET (December 1, 2020, 10:29 a.m. Kolkata") == 2
    assert "85 FR 65824, docket FDA-2020-N-2031" in page
    assert "on all FDA inspection(s) over the last five years" in page
    assert 'name="facility"' in client.get(url("request_new")).content.decode()
    assert 'name="program"' in client.get(url("request_new")).content.decode()


def test_without_a_facility_the_way_to_one_is_shown(client, owner):
    assert "Your firm has no facility yet" in text(client.get(url("request_new")))


def test_after_the_close_no_pilot_is_offered(client, owner, set_clock):
    set_clock(CLOSE)
    factories.facility(owner)
    response = client.get(url("request_new"))
    assert "No pilot accepts requests now" in text(response)
    assert 'name="program"' not in response.content.decode()


def test_the_wrong_country_is_refused_with_its_reason_and_the_right_pilot(client, owner):
    site = factories.facility(owner, country="IN")
    response = client.post(
        url("request_new"), {"facility": site.pk, "program": factories.program("fdf").pk}
    )
    assert response.context["form"].errors["program"] == [
        f"{site} does not fit FDF 2020. The facility is outside the United States (IN); this pilot "
        "is for facilities based in the United States. The right pilot for this facility is the "
        "QMM Pilot Program for Active Pharmaceutical Ingredients, 2020."
    ]
    assert not ParticipationRequest.objects.exists()


def test_a_second_live_request_leads_to_the_first(client, owner):
    first = factories.draft(owner)
    response = client.post(
        url("request_new"),
        {"facility": first.facility_id, "program": first.program_id},
        follow=True,
    )
    assert response.redirect_chain[0] == (url("request_edit", first), 302)
    assert messages_of(response) == ["Your firm has this draft already; no second one was started."]
    assert ParticipationRequest.objects.count() == 1


def test_a_live_request_at_fda_is_pointed_to_instead_of_a_second_one(client, owner):
    first = factories.participation_request(Status.SUBMITTED, owner)
    twice = {"facility": first.facility_id, "program": first.program_id}
    response = client.post(url("request_new"), twice, follow=True)
    assert response.redirect_chain == [(url("request_detail", first), 302)]
    assert "already has a request" in messages_of(response)[0]


def test_another_firms_facility_cannot_be_chosen(client, owner):
    factories.facility(owner)
    foreign = factories.facility(factories.registrant())
    response = client.post(
        url("request_new"), {"facility": foreign.pk, "program": factories.program().pk}
    )
    assert "facility" in response.context["form"].errors
    assert foreign.name not in text(response)


# --- answering ---------------------------------------------------------------------------------


def test_the_steps_show_every_question_once(client, owner):
    draft = factories.draft(owner)
    pages = {s.slug: client.get(url(f"step/{s.slug}", draft)).content.decode() for s in STEPS}
    for step in STEPS:
        for name in [*step.names, "seen", "page"]:
            assert f'name="{name}"' in pages[step.slug], name
        for section in step.sections:
            assert f'id="{section.anchor}"' in pages[step.slug]
        assert "FDA cannot see this until you submit." in pages[step.slug]
        assert "Last saved" in pages[step.slug]
    asked = [name for section in SECTIONS for name in section.names]
    assert sorted(asked) == sorted(ANSWERS)


@pytest.mark.parametrize("pilot", ["fdf", "api"])
def test_the_choices_fit_the_pilot(client, owner, pilot):
    draft = factories.draft(owner, pilot=pilot)
    form = client.get(url("step/operations", draft)).context["form"]
    assert [value for value, _ in form.fields["products"].choices] == PRODUCTS[pilot]
    assert [value for value, _ in form.fields["operations"].choices] == OPERATIONS[pilot]


def test_steps_unlock_from_what_is_stored_and_continue_leads_to_the_first_open_one(client, owner):
    draft = factories.draft(owner, complete=False)
    assert client.get(url("request_edit", draft)).url == url("step/contact", draft)
    locked = client.get(url("step/inspections", draft), follow=True)
    assert [to for to, _ in locked.redirect_chain] == [
        url("request_edit", draft),
        url("step/contact", draft),
    ]
    assert messages_of(locked) == [
        "“Inspections and scheduling” opens once you have gone through this step."
    ]
    # Gone through with a gap: the next step opens, and what is open is said.
    body = posted(draft, contact_name="Quinn")
    response = client.post(url("step/contact", draft), {**body, "continue": "Go on"}, follow=True)
    assert response.redirect_chain == [(url("step/operations", draft), 302)]
    assert messages_of(response) == [
        "Saved. Still to be answered in “Contact” before you submit: Contact: e-mail address; "
        "Contact: telephone."
    ]
    draft.refresh_from_db()
    assert (draft.contact_name, draft.steps_taken) == ("Quinn", ["contact"])
    assert client.get(url("step/inspections", draft)).status_code == 302
    # Elsewhere, later: she is led to what is open still.
    assert client.get(url("request_edit", draft)).url == url("step/contact", draft)


def test_a_draft_without_gaps_continues_with_what_was_never_opened_and_then_the_review(
    client, owner
):
    draft = factories.draft(owner)
    for step in STEPS:
        assert client.get(url("request_edit", draft)).url == url(f"step/{step.slug}", draft)
        client.post(url(f"step/{step.slug}", draft), posted(draft, step.slug))
        draft.refresh_from_db()
    assert client.get(url("request_edit", draft)).url == url("request_attest", draft)


@pytest.mark.parametrize(
    ("button", "leads_to"),
    [
        ({"continue": "Go on"}, "step/inspections"),
        ({"back": "Back"}, "step/contact"),
        ({"save": "Leave"}, "request_detail"),
        ({"to": "facility"}, "request_facility"),
        ({"to": "review"}, "request_attest"),
        ({"to": "declared"}, "request_inspections"),
        ({"to": "nowhere"}, "step/inspections"),
    ],
)
def test_every_button_of_a_step_saves_before_it_leads_on(client, owner, button, leads_to):
    draft = factories.draft(owner)
    body = posted(draft, "operations", sector="otc")
    assert client.post(url("step/operations", draft), {**body, **button}).url == url(
        leads_to, draft
    )
    draft.refresh_from_db()
    assert draft.sector == "otc"


def test_what_is_out_of_shape_is_kept_as_typed_and_stands_among_the_gaps(client, owner):
    draft = factories.draft(owner)
    operations.save_answers(draft, {}, taken="contact", by=owner, at=AT)
    body = posted(draft, contact_email="quinn@", deputy_email="who", contact_title="Chief")
    response = client.post(url("step/contact", draft), {**body, "continue": "Go on"})
    assert response.context["form"].errors == {
        "contact_email": ["Enter a valid email address."],
        "deputy_email": ["Enter a valid email address."],
    }
    assert 'href="#id_contact_email"' in response.content.decode()
    draft.refresh_from_db()
    assert (draft.contact_title, draft.contact_email) == ("Chief", "")
    assert draft.unfinished == {"contact_email": "quinn@", "deputy_email": "who"}
    # Another desk shows it as it was typed, with what is wrong.
    page = client.get(url("step/contact", draft)).content.decode()
    assert 'value="quinn@"' in page
    assert "Enter an address such as name@example.com." in page
    review = text(client.get(url("request_attest", draft)))
    assert "Contact: e-mail address (not complete yet)" in review
    assert "Deputy’s e-mail address (not complete yet)" in review
    with pytest.raises(Refusal, match="not complete yet"):
        operations.submit_request(
            draft, attested=factories.commitments(draft.program), proof=factories.PROOF,
            by=owner, at=AT,
        )  # fmt: skip
    mended = posted(draft, contact_email="quinn@example.test", deputy_email="")
    client.post(url("step/contact", draft), mended)
    draft.refresh_from_db()
    assert (draft.unfinished, draft.contact_email) == ({}, "quinn@example.test")


def test_a_page_that_did_not_arrive_whole_empties_nothing(client, owner):
    draft = factories.draft(owner)
    response = client.post(url("step/contact", draft), {"contact_name": ""})
    assert "This page did not arrive whole, so nothing was saved." in text(response)
    form = AnswersForm(instance=draft, names=step_named("contact").names)
    cut_off = {"seen": form.initial["seen"], "contact_name": "Whole"}
    client.post(url("step/contact", draft), cut_off)
    draft.refresh_from_db()
    assert (draft.contact_name, draft.contact_email) == ("Whole", "quinn@example.test")


def test_only_the_answers_are_read(client, owner):
    draft = factories.draft(owner)
    forged = {"status": "selected", "receipt_number": "X", "organization": "1", "fei_key": "7"}
    forged |= {"sector": "otc", "products": ["api"]}  # of another step
    client.post(url("step/contact", draft), posted(draft, contact_name="New", **forged))
    before = (draft.status, draft.receipt_number, draft.organization_id, draft.fei_key)
    before += (draft.sector, draft.products)
    draft.refresh_from_db()
    assert draft.contact_name == "New"
    assert (draft.status, draft.receipt_number, draft.organization_id, draft.fei_key) == before[:4]
    assert (draft.sector, draft.products) == before[4:]


def test_a_stale_tab_tells_of_newer_answers_instead_of_overwriting(client, owner):
    draft = factories.draft(owner)
    stale = posted(draft, contact_name="Stale", contact_title="Old title")
    # In the same moment: the mark must not depend on the clock, which can stand.
    operations.save_answers(draft, {"contact_name": "Newer"}, by=owner, at=AT)
    response = client.post(url("step/contact", draft), stale)
    assert response.context["newer"] == [("Name", "Newer"), ("Job title", "Head of Quality")]
    assert "Newer answers were saved since you opened this page" in text(response)
    assert 'value="Stale"' in response.content.decode()
    assert response.context["form"].errors == {}
    draft.refresh_from_db()
    assert draft.contact_name == "Newer"
    # Saving again, with what was shown, replaces them knowingly.
    again = {**stale, "seen": response.context["form"]["seen"].value()}
    assert client.post(url("step/contact", draft), again).status_code == 302
    draft.refresh_from_db()
    assert draft.contact_name == "Stale"


def test_tabs_on_different_steps_do_not_disturb_each_other(client, owner):
    draft = factories.draft(owner)
    first, second = posted(draft, contact_name="One"), posted(draft, "operations", sector="otc")
    client.post(url("step/contact", draft), first)
    client.post(url("step/operations", draft), second)
    draft.refresh_from_db()
    assert (draft.contact_name, draft.sector) == ("One", "otc")


def test_a_page_is_never_stale_to_itself(client, owner):
    draft = factories.draft(owner)
    body = posted(draft, contact_name="First")
    client.post(url("step/contact", draft), body)
    # The answer was lost on the way, so the page knows of no new mark; she typed on.
    client.post(url("step/contact", draft), {**body, "contact_name": "Second"})
    draft.refresh_from_db()
    assert draft.contact_name == "Second"


def test_the_same_draft_posted_twice_is_saved_once(client, owner):
    draft = factories.draft(owner)
    body = posted(draft, contact_name="Twice")
    answers = [client.post(url("step/contact", draft), body).status_code for _ in range(2)]
    assert answers == [302, 302]
    assert TrailEntry.objects.filter(deed="save_answers", subject_id=str(draft.pk)).count() == 2


def test_the_operation_refuses_to_overwrite_what_was_not_seen():
    owner = factories.registrant()
    draft = factories.draft(owner)
    shown = Shown(("sector",), mark_of_answers(draft, ["sector"]))
    operations.save_answers(draft, {"sector": "otc"}, shown=shown, by=owner, at=AT)
    with pytest.raises(NewerAnswers):
        operations.save_answers(draft, {"sector": "cdmo"}, shown=shown, by=owner, at=AT)
    draft.refresh_from_db()
    assert draft.sector == "otc"


def test_answers_of_a_submitted_request_stand(client, owner):
    submitted = factories.participation_request(Status.SUBMITTED, owner)
    response = client.post(url("step/contact", submitted), {"contact_name": "No"}, follow=True)
    assert messages_of(response) == ["This request is no draft any more, so its answers stand."]
    submitted.refresh_from_db()
    assert submitted.contact_name == "Quinn Quality"


# --- reviewing and submitting ------------------------------------------------------------------


def test_the_review_links_each_gap_to_its_control(client, owner):
    draft = factories.draft(owner, complete=False, contact_name="Quinn")
    for step in STEPS:
        operations.save_answers(draft, {}, taken=step.slug, by=owner, at=AT)
    page = client.get(url("request_attest", draft)).content.decode()
    for step, anchor in (
        ("contact", "id_contact_email"),
        ("operations", "id_operations_0"),
        ("operations", "id_products_0"),
        ("operations", "id_size_band_0"),
    ):
        address = url(f"step/{step}", draft)
        assert f'href="{address}#{anchor}"' in page, anchor
        assert f'id="{anchor}"' in client.get(address).content.decode(), anchor
    assert "#id_contact_name" not in page
    assert "Attest, sign" not in page


@pytest.mark.parametrize(
    ("pilot", "codes"), [("fdf", ["c", "d", "e"]), ("api", ["c(1)", "c(2)", "c(3)"])]
)
def test_each_commitment_stands_under_its_own_number_and_words(client, owner, pilot, codes):
    draft = factories.draft(owner, pilot=pilot)
    response = client.get(url("request_attest", draft))
    page = response.content.decode()
    shown = response.context["form"].by_criterion()
    assert [criterion.code for criterion, _ in shown] == codes
    for criterion, field in shown:
        assert f"Criterion {criterion.code}: {criterion.title}" in page
        assert page.count(escape(criterion.commitment_text)) == 1
        assert f'name="{field.html_name}"' in page


def test_from_draft_to_receipt_to_withdrawal(client, owner):
    site = factories.facility(owner, country="IN")
    started = client.post(
        url("request_new"), {"facility": site.pk, "program": factories.program("api").pk}
    )
    row = ParticipationRequest.objects.get()
    assert started.url == url("request_edit", row)
    answers = factories.answers(row.program)
    for step in STEPS:
        given = {name: answers[name] for name in step.names if name in answers}
        client.post(url(f"step/{step.slug}", row), posted(row, step.slug, **given))
    row.refresh_from_db()
    response = client.post(url("request_submit", row), attested(row), follow=True)
    row.refresh_from_db()
    assert row.status == Status.SUBMITTED
    assert messages_of(response) == [
        f"FDA has received the request. Its receipt number is {row.receipt_number}."
    ]
    page = text(response)
    assert row.receipt_number in page
    assert "Received November 16, 2020, 9:00 a.m. ET (7:30 p.m. Kolkata time)" in page
    assert "Attested and submitted by Asha Raman" in page
    assert "receipt" in Letter.objects.get(kind="request_received").body.lower()
    asked = client.get(url("request_withdraw", row))
    assert 'name="reason"' in asked.content.decode()
    row.refresh_from_db()
    assert row.status == Status.SUBMITTED
    assert "its coordinators and the people of your firm who follow it are told" in text(asked)
    response = client.post(url("request_withdraw", row), {"reason": "Sold"}, follow=True)
    row.refresh_from_db()
    assert (row.status, row.withdrawal_reason) == (Status.WITHDRAWN, "Sold")
    assert "Your firm withdrew this request" in text(response)


def test_submitting_twice_gives_one_receipt_and_one_letter(client, owner):
    draft = factories.draft(owner)
    body = attested(draft)
    pages = [client.post(url("request_submit", draft), body, follow=True) for _ in range(2)]
    draft.refresh_from_db()
    assert [draft.receipt_number in messages_of(page)[0] for page in pages] == [True, True]
    assert Letter.objects.filter(kind="request_received").count() == 1


def test_a_draft_withdrawn_by_a_colleague_is_told_to_the_firm_alone(client, owner):
    preparer = factories.person(owner.organization, Role.FIRM_PREPARER, name="Paul Prepper")
    factories.fda(Role.FDA_COORDINATOR)
    draft = factories.draft(preparer)
    client.force_login(preparer)
    client.post(url("request_withdraw", draft), {"reason": "Twice started"})
    letter = Letter.objects.get(kind="draft_withdrawn")
    assert (letter.address, "Paul Prepper" in letter.body) == (owner.email, True)
    assert "Twice started" not in letter.body


def test_a_locked_review_leads_to_the_first_open_step(client, owner):
    draft = factories.draft(owner, complete=False)
    response = client.get(url("request_attest", draft), follow=True)
    assert response.redirect_chain[-1] == (url("step/contact", draft), 302)
    assert messages_of(response) == ["The review opens once you have gone through each step."]
    assert "Review and submit" not in text(client.get(url("request_detail", draft)))


def test_withdrawing_twice_is_no_error(client, owner):
    row = factories.participation_request(Status.SUBMITTED, owner)
    pages = [client.post(url("request_withdraw", row), follow=True) for _ in range(2)]
    assert messages_of(pages[1]) == ["This request is closed, so there is nothing to withdraw."]


def test_a_commitment_left_open_is_named_and_the_others_stay_ticked(client, owner):
    draft = factories.draft(owner)
    body = attested(draft)
    left_open = next(name for name in reversed(body) if name != "password")
    del body[left_open]
    response = client.post(url("request_submit", draft), body)
    said = "Tick criterion e, Consultation before and after. Each commitment is attested by itself."
    assert response.context["form"].errors == {left_open: [said]}
    assert f'<a href="#id_{left_open}" class="usa-link">{said}</a>' in response.content.decode()
    assert "Read and sign" not in response.content.decode()  # this is the page of it
    form = response.context["form"]
    assert [field.value() for _, field in form.by_criterion()] == [True, True, False]
    assert form.by_criterion()[2][1].html_name == left_open
    draft.refresh_from_db()
    assert draft.status == Status.DRAFT


def test_the_error_summary_of_a_signature_follows_the_page_and_ends_in_the_password(client, owner):
    draft = factories.draft(owner)
    page = client.post(url("request_submit", draft), {}).content.decode()
    summary = page[page.index("error-summary") :]
    linked = re.findall(r'href="#([^"]+)"', summary[: summary.index("</ul>")])
    assert linked == sorted(linked, key=lambda control: page.index(f'id="{control}"'))
    assert (len(linked), linked[-1]) == (4, "id_password")


def test_all_that_is_wrong_with_a_submission_is_said_at_once(client, owner):
    draft = factories.draft(owner)
    response = client.post(url("request_submit", draft), {})
    errors = response.context["form"].errors
    assert len(errors) == 1 + len(factories.commitments(draft.program))
    assert errors["password"] == ["Enter your password; it signs."]


def test_the_window_is_open_to_its_last_microsecond(client, owner, set_clock):
    draft = factories.draft(owner)
    set_clock(CLOSE - timedelta(minutes=1))
    client.post(url("request_submit", draft), attested(draft))
    draft.refresh_from_db()
    assert draft.status == Status.SUBMITTED
    late = operations.submit_request(
        factories.draft(owner),
        attested=factories.commitments(draft.program),
        proof=factories.PROOF,
        by=owner,
        at=LAST_MICROSECOND,
    )
    assert late.status == Status.SUBMITTED


def test_after_the_close_a_submission_is_refused_and_the_draft_stays_readable(
    client, owner, set_clock
):
    draft = factories.draft(owner)
    set_clock(CLOSE)
    response = client.post(url("request_submit", draft), attested(draft))
    assert "November 30, 2020, 11:59 p.m." in messages_of(response)[0]
    page = text(client.get(url("request_detail", draft)))
    assert "Closed unsubmitted" in page
    assert "Film-coated tablets" in page
    assert "Attest, sign" not in text(client.get(url("request_attest", draft)))
    assert "Closed unsubmitted" in text(client.get(url("request_list")))


def test_a_preparer_reads_who_submits_and_cannot(client, owner):
    preparer = factories.person(owner.organization, Role.FIRM_PREPARER)
    draft = factories.draft(owner)
    client.force_login(preparer)
    page = text(client.get(url("request_attest", draft)))
    assert "The authorized official of your firm reads the request" in page
    assert "Who may sign for your firm: Asha Raman." in page
    assert "Attest, sign" not in page
    assert client.post(url("request_submit", draft), attested(draft)).status_code == 403
    draft.refresh_from_db()
    assert draft.status == Status.DRAFT


def test_who_only_keeps_metrics_reads_but_changes_nothing(client, owner):
    reader = factories.person(owner.organization, Role.FIRM_METRICS)
    draft = factories.draft(owner)
    client.force_login(reader)
    page = text(client.get(url("request_detail", draft)))
    assert "Continue the draft" not in page
    assert "Withdraw" not in page
    answers = [
        client.get(url("request_new")).status_code,
        client.get(url("facility_new")).status_code,
        client.get(url("request_edit", draft)).status_code,
        client.get(url("step/contact", draft)).status_code,
        client.post(url("step/contact", draft), posted(draft)).status_code,
        client.post(url("request_withdraw", draft)).status_code,
        client.post(url("request_submit", draft)).status_code,
    ]
    assert answers == [403] * 7


# --- what the firm may know --------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.ELIGIBLE, Status.NOT_ELIGIBLE])
def test_an_outcome_reads_under_review_until_it_is_released(client, owner, status):
    row = factories.participation_request(status, owner)
    for page in (
        client.get(url("request_detail", row)),
        client.get(url("request_list")),
        client.get(url("facility_detail", row.facility)),
    ):
        assert "Under review" in text(page)
        assert "ligible" not in text(page).replace("eligibility criterion", "")


def test_a_second_official_who_submits_again_learns_no_outcome(client, owner):
    row = factories.participation_request(Status.ELIGIBLE, owner)
    second = factories.person(owner.organization, Role.FIRM_OFFICIAL)
    with pytest.raises(IllegalMove, match="no draft any more"):
        operations.submit_request(row, attested=[], proof=factories.PROOF, by=second, at=AT)
    client.force_login(second)
    response = client.post(url("request_submit", row), follow=True)
    assert messages_of(response) == [
        "This request is no draft any more, so it cannot be submitted."
    ]


def test_not_eligible_shows_the_words_of_the_criterion_once_released(client, owner):
    row = factories.participation_request(Status.NOT_ELIGIBLE, owner)
    factories.release(row.program)
    page = text(client.get(url("request_detail", row)))
    assert "Criterion b: Inspections classified NAI or VAI" in page
    assert "within the five years prior to October 1, 2020" in page
    assert "As FDA’s own records show" not in page
    assert "Withdraw" not in page


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.SELECTED, "FDA has selected this facility."),
        (Status.ALTERNATE, "keeps it as an alternate"),
        (Status.NOT_SELECTED, "FDA has not selected this facility."),
    ],
)
def test_a_released_outcome_is_told_without_rank_or_reason(client, owner, status, words):
    row = factories.participation_request(status, owner)
    page = text(client.get(url("request_detail", row)))
    assert words in page
    assert "Selection is no judgment of quality." in page
    assert "A diverse group." not in page


def test_a_rehearsal_is_marked_on_its_pages(client, owner):
    draft = factories.draft(owner)
    real = factories.program()
    copy = factories.program()
    copy.pk, copy.slug, copy.rehearsal_of, copy._state.adding = None, "copy", real, True
    copy.save()
    ParticipationRequest.objects.filter(pk=draft.pk).update(program=copy)
    page = client.get(url("request_detail", draft)).content.decode()
    assert "Nothing on this page counts for the real program" in page


# --- places ------------------------------------------------------------------------------------


def test_an_official_accepts_the_place_after_being_asked(client, owner, set_clock):
    place = factories.participation(owner, accepted=False)
    set_clock(AFTER_CLOSE)
    page = text(client.get(url("participation_detail", place)))
    assert "Please accept or decline by December 24, 2020" in page
    assert "December 10, 2020, 10:00 a.m. ET (8:30 p.m. Kolkata time)" in page
    client.get(url("participation_accept", place))
    assert Participation.objects.get().status == "offered"
    responses = [client.post(url("participation_accept", place), follow=True) for _ in range(2)]
    assert messages_of(responses[0]) == ["The place is accepted."]
    assert messages_of(responses[1]) == ["The offer of this place is answered already."]
    assert Participation.objects.get().status == "active"
    assert "Taking part" in text(client.get(url("participation_list")))


def test_an_official_declines_the_place_with_a_reason(client, owner, set_clock):
    place = factories.participation(owner, accepted=False)
    set_clock(AFTER_CLOSE)
    assert 'name="reason"' in client.get(url("participation_decline", place)).content.decode()
    client.post(url("participation_decline", place), {"reason": "No people to spare"})
    place.refresh_from_db()
    assert (place.status, place.end_reason) == ("declined", "No people to spare")
    assert "Your firm declined this place" in text(client.get(url("participation_detail", place)))


def test_a_preparer_reads_the_offer_and_cannot_answer_it(client, owner):
    place = factories.participation(owner, accepted=False)
    client.force_login(factories.person(owner.organization, Role.FIRM_PREPARER))
    page = text(client.get(url("participation_detail", place)))
    assert "The authorized official of your firm answers the offer." in page
    assert "Accept the place" not in page
    answers = [
        client.post(url(name, place)).status_code
        for name in ("participation_accept", "participation_decline")
    ]
    assert answers == [403, 403]


def test_an_offer_past_its_date_still_stands(client, owner, set_clock):
    place = factories.participation(owner, accepted=False)
    set_clock(datetime(2020, 12, 26, tzinfo=UTC))
    assert "That day has passed" in text(client.get(url("participation_detail", place)))


def test_a_page_that_comes_back_with_errors_says_so_in_its_title(client, owner):
    draft = factories.draft(owner)
    for address, title in (
        (url("request_new"), "Start a request"),
        (url("facility_new"), "Add a facility"),
        (url("request_submit", draft), "Review the request"),
        (url("step/contact", draft), "Contact"),
    ):
        page = client.post(address, {}).content.decode()
        assert f"<title>Error: {title} | QMM Pilot Programs</title>" in page
    page = client.get(url("request_new")).content.decode()
    assert "<title>Start a request | QMM Pilot Programs</title>" in page


def test_an_address_that_only_takes_forms_shows_the_way_back_when_it_is_opened(client, owner):
    draft = factories.draft(owner)
    answer = client.get(url("request_submit", draft))
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "nothing was changed" in text(answer)
    assert f'href="{url("request_detail", draft)}"' in answer.content.decode()
    assert client.head(url("request_submit", draft)).status_code == 405


# --- walls -------------------------------------------------------------------------------------

OF_A_REQUEST = {
    "request_detail": ["get"],
    "request_edit": ["get"],
    "request_facility": ["get"],
    "step/contact": ["get", "post"],
    "request_move": ["post"],
    "request_attest": ["get"],
    "request_submit": ["post"],
    "request_withdraw": ["get", "post"],
}
OF_A_PLACE = {
    "participation_detail": ["get"],
    "participation_accept": ["get", "post"],
    "participation_decline": ["get", "post"],
}
LISTS = ["facility_list", "facility_new", "request_list", "request_new", "participation_list"]


@pytest.fixture
def stranger(request):
    """A person who has nothing to do with the firm, by kind."""
    if request.param == "firm":
        return factories.registrant()
    if request.param == "fda":
        return factories.fda(Role.FDA_COORDINATOR, Role.FDA_SELECTOR)
    office = factories.organization("contractor")
    return factories.person(office, Role.CONTRACTOR_LEAD)


@pytest.mark.parametrize("stranger", ["firm", "fda", "contractor"], indirect=True)
def test_a_stranger_finds_nothing_at_any_address_by_any_verb(client, owner, stranger):
    place = factories.participation(owner, accepted=False)
    rows = [factories.draft(owner), place.participation_request]
    client.force_login(stranger)
    answers = {
        (name, verb, getattr(client, verb)(url(name, row)).status_code)
        for names, of in ((OF_A_REQUEST, rows), (OF_A_PLACE, [place]))
        for name, verbs in names.items()
        for verb in verbs
        for row in of
    }
    answers |= {("facility", "get", client.get(url("facility_detail", place.facility)).status_code)}
    assert {status for _, _, status in answers} == {404}
    assert {row.status for row in ParticipationRequest.objects.all()} == {"draft", "selected"}
    assert Participation.objects.get().status == "offered"


@pytest.mark.parametrize("stranger", ["fda", "contractor"], indirect=True)
def test_the_firms_pages_do_not_exist_for_the_other_sides(client, owner, stranger):
    client.force_login(stranger)
    assert [client.get(url(name)).status_code for name in LISTS] == [404] * len(LISTS)


def test_another_firms_rows_are_in_no_list(client, owner):
    hidden = factories.participation(factories.registrant())
    pages = [text(client.get(url(name))) for name in LISTS]
    assert [hidden.facility.name in page for page in pages] == [False] * len(LISTS)


def test_verbs_that_no_page_answers_are_refused(client, owner):
    draft = factories.draft(owner)
    answers = [
        getattr(client, verb)(url(name, draft)).status_code
        for name, verbs in OF_A_REQUEST.items()
        for verb in {"get", "post", "put", "patch", "delete"} - set(verbs)
    ]
    assert set(answers) == {405}


def test_pages_ask_people_to_sign_in(client, set_clock):
    response = client.get(url("request_list"))
    assert response.url.startswith("/accounts/login/")


# --- speed -------------------------------------------------------------------------------------


def test_lists_ask_the_database_equally_often_for_few_and_many_rows(client, owner):
    names = ["facility_list", "request_list", "participation_list"]

    def queries():
        counts = []
        for name in names:
            with CaptureQueriesContext(connection) as captured:
                client.get(url(name))
            counts.append(len(captured))
        return counts

    factories.participation(owner)
    few = queries()
    for _ in range(3):
        factories.participation(owner)
        factories.draft(owner, pilot="api")
    assert queries() == few
    assert max(few) <= 12


def test_pages_of_one_request_stay_within_twelve_queries(client, owner):
    place = factories.participation(owner)
    draft = factories.draft(owner)
    pages = [
        url("request_new"),
        url("request_detail", draft),
        url("request_facility", draft),
        *(url(f"step/{step.slug}", draft) for step in STEPS),
        url("request_attest", draft),
        url("request_detail", place.participation_request),
        url("participation_detail", place),
        url("facility_detail", place.facility),
    ]
    counts = {}
    for page in pages:
        with CaptureQueriesContext(connection) as captured:
            client.get(page)
        counts[page] = len(captured)
    assert {page: count for page, count in counts.items() if count > 12} == {}
