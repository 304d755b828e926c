"""Marks a participation whose site has an official action that its verdict did not know (C11).

The verdict looks at inspections before a fixed day alone; what happens at the site after it was
selected lies behind that day, and is looked for here.
"""

from collections import defaultdict

from applications.models import (
    CriterionResult,
    FacilityIdentifier,
    InspectionRecord,
    Participation,
    StandingMark,
)
from qmm_pilot.uswds.moments import day_in_words

from .standing import raise_mark

OAI = "OAI"
Cause = StandingMark.Cause


def mark_new_official_actions(*, source, at) -> list[StandingMark]:
    """Mark every active participation with an OAI on record that no verdict on it had seen.

    `source` names the data. Inside the caller's transaction; safe to run twice, since the same
    inspection marks a participation once. Inspections that ended before the program's window do
    not count (85 FR 65824, criterion b), those after it do. A constant number of queries, and
    a few more for each mark.
    """
    places = list(
        Participation.objects.real()
        .filter(status=Participation.Status.ACTIVE)
        .values_list(
            "pk",
            "facility",
            "participation_request",
            "participation_request__fei_key",
            "program__inspections_since",
        )
    )
    former = defaultdict(list)
    identifiers = FacilityIdentifier.objects.standing().filter(
        facility__in=[place[1] for place in places]
    )
    for facility_id, fei_key in identifiers.values_list("facility", "fei_key"):
        former[facility_id].append(fei_key)
    searched = {pk: {fei, *former[facility]} for pk, facility, _, fei, _ in places}
    actions = defaultdict(dict)
    rows = InspectionRecord.objects.filter(
        fei_key__in=set().union(*searched.values()), classification=OAI, closed_by=None
    )
    for fei_key, inspection_id, ended_on in rows.values_list(
        "fei_key", "inspection_id", "ended_on"
    ):
        actions[fei_key][inspection_id] = ended_on
    known = _known_to_verdicts([place[2] for place in places])
    marks = StandingMark.objects.filter(participation__in=list(searched), cause=Cause.OAI)
    for pk, seen in marks.values_list("participation", "seen"):
        known[pk].add(seen)
    found = [
        (pk, fei, inspection_id, ended_on)
        for pk, _, request_id, _, since in sorted(places, key=lambda place: str(place[0]))
        for fei in sorted(searched[pk])
        for inspection_id, ended_on in sorted(actions[fei].items())
        if ended_on >= since and inspection_id not in known[request_id] | known[pk]
    ]
    # All of them are held before the first entry in the trail holds its head.
    held = Participation.objects.filter(pk__in={each[0] for each in found}).order_by("pk")
    list(held.select_for_update(no_key=True).values_list("pk", flat=True))
    return [mark for each in found if (mark := _mark(*each, source=source, at=at))]


def mark_by_evidence(participation_request, found, *, by, at) -> None:
    """Mark the active participation of a request on which evidence was entered that fails it.

    Inside the caller's transaction; `found` are the changes noted anew (changes.Found). The firm
    is not told by this: FDA may have entered what is not public yet.
    """
    against = [each for each in found if each.after == "fails"]
    if not against:
        return
    participation = _locked_if_active(participation_request=participation_request)
    if participation is None:
        return
    for each in against:
        raise_mark(
            participation,
            cause=Cause.OAI,
            what=each.reason,
            source="Evidence entered on the request",
            happened_on=participation.program.today(at),
            tell_firm=False,
            by=by,
            at=at,
        )


def _known_to_verdicts(request_ids):
    """The inspections that each request's verdicts knew as OAI, by request."""
    known = defaultdict(set)
    results = CriterionResult.objects.filter(participation_request__in=request_ids)
    for request_id, evidence in results.values_list("participation_request", "evidence"):
        for each in evidence.get("inspections", ()):
            areas = {area["classification"] for area in each["project_areas"]}
            if OAI in areas | {each["classification"]}:
                known[request_id].add(each["id"])
    return known


def _mark(pk, fei, inspection_id, ended_on, *, source, at):
    participation = _locked_if_active(pk=pk)
    if participation is None:
        return None  # it ended while the data were read
    return raise_mark(
        participation,
        cause=Cause.OAI,
        what=f"Inspection {inspection_id} of FEI {fei}, which ended on {day_in_words(ended_on)}, "
        "is classified OAI.",
        source=source,
        happened_on=ended_on,
        seen=inspection_id,
        by=None,
        at=at,
    )


def _locked_if_active(**which):
    return (
        Participation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility", "organization", "participation_request__started_by")
        .filter(status=Participation.Status.ACTIVE, **which)
        .first()
    )
