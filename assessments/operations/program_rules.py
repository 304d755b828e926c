"""Changing the rules of a round: each deed with its reason, before and after (A4).

What submitted requests rest on cannot be changed under them; frozen() says what, and why. A later
round has rules of its own: it is set up from this one (programs.clone_program).
"""

from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from applications import operations as intake
from applications.models import Hold, ParticipationRequest, Seat
from assessments.models import Assessment
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.access import may_manage_programs
from qmm_pilot.programs.models import Criterion, Program, Topic
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import day_in_words

Status = ParticipationRequest.Status
NEW_ROUND = "Set up a new round for other rules."
RULES = ("inspections_since", "inspections_before", "territories_are_domestic")
TERMS = (
    "cap",
    "acceptance_working_days",
    "promotion_days_needed",
    "information_working_days",
    "confirmation_days",
    "hand_in_days",
    "letter_unopened_days",
)
TEXTS = (
    "name",
    "short_name",
    "notice_citation",
    "notes",
    "pra_control_number",
    "pra_expires_on",
    "pra_burden_statement",
    "privacy_act_statement",
    "letterhead_name",
    "letterhead_office",
    "letterhead_address",
)
WORDS = ("title", "quotation", "commitment_text")


class Frozen(NamedTuple):
    """Why a part of a program's rules cannot be changed any more; empty where it can."""

    rules: str
    words: str
    topics: str


def frozen(program) -> Frozen:
    """What submitted requests and assessments of this program rest on already."""
    requests = ParticipationRequest.objects.filter(program=OuterRef("pk"))
    used = (
        Program.objects.filter(pk=program.pk)
        .values(
            submitted=Exists(requests.exclude(submitted_at=None)),
            determined=Exists(requests.exclude(determined_at=None)),
            assessed=Exists(Assessment.objects.filter(participation__program=OuterRef("pk"))),
        )
        .get()
    )
    rules = words = topics = ""
    if used["determined"]:
        rules = (
            "Eligibility was determined by these parameters already, so they stay for every "
            f"request of this round. {NEW_ROUND}"
        )
    if used["submitted"]:
        words = (
            "Requests were submitted under these words, and officials attested them, so they stay "
            f"as they were read. {NEW_ROUND}"
        )
    if used["assessed"]:
        topics = (
            "Assessments of this round have taken up these topics, and sites are compared by them. "
            "A contractor’s team adds a topic to its own assessment."
        )
    return Frozen(rules, words, topics)


def examined_anew(program):
    """The requests that a change of the parameters examines anew: those under review.

    One that is on hold is examined again when the hold has ended: it is not determined before.
    """
    under_review = ParticipationRequest.objects.filter(program=program, status=Status.UNDER_REVIEW)
    return under_review.exclude(pk__in=Hold.objects.held_requests())


@transaction.atomic
def change_rules(
    program, *, inspections_since, inspections_before, territories_are_domestic, reason, by, at
) -> Program:
    """Change the look-back (since <= day < before) and how US territories count.

    Requests under review and not on hold are examined anew at once; their rulings stay. Raises
    Refusal once eligibility was determined.
    """
    program = _locked(program, by)
    _refuse_frozen(frozen(program).rules)
    if inspections_since >= inspections_before:
        raise Refusal("The look-back ends before it begins.")
    values = (inspections_since, inspections_before, territories_are_domestic)
    changed = _change(program, dict(zip(RULES, values, strict=True)))
    for participation_request in examined_anew(program).order_by("pk"):
        intake.examine_again(participation_request, by=by, at=at)
    return _recorded("change_rules", program, changed, reason, by=by, at=at)


@transaction.atomic
def change_terms(program, *, reason, by, at, **terms) -> Program:
    """Change TERMS: how many places, and how long firms and contractors have for their answers.

    What was asked or offered keeps the day that its letter named. Raises Refusal for a cap below
    the highest place in use.
    """
    program = _locked(program, by)
    highest = Seat.objects.filter(program=program, freed_at=None).aggregate(n=Max("number"))["n"]
    if highest and terms["cap"] < highest:
        raise Refusal(
            f"Place {highest} is taken, so the cap cannot be lower than {highest}. Free it first."
        )
    changed = _change(program, {name: terms[name] for name in TERMS})
    return _recorded("change_terms", program, changed, reason, by=by, at=at)


@transaction.atomic
def change_texts(program, *, reason, by, at, **texts) -> Program:
    """Change names, notice, notes, and the blocks of the Paperwork Reduction and Privacy Acts.

    The former block is whole or absent: number, expiry and burden statement (44 U.S.C. 3512).
    """
    program = _locked(program, by)
    block = [texts[name] for name in TEXTS if name.startswith("pra_")]
    if any(block) and not all(block):
        raise Refusal(
            "The Paperwork Reduction Act block needs its control number, its expiry and its burden "
            "statement. Fill in all three, or none."
        )
    changed = _change(program, {name: texts[name] for name in TEXTS})
    return _recorded("change_texts", program, changed, reason, by=by, at=at)


@transaction.atomic
def change_criterion(criterion, *, title, quotation, citation, commitment_text, is_recalled, reason,
                     by, at) -> Criterion:  # fmt: skip
    """Change a criterion's words and source; attested words stay, their source may be corrected.

    `is_recalled` says that the words were not read in the notice.
    """
    program = _locked(criterion.program, by)
    criterion = Criterion.objects.select_for_update(no_key=True).get(pk=criterion.pk)
    facts = {"title": title, "quotation": quotation, "commitment_text": commitment_text}
    if any(getattr(criterion, name) != facts[name] for name in WORDS):
        _refuse_frozen(frozen(program).words)
    is_commitment = criterion.check_kind == Criterion.Check.COMMITMENT
    if is_commitment is not bool(commitment_text.strip()):
        raise Refusal(
            "A commitment needs the words that the official attests."
            if is_commitment
            else "Only a commitment has words that the official attests."
        )
    changed = _change(criterion, facts | {"citation": citation, "is_recalled": is_recalled})
    named = {"criterion": criterion.code}
    _recorded(
        "change_criterion",
        program,
        ({**named, **changed[0]}, {**named, **changed[1]}),
        reason,
        by=by,
        at=at,
    )
    return criterion


@transaction.atomic
def change_topics(program, *, names, source, reason, by, at) -> list[Topic]:
    """Set the topics in this order; a name that is new is added with its source.

    One that is missing is left out, and comes back when it is named again. Raises Refusal once an
    assessment has taken them up.
    """
    program = _locked(program, by)
    _refuse_frozen(frozen(program).topics)
    names = [" ".join(name.split()) for name in names if name.strip()]
    if not names:
        raise Refusal("Name at least one topic.")
    if len({name.casefold() for name in names}) < len(names):
        raise Refusal("A topic is named twice. Take one of them out.")
    known = {topic.name: topic for topic in program.topics.all()}
    before = [topic.name for topic in known.values() if not topic.is_left_out]
    if names == before:
        raise Refusal("Nothing was changed.")
    if set(names) - set(known) and not source.strip():
        raise Refusal("Say where the new topics come from.")
    for topic in known.values():
        topic.is_left_out = topic.name not in names
        topic.order = names.index(topic.name) + 1 if topic.name in names else topic.order
        topic.save(update_fields=["is_left_out", "order"])
    Topic.objects.bulk_create(
        Topic(program=program, name=name, order=order, citation=source.strip())
        for order, name in enumerate(names, 1)
        if name not in known
    )
    changed = ({"topics": before}, {"topics": names})
    _recorded("change_topics", program, changed, reason, by=by, at=at)
    return list(program.topics.standing())


@transaction.atomic
def change_offsets(program, *, offsets, reason, by, at) -> Program:
    """Set when milestones fall due: key to (days, unit); what is changed is FDA's setting then.

    Dates that were agreed already stay; offsets count from the next agreement of dates on.
    """
    program = _locked(program, by)
    before, after = {}, {}
    for offset in program.milestone_offsets.all():
        days, unit = offsets.get(offset.key, (offset.days, offset.unit))
        if (days, unit) != (offset.days, offset.unit):
            before[offset.title] = f"{offset.days} {offset.get_unit_display()}"
            offset.days, offset.unit = days, unit
            after[offset.title] = f"{offset.days} {offset.get_unit_display()}"
            offset.source = f"FDA’s setting of {day_in_words(program.today(at))}"
            offset.is_assumption = False
            offset.save(update_fields=["days", "unit", "source", "is_assumption"])
    return _recorded("change_offsets", program, (before, after), reason, by=by, at=at)


def _locked(program, by):
    if not may_manage_programs(by):
        raise Refusal("Only FDA coordinators change a program’s rules and its window.")
    return Program.objects.select_for_update(no_key=True).get(pk=program.pk)


def _refuse_frozen(why):
    if why:
        raise Refusal(why)


def _change(row, facts):
    """Set what differs and save it; gives the sides before and after of that alone."""
    names = [name for name in facts if getattr(row, name) != facts[name]]
    before = {name: getattr(row, name) for name in names}
    for name in names:
        setattr(row, name, facts[name])
    if names:
        row.save(update_fields=names)
    return before, {name: facts[name] for name in names}


def _recorded(deed, program, changed, reason, *, by, at):
    before, after = changed
    if not after:
        raise Refusal("Nothing was changed.")
    if not reason.strip():
        raise Refusal("Give the reason for the change. It is kept in the trail.")
    record(deed, program, by=by, at=at, before=before, after=after, reason=reason.strip())
    return program
