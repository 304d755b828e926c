"""Declarations of interest: asked of each person for one facility, made by herself, ruled by FDA.

Without interests the declaration is accepted as it is made; an interest waits for FDA's ruling.
21 CFR 20.90 is silent on declarations; FAR 52.203-16(b) has each person disclose interests when
she is first assigned, and the contractor's customer decide on what was disclosed.
"""

from django.db import transaction

from applications.access import may_rule_on_declarations
from applications.models import Declaration, EngagementMember, Participation
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.trail import record

from .letters import write_letter

Status = Declaration.Status


def ask_to_declare(member, *, at) -> Declaration:
    """Ask a person just named to declare; the caller's transaction and trail entry hold it."""
    declaration = Declaration.objects.create(member=member, asked_at=at)
    raise_item(
        f"declare:{declaration.pk}",
        title=f"Declare your interests for {declaration.facility.name}",
        about=declaration,
        url_name="applications:declaration",
        url_kwargs={"pk": declaration.pk},
        at=at,
        user=member.user,
    )
    _tell("declare_interests", "declare your interests", declaration, at=at)
    return declaration


@transaction.atomic
def ask_for_declaration(member, *, by, at) -> Declaration:
    """Ask a person anew, whose declaration was refused or has expired."""
    _lock(member, by=by)
    if member.declarations.standing().exists():
        raise Refusal(f"{member.user} has been asked already, or has declared.")
    declaration = ask_to_declare(member, at=at)
    record("ask_for_declaration", declaration, by=by, at=at, after={"person": member.user_id})
    return declaration


@transaction.atomic
def declare_interests(declaration, *, has_interest, interests="", by, at) -> Declaration:
    """A person declares her interests in the facility and its firm, or that she has none.

    Raises Refusal for anybody but herself, once the agreement, engagement or her part has ended,
    and where an interest is not named; IllegalMove when she has declared before.
    """
    Participation.objects.select_for_update(no_key=True).get(
        pk=declaration.member.engagement.participation_id
    )
    declaration = _of(Declaration.objects.visible_to(by, at), declaration)
    if declaration is None or declaration.member.user_id != by.pk:
        raise Refusal("Only the person who is asked declares, while on the team.")
    interests = interests.strip()
    if has_interest and not interests:
        raise Refusal("Name the interests that you declare.")
    declaration.become(Status.DECLARED if has_interest else Status.ACCEPTED)
    declaration.has_interest = has_interest
    declaration.interests = interests if has_interest else ""
    declaration.declared_by, declaration.declared_at = by, at
    if not has_interest:
        declaration.accepted_at = at
    declaration.save()
    close_item(f"declare:{declaration.pk}", by=by, at=at)
    if has_interest:
        _ask_fda(declaration, at=at)
    else:
        _tell("file_opened", "the file of an assessment is open to you", declaration, at=at)
    record(
        "declare_interests",
        declaration,
        by=by,
        at=at,
        before={"status": Status.ASKED},
        after={"status": declaration.status, "has_interest": has_interest},
    )
    return declaration


@transaction.atomic
def rule_on_declaration(declaration, *, accepted, reason, by, at) -> Declaration:
    """FDA accepts a declared interest, or refuses it; an accepted declaration may be revoked.

    A refusal closes the file to the person at once. Raises Refusal without a reason.
    """
    _lock(declaration.member, by=by)
    declaration = _of(Declaration.objects.all(), declaration)
    if not reason.strip():
        raise Refusal("Give the reason for the ruling; the record keeps it.")
    if declaration.status not in (Status.DECLARED, Status.ACCEPTED):
        raise IllegalMove("There is nothing to rule on: the person has not declared, or it ended.")
    before = declaration.status
    declaration.become(Status.ACCEPTED if accepted else Status.REFUSED)
    declaration.ruled_by, declaration.reason = by, reason.strip()
    if accepted:
        declaration.accepted_at = at
        _tell("file_opened", "the file of an assessment is open to you", declaration, at=at)
    else:
        declaration.ended_at = at
        _tell("declaration_refused", "FDA has ruled on your declaration", declaration, at=at)
    declaration.save()
    close_item(f"rule-declaration:{declaration.pk}", by=by, at=at)
    record(
        "rule_on_declaration",
        declaration,
        by=by,
        at=at,
        before={"status": before},
        after={"status": declaration.status},
        reason=reason,
    )
    return declaration


@transaction.atomic
def expire_declarations(facility, *, reason, by, at) -> list[Declaration]:
    """End every standing declaration about a facility, and ask its teams to declare anew (A15).

    For a change of owner: an interest in the new firm was never declared. The files are closed
    until then. Called inside the deed that changes the owner, which has checked who may; returns
    the declarations now asked for.
    """
    members = _on_teams(facility)
    ended, asked = [], []
    for member in members:
        for declaration in member.declarations.standing().select_for_update(no_key=True):
            declaration.become(Status.EXPIRED)
            declaration.ended_at, declaration.reason = at, reason
            declaration.save(update_fields=["status", "ended_at", "reason"])
            close_item(f"declare:{declaration.pk}", by=by, at=at)
            close_item(f"rule-declaration:{declaration.pk}", by=by, at=at)
            ended.append(declaration.pk)
        asked.append(ask_to_declare(member, at=at))
    record(
        "expire_declarations",
        facility,
        by=by,
        at=at,
        after={
            "declarations": ended,
            "status": Status.EXPIRED,
            "asked_anew": [member.user_id for member in members],
        },
        reason=reason,
    )
    return asked


def undeclared(facility) -> list[EngagementMember]:
    """Who is on a team at this facility without an accepted declaration."""
    accepted = Declaration.objects.accepted().values("member")
    return list(_on_teams(facility).exclude(pk__in=accepted).order_by("user__name", "pk"))


def _on_teams(facility):
    return (
        EngagementMember.objects.filter(
            engagement__participation__facility=facility,
            engagement__participation__status__in=[
                Participation.Status.OFFERED,
                Participation.Status.ACTIVE,
            ],
            engagement__ended_at=None,
            until=None,
        )
        .select_related("user", "engagement__participation__facility")
        .select_related("engagement__participation__program")
        .order_by("pk")
    )


def _lock(member, *, by):
    if not may_rule_on_declarations(by):
        raise Refusal("Only FDA coordinators ask for declarations and rule on them.")
    Participation.objects.select_for_update(no_key=True).get(pk=member.engagement.participation_id)


def _of(declarations, declaration):
    return (
        declarations.filter(pk=declaration.pk)
        .select_for_update(of=("self",), no_key=True)
        .select_related("member__user", "member__engagement__participation__facility")
        .first()
    )


def _ask_fda(declaration, *, at):
    participation = declaration.member.engagement.participation
    if participation.program.is_rehearsal:
        return
    raise_item(
        f"rule-declaration:{declaration.pk}",
        title=f"Rule on the interest that {declaration.member.user} declares",
        about=declaration,
        url_name="applications:declaration_rule",
        url_kwargs={"pk": declaration.pk},
        at=at,
        role=Role.FDA_COORDINATOR,
    )


def _tell(kind, subject, declaration, *, at):
    """Write to the person; the letter names neither facility nor interest."""
    program = declaration.member.engagement.participation.program
    if declaration.member.user.is_active:
        write_letter(
            kind,
            to=[declaration.member.user],
            subject=f"{program.short_name}: {subject}",
            about=declaration,
            at=at,
            program=program,
        )
