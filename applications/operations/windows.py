"""Deeds on a program's window: extend, reopen, correct, admit one late firm, remind (A2, A3)."""

from datetime import datetime, timedelta

from django.db import transaction

from applications.models import CloseReminder, ParticipationRequest
from qmm_pilot.accounts.operations import people_with
from qmm_pilot.accounts.roles import Role, Side
from qmm_pilot.clock import EASTERN
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.access import may_manage_programs
from qmm_pilot.programs.models import LateAdmission, Opening, Program
from qmm_pilot.programs.windows import OpenWindows, Window, openings_joined, window_for
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import day_in_words, last_minute_before, moment_in_words

from .letters import firm_people_of, write_letter
from .requests import raise_finish_item

Status = ParticipationRequest.Status
REMINDED_BEFORE = (7, 3, 1)  # days


@transaction.atomic
def open_window(program, *, closes_at, source, reason, opens_at=None, by, at) -> Opening:
    """Extend a program's window, or open it again, for everyone; owners of drafts are told.

    `opens_at` is the moment of the deed where it is not given; `closes_at` is exclusive. Raises
    Refusal without notice or reason, for a time that is over or adds nothing, and beyond the
    program's end.
    """
    program = _locked(program, by)
    opens_at = max(opens_at or at, at)
    _refuse_without_words(source=source, reason=reason)
    _refuse_times(program, opens_at, closes_at, at)
    standing = program.openings.filter(opens_at__lte=opens_at, closes_at__gte=closes_at).first()
    if standing:
        raise Refusal(
            f"{program.short_name} accepts requests through {_last(standing.closes_at)} already."
        )
    before = _openings_in_words(program)
    opening = program.openings.create(
        opens_at=opens_at, closes_at=closes_at, source=source.strip(), reason=reason.strip()
    )
    _tell_owners(program, _window_with(opening), at=at)
    record(
        "open_window",
        program,
        by=by,
        at=at,
        before={"openings": before},
        after={"openings": _openings_in_words(program), "notice": opening.source},
        reason=opening.reason,
    )
    return opening


@transaction.atomic
def change_opening(opening, *, opens_at, closes_at, reason, by, at) -> Opening:
    """Correct an opening that has not begun, or close one early; owners of drafts are told.

    Of nothing where another opening covers what changed: the window is as it was. An opening that
    is over stays as it was: requests were received in it. A running one began when it began, and
    its close moves earlier only: a later close is an opening of its own, with its own notice
    (open_window).
    """
    program = _locked(opening.program, by)
    opening = Opening.objects.select_for_update(no_key=True).get(pk=opening.pk)
    _refuse_without_words(source=opening.source, reason=reason)
    if opening.closes_at <= at:
        raise Refusal(
            f"This opening closed on {_last(opening.closes_at)}. It is kept as it was, because "
            "requests were received in it. Open the window again instead."
        )
    if opening.opens_at <= at and opens_at != opening.opens_at:
        raise Refusal(
            "This opening has begun, so its first day stays. Requests may have been received."
        )
    if opening.opens_at <= at and closes_at > opening.closes_at:
        raise Refusal(
            "This opening is running and was announced with its close. Extend the window instead: "
            "the extension keeps a notice and a reason of its own."
        )
    if opening.opens_at > at:
        opens_at = max(opens_at, at)  # what came until now was refused
    _refuse_times(program, opens_at, closes_at, at)
    if (opens_at, closes_at) == (opening.opens_at, opening.closes_at):
        raise Refusal("These are the times of this opening already.")
    before, windows = _openings_in_words(program), openings_joined(program)
    opening.opens_at, opening.closes_at = opens_at, closes_at
    opening.reason = reason.strip()
    opening.save(update_fields=["opens_at", "closes_at", "reason"])
    if openings_joined(program) != windows:
        _tell_owners(program, _window_with(opening), at=at)
    record(
        "change_opening",
        program,
        by=by,
        at=at,
        before={"openings": before},
        after={"openings": _openings_in_words(program)},
        reason=opening.reason,
    )
    return opening


@transaction.atomic
def admit_late(program, organization, *, closes_at, reason, by, at) -> LateAdmission:
    """Let one named firm submit from now until a moment, exclusive; its people are told.

    It stands for this program alone, and no other firm learns of it. Raises Refusal without
    reason, for anyone who is no firm, for a time that is over or beyond the program's end, and
    where the firm may submit until then already.
    """
    program = _locked(program, by)
    _refuse_without_words(reason=reason)
    if organization.kind != Side.FIRM or organization.is_rehearsal != program.is_rehearsal:
        raise Refusal(f"{organization} is no manufacturer who can ask to join {program}.")
    _refuse_times(program, at, closes_at, at)
    holds = window_for(program, organization, at)
    if holds and holds.closes_at >= closes_at:
        raise Refusal(
            f"{organization} may submit through {_last(holds.closes_at)} already, so there is "
            "nothing to admit."
        )
    admission = LateAdmission.objects.create(
        program=program,
        organization=organization,
        reason=reason.strip(),
        admitted_by=by,
        admitted_at=at,
        closes_at=closes_at,
    )
    for draft in _drafts(program).filter(organization=organization):
        raise_finish_item(draft, at=at)
    roles = (Role.FIRM_OFFICIAL, Role.FIRM_PREPARER)
    people = [person for role in roles for person in people_with(role, organization)]
    write_letter(
        "late_admission",
        to=people,
        subject=f"FDA takes your request to {program.short_name} until {_day(closes_at)}",
        about=admission,
        at=at,
        program=program,
        last_minute=_last(closes_at),
    )
    record(
        "admit_late",
        program,
        by=by,
        at=at,
        after={"firm": organization.name, "closes_at": closes_at},
        reason=admission.reason,
    )
    return admission


@transaction.atomic
def end_late_admission(admission, *, reason, by, at) -> LateAdmission:
    """Take a late admission back; what the firm has submitted meanwhile stays submitted."""
    _locked(admission.program, by)
    admission = (
        LateAdmission.objects.select_for_update(no_key=True, of=("self",))
        .select_related("program", "organization")
        .get(pk=admission.pk)
    )
    _refuse_without_words(reason=reason)
    if admission.ended_at or admission.closes_at <= at:
        raise Refusal("This late admission is over already.")
    admission.ended_at, admission.ended_by, admission.end_reason = at, by, reason.strip()
    admission.save(update_fields=["ended_at", "ended_by", "end_reason"])
    people = [
        person
        for role in (Role.FIRM_OFFICIAL, Role.FIRM_PREPARER)
        for person in people_with(role, admission.organization)
    ]
    write_letter(
        "late_admission_ended",
        to=people,
        subject=f"{admission.program.short_name}: your request is no longer taken late",
        about=admission,
        at=at,
        program=admission.program,
    )
    record(
        "end_late_admission",
        admission.program,
        by=by,
        at=at,
        before={"firm": admission.organization.name, "closes_at": admission.closes_at},
        after={"firm": admission.organization.name, "ended_at": at},
        reason=admission.end_reason,
    )
    return admission


def remind_of_close(*, at) -> int:
    """Mail the owners of drafts 7, 3 and 1 days before their window closes; how many drafts.

    Each once for each close, so that a new close of the same window is told anew. Drafts that were
    submitted or withdrawn are passed by.
    """
    windows = OpenWindows(at)
    drafts = ParticipationRequest.objects.real().filter(
        status=Status.DRAFT, program__in=windows.by_program()
    )
    sent = set(
        CloseReminder.objects.filter(participation_request__in=drafts).values_list(
            "participation_request", "closes_at", "days_before"
        )
    )
    reminded = 0
    for draft in drafts.order_by("started_at", "pk"):
        window = windows.of(draft.program_id, draft.organization_id)
        days = window and reminder_due(window, draft.started_at, at)
        if days and (draft.pk, window.closes_at, days) not in sent:
            reminded += _remind(draft, window, days, at=at)
    return reminded


def reminder_due(window: Window, started_at: datetime, at: datetime) -> int | None:
    """The reminder that is due at this moment: 7, 3, 1 or None.

    It counts Eastern calendar days, so that a night on which clocks change moves nothing. One
    whose moment had passed when the draft or the window began is left out, and of several that
    were missed the nearest to the close is enough.
    """
    for days in sorted(REMINDED_BEFORE):
        moment = window.closes_at.astimezone(EASTERN) - timedelta(days=days)
        if moment <= at < window.closes_at:
            return days if moment >= max(window.opens_at, started_at) else None
    return None


@transaction.atomic
def _remind(draft, window, days, *, at) -> bool:
    draft = (
        ParticipationRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility", "started_by")
        .get(pk=draft.pk)
    )
    if draft.status != Status.DRAFT:
        return False
    _, is_first = CloseReminder.objects.get_or_create(
        participation_request=draft,
        closes_at=window.closes_at,
        days_before=days,
        defaults={"at": at},
    )
    if not is_first:
        return False
    left = "1 day" if days == 1 else f"{days} days"
    write_letter(
        "close_nears",
        to=firm_people_of([draft])[draft.pk],
        subject=f"{left} left to submit the request of {draft.facility}",
        about=draft,
        at=at,
        participation_request=draft,
        last_minute=_last(window.closes_at),
        left=left,
    )
    record(
        "remind_of_close",
        draft,
        by=None,
        at=at,
        after={"days_before": days, "closes_at": window.closes_at},
    )
    return True


def _window_with(opening) -> Window:
    """The window that this opening is a part of, with others that it joins without a break."""
    return next(
        window
        for window in openings_joined(opening.program)
        if window.opens_at <= opening.opens_at < window.closes_at
    )


def _tell_owners(program, window, *, at):
    """Tell who owns a draft of the new times; how many there are, FDA does not learn (A13)."""
    drafts = list(_drafts(program))
    people = firm_people_of(drafts)
    for draft in drafts:
        raise_finish_item(draft, at=at)
        write_letter(
            "window_changed",
            to=people[draft.pk],
            subject=f"{program.short_name} accepts requests through {_day(window.closes_at)}",
            about=draft,
            at=at,
            participation_request=draft,
            first_minute=moment_in_words(window.opens_at) if window.opens_at > at else "",
            last_minute=_last(window.closes_at),
        )


def _drafts(program):
    return ParticipationRequest.objects.filter(program=program, status=Status.DRAFT).select_related(
        "program", "facility", "organization", "started_by"
    )


def _locked(program, by):
    if not may_manage_programs(by):
        raise Refusal("Only FDA coordinators change a program’s rules and its window.")
    return Program.objects.select_for_update(no_key=True).get(pk=program.pk)


def _refuse_without_words(*, reason, source="given"):
    if not source.strip():
        raise Refusal("Name the notice that announces these times.")
    if not reason.strip():
        raise Refusal("Give the reason. It is kept with the window and in the trail.")


def _refuse_times(program, opens_at, closes_at, at):
    if closes_at <= at:
        raise Refusal(f"{_last(closes_at)} is over. Choose a later last day.")
    if closes_at <= opens_at:
        raise Refusal("The window closes before it opens. Choose a later last day.")
    if program.today(last_minute_before(closes_at)) > program.ends_on:
        raise Refusal(
            f"{program.short_name} ends on {day_in_words(program.ends_on)}. Move the program’s end "
            "first, or choose an earlier last day."
        )


def _openings_in_words(program):
    return [
        f"{moment_in_words(opening.opens_at)} through {_last(opening.closes_at)}"
        for opening in program.openings.order_by("opens_at", "pk")
    ]


def _last(closes_at):
    return moment_in_words(last_minute_before(closes_at))


def _day(closes_at):
    return day_in_words(last_minute_before(closes_at).astimezone(EASTERN).date())
