"""A deed that holds a record keeps nobody from referring to it.

Every deed ends at the trail's one head. PostgreSQL's plain FOR UPDATE also stops whoever merely
inserts a row that points to the locked one; she may hold the head already, for which the first
waits: a deadlock, and one of two innocent deeds fails. FOR NO KEY UPDATE stops only other deeds
on the same record, and no key of ours ever changes.
"""

import re
from pathlib import Path

from django.db import connection, transaction

from qmm_pilot.programs.models import Program

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("qmm_pilot", "applications", "metrics", "assessments")
LOCK = re.compile(r"select_for_update\((?:[^()]|\([^()]*\))*\)")


def test_every_lock_leaves_the_keys_free():
    locks = [
        f"{path.relative_to(ROOT)}: {lock}"
        for floor in FLOORS
        for path in sorted((ROOT / floor).rglob("*.py"))
        for lock in LOCK.findall(path.read_text())
    ]
    assert len(locks) > 5
    assert [lock for lock in locks if "no_key=True" not in lock] == []


def test_a_person_refers_to_a_program_whose_release_is_on_its_way(committing):
    if not connection.features.has_select_for_no_key_update:
        assert connection.vendor == "sqlite"  # one writer at a time: there are no locks of rows
        return
    other = connection.copy()
    with transaction.atomic():
        program = Program.objects.select_for_update(no_key=True).first()
        with other.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
            cursor.execute(
                "SELECT slug FROM programs_program WHERE id = %s FOR KEY SHARE", [program.pk]
            )
            assert cursor.fetchone() == (program.slug,)
    other.close()
