"""A firm marks answers as confidential, at entry and soon after; FDA reads the marks (A10)."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from applications import operations
from applications.operations.answers import MAY_BE_CONFIDENTIAL
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.models import Designation, TrailEntry
from tests import factories
from tests.factories import AT, Status

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=3)
BANNER = "Contains confidential commercial information – 21 CFR 20.61."
FREE_TEXTS = {"product_description", "declared_inspections", "blackout_dates", "interview_language"}


@pytest.fixture(autouse=True)
def _moment(set_clock):
    set_clock(AT)


@pytest.fixture
def official():
    return factories.registrant()


def submitted(official, **replaced):
    row = factories.draft(official, **replaced)
    return operations.submit_request(
        row, attested=factories.commitments(row.program), proof=factories.PROOF, by=official, at=AT
    )


def page(client, person, name, row):
    client.force_login(person)
    return client.get(reverse(f"applications:{name}", args=[row.pk])).content.decode()


def later(row, by, fields=("contact_name",), reason="She leads a secret project."):
    return operations.designate_answers(row, fields, reason=reason, by=by, at=LATER)


# --- at entry ----------------------------------------------------------------------------------


def test_free_texts_and_products_are_marked_from_the_start_and_the_contact_is_not(official):
    marked = set(factories.draft(official).confidential_answers)
    assert marked >= FREE_TEXTS | {"products", "operations", "makes_sterile"}
    assert {name for name in marked if name.startswith(("contact_", "deputy_"))} == set()
    assert marked <= set(MAY_BE_CONFIDENTIAL)


def test_a_draft_designates_nothing_and_its_submission_what_it_marked(official):
    row = factories.draft(official, confidential_answers=["sector", "contact_phone"])
    assert Designation.objects.count() == 0
    assert operations.marks_of_request(row).fields == {"sector", "contact_phone"}
    row = operations.submit_request(
        row, attested=factories.commitments(row.program), proof=factories.PROOF, by=official, at=AT
    )
    marks = operations.marks_of_request(row)
    assert marks.fields == {"sector", "contact_phone"}
    assert (marks.designations[0].designated_by, marks.expires_on) == (
        official,
        date(2030, 11, 16),
    )
    assert TrailEntry.objects.latest("position").after["confidential"] == [
        "contact_phone",
        "sector",
    ]


def test_marks_of_a_draft_are_saved_with_its_answers_by_the_form(client, official):
    row = factories.draft(official)
    client.force_login(official)
    url = reverse("applications:request_step", args=[row.pk, "confidentiality"])
    form = client.get(url).context["form"]
    assert dict(form["confidential_answers"].field.choices)["contact_name"] == "Contact: name"
    answers = {name: value for name, value in form.initial.items() if value is not None}
    client.post(url, {**answers, "confidential_answers": ["sector"], "save": "Save draft"})
    row.refresh_from_db()
    assert row.confidential_answers == ["sector"]


def test_an_unknown_answer_cannot_be_marked(official):
    row = factories.draft(official)
    with pytest.raises(ValueError, match="Not answers"):
        operations.save_answers(
            row, {"confidential_answers": ["receipt_number"]}, by=official, at=AT
        )


# --- soon after --------------------------------------------------------------------------------


def test_further_answers_are_designated_with_a_reason_and_recorded(official):
    row = submitted(official, confidential_answers=["sector"])
    designation = later(row, official, ["contact_name", "sector"])
    assert (designation.fields, designation.reason) == (
        ["contact_name"],
        "She leads a secret project.",
    )
    assert operations.marks_of_request(row).fields == {"sector", "contact_name"}
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.after, entry.reason) == (
        "designate_answers",
        {"confidential": ["contact_name"], "expires_on": "2030-11-19"},
        "She leads a secret project.",
    )


def test_a_later_designation_is_refused_without_reason_or_new_answer_and_on_a_draft(official):
    row = submitted(official, confidential_answers=["sector"])
    before = (Designation.objects.count(), TrailEntry.objects.count())
    with pytest.raises(Refusal, match="why"):
        later(row, official, reason=" ")
    with pytest.raises(Refusal, match="not designated yet"):
        later(row, official, ["sector"])
    assert (Designation.objects.count(), TrailEntry.objects.count()) == before
    with pytest.raises(IllegalMove):
        later(factories.draft(official), official)


@pytest.mark.parametrize("who", ["another firm", "a colleague without the role", "FDA"])
def test_only_preparers_and_officials_of_the_firm_designate(official, who):
    row = submitted(official)
    by = {
        "another firm": factories.registrant,
        "a colleague without the role": lambda: factories.person(
            official.organization, Role.FIRM_METRICS
        ),
        "FDA": lambda: factories.fda(Role.FDA_COORDINATOR),
    }[who]()
    with pytest.raises(Refusal, match="Only preparers"):
        later(row, by)
    assert Designation.objects.count() == 1


def test_the_firm_designates_on_its_page_what_is_not_marked_yet(client, official):
    row = submitted(official, confidential_answers=["sector"])
    url = reverse("applications:request_designate", args=[row.pk])
    client.force_login(official)
    offered = [name for name, _ in client.get(url).context["open_ones"]]
    assert sorted([*offered, "sector"]) == sorted(MAY_BE_CONFIDENTIAL)
    response = client.post(url, {"fields_chosen": ["products"], "reason": "Overlooked."})
    assert response.url == reverse("applications:request_detail", args=[row.pk])
    assert operations.marks_of_request(row).fields == {"sector", "products"}


# --- what FDA and the firm read ----------------------------------------------------------------


def test_fda_reads_each_mark_beside_its_answer_the_banner_and_the_day_it_expires(client, official):
    row = submitted(official, confidential_answers=["sector"])
    shown = page(client, factories.fda(Role.FDA_COORDINATOR), "request_review", row)
    mark = '<span class="status status--neutral">Confidential (CCI)</span>'
    assert f"<dt>Sector {mark}</dt>" in shown
    assert "<dt>Size</dt>" in shown
    assert shown.count(mark) == 1
    assert BANNER in shown
    assert "November 16, 2030" in shown


def test_a_request_without_marks_has_no_banner(client, official):
    row = submitted(official, confidential_answers=[])
    for person, name in [
        (official, "request_detail"),
        (factories.fda(Role.FDA_COORDINATOR), "request_review"),
    ]:
        assert BANNER not in page(client, person, name, row)


def test_the_firm_reads_its_marks_banner_and_the_day_they_expire(client, official):
    row = submitted(official)
    shown = page(client, official, "request_detail", row)
    assert (BANNER in shown, "November 16, 2030" in shown) == (True, True)
    assert shown.count("Confidential (CCI)</span>") == len(row.confidential_answers)


def test_a_contact_is_marked_for_fda_where_any_part_of_it_is(client, official):
    row = submitted(official, confidential_answers=["contact_phone"])
    shown = page(client, factories.fda(Role.FDA_COORDINATOR), "request_review", row)
    assert "<dt>Contact <span" in shown


def test_a_draft_says_that_it_carries_confidential_information(client, official):
    row = factories.participation_request(Status.DRAFT, official)
    for name in ("request_detail", "request_facility", "request_attest"):
        assert BANNER in page(client, official, name, row)
