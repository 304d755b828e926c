"""R15: every page of the access table, for everybody who is let in, read by the HTML checker."""

import hashlib
import json
import logging
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.audit.tools import Found, package, program

# Faults of every page are put into one page each, and the checker has to find all of them.
PLANTED = {
    "an id twice": ("<main", '<p id="twice"></p><p id="twice"></p><main'),
    "an empty action": ("<main", '<form action=""></form><main'),
    "an element left open": ("<main", "<div><main"),
    "a label for nothing": ("<main", '<label for="nowhere">x</label><main'),
    "a table row without a table": ("<main", "<tr><td>x</td></tr><main"),
}
# What differs between two drawings of one page: tokens, and values that somebody typed.
PASSING = re.compile(rb'(value|nonce|content)="[^"]*"')


def examine() -> Found:
    """Draw every page, check them all in one run, plant the faults. Raises NotInstalled."""
    java, checker = program("java"), package("vnu-jar") / "build" / "dist" / "vnu.jar"
    with tempfile.TemporaryDirectory(prefix="qmm-audit-") as folder:
        pages = Path(folder, "pages")
        pages.mkdir()
        count = 0
        for name, page in _pages(folder):
            (pages / f"{count:05}-{name}.html").write_bytes(page)
            count += 1
        text = page.decode()
        for number, (called, (old, new)) in enumerate(PLANTED.items()):
            assert old in text, called
            (pages / f"planted-{number}.html").write_text(text.replace(old, new, 1))
        ended = subprocess.run(
            [java, "-jar", str(checker), "--errors-only", "--format", "json",
             "--exit-zero-always", str(pages)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    told: dict[str, set[str]] = {}
    for message in json.loads(ended.stderr)["messages"]:
        of = told.setdefault(message.get("url", "?").rpartition("/")[2], set())
        of.add(message["message"])
    planted = [name for name in told if name.startswith("planted-")]
    faults = {
        f"{message} ({name.removesuffix('.html')})"
        for name, messages in sorted(told.items(), reverse=True)
        if name not in planted
        for message in messages
    }
    return Found("R15 HTML", "pages × people that the HTML checker finds valid", count,
                 sorted(faults), len(PLANTED), len(planted))  # fmt: skip


def _pages(folder: str) -> Iterator[tuple[str, bytes]]:
    """Every distinct page, with a name: URL, things, person."""
    os.environ |= {
        "VAR_DIR": folder,
        "DATABASE_URL": f"sqlite:///{folder}/audit.sqlite3",
        "DJANGO_SETTINGS_MODULE": "qmm_pilot.settings",
        "DEBUG": "true",
    }
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    django.setup()
    logging.disable(logging.ERROR)
    call_command("migrate", verbosity=0)
    from django.db import connection, transaction
    from django.test import override_settings

    from tests.house.access.doors import Answer, Street, knocks
    from tests.house.access.table import TABLES, urlconf
    from tests.house.access.world import World

    module = urlconf(debug=False)
    seen = set()
    with transaction.atomic(), override_settings(DEBUG=False, ROOT_URLCONF=module):
        world = World()
        connection.run_on_commit.clear()
        street = Street(module, world, remembers=True)
        for name, doors in [row for table in TABLES.values() for row in table.items()]:
            for person in sorted(frozenset.union(*(door.yes for door in doors))):
                for knock in knocks(name, doors, world.things, person, ["GET"]):
                    if knock.expected != {Answer.YES}:
                        continue
                    street.knock(knock)
                    page = street.page
                    mark = hashlib.sha256(PASSING.sub(b"", page)).digest()
                    if page.lstrip()[:9].lower() == b"<!doctype" and mark not in seen:
                        seen.add(mark)
                        yield re.sub(r"\W+", "-", str(knock))[:120], page
        transaction.set_rollback(True)
