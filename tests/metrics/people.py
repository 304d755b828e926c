"""Firms, FDA staff and contractors around one participation in each pilot."""

import itertools
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

from applications.models import (
    Engagement,
    EngagementMember,
    Facility,
    Participation,
    ParticipationRequest,
    Seat,
)
from metrics.operations import Cell, request_metrics
from qmm_pilot.accounts.models import Organization, RoleGrant, User
from qmm_pilot.accounts.roles import Role
from qmm_pilot.programs.models import Program
from tests import factories

AT = datetime(2021, 2, 1, 15, 0, tzinfo=UTC)
DUE_ON = date(2021, 3, 1)

_numbers = itertools.count(1)


def person(organization, *roles, name=None):
    number = next(_numbers)
    user = User.objects.create_user(
        f"person{number}@example.test",
        "secret",
        name=name or f"Person {number}",
        organization=organization,
    )
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role, granted_at=AT) for role in roles)
    factories.enrol(user)
    return user


def organization(kind, name):
    return Organization.objects.create(
        kind=kind, name=name, address_line_1="1 Main Street", city="Springfield"
    )


def participate(program, firm, by, facility_name):
    """An active participation of a firm's new facility, with the rows that it stands on."""
    number = next(_numbers)
    facility = Facility(
        organization=firm,
        name=facility_name,
        duns="123456789",
        address_line_1="1 Main Street",
        city="Springfield",
        country="US",
        time_zone="America/Chicago",
    )
    facility.take_fei(str(3_000_000_000 + number))
    facility.save()
    participation_request = ParticipationRequest.objects.create(
        program=program,
        organization=firm,
        facility=facility,
        fei_key=facility.fei_key,
        status=ParticipationRequest.Status.SELECTED,
        started_by=by,
        started_at=AT,
        saved_at=AT,
        submitted_at=AT,
        receipt_number=f"R-{number}",
    )
    seat = Seat.objects.create(
        program=program,
        number=Seat.objects.filter(program=program).count() + 1,
        participation_request=participation_request,
        facility=facility,
        fei_key=facility.fei_key,
        taken_by=by,
        taken_at=AT,
    )
    return Participation.objects.create(
        seat=seat,
        participation_request=participation_request,
        program=program,
        organization=firm,
        facility=facility,
        status=Participation.Status.ACTIVE,
        offered_at=AT,
        accept_by=date(2021, 1, 15),
    )


def engage(participation, contractor, *members):
    """Open a participation's file to a contractor's people, agreement on file."""
    if not participation.program.agreements.filter(organization=contractor).exists():
        factories.agreement(contractor, participation.program)
    engagement = Engagement.objects.create(
        participation=participation,
        organization=contractor,
        since=date(2020, 1, 1),
        until=date(2099, 12, 31),
    )
    for user in members:
        member = EngagementMember.objects.create(
            engagement=engagement, user=user, function="assessor", since=AT
        )
        factories.accepted_declaration(member, at=AT)
    return engagement


def good_cells(submission, **replaced):
    """A complete, unremarkable set of counts; `lot_acceptance={quarter: {...}}` replaces values."""
    cells = []
    for definition in submission.participation.program.metric_definitions.all():
        counts = {
            "lot-acceptance": (97, 100),
            "complaint-rate": (3, 1_500_000),
            "invalidated-oos": (2, 10),
        }[definition.code]
        for period in submission.periods:
            cell = Cell(definition.code, period, *counts)
            change = replaced.get(definition.code.replace("-", "_"), {}).get(period, {})
            cells.append(cell._replace(**change))
    return cells


def make_world():
    """Two firms, FDA, two contractors; one FDF and one API participation of the first firm."""
    w = SimpleNamespace(at=AT, later=AT + timedelta(days=1))
    w.fdf = Program.objects.get(slug="fdf-2020")
    w.api = Program.objects.get(slug="api-2020")
    w.firm, w.other_firm = organization("firm", "Acme"), organization("firm", "Other")
    w.fda = organization("fda", "FDA")
    w.contractor = organization("contractor", "Assessors")
    w.other_contractor = organization("contractor", "Others")
    w.metrics_person = person(w.firm, Role.FIRM_METRICS, name="Mia Metrics")
    w.official = person(w.firm, Role.FIRM_OFFICIAL, name="Olga Official")
    w.preparer = person(w.firm, Role.FIRM_PREPARER)
    w.stranger = person(w.other_firm, Role.FIRM_METRICS, Role.FIRM_OFFICIAL)
    w.coordinator = person(w.fda, Role.FDA_COORDINATOR, name="Cora Coordinator")
    w.reviewer = person(w.fda, Role.FDA_REVIEWER)
    w.selector = person(w.fda, Role.FDA_SELECTOR)
    w.observer = person(w.fda, Role.FDA_OBSERVER)
    w.approver = person(w.fda, Role.FDA_APPROVER)
    w.records_officer = person(w.fda, Role.FDA_RECORDS_OFFICER)
    w.analyst = person(w.fda, Role.FDA_ANALYST)
    w.fda_administrator = person(w.fda, Role.FDA_ADMINISTRATOR)
    w.lead = person(w.contractor, Role.CONTRACTOR_LEAD)
    w.colleague = person(w.contractor, Role.CONTRACTOR_ASSESSOR)
    w.other_lead = person(w.other_contractor, Role.CONTRACTOR_LEAD)
    w.participation = participate(w.fdf, w.firm, w.official, "Acme Springfield")
    w.api_participation = participate(w.api, w.firm, w.official, "Acme Basel")
    for participation in (w.participation, w.api_participation):
        engage(participation, w.contractor, w.lead)
    return w


def ask(world, participation):
    """Metrics of a participation, asked for and not begun."""
    return request_metrics(participation, due_on=DUE_ON, by=world.coordinator, at=AT)
