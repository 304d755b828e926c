"""Consultations held, and milestones that somebody marks as done."""

from django.db import transaction

from applications.operations import refuse_unless_goes_on
from assessments import access
from assessments.milestones import Key
from assessments.models import Assessment, Consultation, Milestone
from assessments.operations import telling
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.trail import record

MILESTONE_OF = {
    Consultation.Kind.PRE: Key.PRE_CONSULTATION,
    Consultation.Kind.POST: Key.POST_CONSULTATION,
}
# Done by a deed of their own; nobody marks these by hand.
DONE_BY_DEED = {
    Key.METRICS: "the firm submits its metrics",
    Key.PRE_CONSULTATION: "the pre-assessment consultation is recorded",
    Key.GO_NO_GO: "FDA decides go or no-go",
    Key.ASSESSMENT_START: "the lead begins the assessment",
    Key.ASSESSMENT_END: "the lead closes the fieldwork",
    Key.FINAL_REPORT: "FDA releases the report",
    Key.POST_CONSULTATION: "the post-assessment consultation is recorded",
}
BEFORE_THE_VISIT = [
    Assessment.Status.PLANNING,
    Assessment.Status.DATES_AGREED,
    Assessment.Status.READY,
]


@transaction.atomic
def record_consultation(assessment, *, kind, held_on, attendees, notes="", by, at) -> Consultation:
    """Record that a consultation was held: the day, the people, the notes (FDF e, API c(3)).

    The one before belongs before the visit begins, the one after follows the released report.
    Raises Refusal for another time, a day in the future, or nobody present.
    """
    assessment = Assessment.objects.select_for_update(no_key=True).get(pk=assessment.pk)
    kind = Consultation.Kind(kind)
    if not access.may_record_consultation(by, assessment, at=at):
        raise Refusal("Consultations are recorded by FDA’s coordinator or the contractor’s lead.")
    refuse_unless_goes_on(assessment.participation, by=by)
    if kind == Consultation.Kind.PRE and assessment.status not in BEFORE_THE_VISIT:
        raise Refusal("The assessment has begun; the consultation before it cannot be added now.")
    if kind == Consultation.Kind.POST and assessment.status != Assessment.Status.COMPLETED:
        raise Refusal("The post-assessment consultation follows the released report.")
    if held_on > assessment.program.today(at):
        raise Refusal("The consultation lies in the future; record it when it has been held.")
    if not attendees.strip():
        raise Refusal("Name the people who took part.")
    consultation = Consultation.objects.create(
        assessment=assessment,
        kind=kind,
        held_on=held_on,
        attendees=attendees.strip(),
        notes=notes.strip(),
        recorded_by=by,
        recorded_at=at,
    )
    mark_done(assessment, MILESTONE_OF[kind], on=held_on, by=by)
    telling.no_longer_ask(f"record_consultation:{kind.value}", assessment, by=by, at=at)
    record(
        "record_consultation",
        assessment,
        by=by,
        at=at,
        after={
            "kind": kind,
            "held_on": held_on,
            "attendees": consultation.attendees,
            "notes": consultation.notes,
        },
    )
    return consultation


@transaction.atomic
def complete_milestone(milestone, *, done_on, by, at) -> Milestone:
    """Mark a milestone as done on a day that has come.

    Raises Refusal when it is done, when a deed of its own completes it, and for another side.
    """
    assessment = Assessment.objects.select_for_update(no_key=True).get(pk=milestone.assessment_id)
    milestone = assessment.milestones.get(pk=milestone.pk)
    if not access.may_mark_milestone(by, milestone, at=at):
        raise Refusal("A milestone is marked by FDA’s coordinator or by the side that owns it.")
    refuse_unless_goes_on(assessment.participation, by=by)
    if milestone.key in DONE_BY_DEED:
        deed = DONE_BY_DEED[Key(milestone.key)]
        raise Refusal(f"“{milestone.title}” is done when {deed}; it is not marked by hand.")
    if milestone.done_on:
        raise Refusal(f"“{milestone.title}” is done already.")
    if done_on > assessment.program.today(at):
        raise Refusal("That day lies in the future.")
    milestone.done_on, milestone.done_by = done_on, by
    milestone.save(update_fields=["done_on", "done_by"])
    record(
        "complete_milestone",
        milestone,
        by=by,
        at=at,
        after={"milestone": milestone.key, "done_on": done_on},
    )
    return milestone


def mark_done(assessment, key, *, on, by) -> None:
    """Set the day on which a deed completed its milestone; the first day stays."""
    assessment.milestones.filter(key=key, done_on=None).update(done_on=on, done_by=by)
