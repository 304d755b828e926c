"""Database triggers: rules that hold against raw SQL too, on both engines.

Never installed by migrations: SQLite loses a table's triggers when a migration rebuilds it, and a
trigger that reads another table makes that table's migrations fail. All are dropped before
migrations run and installed after them.
"""

from typing import NamedTuple

from django.apps import apps
from django.db import connections, transaction


class Trigger(NamedTuple):
    """One rule on one table: the SQL body for each engine refuses by raising."""

    name: str
    table: str
    event: str  # "UPDATE", "DELETE", "INSERT OR UPDATE" …
    when: str  # condition over NEW and OLD in SQL that both engines read; "" for always
    message: str
    first: str = ""  # what PostgreSQL does before it looks; SQLite has one writer at a time


TRIGGERS: dict[str, Trigger] = {}
OURS = frozenset({"records", "accounts", "programs", "applications", "metrics", "assessments"})
# The tables of ours from which rows may go, each with its reason; no other row is ever deleted.
MAY_GO = {
    "metrics_metricentry": "a cell that the firm clears in its own draft, which is no record yet",
    "records_localmail": "the demonstration's letter box",
    "records_demonstrationmoment": "the demonstration's clock",
}


def declare(name, table, *, event, message, when="", first=""):
    """Declare a trigger; the installer puts it on the database after migrations."""
    TRIGGERS[name] = Trigger(name, table, event, when, message, first)


def declare_own():
    for event in ("UPDATE", "DELETE"):
        declare(
            f"trail_refuses_{event.lower()}",
            "records_trailentry",
            event=event,
            message="the trail is append-only",
        )
        declare(
            f"signatures_refuse_{event.lower()}",
            "records_signature",
            event=event,
            message="a signature cannot be altered",
        )
        for table in ("designation", "statementofuse", "statementseen", "recordaccess"):
            declare(
                f"{table}_refuses_{event.lower()}",
                f"records_{table}",
                event=event,
                message="what was kept here is neither altered nor removed",
            )
    declare(
        "trail_head_refuses_delete",
        "records_trailhead",
        event="DELETE",
        message="the trail's head cannot be removed",
    )


def declare_kept(models):
    """Declare that no row of our nouns is deleted: withdrawn, ended or superseded instead (H3).

    A table that a floor guards by a trigger of its own keeps that one.
    """
    guarded = {trigger.table for trigger in TRIGGERS.values() if "DELETE" in trigger.event}
    for model in models:
        table = model._meta.db_table
        if model._meta.app_label in OURS and table not in guarded and table not in MAY_GO:
            declare(
                f"{table}_never_deleted",
                table,
                event="DELETE",
                message="records are withdrawn or superseded, never deleted",
            )


def install(using="default"):
    """Put every declared trigger on the database; idempotent."""
    declare_kept(apps.get_models())
    connection = connections[using]
    present = set(connection.introspection.table_names())
    # One transaction: on SQLite each statement of its own would wait for the disk.
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for trigger in TRIGGERS.values():
            if trigger.table in present:
                for statement in _statements(connection.vendor, trigger):
                    cursor.execute(statement)


def drop(using="default"):
    """Take every declared trigger off the database."""
    connection = connections[using]
    present = set(connection.introspection.table_names())
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for trigger in TRIGGERS.values():
            if trigger.table not in present:
                continue
            if connection.vendor == "sqlite":
                for name in _sqlite_names(trigger):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.name} ON {trigger.table}")
                cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.name}_t ON {trigger.table}")


def installed(using="default") -> set[str]:
    """The names of the declared triggers that are on the database."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        names = {name for (name,) in cursor.fetchall()}
    if connection.vendor == "sqlite":
        return {t.name for t in TRIGGERS.values() if set(_sqlite_names(t)) <= names}
    return {t.name for t in TRIGGERS.values() if t.name in names}


def before_migrations(sender, using, **kwargs):
    if sender.label == "records":
        # Not sooner: each floor first declares its own, when the application begins.
        declare_kept(apps.get_models())
        drop(using)


def after_migrations(sender, using, **kwargs):
    # Sent once for each app when all migrations have run; one installing is enough.
    if sender.label == "assessments":
        install(using)


def _sqlite_names(trigger):
    events = trigger.event.split(" OR ")
    return [trigger.name if len(events) == 1 else f"{trigger.name}_{e.lower()}" for e in events]


def _statements(vendor, trigger):
    message = trigger.message.replace("'", "''")
    if vendor == "sqlite":
        for event, name in zip(trigger.event.split(" OR "), _sqlite_names(trigger), strict=True):
            when = f"WHEN {trigger.when} " if trigger.when else ""
            yield f"DROP TRIGGER IF EXISTS {name}"
            yield (
                f"CREATE TRIGGER {name} BEFORE {event} ON {trigger.table} FOR EACH ROW {when}"
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        return
    condition = trigger.when or "TRUE"
    result = "OLD" if trigger.event == "DELETE" else "NEW"
    yield (
        f"CREATE OR REPLACE FUNCTION {trigger.name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {trigger.first} IF {condition} THEN RAISE EXCEPTION '{message}' "
        f"USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {result}; END $$"
    )
    yield f"DROP TRIGGER IF EXISTS {trigger.name} ON {trigger.table}"
    yield (
        f"CREATE TRIGGER {trigger.name} BEFORE {trigger.event} ON {trigger.table} "
        f"FOR EACH ROW EXECUTE FUNCTION {trigger.name}()"
    )
    if "DELETE" in trigger.event:
        yield (
            "CREATE OR REPLACE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION 'this table cannot be emptied' "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        yield f"DROP TRIGGER IF EXISTS {trigger.name}_t ON {trigger.table}"
        yield (
            f"CREATE TRIGGER {trigger.name}_t BEFORE TRUNCATE ON {trigger.table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()"
        )
