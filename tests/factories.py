"""Makes the people, firms, facilities and requests that tests begin with, through the deeds.

Every row comes from the operation that makes it in the product, so its trail, letters and action
items are there too. Moments are passed in; AT lies inside the window of both pilots of 2020.
"""

import itertools
import time
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from allauth.mfa.models import Authenticator
from django.core.cache import cache

from applications import operations
from applications.models import CriterionResult, Decision, Declaration, ParticipationRequest
from qmm_pilot import storage
from qmm_pilot.accounts.access import needs_second_factor
from qmm_pilot.accounts.models import Organization, Representation, RoleGrant, User
from qmm_pilot.accounts.operations import people_with
from qmm_pilot.accounts.roles import REGISTRANT_ROLES, Role
from qmm_pilot.accounts.second_factors import current_code, enrol_app
from qmm_pilot.programs.models import Agreement, Criterion, Program
from qmm_pilot.records.files import keep_document, storing
from qmm_pilot.records.models import StoredFile
from qmm_pilot.records.proofs import Proof

AT = datetime(2020, 11, 16, 14, 0, tzinfo=UTC)
AFTER_CLOSE = datetime(2020, 12, 10, 15, 0, tzinfo=UTC)
PASSWORD = "a long walk in Silver Spring"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PROOF = Proof(password=PASSWORD)  # of who has no second factor, as people of firms may
Status = ParticipationRequest.Status

_numbers = itertools.count(1)


def organization(kind="firm", name="", **address):
    """An organization of this kind: "firm", "fda" or "contractor"."""
    number = next(_numbers)
    return Organization.objects.create(
        kind=kind,
        name=name or f"{kind.upper() if kind == 'fda' else kind.capitalize()} {number}",
        **{"address_line_1": f"{number} Main Street", "city": "Springfield", **address},
    )


def person(organization, *roles, name="", **fields):
    """A person of the organization who holds these roles and signs with PASSWORD."""
    number = next(_numbers)
    user = User.objects.create_user(
        f"person{number}@example.test",
        PASSWORD,
        name=name or f"Person {number}",
        organization=organization,
        **fields,
    )
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role, granted_at=AT) for role in roles)
    enrol(user)
    return user


def enrol(user):
    """Give the person the second factor that FDA and contractors need, of TOTP_SECRET."""
    if needs_second_factor(user):
        enrol_app(user, TOTP_SECRET)


def proof_of(person, password=PASSWORD):
    """What this person signs with now: her password, and her app's code where she has one.

    A code counts once; a test does not wait half a minute for the next one but forgets its use.
    """
    entered = typed_by(person, password)
    return Proof(password=password, code=entered.get("code", ""))


def typed_by(person, password=PASSWORD):
    """The same as the form of a signature takes it."""
    app = Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).first()
    if app is None:
        return {"password": password}
    code, seconds_left = current_code(app)
    if seconds_left < 2:
        time.sleep(seconds_left)
        code, _ = current_code(app)
    cache.delete(app.wrap()._get_used_cache_key(code))
    return {"password": password, "code": code}


def registrant(name="", **fields):
    """A person who holds every role of a firm of her own, as who registers one does."""
    return person(organization("firm"), *REGISTRANT_ROLES, name=name, **fields)


def representation(agent, firm, *scopes, since=date(2020, 1, 1), until=date(2099, 12, 31)):
    """The agent's authority to act for the firm with these scopes (A14)."""
    own_id = uuid4()
    officials = people_with(Role.FIRM_OFFICIAL, firm) | people_with(Role.FIRM_ADMINISTRATOR, firm)
    granted_by = officials.first() or person(firm, Role.FIRM_OFFICIAL)
    with storing() as keys:
        letter = keep_document(
            b"%PDF-1.7 She acts for us.",
            name="letter-of-authority.pdf",
            media_type="application/pdf",
            by=granted_by,
            at=AT,
            about=Representation(pk=own_id),
            keys=keys,
        )
    return Representation.objects.create(
        id=own_id,
        firm=firm,
        agent=agent,
        **{f"scope_{scope.value}": True for scope in scopes},
        letter=letter,
        since=since,
        until=until,
        granted_by=granted_by,
        granted_at=AT,
        accepted_at=AT,
    )


def program(pilot="fdf"):
    """The program of 2020 for this pilot, "fdf" or "api", as the migration seeds it."""
    return Program.objects.get(slug=f"{pilot}-2020")


def agreement(organization, program, *, since=date(2020, 1, 1), until=date(2099, 12, 31)):
    """A contractor's agreement on file for a program, as old as these dates."""
    kept = storage.keep(b"Signed by both sides.")
    document = StoredFile.objects.create(
        subject_kind="programs.agreement",
        name="agreement.txt",
        key=kept.key,
        size=kept.size,
        sha256=kept.sha256,
        media_type="text/plain",
        kept_at=AT,
    )
    return Agreement.objects.create(
        program=program,
        organization=organization,
        reference="A-1",
        since=since,
        until=until,
        document=document,
    )


def accepted_declaration(member, *, at):
    """What opens the file to a person whose engagement was made without its deed."""
    return Declaration.objects.create(
        member=member,
        status=Declaration.Status.ACCEPTED,
        has_interest=False,
        asked_at=at,
        declared_by=member.user,
        declared_at=at,
        accepted_at=at,
    )


def declare_none(engagement, *, at):
    """Have everybody of an engagement who is asked declare that she has no interest."""
    asked = Declaration.objects.filter(member__engagement=engagement, status="asked")
    for declaration in asked.select_related("member__user"):
        operations.declare_interests(
            declaration, has_interest=False, by=declaration.member.user, at=at
        )


def facility(by, *, country="US", at=AT, **fields):
    """A facility of the person's firm, with an FEI of its own."""
    number = next(_numbers)
    own = {
        "name": f"Site {number}",
        "fei": f"{3_000_000_000 + number}",
        "duns": f"{100_000_000 + number}",
        "address_line_1": f"{number} Plant Road",
        "city": "Hyderabad" if country == "IN" else "Springfield",
        "time_zone": "Asia/Kolkata" if country == "IN" else "America/Chicago",
        **fields,
    }
    return operations.register_facility(by.organization, by=by, at=at, country=country, **own)


def answers(program, **replaced):
    """Answers that make a request to this program complete."""
    makes_api = program.pilot == Program.Pilot.API
    return {
        "contact_name": "Quinn Quality",
        "contact_title": "Head of Quality",
        "contact_email": "quinn@example.test",
        "contact_phone": "+1 217 555 0100",
        "contact_time_zone": "America/Chicago",
        "operations": ["api_manufacture" if makes_api else "manufacture", "pack"],
        "products": ["api"] if makes_api else ["rx", "otc"],
        "product_description": "Film-coated tablets and their bulk.",
        "makes_sterile": False,
        "size_band": "medium",
        "sector": "generic",
        "declared_inspections": "May 2018, NAI",
        "preferred_mode": "hybrid",
        **replaced,
    }


def commitments(program):
    """The ids of the commitments of a program, as an official attests them."""
    return list(
        program.criteria.filter(check_kind=Criterion.Check.COMMITMENT).values_list("pk", flat=True)
    )


def draft(by=None, *, pilot="fdf", site=None, at=AT, complete=True, **replaced):
    """A draft of a firm's request, complete unless told otherwise."""
    by = by or registrant()
    site = site or facility(by, country="US" if pilot == "fdf" else "IN")
    participation_request = operations.start_request(program(pilot), site, by=by, at=at)
    given = answers(participation_request.program, **replaced) if complete else replaced
    return operations.save_answers(participation_request, given, by=by, at=at)


def fda(*roles):
    """A person of FDA with these roles, each time the same one."""
    email = f"{'-'.join(sorted(roles))}@fda.example"
    user = User.objects.filter(email=email).first()
    if user is None:
        office = Organization.objects.filter(kind="fda").first() or organization("fda", "FDA")
        user = User.objects.create_user(email, PASSWORD, name="Fiona Dalton", organization=office)
        RoleGrant.objects.bulk_create(
            RoleGrant(user=user, role=role, granted_at=AT) for role in roles
        )
        enrol(user)
    return user


def participation_request(status=Status.DRAFT, by=None, *, at=AT, decided_at=AFTER_CLOSE, **fields):
    """A request in this state, led there by its deeds; `fields` are those of draft().

    NOT_ELIGIBLE, like ELIGIBLE, is not released yet: see release().
    """
    by = by or registrant()
    row = draft(by, at=at, **fields)
    if status == Status.DRAFT:
        return row
    if status == Status.WITHDRAWN:
        return operations.withdraw_request(row, by=by, at=at)
    row = submit(row, by, at=at)
    if status == Status.SUBMITTED:
        return row
    coordinator = fda(Role.FDA_COORDINATOR)
    row = operations.take_up_request(row, by=coordinator, at=decided_at)
    if status == Status.UNDER_REVIEW:
        return row
    rule_on_inspections(row, "fails" if status == Status.NOT_ELIGIBLE else "meets", at=decided_at)
    row = operations.determine_eligibility(row, by=coordinator, at=decided_at)
    if status in (Status.ELIGIBLE, Status.NOT_ELIGIBLE):
        return row
    decide(row, status, at=decided_at)
    release(row.program, at=decided_at)
    row.refresh_from_db()
    return row


def submit(participation_request, by, *, at=AT):
    """Attest every commitment of a complete draft, and submit it."""
    attested = commitments(participation_request.program)
    return operations.submit_request(
        participation_request, attested=attested, proof=PROOF, by=by, at=at
    )


def rule_on_inspections(participation_request, ruling, *, at=AFTER_CLOSE):
    """Settle criterion b of a request under review: "meets" or "fails"."""
    result = CriterionResult.objects.get(
        participation_request=participation_request, criterion__code="b"
    )
    return operations.rule_on_criterion(
        result,
        ruling=ruling,
        reason="As FDA’s own records show.",
        source="Inspection file",
        by=fda(Role.FDA_COORDINATOR),
        at=at,
    )


def decide(participation_request, status, *, at=AFTER_CLOSE):
    """Draft the decision of an eligible request that leads to this state at release."""
    common = {"reason": "A diverse group.", "by": fda(Role.FDA_SELECTOR), "at": at}
    if status == Status.SELECTED:
        return operations.select_participant(participation_request, **common)
    if status == Status.ALTERNATE:
        rank = 1 + Decision.objects.filter(kind=Decision.Kind.ALTERNATE).count()
        return operations.decide_alternate(participation_request, rank=rank, **common)
    return operations.decide_not_selected(participation_request, **common)


def release(program, *, at=AFTER_CLOSE):
    """Release every drafted decision of a program, signed by its selector."""
    return operations.release_decisions(
        program, proof=proof_of(fda(Role.FDA_SELECTOR)), by=fda(Role.FDA_SELECTOR), at=at
    )


def participation(by=None, *, accepted=True, at=AFTER_CLOSE, **fields):
    """The participation of a selected request: active, or only offered."""
    by = by or registrant()
    offered = participation_request(Status.SELECTED, by, decided_at=at, **fields).participation
    if not accepted:
        return offered
    return operations.accept_place(offered, by=by, at=at + timedelta(days=1))
