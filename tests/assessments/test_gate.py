"""The contractor gate (A9, 21 CFR 20.90): every condition closes the file by itself, everywhere."""

from datetime import date, datetime, time, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applications import operations as intake
from applications.access import engaged_participations
from applications.models import Declaration, EngagementMember
from assessments import access
from assessments import operations as deeds
from assessments.models import Assessment
from assessments.operations import telling
from assessments.overview import tasks_of
from metrics.models import MetricsSubmission
from qmm_pilot import clock
from qmm_pilot.accounts.roles import Role
from qmm_pilot.clock import EASTERN
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Agreement
from qmm_pilot.programs.models.agreement import SubcontractorQuerySet
from qmm_pilot.programs.operations import approve_subcontractor, revoke_subcontractor
from qmm_pilot.records.models import ActionItem, Letter, TrailEntry
from tests import factories
from tests.assessments.reading import Reader, words
from tests.assessments.visits import AT, Visit, person

pytestmark = pytest.mark.django_db
Function = EngagementMember.Function


@pytest.fixture
def reader(client, settings):
    settings.DEBUG = True

    def open_as(visit):
        return Reader(client, visit)

    return open_as


def member_of(visit, name="lead"):
    return visit.assessment.engagement.members.get(user=getattr(visit, name), until=None)


def declaration_of(visit, name="lead"):
    return Declaration.objects.get(member=member_of(visit, name))


# --- each condition alone ----------------------------------------------------------------------


def no_document(visit, day):
    Agreement.objects.update(document=None)


def agreement_not_begun(visit, day):
    Agreement.objects.update(since=day + timedelta(days=1))


def agreement_over(visit, day):
    Agreement.objects.update(until=day - timedelta(days=1))


def agreement_ended(visit, day):
    Agreement.objects.update(ended_at=visit.at, end_reason="The contract was terminated.")


def agreement_superseded(visit, day):
    # The later one has begun, and is itself without its document.
    later = Agreement.objects.create(
        program=visit.program,
        organization=visit.contractor,
        reference="A-2",
        since=day,
        until=date(2099, 12, 31),
    )
    Agreement.objects.filter(pk=visit.agreement.pk).update(superseded_by=later)


def agreement_of_another_program(visit, day):
    Agreement.objects.update(program=visit.program.__class__.objects.get(slug="api-2020"))


def agreement_of_another_contractor(visit, day):
    Agreement.objects.update(organization=visit.other_contractor)


def engagement_not_begun(visit, day):
    _engagement(visit).update(since=day + timedelta(days=1))


def engagement_over(visit, day):
    _engagement(visit).update(since=date(2020, 1, 1), until=day - timedelta(days=1))


def engagement_ended(visit, day):
    _engagement(visit).update(ended_at=visit.at)


def member_not_begun(visit, day):
    _members(visit).update(since=visit.at + timedelta(seconds=1))


def member_over(visit, day):
    _members(visit).update(last_on=day - timedelta(days=1))


def member_left(visit, day):
    _members(visit).update(until=visit.at)


def subcontractor_not_approved_yet(visit, day):
    _employ(visit, since=day + timedelta(days=1))


def subcontractor_over(visit, day):
    _employ(visit, until=day - timedelta(days=1))


def subcontractor_revoked(visit, day):
    _employ(visit, revoked_at=visit.at)


def declaration_asked(visit, day):
    Declaration.objects.update(status="asked", accepted_at=None)


def declaration_waits(visit, day):
    Declaration.objects.update(status="declared", accepted_at=None)


def declaration_refused(visit, day):
    Declaration.objects.update(status="refused", ended_at=visit.at)


def declaration_expired(visit, day):
    Declaration.objects.update(status="expired", ended_at=visit.at)


FAILING = [
    no_document,
    agreement_not_begun,
    agreement_over,
    agreement_ended,
    agreement_superseded,
    agreement_of_another_program,
    agreement_of_another_contractor,
    engagement_not_begun,
    engagement_over,
    engagement_ended,
    member_not_begun,
    member_over,
    member_left,
    subcontractor_not_approved_yet,
    subcontractor_over,
    subcontractor_revoked,
    declaration_asked,
    declaration_waits,
    declaration_refused,
    declaration_expired,
]


def _engagement(visit):
    return type(visit.assessment.engagement).objects.filter(pk=visit.assessment.engagement_id)


def _members(visit):
    return EngagementMember.objects.filter(engagement=visit.assessment.engagement_id)


def _employ(visit, *, since=date(2020, 1, 1), until=date(2099, 12, 31), revoked_at=None):
    """Employ the lead at an approved subcontractor; then change one fact of the approval."""
    subcontractor = approve_subcontractor(
        visit.agreement,
        kind="organization",
        name="Sub Assessors",
        since=date(2020, 1, 1),
        until=date(2099, 12, 31),
        by=visit.coordinator,
        at=visit.at,
    )
    _members(visit).update(subcontractor=subcontractor)
    type(subcontractor).objects.update(since=since, until=until, revoked_at=revoked_at)
    return subcontractor


def is_let_in(visit, at):
    return engaged_participations(visit.lead, at).exists()


@pytest.mark.parametrize("fail", FAILING, ids=lambda fail: fail.__name__)
def test_each_condition_alone_closes_the_file(visit, fail):
    visit.to("planning")
    visit.at += timedelta(days=2)
    day = visit.program.today(visit.at)
    assert is_let_in(visit, visit.at)
    fail(visit, day)
    assert not is_let_in(visit, visit.at)
    assert not access.may_lead(visit.lead, visit.assessment, at=visit.at)
    assert visit.lead not in telling.team_of(visit.assessment, at=visit.at)


def test_an_approved_subcontractors_person_is_let_in(visit):
    visit.to("planning")
    _employ(visit)
    assert is_let_in(visit, visit.at)
    assert member_of(visit).employer == "Sub Assessors"


def test_an_approval_ends_with_its_own_agreement_though_another_is_in_force(visit, monkeypatch):
    visit.to("planning")
    _employ(visit)
    factories.agreement(visit.contractor, visit.program)
    assert is_let_in(visit, visit.at)
    Agreement.objects.filter(pk=visit.agreement.pk).update(until=AT.date() - timedelta(days=1))
    assert Agreement.objects.in_force(visit.at).count() == 1
    assert not is_let_in(visit, visit.at)
    # Planted: an approval that outlives its agreement must be noticed.
    day = AT.date()
    monkeypatch.setattr(
        SubcontractorQuerySet,
        "in_force",
        lambda rows, moment: rows.filter(revoked_at=None, since__lte=day, until__gte=day),
    )
    assert is_let_in(visit, visit.at)


def test_the_last_days_are_inclusive_and_end_at_midnight_eastern(visit):
    visit.to("planning")
    last = date(2021, 2, 10)
    midnight = datetime.combine(last + timedelta(days=1), time.min, EASTERN)
    for rows in (Agreement.objects.all(), _engagement(visit), _members(visit)):
        name = "last_on" if rows.model is EngagementMember else "until"
        before = rows.values_list(name, flat=True).first()
        rows.update(**{name: last})
        assert is_let_in(visit, midnight - timedelta(microseconds=1))
        assert not is_let_in(visit, midnight)
        rows.update(**{name: before})


@pytest.mark.parametrize(
    "fail", [agreement_ended, engagement_ended, member_left, declaration_refused]
)
def test_an_open_session_loses_every_floor_at_its_next_request(client, settings, fail):
    settings.DEBUG = True
    visit = Visit("api-2020").to("rated")
    stored = deeds.attach_file(
        visit.topic, SimpleUploadedFile("n.txt", b"Seen."), by=visit.lead, at=visit.at
    )
    clock.set_demonstration_moment(visit.at)
    client.force_login(visit.lead)
    addresses = [
        reverse("assessments:assessment_detail", args=[visit.assessment.pk]),
        reverse("assessments:topic_detail", args=[visit.topic.pk]),
        reverse("metrics:submission", args=[visit.submission.pk]),
        reverse("assessments:file_download", args=[stored.pk]),
    ]
    assert [client.get(address).status_code for address in addresses] == [200] * 4
    assert MetricsSubmission.objects.visible_to(visit.lead).exists()
    fail(visit, visit.program.today(visit.at))
    assert [client.get(address).status_code for address in addresses] == [404] * 4
    assert not MetricsSubmission.objects.visible_to(visit.lead).exists()


# --- declaring ---------------------------------------------------------------------------------


def test_before_declaring_a_person_sees_the_facility_and_the_firm_and_no_more(visit, reader):
    visit.assigned()
    [task] = tasks_of(visit.lead, at=visit.at)
    assert task.item.title == "Declare your interests for Acme Springfield"
    open_as = reader(visit)
    page = open_as.signed_in("lead").get(task.item.get_absolute_url())
    text = words(page)
    assert "Acme Springfield" in text
    assert "Acme Pharma" in text
    assert "1 Main Street" not in text
    assert open_as.status("lead", "assessment_detail", visit.assessment.pk) == 404
    assert not Assessment.objects.visible_to(visit.lead).exists()


def test_who_declares_none_is_let_in_at_once(visit):
    visit.assigned()
    declaration = intake.declare_interests(
        declaration_of(visit), has_interest=False, by=visit.lead, at=visit.at
    )
    assert declaration.status == "accepted"
    assert is_let_in(visit, visit.at)
    assert not ActionItem.objects.open().filter(key=f"declare:{declaration.pk}").exists()
    assert Letter.objects.get(kind="file_opened").person == visit.lead


def test_a_declared_interest_waits_for_fda(visit):
    visit.assigned()
    declaration = intake.declare_interests(
        declaration_of(visit),
        has_interest=True,
        interests="Shares of the firm until 2019.",
        by=visit.lead,
        at=visit.at,
    )
    assert not is_let_in(visit, visit.at)
    task = ActionItem.objects.open().get(key=f"rule-declaration:{declaration.pk}")
    assert task.role == Role.FDA_COORDINATOR
    intake.rule_on_declaration(
        declaration, accepted=True, reason="Sold.", by=visit.coordinator, at=visit.at
    )
    assert is_let_in(visit, visit.at)
    entries = TrailEntry.objects.filter(subject_id=str(declaration.pk))
    assert not any("Shares" in e.before_json + e.after_json for e in entries)
    intake.rule_on_declaration(
        declaration, accepted=False, reason="Bought again.", by=visit.coordinator, at=visit.at
    )
    assert not is_let_in(visit, visit.at)


def test_nobody_declares_for_another_or_twice(visit):
    visit.assigned()
    declaration = declaration_of(visit)
    for other in ("assessor", "bystander", "coordinator", "official"):
        with pytest.raises(Refusal, match="Only the person who is asked"):
            intake.declare_interests(
                declaration, has_interest=False, by=getattr(visit, other), at=visit.at
            )
    with pytest.raises(Refusal, match="Name the interests"):
        intake.declare_interests(declaration, has_interest=True, by=visit.lead, at=visit.at)
    intake.declare_interests(declaration, has_interest=False, by=visit.lead, at=visit.at)
    with pytest.raises(IllegalMove):
        intake.declare_interests(declaration, has_interest=False, by=visit.lead, at=visit.at)


@pytest.mark.parametrize("who", ["lead", "official", "observer", "approver"])
def test_only_a_coordinator_rules_on_declarations(visit, who):
    visit.to("planning")
    with pytest.raises(Refusal, match="Only FDA coordinators"):
        intake.rule_on_declaration(
            declaration_of(visit), accepted=False, reason="No", by=getattr(visit, who), at=AT
        )
    assert declaration_of(visit).status == "accepted"


def test_a_new_owner_has_everybody_declare_anew(visit):
    visit.to("planning")
    intake.expire_declarations(
        visit.participation.facility, reason="Sold to Beta.", by=visit.coordinator, at=visit.at
    )
    assert not is_let_in(visit, visit.at)
    asked = Declaration.objects.filter(status="asked").values_list("member__user", flat=True)
    assert set(asked) == {visit.lead.pk, visit.assessor.pk}
    assert Declaration.objects.filter(status="expired").count() == 2


def test_fda_reads_who_has_not_declared_before_the_go(visit, reader):
    visit.assigned()
    page = reader(visit).get("coordinator", "assessment_detail", visit.assessment.pk)
    assert "Declarations missing Arno, Leah" in words(page)
    go = reader(visit).get("coordinator", "decide_go", visit.assessment.pk)
    assert "Still missing: Arno, Leah" in words(go)


# --- the team ----------------------------------------------------------------------------------


def name(visit, who, function, **more):
    return deeds.name_member(
        visit.assessment, person=who, function=function, by=visit.coordinator, at=visit.at, **more
    )


def test_an_interpreter_reads_for_her_days_and_records_nothing(visit):
    visit.to("in_progress")
    interpreter = person(visit.contractor, Role.CONTRACTOR_ASSESSOR, name="Ina")
    last_on = visit.program.today(visit.at) + timedelta(days=2)
    name(visit, interpreter, Function.INTERPRETER, last_on=last_on)
    asked = Declaration.objects.get(member__user=interpreter)
    assert not access.is_engaged(interpreter, visit.assessment, at=visit.at)
    intake.declare_interests(asked, has_interest=False, by=interpreter, at=visit.at)
    assert access.is_engaged(interpreter, visit.assessment, at=visit.at)
    assert not access.may_record_findings(interpreter, visit.assessment, at=visit.at)
    after = visit.at + timedelta(days=3)
    assert not access.is_engaged(interpreter, visit.assessment, at=after)


def test_who_does_not_fit_is_not_named(visit):
    visit.to("dates_agreed")
    gone = person(visit.contractor, Role.CONTRACTOR_ASSESSOR, name="Gone")
    gone.is_active = False
    gone.save()
    clerk = person(visit.contractor, Role.CONTRACTOR_ADMINISTRATOR, name="Clerk")
    fit = person(visit.contractor, Role.CONTRACTOR_ASSESSOR, name="Fit")
    for who, function, more, why in [
        (gone, Function.ASSESSOR, {}, "not active"),
        (visit.other_lead, Function.ASSESSOR, {}, "Not of the people of"),
        (clerk, Function.SUBSTITUTE, {"last_on": date(2021, 5, 1)}, "is not an assessor"),
        (fit, Function.LEAD, {}, "does not hold the role of lead"),
        (fit, Function.SUBSTITUTE, {}, "with their last day"),
        (fit, Function.ASSESSOR, {"last_on": date(2021, 1, 1)}, "before the first day"),
        (visit.assessor, Function.ASSESSOR, {}, "on this team already"),
    ]:
        with pytest.raises(Refusal, match=why):
            name(visit, who, function, **more)
    assert visit.assessment.engagement.members.count() == 2


def test_a_person_booked_elsewhere_in_the_agreed_days_is_not_named(visit):
    visit.to("dates_agreed")
    other = Visit()
    other.program, other.contractor = visit.program, visit.contractor
    other.agreement, other.coordinator = visit.agreement, visit.coordinator
    other.lead, other.assessor = visit.bystander, person(visit.contractor, Role.CONTRACTOR_ASSESSOR)
    other.to("dates_agreed")
    with pytest.raises(Refusal, match="on another visit from April 12, 2021"):
        name(visit, visit.bystander, Function.ASSESSOR)


def test_a_subcontractors_person_needs_fdas_approval_for_her_days(visit):
    visit.to("planning")
    subcontractor = approve_subcontractor(
        visit.agreement,
        kind="person",
        name="Ina",
        since=date(2021, 2, 1),
        until=date(2021, 2, 5),
        by=visit.coordinator,
        at=visit.at,
    )
    fit = person(visit.contractor, Role.CONTRACTOR_ASSESSOR, name="Ina")
    days = {"subcontractor": subcontractor, "last_on": date(2021, 2, 8)}
    with pytest.raises(Refusal, match="not approved by FDA for these days"):
        name(visit, fit, Function.INTERPRETER, **days)
    revoke_subcontractor(subcontractor, reason="Sold.", by=visit.coordinator, at=visit.at)
    subcontractor.refresh_from_db()
    with pytest.raises(Refusal, match="not approved"):
        name(visit, fit, Function.INTERPRETER, **days | {"last_on": date(2021, 2, 3)})


def test_a_new_lead_takes_over_the_tasks(visit):
    visit.to("planning")
    name(visit, visit.bystander, Function.LEAD)
    assert ActionItem.objects.open().get(title__startswith="Propose dates").user == visit.bystander
    assert not is_let_in(visit, visit.at)
    with pytest.raises(Refusal, match="Name another lead"):
        deeds.end_member(
            visit.assessment,
            person=visit.bystander,
            reason="Ill",
            by=visit.coordinator,
            at=visit.at,
        )


@pytest.mark.parametrize("who", ["lead", "official", "observer"])
def test_only_a_coordinator_changes_the_team_and_the_agreement(visit, who):
    visit.to("planning")
    by = getattr(visit, who)
    at = visit.at
    fit = person(visit.contractor, Role.CONTRACTOR_ASSESSOR)
    position = TrailEntry.objects.count()
    for deed in [
        lambda: deeds.name_member(
            visit.assessment, person=fit, function=Function.ASSESSOR, by=by, at=at
        ),
        lambda: deeds.end_member(
            visit.assessment, person=visit.assessor, reason="Ill", by=by, at=at
        ),
        lambda: deeds.end_engagement(visit.assessment, reason="Over", by=by, at=at),
        lambda: deeds.end_agreement(visit.agreement, reason="Over", by=by, at=at),
        lambda: deeds.move_agreement_end(
            visit.agreement, until=date(2022, 1, 1), reason="Later", by=by, at=at
        ),
    ]:
        with pytest.raises(Refusal, match="FDA coordinator"):
            deed()
    assert TrailEntry.objects.count() == position


# --- the agreement -----------------------------------------------------------------------------


def test_moving_the_end_lists_what_it_touches(visit, reader):
    visit.to("dates_agreed")
    before = visit.assessment.starts_on - timedelta(days=1)
    [touched] = deeds.touched_by(visit.agreement, before, at=visit.at, seen_by=visit.coordinator)
    assert touched.assessment == visit.assessment
    assert touched.people == ["Arno", "Leah"]
    assert touched.words == "The file closes before the assessment ends"
    assert touched.deadlines
    client = reader(visit).signed_in("coordinator")
    address = reverse("assessments:agreement_move", args=[visit.agreement.pk])
    assert 'name="reason"' not in client.get(address).content.decode()  # no address holds it
    page = client.get(address, {"until": before.isoformat()})
    assert "The file closes before the assessment ends" in words(page)
    page = client.post(address, {"until": before.isoformat(), "reason": ""})
    assert "The file closes before the assessment ends" in words(page)
    assert "Error:" in words(page)
    answer = client.post(address, {"until": before.isoformat(), "reason": "Cut short"})
    assert answer.status_code == 302
    visit.agreement.refresh_from_db()
    assert visit.agreement.until == before


def test_an_engagement_that_ended_with_the_agreement_moves_along(visit):
    Agreement.objects.update(until=date(2021, 6, 30))
    visit.agreement.refresh_from_db()
    visit.to("planning")
    deeds.move_agreement_end(
        visit.agreement,
        until=date(2021, 9, 30),
        reason="Prolonged",
        by=visit.coordinator,
        at=visit.at,
    )
    assert visit.assessment.engagement.until == date(2021, 9, 30)


def test_ending_an_agreement_tells_whom_it_locks_out(visit):
    visit.to("in_progress")
    deeds.end_agreement(visit.agreement, reason="Terminated", by=visit.coordinator, at=visit.at)
    told = Letter.objects.filter(kind="access_ended").values_list("person__name", flat=True)
    assert set(told) == {"Arno", "Leah"}
    assert not is_let_in(visit, visit.at)
