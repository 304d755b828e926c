"""The access register: a firm sees every person, office and moment of access to its records."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from assessments import operations
from qmm_pilot import clock
from qmm_pilot.accounts.roles import Role, Scope
from qmm_pilot.records import register
from qmm_pilot.records.disclosure import disclose
from qmm_pilot.records.models import RecordAccess
from tests import factories
from tests.assessments.reading import Reader, words
from tests.assessments.visits import AT, Visit, person

REGISTER = reverse("applications:access_register")
EXPORT = reverse("applications:access_register_export")


@pytest.fixture
def reader(client, visit, settings):
    settings.DEBUG = True
    return Reader(client, visit)


def lines(visit, **facts):
    """Who opened what of the visit's firm, oldest first."""
    rows = RecordAccess.objects.filter(organization_id=visit.firm.pk, **facts).order_by("noted_at")
    return [(row.person_name, row.office, row.how, row.what) for row in rows]


# --- what is noted -----------------------------------------------------------------------------


def test_a_page_opened_by_fda_and_by_the_contractor_stands_in_the_firms_register(reader, visit):
    visit.to("in_progress")
    reader.get("coordinator", "assessment_detail", visit.assessment.pk)
    reader.get("assessor", "topic_detail", visit.topic.pk)
    assert lines(visit) == [
        ("Cora", "FDA", "opened", "Assessment: dates, people, deadlines"),
        ("Arno", "Careful Assessors", "opened", "Topic with its findings"),
    ]
    row = RecordAccess.objects.filter(person_name="Arno").get()
    assert (row.site, row.program_name, row.subject_id) == (
        "Acme Springfield",
        visit.program.short_name,
        str(visit.topic.pk),
    )
    # The demonstration's clock ticks along with the real one.
    assert timedelta(0) <= row.at - visit.at < timedelta(seconds=15)


def test_the_same_page_again_within_the_hour_leaves_no_second_line(reader, visit):
    visit.to("planning")
    for minutes in (0, 20, 70):
        visit.at = AT + timedelta(minutes=minutes)
        reader.get("coordinator", "assessment_detail", visit.assessment.pk)
    assert len(lines(visit)) == 2


def test_every_download_stands_by_itself(reader, visit):
    visit.to("released")
    for _ in range(2):
        response = reader.get("lead", "report_pdf", visit.report.pk)
        assert response.status_code == 200
    reader.get("approver", "file_download", visit.report.released_file_id)
    assert lines(visit) == [
        ("Leah", "Careful Assessors", "downloaded", "Report"),
        ("Leah", "Careful Assessors", "downloaded", "Report"),
        ("Ada", "FDA", "downloaded", "File: report"),
    ]


def test_the_firms_own_people_are_not_noted(reader, visit):
    visit.to("released")
    for name, pk in [
        ("assessment_detail", visit.assessment.pk),
        ("report_detail", visit.report.pk),
        ("report_pdf", visit.report.pk),
    ]:
        assert reader.status("official", name, pk) == 200
    assert RecordAccess.objects.count() == 0


@pytest.mark.parametrize(
    ("who", "name", "code"),
    [
        ("stranger", "assessment_detail", 404),
        ("bystander", "assessment_detail", 404),
        ("observer", "decide_go", 403),
    ],
)
def test_a_refusal_shows_nothing_and_is_not_noted(reader, visit, who, name, code):
    visit.to("consulted")
    assert reader.status(who, name, visit.assessment.pk) == code
    assert RecordAccess.objects.count() == 0


def test_a_redirect_shows_nothing_and_is_not_noted(reader, visit):
    visit.to("planning")
    assert reader.status("coordinator", "participation_assessment", visit.participation.pk) == 302
    assert RecordAccess.objects.count() == 0


def test_an_agent_of_the_firm_is_noted_since_she_is_not_its_person(client, visit, settings):
    settings.DEBUG = True
    visit.to("planning")
    agent = factories.person(None, name="Ana Diaz")
    factories.representation(agent, visit.firm, Scope.PREPARE)
    clock.set_demonstration_moment(visit.at)
    client.force_login(agent)
    address = reverse("assessments:assessment_detail", args=[visit.assessment.pk])
    assert client.get(address).status_code == 200
    assert [line[:2] for line in lines(visit)] == [("Ana Diaz", "Agent")]


def test_a_list_of_fda_is_one_line_for_all_firms_and_a_contractors_names_its_firms(reader, visit):
    visit.to("planning")
    reader.get("coordinator", "deadline_board")
    reader.get("lead", "assessment_list")
    reader.get("other_lead", "assessment_list")
    rows = RecordAccess.objects.filter(how="listed").values_list("person_name", "organization_id")
    assert sorted(rows, key=lambda row: row[0]) == [("Cora", None), ("Leah", visit.firm.pk)]


def test_a_line_that_cannot_be_written_keeps_the_page_back(reader, visit, monkeypatch):
    visit.to("planning")

    def broken(*args):
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(register, "_insert", broken)
    with pytest.raises(DatabaseError):
        reader.get("coordinator", "assessment_detail", visit.assessment.pk)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_alter_or_remove_a_line(reader, visit, change):
    visit.to("planning")
    reader.get("coordinator", "assessment_detail", visit.assessment.pk)
    rows = RecordAccess.objects.all()
    with pytest.raises(DatabaseError, match="neither altered nor removed"), transaction.atomic():
        rows.update(person_name="Nobody") if change == "update" else rows._raw_delete(rows.db)
    assert len(lines(visit)) == 1


# --- who reads it ------------------------------------------------------------------------------


def as_of(reader, who, address):
    return reader.signed_in(who).get(address)


def test_everyone_of_the_firm_reads_its_register_and_another_firm_does_not(reader, visit):
    visit.to("planning")
    reader.get("lead", "assessment_detail", visit.assessment.pk)
    shown = words(as_of(reader, "metrics_person", REGISTER))
    assert "Leah Careful Assessors Assessment: dates, people, deadlines Acme Springfield" in shown
    other = words(as_of(reader, "stranger", REGISTER))
    assert "Leah" not in other
    assert "Nobody has read these records" in other


def test_fdas_lists_stand_in_the_register_since_the_first_submitted_request(reader, visit):
    visit.to("planning")
    reader.get("coordinator", "deadline_board")
    assert "FDA’s deadline board All firms Seen in a list" in words(
        as_of(reader, "official", REGISTER)
    )
    # The other firm has submitted nothing, so no list can have held a line about it.
    assert "FDA’s deadline board" not in words(as_of(reader, "stranger", REGISTER))


def test_a_contractors_lists_are_a_line_for_its_own_firms_alone(reader, visit):
    visit.to("planning")
    Visit().to("planning")
    for page in ("assessments:assessment_list", "metrics:submission_list"):
        reader.signed_in("lead").get(reverse(page))
    # Metrics of the FDF pilot go to FDA alone, so that list shows her no firm.
    assert [(row.organization_id, row.what) for row in RecordAccess.objects.all()] == [
        (visit.firm.pk, "List of assessments")
    ]


@pytest.mark.parametrize("who", ["lead", "coordinator", "analyst"])
def test_the_register_does_not_exist_for_contractors_and_other_staff(reader, visit, who):
    for address in (REGISTER, EXPORT):
        assert as_of(reader, who, address).status_code == 404


def test_fdas_records_officer_reads_every_firms_lines_and_chooses_a_firm(reader, visit):
    visit.officer = person(visit.fda, Role.FDA_RECORDS_OFFICER, name="Rosa")
    visit.to("planning")
    reader.get("lead", "assessment_detail", visit.assessment.pk)
    assert "Leah" in words(as_of(reader, "officer", f"{REGISTER}?firm={visit.firm.pk}"))
    assert "Leah" not in words(as_of(reader, "officer", f"{REGISTER}?firm={visit.other_firm.pk}"))
    assert '"Acme Pharma"' in as_of(reader, "officer", EXPORT).getvalue().decode()


def test_what_an_agent_opened_of_a_draft_is_the_firms_to_know_and_not_fdas(client, visit, settings):
    settings.DEBUG = True
    visit.to("planning")
    clock.set_demonstration_moment(visit.at)
    official = factories.registrant()
    agent = factories.person(None, name="Ana Diaz")
    factories.representation(agent, official.organization, Scope.PREPARE)
    officer = person(visit.fda, Role.FDA_RECORDS_OFFICER, name="Rosa")
    draft = factories.participation_request(by=official)
    client.force_login(agent)
    for address in (
        reverse("applications:request_detail", args=[draft.pk]),
        reverse("applications:facility_detail", args=[draft.facility_id]),
    ):
        assert client.get(address).status_code == 200

    def read(who):
        client.force_login(who)
        return words(client.get(REGISTER)) + client.get(EXPORT).getvalue().decode()

    assert "Ana Diaz" in read(official)
    page = read(officer)
    assert "Ana Diaz" not in page
    assert official.organization.name not in page
    disclose(draft, draft.facility, at=visit.at)
    page = read(officer)
    assert "Ana Diaz" in page
    assert official.organization.name in page


def test_filters_choose_by_record_facility_and_eastern_day(reader, visit):
    visit.to("in_progress")
    visit.at = AT.replace(hour=4, minute=30)  # January 31, 11:30 p.m. Eastern
    reader.get("coordinator", "assessment_detail", visit.assessment.pk)
    visit.at = AT.replace(hour=5, minute=30)
    reader.get("observer", "topic_list", visit.assessment.pk)
    visit.at = AT
    reader.get("assessor", "topic_detail", visit.topic.pk)

    def names(query):
        rows = as_of(reader, "official", f"{REGISTER}?{query}").context["rows"]
        return sorted(row.person_name for row in rows)

    assert names("until=2021-01-31") == ["Cora"]
    assert names("since=2021-02-01") == ["Arno", "Otto"]
    assert names("what=Topic+with+its+findings") == ["Arno"]
    assert names("site=Elsewhere") == []
    assert names("since=nonsense&firm=%00&before=x") == ["Arno", "Cora", "Otto"]


def test_pages_follow_one_another_by_key_without_gap_or_repetition(reader, visit):
    RecordAccess.objects.bulk_create(
        RecordAccess(
            organization_id=visit.firm.pk,
            how="downloaded",
            what="Report",
            user=visit.lead,
            person_name=f"Person {number}",
            office="Careful Assessors",
            at=AT + timedelta(seconds=number // 2),
            hour=AT,
            noted_at=AT,
        )
        for number in range(120)
    )
    seen, address = [], REGISTER
    while address:
        page = as_of(reader, "official", address)
        seen += [row.person_name for row in page.context["rows"]]
        address = page.context["older_address"]
    assert len(seen) == len(set(seen)) == 120


def test_the_export_holds_every_line_and_no_formula(reader, visit):
    visit.lead.name = "=cmd|'/c calc'!A1"
    visit.lead.save(update_fields=["name"])
    visit.to("planning")
    reader.get("lead", "assessment_detail", visit.assessment.pk)
    text = as_of(reader, "official", EXPORT).getvalue().decode("utf-8-sig")
    head, line = text.splitlines()
    assert head.startswith('"When (Eastern Time)","When (UTC)","Person","Office"')
    assert '"\'=cmd|\'/c calc\'!A1","Careful Assessors","Opened"' in line


def test_a_view_costs_one_query_where_it_is_noted_and_two_where_it_is_new(
    reader, visit, django_assert_num_queries
):
    visit.to("planning")
    address = reverse("assessments:assessment_detail", args=[visit.assessment.pk])
    match = reader.signed_in("coordinator").get(address).resolver_match
    visit.coordinator.organization  # noqa: B018 - the page has it already
    visit.coordinator.side  # noqa: B018
    moment = 1  # asked for in a demonstration alone
    with django_assert_num_queries(moment + 1):
        register.note(match, visit.coordinator)
    visit.observer.side  # noqa: B018
    with django_assert_num_queries(moment + 2):
        register.note(match, visit.observer)


def test_the_register_asks_few_questions_however_many_lines_it_has(
    reader, visit, django_assert_max_num_queries
):
    visit.to("released")
    client = reader.signed_in("official")
    client.get(REGISTER)
    with django_assert_max_num_queries(12) as few:
        client.get(REGISTER)
    count = len(few)
    for who in ("lead", "assessor", "observer"):
        reader.get(who, "report_detail", visit.report.pk)
        reader.get(who, "report_pdf", visit.report.pk)
    client = reader.signed_in("official")
    client.get(REGISTER)
    with django_assert_max_num_queries(count):
        client.get(REGISTER)


def test_a_file_that_belongs_to_no_firm_leaves_no_line(visit):
    assert "applications.inspectionimport" not in register.RECORDS
    assert "programs.agreement" not in register.RECORDS


def test_two_pages_at_once_leave_one_line(visit):
    access = {
        "subject_kind": "assessments.report",
        "subject_id": "1",
        "what": "Report",
    }
    for _ in range(2):
        row = register._access(visit.lead, "opened", **access)
        row.organization_id = visit.firm.pk
        register._insert([row])
    assert len(lines(visit)) == 1


def test_deeds_still_work_where_the_page_of_a_faulty_form_is_noted(reader, visit):
    visit.to("consulted")
    response = reader.post("coordinator", "decide_no_go", visit.assessment.pk, reason="")
    assert response.status_code == 200
    assert [line[0] for line in lines(visit)] == ["Cora"]
    operations.decide_go(visit.assessment, by=visit.coordinator, at=visit.at)
