"""Home: what is due, who holds it, by when; then where each side's own cases stand."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from assessments import operations, overview
from qmm_pilot import clock
from qmm_pilot.accounts.models import User
from qmm_pilot.accounts.roles import Role
from qmm_pilot.programs.models import Program
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.models import ActionItem
from tests import factories
from tests.assessments.reading import words
from tests.assessments.visits import AT, FIRST_ON, LAST_ON, Visit, person

MOST_QUERIES = 12
TODAY = date(2021, 2, 1)


@pytest.fixture
def home(client, visit, monkeypatch):
    """Get home as somebody of the visit, at its moment."""
    monkeypatch.setattr(clock, "now", lambda: visit.at)

    def get(who):
        client.force_login(getattr(visit, who) if isinstance(who, str) else who)
        return client.get(reverse("home"))

    return get


def ask(visit, key, **holder):
    raise_item(
        key,
        title=f"Task {key}",
        about=visit.participation,
        url_name="programs:program_detail",
        url_kwargs={"pk": visit.program.pk},
        at=AT,
        **holder,
    )


@pytest.mark.parametrize(
    ("due_on", "said"),
    [
        (None, "No due date"),
        (TODAY - timedelta(days=30), "Overdue by 30 days"),
        (TODAY - timedelta(days=1), "Overdue by 1 day"),
        (TODAY, "Due today"),
        (TODAY + timedelta(days=1), "Due tomorrow"),
        (TODAY + timedelta(days=2), "Due in 2 days"),
    ],
)
def test_how_far_off_a_due_date_is_is_said_in_words(due_on, said):
    assert overview.due_in_words(due_on, TODAY) == said


def test_the_due_day_ends_by_eastern_clocks():
    # 02:00 UTC on February 2 is still February 1 in Eastern Time.
    assert overview.today_of(AT.replace(day=2, hour=2)) == TODAY
    assert overview.end_of_day(date(2021, 3, 13)).isoformat() == "2021-03-14T00:00:00-05:00"
    assert overview.end_of_day(date(2021, 3, 14)).isoformat() == "2021-03-15T00:00:00-04:00"


def test_tasks_stand_by_due_date_with_their_holders(home, visit):
    ask(visit, "none", role=Role.FDA_COORDINATOR)
    ask(visit, "later", role=Role.FDA_COORDINATOR, due_on=TODAY + timedelta(days=20))
    ask(visit, "late", user=visit.coordinator, due_on=TODAY - timedelta(days=3))
    ask(visit, "soon", organization=visit.fda, due_on=TODAY)
    ask(visit, "else", role=Role.FDA_APPROVER)
    ask(visit, "done", role=Role.FDA_COORDINATOR)
    close_item("done", by=None, at=AT)
    page = home("coordinator")
    shown = [(t.item.title, t.holder, t.standing, t.due_words) for t in page.context["tasks"]]
    assert shown == [
        ("Task late", "You", "overdue", "Overdue by 3 days"),
        ("Task soon", "Everyone at FDA", "due", "Due today"),
        ("Task later", "Any FDA coordinator", "open", "Due in 20 days"),
        ("Task none", "Any FDA coordinator", "open", "No due date"),
    ]
    assert page.content.decode().count(reverse("programs:program_detail", args=[visit.program.pk]))
    text = words(page)
    assert text.index("Task late Overdue by 3 days Jan 29, 2021, 11:59 p.m. ET You") < text.index(
        "Where each program stands"
    )


def test_a_due_moment_is_read_in_the_persons_own_zone_too(home, visit):
    User.objects.filter(pk=visit.official.pk).update(time_zone="Asia/Kolkata")
    ask(visit, "one", organization=visit.firm, role=Role.FIRM_OFFICIAL, due_on=TODAY)
    assert (
        "Task one Due today Feb 1, 2021, 11:59 p.m. ET (Feb 2, 2021, 10:29 a.m. Kolkata time) "
        "Authorized official at Acme Pharma" in words(home("official"))
    )
    assert "Task one" not in words(home("metrics_person"))
    assert "Task one" not in words(home("stranger"))


def test_each_deed_moves_its_task_to_whom_it_is_due_from_next(home, visit):
    visit.to("proposed")
    people = ["official", "coordinator", "lead", "assessor", "approver"]
    seen = {who: [t.item.title for t in home(who).context["tasks"]] for who in people}
    confirm = "Confirm the assessment dates of Acme Springfield"
    assert seen == {
        "official": [confirm],
        "coordinator": [confirm],
        "lead": [],
        "assessor": [],
        "approver": [],
    }
    visit.dates_agreed()
    assert [t.item.title for t in home("coordinator").context["tasks"]] == [
        "Hold and record the pre-assessment consultation with Acme Springfield",
        "Decide go or no-go for Acme Springfield",
    ]


def test_a_firm_sees_how_far_each_facility_has_come(home, visit):
    visit.to("dates_agreed")
    page = home("official")
    request, place = visit.participation.participation_request, visit.participation
    body = page.content.decode()
    assert reverse("applications:request_detail", args=[request.pk]) in body
    assert reverse("applications:participation_detail", args=[place.pk]) in body
    assert reverse("assessments:assessment_detail", args=[visit.assessment.pk]) in body
    assert f"{request.receipt_number} of Acme Springfield Selected" in words(page)
    assert "Acme Springfield" not in words(home("stranger"))


def test_a_firm_does_not_read_an_outcome_that_is_not_released(client, db):
    sent = factories.participation_request("eligible")
    client.force_login(sent.submitted_by)
    text = words(client.get(reverse("home")))
    assert f"{sent.receipt_number} of {sent.facility.name} Under review" in text
    assert "Eligible" not in text


def test_a_new_firm_is_told_where_to_begin(client, db):
    client.force_login(factories.registrant())
    page = client.get(reverse("home"))
    assert "Nothing is due from you" in words(page)
    assert "add your facility first, then start a request" in words(page)
    assert reverse("applications:facility_new") in page.content.decode()


def test_fda_reads_counts_per_program_that_lead_to_their_lists(home, visit):
    visit.to("dates_agreed")
    visit.at = visit.at.replace(month=3, day=23)
    page = home("approver")
    facts = {row.program.slug: row for row in page.context["programs"]}
    row = facts["fdf-2020"]
    assert (row.places_used, row.visits, row.completed) == (1, 1, 0)
    assert row.overdue == 2  # orientation since March 1, metrics since March 22
    assert facts["api-2020"].overdue == 0
    body = page.content.decode()
    for address in (
        f"{reverse('assessments:deadline_board')}?program=fdf-2020",
        f"{reverse('applications:queue')}?program=fdf-2020&amp;state=submitted",
        reverse("applications:selection_board", args=[visit.program.pk]),
    ):
        assert f'href="{address}"' in body


def test_fda_counts_requests_by_where_they_stand(client, db):
    for status in ("draft", "submitted", "submitted", "under_review", "eligible"):
        factories.participation_request(status)
    client.force_login(factories.fda(Role.FDA_REVIEWER))
    rows = client.get(reverse("home")).context["programs"]
    row = next(row for row in rows if row.program.slug == "fdf-2020")
    assert (row.received, row.under_review, row.eligible) == (2, 1, 1)


def test_a_rehearsal_stays_out_of_staffs_counts(home, visit):
    visit.to("dates_agreed")
    Program.objects.filter(pk=visit.program.pk).update(
        rehearsal_of=Program.objects.get(slug="api-2020")
    )
    assert [row.program.slug for row in home("coordinator").context["programs"]] == ["api-2020"]


def test_a_contractor_sees_the_engaged_assessments(home, visit):
    visit.to("planning")
    listed = {
        who: "Acme Springfield" in words(home(who))
        for who in ("lead", "assessor", "bystander", "other_lead")
    }
    assert listed == {"lead": True, "assessor": True, "bystander": False, "other_lead": False}


def test_fda_people_without_cases_read_no_counts(home, visit):
    visit.to("dates_agreed")
    administrator = person(visit.fda, Role.FDA_ADMINISTRATOR)
    for who in ("analyst", administrator):
        page = home(who)
        assert page.status_code == 200
        assert "programs" not in page.context
        assert "Nothing is due from you" in words(page)


def test_home_asks_people_to_sign_in_or_to_register_first(client, db):
    assert client.get(reverse("home")).url.startswith(reverse("account_login"))
    client.force_login(User.objects.create_user("new@example.test", "x", name="New"))
    assert client.get(reverse("home")).url == reverse("accounts:register_organization")


def test_home_answers_readings_only(home, visit, client):
    client.force_login(visit.official)
    assert client.post(reverse("home")).status_code == 405


@pytest.mark.parametrize("who", ["official", "coordinator", "lead"])
def test_home_asks_the_database_the_same_number_of_times_however_much_is_due(
    home, client, visit, who, django_assert_max_num_queries, django_assert_num_queries
):
    visit.to("dates_agreed")
    user = getattr(visit, who)
    ask(visit, "first", user=user)
    home(who)
    with django_assert_max_num_queries(MOST_QUERIES) as few:
        client.get(reverse("home"))
    Visit().to("dates_agreed")
    for number in range(5):
        ask(visit, f"more {number}", user=user, due_on=TODAY)
        ask(visit, f"ours {number}", organization=user.organization)
    assert ActionItem.objects.open().count() > 10
    with django_assert_num_queries(len(few)):
        client.get(reverse("home"))


@pytest.mark.parametrize(
    "stage",
    ["planning", "dates_agreed", "ready", "in_progress", "fieldwork_done", "draft_ready"],
)
def test_a_lead_of_the_same_contractor_who_is_not_on_the_team_is_told_of_no_task(visit, stage):
    visit.to(stage)
    assert overview.tasks_of(visit.bystander, at=visit.at) == []
    held = ActionItem.objects.open().held_by(visit.bystander)
    assert list(held.values_list("title", flat=True)) == []


def test_dates_of_the_firm_are_confirmed_by_the_lead_of_the_team_alone(visit):
    visit.to("planning")
    operations.propose_dates(
        visit.assessment,
        first_on=FIRST_ON,
        last_on=LAST_ON,
        mode="remote",
        by=visit.official,
        at=visit.at,
    )
    title = "Confirm the assessment dates of Acme Springfield"
    assert [t.item.title for t in overview.tasks_of(visit.lead, at=visit.at)] == [title]
    assert not ActionItem.objects.open().held_by(visit.bystander).exists()


def test_the_lead_loses_her_tasks_with_the_written_agreement(visit):
    visit.to("ready")
    assert len(overview.tasks_of(visit.lead, at=visit.at)) == 1
    visit.agreement.until = date(2021, 1, 31)
    visit.agreement.save()
    assert overview.tasks_of(visit.lead, at=visit.at) == []
