"""Every guard of the product taken away, one at a time: the access table must turn red (R1).

    python -m tests.faults.access_mutants [--only TEXT] [--redundant]

First every door is knocked at by a few people while it is noted which functions it runs. Then for
each guard the doors that run it are knocked at by everybody until one answers otherwise than the
table says. A guard whose absence nobody notices is a hole in the table, or is named with its reason
in redundant_guards.py. Two locks, each of which hides that the other is gone, go together.
"""

import argparse
import logging
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path

OF_EACH_SIDE = ("A official", "A agent", "one's lead", "coordinator", "records officer")
DAY = 24 * 60 * 60  # seconds
ROOT = str(Path(__file__).resolve().parents[2])


class Drill:
    """The doors of an installation, what each runs, and the search for a mistake."""

    def __init__(self, world, table, urlconf):
        self.world, self.table, self.urlconf = world, table, urlconf
        self.tried = 0
        self.mistakes_without_fault: list[str] = []
        from tests.house.access.memory import Memory

        self.memory = Memory(world.sessions.values())
        self.runs = self._codes_by_door()

    def _street(self, memory=None):
        from tests.house.access.doors import Street

        return Street(self.urlconf, self.world, memory=memory)  # loads the middleware anew

    def _codes_by_door(self, *, notes=True):
        """The keys of the product's functions that each door runs, for a few people."""
        from tests.faults.guards import is_ours, key_of
        from tests.house.access.doors import MISSING, knocks

        seen, runs, street = set(), defaultdict(set), self._street(self.memory)

        def note(frame, event, argument):
            seen.add(frame.f_code)  # and nothing more: this runs at every call

        for name, doors in self.table.items():
            for person in self._a_few(doors):
                for knock in knocks(name, doors, self.world.things, person, ["GET", "POST"]):
                    if MISSING in knock.ids:
                        continue
                    sys.settrace(note if notes else None)
                    try:
                        mistakes = list(street.mistakes_at(knock))
                    finally:
                        sys.settrace(None)
                    self.mistakes_without_fault += mistakes
            runs[name] = {key_of(code) for code in seen if is_ours(code)}
            seen.clear()
        return runs

    @staticmethod
    def _a_few(doors):
        """Some of those let in, refused, and left outside, and a stranger."""
        from tests.house.access.people import MEMBERS

        for_each = [
            group
            for door in doors
            for group in (
                door.yes & MEMBERS,
                door.refused - door.yes,
                MEMBERS - door.yes,
                *({one} & door.yes for one in OF_EACH_SIDE),
            )
        ]
        return sorted({sorted(group)[0] for group in for_each if group} | {"anonymous"})

    def look_again(self):
        """Knock once more with every guard in its place: what is wrong now made the drill lie."""
        self._codes_by_door(notes=False)

    def concerned(self, guard):
        """The doors that this guard may stand before, those that run the least first."""
        if guard.urls == {"*"}:
            return list(self.table)
        if guard.urls:
            return [name for name in guard.urls if name in self.table]
        running = [name for name, keys in self.runs.items() if keys & guard.codes]
        return sorted(running, key=lambda name: len(self.runs[name]))

    def first_mistake(self, guard):
        """What is noticed first when this guard is gone; None when nothing is."""
        from tests.house.access.doors import METHODS, knocks
        from tests.house.access.people import PEOPLE

        methods = METHODS if guard.kind == "decorator" else ["GET", "POST"]
        everywhere = guard.urls == {"*"}  # may stand where somebody is recognized
        with guard.removed():
            street = self._street(None if everywhere else self.memory)
            for name in self.concerned(guard):
                for person in PEOPLE:
                    doors = self.table[name]
                    for knock in knocks(name, doors, self.world.things, person, methods):
                        self.tried += 1
                        for mistake in street.mistakes_at(knock):
                            return mistake
        return None


def run(drill, guards, *, say=lambda line: None):
    """Take each guard away; returns {guard: the mistake that was noticed, or None}."""
    found = {}
    for number, guard in enumerate(guards, 1):
        begun = time.process_time()
        found[guard] = drill.first_mistake(guard)
        seconds = time.process_time() - begun
        say(f"{number:>4} {'found' if found[guard] else 'NOT FOUND':>9} {seconds:5.1f} s  {guard}")
        if found[guard]:
            say(f"{'':>21} by {found[guard][:150]}")
    return found


def unexplained(found):
    """The guards whose absence nobody noticed and that no reviewed reason names."""
    from tests.faults.redundant_guards import reason_for

    return [guard for guard, mistake in found.items() if not mistake and not reason_for(guard)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="Guards whose name holds this text.")
    parser.add_argument(
        "--redundant", action="store_true", help="Try those with a reviewed reason too."
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="qmm-drill-") as folder:
        drill, guards, found = _drill(folder, arguments.only, not arguments.redundant)
    from tests.faults.redundant_guards import reason_for
    from tests.faults.results import write_result

    holes = unexplained(found)
    redundant = [guard for guard, mistake in found.items() if not mistake and reason_for(guard)]
    print("\nGuards by kind: found of planted")
    for kind, planted in Counter(guard.kind for guard in guards).items():
        noticed = sum(bool(found[guard]) for guard in guards if guard.kind == kind)
        print(f"  {kind:<20} {noticed} of {planted}")
    for guard in redundant:
        print(f"Redundant: {guard}: {reason_for(guard)}")
    for line in [*drill.mistakes_without_fault, *(f"Nobody notices: {hole}" for hole in holes)]:
        print(line)
    result = {
        "id": "R1",
        "attempted": drill.tried,
        "violations": len(drill.mistakes_without_fault) + len(holes),
        "mutants_planted": len(found) - len(redundant),
        "mutants_found": sum(bool(mistake) for mistake in found.values()),
    }
    result["holds"] = not result["violations"] and bool(found)
    print(result)
    if not arguments.only:
        write_result(result)
    sys.exit(0 if result["holds"] else 1)


def _drill(folder, only, skip_redundant):
    os.environ |= {
        "VAR_DIR": folder,
        "DATABASE_URL": f"sqlite:///{folder}/drill.sqlite3",
        "DJANGO_SETTINGS_MODULE": "qmm_pilot.settings",
        "DEBUG": "true",
    }
    import django
    from django.conf import settings
    from django.core.management import call_command

    # The drill lasts longer than a session does, and who is signed out notices everything.
    settings.SESSION_COOKIE_AGE = DAY
    settings.SESSION_LONGEST = timedelta(days=1)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    django.setup()
    logging.disable(logging.ERROR)
    call_command("migrate", verbosity=0)
    from django.db import connection, transaction
    from django.test import override_settings

    from tests.faults.guards import all_guards, together
    from tests.faults.redundant_guards import TOGETHER, reason_for
    from tests.house.access.table import TABLES, urlconf
    from tests.house.access.world import World

    table = {name: doors for doors_of in TABLES.values() for name, doors in doors_of.items()}
    module = urlconf(debug=False)
    with transaction.atomic(), override_settings(DEBUG=False, ROOT_URLCONF=module):
        world = World()
        connection.run_on_commit.clear()
        drill = Drill(world, table, module)
        print(f"{len(table)} doors are known; {len(drill.mistakes_without_fault)} mistakes")
        standing = all_guards(module)
        guards = [
            guard
            for guard in [*standing, *together(standing, TOGETHER)]
            if only in str(guard) and not (skip_redundant and reason_for(guard))
        ]
        print(f"{len(guards)} guards are taken away, one at a time", flush=True)
        found = run(drill, guards, say=lambda line: print(line, flush=True))
        drill.look_again()
        transaction.set_rollback(True)
    return drill, guards, found


if __name__ == "__main__":
    sys.path.insert(0, ROOT)
    main()
