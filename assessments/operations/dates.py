"""Proposing and confirming the dates of a visit, and the milestones that follow from them."""

from django.db import transaction
from django.db.models import Prefetch, Q

from applications.models import EngagementMember, Participation
from applications.operations import refuse_unless_goes_on
from assessments import access, milestones, scheduling
from assessments.models import (
    Assessment,
    Consultation,
    DateConfirmation,
    DateProposal,
    Milestone,
    TeamMember,
)
from assessments.operations import telling
from metrics.operations import request_metrics
from qmm_pilot.accounts.roles import Role, Side
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.trail import record

CONFIRM = {side: f"confirm_dates:{side.value}" for side in Side}


@transaction.atomic
def propose_dates(assessment, *, first_on, last_on, mode, by, at) -> DateProposal:
    """Put dates and mode on the table in place of those there; the proposer's side confirms them.

    Raises Refusal once dates are agreed, for dates that lie in the past or hold more than five
    working days or none, and for a person of no party.
    """
    assessment = _lock_for_dates(assessment, by=by, at=at)
    if assessment.status != Assessment.Status.PLANNING:
        raise Refusal("The dates are agreed. A no-go opens them again.")
    if problem := scheduling.problem_with_dates(first_on, last_on):
        raise Refusal(problem)
    if first_on < assessment.program.today(at):
        raise Refusal("The first day of the assessment is in the past.")
    assessment.proposals.filter(superseded_at=None).update(superseded_at=at)
    proposal = DateProposal.objects.create(
        assessment=assessment,
        first_on=first_on,
        last_on=last_on,
        mode=mode,
        proposed_by=by,
        proposed_at=at,
    )
    side = Side(by.side)
    DateConfirmation.objects.create(proposal=proposal, side=side, confirmed_by=by, confirmed_at=at)
    telling.no_longer_ask("propose_dates", assessment, by=by, at=at)
    _ask_for_confirmations(proposal, by=by, at=at)
    others = [person for person in telling.everyone_on(assessment, at=at) if person != by]
    telling.write_to(others, "dates_proposed", assessment, at=at, proposal=proposal)
    record(
        "propose_dates",
        assessment,
        by=by,
        at=at,
        after={"first_on": first_on, "last_on": last_on, "mode": mode, "confirmed": side},
    )
    return proposal


@transaction.atomic
def confirm_dates(proposal, *, by, at) -> DateProposal:
    """Confirm dates for one's own side; the third confirmation agrees them (D3).

    Then the milestones are stored and the metrics are asked for by their date. Raises Refusal for
    dates no longer on the table or already past, and for a side that has confirmed already.
    """
    assessment = _lock_for_dates(proposal.assessment, by=by, at=at)
    proposal = assessment.proposals.get(pk=proposal.pk)
    if proposal.superseded_at or assessment.status != Assessment.Status.PLANNING:
        raise Refusal("These dates are no longer on the table. Reload the page.")
    if proposal.first_on < assessment.program.today(at):
        raise Refusal("The first day of these dates has passed. Propose other dates.")
    side = Side(by.side)
    if side not in proposal.missing_sides:
        raise Refusal(f"{side.label} has confirmed these dates already.")
    DateConfirmation.objects.create(proposal=proposal, side=side, confirmed_by=by, confirmed_at=at)
    telling.no_longer_ask(CONFIRM[side], assessment, by=by, at=at)
    missing, before = proposal.missing_sides, assessment.status
    if not missing:
        _agree(assessment, proposal, by=by, at=at)
    record(
        "confirm_dates",
        assessment,
        by=by,
        at=at,
        before={"status": before},
        after={
            "first_on": proposal.first_on,
            "last_on": proposal.last_on,
            "confirmed": side,
            "still_missing": missing,
            "status": assessment.status,
        },
    )
    return proposal


def preview_milestones(assessment, *, first_on, last_on):
    """The program's offsets, each with the date it would get: pairs in the program's order."""
    offsets = list(assessment.program.milestone_offsets.all())
    dates = milestones.propose(
        (milestones.Offset(o.key, o.anchor, o.days, o.unit) for o in offsets),
        starts_on=first_on,
        ends_on=last_on,
    )
    return [(offset, dates[offset.key]) for offset in offsets]


def clashes_of(assessment, *, first_on, last_on, reader):
    """Weekends, holidays of both countries, and other agreed visits of the same people.

    Another visit is named only to a reader who sees it: sites do not learn of one another.
    """
    seen = set(Assessment.objects.visible_to(reader).values_list("pk", flat=True))
    bookings = [
        scheduling.Booking(
            str(person),
            str(other) if other.pk in seen else "another visit",
            other.starts_on,
            other.ends_on,
        )
        for other, person in bookings_of(
            assessment.engagement.members.filter(until=None).values("user"),
            assessment.team_members.filter(until=None).values("user"),
            days=(first_on, last_on),
            besides=assessment,
        )
    ]
    countries = ["US", assessment.facility.country.code]
    return [
        *scheduling.holiday_clashes(first_on, last_on, countries),
        *scheduling.booking_clashes(first_on, last_on, bookings),
    ]


def bookings_of(*people, days, besides):
    """Other agreed visits within these days of any of these groups: pairs of visit and person.

    `days` are the first and the last, both included; groups are ids, or queries for them.
    """
    theirs = Q()
    for group in people:
        theirs |= Q(user__in=group)
    members = EngagementMember.objects.filter(theirs, until=None).select_related("user")
    others = (
        Assessment.objects.exclude(pk=besides.pk)
        .exclude(status=Assessment.Status.ENDED_EARLY)
        .filter(starts_on__lte=days[1], ends_on__gte=days[0], engagement__members__in=members)
        .select_related("participation__facility")
        .prefetch_related(Prefetch("engagement__members", members))
        .distinct()
    )
    joined = (
        TeamMember.objects.exclude(assessment=besides)
        .exclude(assessment__status=Assessment.Status.ENDED_EARLY)
        .filter(theirs, until=None)
        .filter(assessment__starts_on__lte=days[1], assessment__ends_on__gte=days[0])
        .select_related("user", "assessment__participation__facility")
    )
    return [
        *((other, member.user) for other in others for member in other.engagement.members.all()),
        *((row.assessment, row.user) for row in joined),
    ]


def _lock_for_dates(assessment, *, by, at):
    # Participation before assessment: agreeing calls down to metrics, which locks it too.
    participation = Participation.objects.select_for_update(no_key=True).get(
        pk=assessment.participation_id
    )
    assessment = Assessment.objects.select_for_update(no_key=True).get(pk=assessment.pk)
    if not access.may_agree_dates(by, assessment, at=at):
        raise Refusal(
            "Dates are agreed by the firm’s official or preparer, the contractor’s lead "
            "and FDA’s coordinator."
        )
    refuse_unless_goes_on(participation, by=by)
    return assessment


def _ask_for_confirmations(proposal, *, by, at):
    assessment = proposal.assessment
    title = f"Confirm the assessment dates of {assessment.facility.name}"
    holders = {
        Side.FIRM: {
            "role": Role.FIRM_OFFICIAL,
            "organization": assessment.participation.organization,
        },
        Side.FDA: {"role": Role.FDA_COORDINATOR},
        Side.CONTRACTOR: {"user": telling.lead_of(assessment)},
    }
    for side, deed in CONFIRM.items():
        if side in proposal.missing_sides:
            telling.ask(deed, title, assessment, at=at, **holders[side])
        else:
            telling.no_longer_ask(deed, assessment, by=by, at=at)


def _agree(assessment, proposal, *, by, at):
    assessment.become(Assessment.Status.DATES_AGREED)
    assessment.starts_on, assessment.ends_on = proposal.first_on, proposal.last_on
    assessment.mode = proposal.mode
    assessment.save()
    due = _store_milestones(assessment)
    key = milestones.Key.METRICS
    metrics_due_on = due.get(key, assessment.starts_on)
    request_metrics(assessment.participation, due_on=metrics_due_on, by=by, at=at)
    if not assessment.consultations.filter(kind=Consultation.Kind.PRE).exists():
        telling.ask(
            "record_consultation:pre",
            f"Hold and record the pre-assessment consultation with {assessment.facility.name}",
            assessment,
            at=at,
            role=Role.FDA_COORDINATOR,
            due_on=due.get(milestones.Key.PRE_CONSULTATION),
        )
    telling.ask(
        "decide_go",
        f"Decide go or no-go for {assessment.facility.name}",
        assessment,
        at=at,
        role=Role.FDA_COORDINATOR,
        due_on=due.get(milestones.Key.GO_NO_GO),
    )
    telling.write_to(
        telling.everyone_on(assessment, at=at),
        "dates_agreed",
        assessment,
        at=at,
        metrics_due_on=metrics_due_on,
    )


def _store_milestones(assessment):
    """Write the due dates; a milestone that is done keeps its date when dates are agreed anew."""
    preview = preview_milestones(
        assessment, first_on=assessment.starts_on, last_on=assessment.ends_on
    )
    done = set(assessment.milestones.exclude(done_on=None).values_list("key", flat=True))
    held = assessment.consultations.filter(kind=Consultation.Kind.PRE).first()
    for offset, due_on in preview:
        if offset.key in done:
            continue
        facts = {
            "title": offset.title,
            "owner": offset.owner,
            "order": offset.order,
            "due_on": due_on,
        }
        if offset.key == milestones.Key.PRE_CONSULTATION and held:
            facts |= {"done_on": held.held_on, "done_by": held.recorded_by}
        Milestone.objects.update_or_create(assessment=assessment, key=offset.key, defaults=facts)
    return {offset.key: due_on for offset, due_on in preview}
