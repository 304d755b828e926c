"""The trail: gapless, chained, append-only; every tampering is found and named."""

import itertools
import random
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from qmm_pilot.records import triggers
from qmm_pilot.records.models import TrailEntry, TrailHead
from qmm_pilot.records.trail import FIRST_LINK, first_fault, link, record
from tests import factories

AT = datetime(2020, 11, 16, 14, 0, tzinfo=UTC)


@pytest.fixture
def trail(db, settings, tmp_path, django_capture_on_commit_callbacks):
    """A trail of thirty entries whose heads were noted after each commit."""
    settings.TRAIL_HEAD_FILE = tmp_path / "trail-head.log"
    organization = factories.organization()
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(30):
            record(
                "rename", organization, by=None, at=AT, after={"number": number}, reason="Ωμέγα ≥"
            )
    triggers.drop()  # what follows tampers as a database administrator could
    return list(TrailEntry.objects.order_by("position"))


def test_entries_are_numbered_without_gaps_and_linked(trail):
    assert [entry.position for entry in trail] == list(range(1, 31))
    assert trail[0].previous_hash == FIRST_LINK
    assert all(b.previous_hash == a.hash for a, b in itertools.pairwise(trail))
    assert first_fault() is None


def test_a_thousand_random_tamperings_are_all_found_at_their_position(trail):
    randomly = random.Random(2020)
    columns = {
        "deed": "approve",
        "actor_name": "Somebody else",
        "subject_id": "00000000-0000-0000-0000-000000000000",
        "subject_kind": "accounts.user",
        "before_json": '{"number": 99}',
        "after_json": '{"number": 99}',
        "reason": "No reason",
        "at": datetime(2021, 1, 1, tzinfo=UTC),
        "recorded_at": datetime(2021, 1, 1, tzinfo=UTC),
        "previous_hash": "f" * 64,
        "hash": "f" * 64,
    }
    found = 0
    for _ in range(1000):
        position = randomly.randint(1, 30)
        column = randomly.choice(list(columns))
        original = getattr(trail[position - 1], column)
        TrailEntry.objects.filter(position=position).update(**{column: columns[column]})
        fault = first_fault()
        found += fault is not None and fault[0] in (position, position + 1)
        TrailEntry.objects.filter(position=position).update(**{column: original})
    assert found == 1000
    assert first_fault() is None


def test_a_removed_entry_is_found(trail):
    TrailEntry.objects.filter(position=12).delete()
    assert first_fault() == (12, "the entry is missing")


def test_a_cut_tail_is_found_by_the_head_row(trail):
    TrailEntry.objects.filter(position__gt=25).delete()
    assert first_fault() == (26, "the trail's end is not where its head says")


def test_a_tail_cut_together_with_the_head_row_is_found_by_the_noted_heads(trail):
    TrailEntry.objects.filter(position__gt=25).delete()
    TrailHead.objects.update(position=25, hash=trail[24].hash)
    position, reason = first_fault()
    assert position == 26
    assert "noted" in reason


def test_deeds_that_go_on_during_a_verification_are_no_fault(trail):
    organization = factories.organization()
    triggers.install()

    def deed_between_two_looks(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if sql.startswith("SELECT") and "records_trail" in sql and not deeds:
            deeds.append(sql)
            record("rename", organization, by=None, at=AT)
            deeds.clear()
        return result

    deeds = []
    before = TrailHead.objects.get().position
    with connection.execute_wrapper(deed_between_two_looks):
        assert first_fault() is None
    assert TrailHead.objects.get().position > before


def test_a_noted_head_that_a_power_cut_left_in_pieces_hides_no_fault(trail, settings):
    lines = settings.TRAIL_HEAD_FILE.read_text().splitlines()
    lines[19] = lines[19][:50] + lines.pop(20)
    settings.TRAIL_HEAD_FILE.write_text("\n".join(lines))
    assert first_fault() is None
    TrailEntry.objects.filter(position__gt=25).delete()
    TrailHead.objects.update(position=25, hash=trail[24].hash)
    assert first_fault()[0] == 26


def test_a_chain_written_anew_from_the_middle_is_found_by_the_noted_heads(trail):
    previous = trail[9].hash
    for entry in trail[10:]:
        entry.reason = "Rewritten"
        entry.previous_hash = previous
        entry.hash = previous = link(entry)
        entry.save()
    TrailHead.objects.update(hash=previous)
    assert first_fault() == (
        11,
        "the entry is not the one that was noted after its commit",
    )


def test_the_command_names_the_first_wrong_position(trail, capsys):
    TrailEntry.objects.filter(position=7).update(reason="Another")
    with pytest.raises(SystemExit) as stop:
        call_command("verify_trail")
    assert stop.value.code == 1
    assert capsys.readouterr().err == "Position 7: the entry was altered.\n"


def test_the_command_says_that_an_untouched_trail_holds(trail, capsys):
    call_command("verify_trail")
    assert capsys.readouterr().out == (
        "The trail holds: 30 entries.\nEvery signature holds: 0 signatures.\n"
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE records_trailentry SET reason = 'x'",
        "DELETE FROM records_trailentry",
        "DELETE FROM records_trailhead",
        "UPDATE records_signature SET meaning = 'x'",
        "DELETE FROM records_signature",
    ],
)
def test_raw_sql_cannot_alter_the_records(sql):
    participation_request = factories.participation_request("selected")
    assert participation_request.status == "selected"
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db
def test_a_deed_that_fails_leaves_no_entry():
    organization = factories.organization()

    @transaction.atomic
    def deed():
        record("rename", organization, by=None, at=AT)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        deed()
    assert TrailEntry.objects.count() == 0
    assert TrailHead.objects.get().position == 0


def test_recording_outside_a_transaction_is_refused(committing):
    organization = factories.organization()
    with pytest.raises(RuntimeError):
        record("rename", organization, by=None, at=AT)
