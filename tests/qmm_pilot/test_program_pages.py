"""The pages of the programs: every rule with its source, and what is our assumption."""

import re
from html import unescape

import pytest
from django.urls import reverse

from qmm_pilot import clock
from qmm_pilot.accounts.roles import Role
from qmm_pilot.programs.assumptions import assumptions_of
from qmm_pilot.programs.models import Criterion, Program
from tests import factories
from tests.factories import AFTER_CLOSE, AT, fda

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _moment(settings):
    settings.DEBUG = True
    clock.set_demonstration_moment(AT)


def page_of(client, pilot):
    response = client.get(reverse("programs:program_detail", args=[factories.program(pilot).pk]))
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def rehearsal(program):
    copy = Program.objects.get(pk=program.pk)
    copy.pk, copy.slug, copy.name, copy.rehearsal_of = None, "rehearsal", "A rehearsal", program
    copy._state.adding = True
    copy.save()
    return copy


@pytest.mark.parametrize("who", ["firm", "contractor", "fda"])
def test_everyone_who_is_signed_in_reads_the_programs(client, who):
    person = {
        "firm": factories.registrant,
        "contractor": lambda: factories.person(
            factories.organization("contractor"), Role.CONTRACTOR_ASSESSOR
        ),
        "fda": lambda: fda(Role.FDA_ANALYST),
    }[who]()
    client.force_login(person)
    assert client.get(reverse("programs:program_list")).status_code == 200
    assert "85 FR 65824" in page_of(client, "fdf")


def test_nobody_reads_them_without_signing_in(client):
    response = client.get(reverse("programs:program_list"))
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")


def test_the_list_says_whether_requests_are_accepted_now(client):
    client.force_login(factories.registrant())
    listed = reverse("programs:program_list")
    assert client.get(listed).content.decode().count("Accepts requests") == 2
    clock.set_demonstration_moment(AFTER_CLOSE)
    page = client.get(listed).content.decode()
    assert "Accepts requests" not in page
    assert "November 30, 2020" in page.replace("Nov 30", "November 30")


@pytest.mark.parametrize("pilot", ["fdf", "api"])
def test_a_program_shows_its_rules_with_their_sources(client, pilot):
    client.force_login(factories.registrant(time_zone="America/New_York"))
    page, program = page_of(client, pilot), factories.program(pilot)
    assert "through November 30, 2020, 11:59 p.m. ET" in page
    assert "At most 9" in page
    for criterion in program.criteria.all():
        assert criterion.quotation in page
        assert criterion.citation in page
    for topic in program.topics.all():
        assert topic.name in page
    for offset in program.milestone_offsets.all():
        assert offset.title in page
        assert offset.source in page
    assert "21 calendar days before the assessment begins" in page
    assert "10 working days after “Draft findings delivered”" in page
    told = {"fdf": "FDA only; the contractor never sees them", "api": "FDA and the assigned"}
    assert told[pilot] in page


@pytest.mark.parametrize("pilot", ["fdf", "api"])
def test_a_program_says_which_settings_are_our_assumption(client, pilot):
    client.force_login(factories.registrant())
    page, program = page_of(client, pilot), factories.program(pilot)
    assert "These settings are our assumption" in page
    for assumption in assumptions_of(program):
        assert assumption.setting in page
        assert assumption.why in page
    assumed = f"{program.inspections_before:%B} 1, 2020 Our assumption"
    assert (assumed in page) is (pilot == "api")


def test_the_look_back_is_assumed_for_the_api_pilot_only():
    settings = {
        pilot: [a.setting for a in assumptions_of(factories.program(pilot))]
        for pilot in ("fdf", "api")
    }
    assert settings["api"] == ["Look-back window of criterion b", *settings["fdf"]]


def test_each_assumption_on_a_sheet_concerns_a_kind_of_criterion():
    kinds = {a.concerns for a in assumptions_of(factories.program("api"))} - {""}
    assert kinds == {Criterion.Check.LOCATION, Criterion.Check.INSPECTIONS}


def test_a_rehearsal_is_listed_nowhere_and_marked_where_staff_open_it(client):
    copy = rehearsal(factories.program())
    where = reverse("programs:program_detail", args=[copy.pk])
    client.force_login(factories.registrant())
    assert client.get(where).status_code == 404
    client.force_login(fda(Role.FDA_COORDINATOR))
    assert "A rehearsal" not in client.get(reverse("programs:program_list")).content.decode()
    assert "Nothing on this page counts" in client.get(where).content.decode()


@pytest.mark.parametrize("name", ["program_list", "program_detail"])
def test_the_pages_only_answer_reading(client, name):
    client.force_login(factories.registrant())
    args = [factories.program().pk] if name == "program_detail" else []
    assert client.post(reverse(f"programs:{name}", args=args)).status_code == 405


def test_the_pages_ask_the_database_a_constant_number_of_times(
    client, django_assert_num_queries, django_assert_max_num_queries
):
    client.force_login(factories.registrant())
    program = factories.program()
    pages = [
        reverse("programs:program_list"),
        reverse("programs:program_detail", args=[program.pk]),
    ]
    counts = []
    for page in pages:
        with django_assert_max_num_queries(12) as few:
            client.get(page)
        counts.append(len(few))
    for number in range(3):
        copy = rehearsal(program)
        Program.objects.filter(pk=copy.pk).update(slug=f"round-{number}", rehearsal_of=None)
        program.topics.create(name=f"Topic {number}", order=50 + number, citation="Test")
    for page, count in zip(pages, counts, strict=True):
        with django_assert_num_queries(count):
            client.get(page)
