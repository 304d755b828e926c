"""Deeds on a program's window: extend, reopen, admit one late firm, remind owners of drafts."""

from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

import pytest
from django.urls import reverse

from applications import operations
from applications.models import CloseReminder, ParticipationRequest
from qmm_pilot import clock
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.windows import window_for
from qmm_pilot.records.arrival import ArrivalMiddleware, arrived_at
from qmm_pilot.records.models import ActionItem, DemonstrationMoment, Letter, TrailEntry
from tests import factories
from tests.factories import PROOF

pytestmark = pytest.mark.django_db
CLOSE = datetime(2020, 12, 1, 5, 0, tzinfo=UTC)
LATER = CLOSE + timedelta(days=10)
MICROSECOND = timedelta(microseconds=1)
WHY = {"source": "85 FR 99999", "reason": "The mailbox was full on the last day."}


def coordinator():
    return factories.fda(Role.FDA_COORDINATOR)


def submit(draft, *, at):
    return operations.submit_request(
        draft,
        attested=factories.commitments(draft.program),
        proof=PROOF,
        by=draft.started_by,
        at=at,
    )


def reopen(program, *, at=CLOSE + timedelta(days=1), closes_at=LATER, **replaced):
    return operations.open_window(
        program, closes_at=closes_at, **{**WHY, **replaced}, by=coordinator(), at=at
    )


def letters(kind):
    return sorted(Letter.objects.filter(kind=kind).values_list("address", "subject"))


def reminders(draft):
    rows = CloseReminder.objects.filter(participation_request=draft)
    return list(rows.values_list("closes_at", "days_before"))


def test_a_submission_counts_to_the_last_microsecond_and_is_refused_after_it():
    first, second = factories.draft(), factories.draft()
    assert submit(first, at=CLOSE - MICROSECOND).receipt_number
    with pytest.raises(Refusal) as refused:
        submit(second, at=CLOSE)
    assert str(refused.value) == (
        f"{second.program.name} accepted requests through November 30, 2020, 11:59 p.m. ET. "
        "Nothing was submitted; saved drafts stay readable."
    )


def submitted_across_the_close(client, monkeypatch):
    """A request that is sent two seconds before the close, which passes while the server works."""
    draft, begun = factories.draft(), clock.real_now()
    client.force_login(draft.started_by)
    monkeypatch.setattr(clock, "shown_at", lambda moment: CLOSE + (moment - begun))
    monkeypatch.setattr(clock, "now", lambda: clock.shown_at(clock.real_now()))
    monkeypatch.setattr(
        "qmm_pilot.records.arrival._told_by_proxy", lambda request: begun - timedelta(seconds=2)
    )
    # Readable after the close.
    assert client.get(reverse("applications:request_detail", args=[draft.pk])).status_code == 200
    form = {f"commitment_{pk}": "on" for pk in factories.commitments(draft.program)}
    form |= factories.typed_by(draft.started_by)
    client.post(reverse("applications:request_submit", args=[draft.pk]), form)
    draft.refresh_from_db()
    return draft


def test_what_arrives_before_the_close_counts_although_its_answer_comes_later(client, monkeypatch):
    draft = submitted_across_the_close(client, monkeypatch)
    assert draft.status == ParticipationRequest.Status.SUBMITTED
    assert CLOSE - timedelta(seconds=3) < draft.submitted_at < CLOSE


def test_a_view_that_reads_the_clock_when_it_works_is_found(client, monkeypatch):
    monkeypatch.setattr("applications.views.requests.arrived_at", lambda request: clock.now())
    draft = submitted_across_the_close(client, monkeypatch)
    assert draft.status == ParticipationRequest.Status.DRAFT


@pytest.mark.parametrize("in_the_demonstration", [False, True])
def test_the_moment_of_arrival_is_exact_however_slow_the_machine_is(
    rf, settings, monkeypatch, in_the_demonstration
):
    received = clock.real_now()
    request, expected = rf.get("/"), received
    request.received_at = received
    if in_the_demonstration:
        settings.DEBUG, expected = True, CLOSE + timedelta(seconds=1)
        saved_at = received - timedelta(seconds=1)
        DemonstrationMoment.objects.create(moment=CLOSE, saved_at=saved_at)
    passed = count(1)
    # A second goes by between one look at the clock and the next.
    monkeypatch.setattr(clock, "real_now", lambda: received + timedelta(seconds=next(passed)))
    assert arrived_at(request) == expected


def test_the_moment_of_arrival_is_our_proxys_alone(rf, settings):
    now = clock.real_now()
    claims = {
        now - timedelta(seconds=40): True,
        now - timedelta(minutes=5): False,  # longer than anything waits
        now + timedelta(minutes=5): False,
    }
    for trusted in (0, 1):
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = trusted
        for told, is_true in claims.items():
            request = rf.get("/", headers={"X-Request-Start": f"t={told.timestamp():.3f}"})
            ArrivalMiddleware(lambda request: None)(request)
            is_taken = abs(request.received_at - told) < timedelta(milliseconds=2)
            assert is_taken is bool(trusted and is_true), (trusted, told)


def test_a_window_that_moves_moves_the_task_of_the_signer_who_has_the_draft():
    draft = factories.draft()
    preparer = factories.person(draft.organization, Role.FIRM_PREPARER)
    signer = draft.started_by
    operations.hand_over(draft, to=signer, by=preparer, at=factories.AT)
    reopen(draft.program)
    items = ActionItem.objects.open().filter(subject_id=str(draft.pk))
    assert [(item.key, item.user, f"{item.due_on}") for item in items] == [
        (f"sign:{draft.pk}", signer, "2020-12-10")
    ]


def test_reopening_revives_every_draft_and_tells_its_owners():
    draft, done = factories.draft(), factories.draft()
    submit(done, at=factories.AT)
    with pytest.raises(Refusal):
        submit(draft, at=CLOSE)
    opening = reopen(draft.program)
    assert (opening.source, opening.reason) == (WHY["source"], WHY["reason"])
    assert letters("window_changed") == [
        (draft.started_by.email, "FDF 2020 accepts requests through December 10, 2020")
    ]
    item = ActionItem.objects.open().get(key=f"finish:{draft.pk}")
    assert f"{item.due_on}" == "2020-12-10"
    entry = TrailEntry.objects.get(deed="open_window")
    first = "October 16, 2020, 12:00 a.m. ET through November 30, 2020, 11:59 p.m. ET"
    assert entry.before["openings"] == [first]
    assert entry.after["openings"] == [
        first,
        "December 2, 2020, 12:00 a.m. ET through December 10, 2020, 11:59 p.m. ET",
    ]
    assert entry.reason == WHY["reason"]
    assert submit(draft, at=LATER - MICROSECOND).receipt_number
    assert draft.program.openings.earliest("opens_at").closes_at == CLOSE


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reason": " "}, "Give the reason"),
        ({"source": ""}, "Name the notice"),
        ({"closes_at": CLOSE - timedelta(days=1)}, "is over"),
        ({"closes_at": datetime(2022, 2, 1, 5, tzinfo=UTC)}, "ends on December 31, 2021"),
        ({"at": factories.AT, "closes_at": CLOSE}, "through November 30, 2020, 11:59 p.m. ET alr"),
    ],
)
def test_a_window_is_not_opened(changed, words):
    with pytest.raises(Refusal, match=words):
        reopen(factories.program(), **changed)
    with pytest.raises(Refusal, match="Only FDA coordinators"):
        operations.open_window(
            factories.program(),
            closes_at=LATER,
            **WHY,
            by=factories.fda(Role.FDA_SELECTOR),
            at=CLOSE,
        )
    assert factories.program().openings.count() == 1


def test_an_opening_is_corrected_before_it_begins_closed_early_while_it_runs_and_kept_after():
    program = factories.program()
    coming = reopen(program, opens_at=CLOSE + timedelta(days=3))
    facts = {"reason": "A slip of the pen.", "by": coordinator()}
    days = {"opens_at": CLOSE + timedelta(days=4), "closes_at": LATER + timedelta(days=4)}
    coming = operations.change_opening(coming, **days, **facts, at=CLOSE + timedelta(days=1))
    assert (coming.opens_at, coming.closes_at) == tuple(days.values())
    runs = CLOSE + timedelta(days=5)
    longer = days | {"closes_at": days["closes_at"] + timedelta(days=1)}
    with pytest.raises(Refusal, match="Extend the window instead"):
        operations.change_opening(coming, **longer, **facts, at=runs)
    with pytest.raises(Refusal, match="its first day stays"):
        operations.change_opening(coming, **days | {"opens_at": runs}, **facts, at=runs)
    early = days | {"closes_at": runs + timedelta(days=1)}
    assert (
        operations.change_opening(coming, **early, **facts, at=runs).closes_at == early["closes_at"]
    )
    with pytest.raises(Refusal, match="kept as it was"):
        operations.change_opening(coming, **days, **facts, at=early["closes_at"])


def test_an_opening_to_come_is_not_moved_into_the_past():
    program, now = factories.draft().program, CLOSE + timedelta(days=1)
    coming = reopen(program, at=now, opens_at=CLOSE + timedelta(days=5))
    times = {"opens_at": CLOSE, "closes_at": coming.closes_at, "reason": "At once."}
    changed = operations.change_opening(coming, **times, by=coordinator(), at=now)
    assert changed.opens_at == now
    assert window_for(program, None, CLOSE + timedelta(hours=1)) is None


def test_owners_are_told_of_the_window_as_it_is_with_its_extension():
    program = factories.draft().program
    begun, extended = CLOSE - timedelta(days=20), CLOSE + timedelta(days=14)
    reopen(program, at=begun, opens_at=CLOSE, closes_at=extended)
    letter = Letter.objects.get(kind="window_changed")
    assert "through December 14, 2020, 11:59 p.m. ET" in letter.body
    assert "from " not in letter.body.partition("accepted")[2]  # requests are taken already
    reopen(program, at=begun, opens_at=begun, closes_at=extended + timedelta(days=1))
    first = program.openings.order_by("opens_at").first()
    told = Letter.objects.filter(kind="window_changed").count()
    operations.change_opening(
        first,
        opens_at=first.opens_at,
        closes_at=CLOSE - timedelta(days=5),
        reason="Announced twice.",
        by=coordinator(),
        at=begun,
    )
    # The second extension covers it: nothing changed for anyone, and no letter says it did.
    assert Letter.objects.filter(kind="window_changed").count() == told
    assert window_for(program, None, begun).closes_at == extended + timedelta(days=1)


def test_one_firm_is_admitted_late_and_no_other():
    late, other = factories.draft(), factories.draft()
    at, until = CLOSE + timedelta(days=2), CLOSE + timedelta(days=5)
    admitted = {"reason": "Its courier was late.", "by": coordinator(), "at": at}
    made = operations.admit_late(late.program, late.organization, closes_at=until, **admitted)
    assert letters("late_admission") == [
        (late.started_by.email, "FDA takes your request to FDF 2020 until December 5, 2020")
    ]
    with pytest.raises(Refusal, match="already, so there is nothing to admit"):
        operations.admit_late(late.program, late.organization, closes_at=until, **admitted)
    with pytest.raises(Refusal, match="accepted requests through November 30"):
        submit(other, at=at)
    site = factories.facility(late.started_by)
    assert operations.start_request(late.program, site, by=late.started_by, at=at)
    assert submit(late, at=until - MICROSECOND).receipt_number
    operations.end_late_admission(
        made, reason="A mistake.", by=coordinator(), at=until - MICROSECOND
    )
    assert window_for(late.program, late.organization, until - MICROSECOND) is None
    with pytest.raises(Refusal, match="over already"):
        operations.end_late_admission(made, reason="Again.", by=coordinator(), at=until)


def test_owners_of_drafts_are_reminded_7_3_and_1_days_before_each_once():
    draft, late_start = factories.draft(), factories.draft(at=CLOSE - timedelta(days=2))
    gone = factories.draft()
    submit(gone, at=factories.AT)
    sent, moment = [], factories.AT
    while moment < CLOSE:
        operations.remind_of_close(at=moment)
        sent.append((moment, len(reminders(draft))))
        moment += timedelta(hours=6, minutes=7)
    assert reminders(draft) == [(CLOSE, 7), (CLOSE, 3), (CLOSE, 1)]
    assert reminders(late_start) == [(CLOSE, 1)]
    assert reminders(gone) == []
    grew = [now for (_, before), (now, after) in pairwise(sent) if after > before]
    assert [(CLOSE - now).days for now in grew] == [6, 2, 0]
    assert [subject for _, subject in letters("close_nears")].count(
        f"1 day left to submit the request of {draft.facility}"
    ) == 1
    entries = TrailEntry.objects.filter(deed="remind_of_close", subject_id=str(draft.pk))
    assert [entry.after["days_before"] for entry in entries.order_by("position")] == [7, 3, 1]


def test_an_extended_window_reminds_anew_and_a_late_firm_of_its_own_close():
    draft, late = factories.draft(), factories.draft()
    operations.remind_of_close(at=CLOSE - timedelta(days=1))
    reopen(draft.program, at=CLOSE - timedelta(hours=1))
    operations.remind_of_close(at=CLOSE - timedelta(minutes=1))
    assert reminders(draft) == [(CLOSE, 1)]
    longer = LATER + timedelta(days=2)
    operations.admit_late(
        late.program,
        late.organization,
        closes_at=longer,
        reason="Fire.",
        by=coordinator(),
        at=CLOSE,
    )
    operations.remind_of_close(at=LATER - timedelta(days=3))
    operations.remind_of_close(at=longer - timedelta(days=3))
    assert reminders(draft) == [(CLOSE, 1), (LATER, 3), (LATER, 1)]
    assert reminders(late) == [(CLOSE, 1), (longer, 7), (longer, 3)]
