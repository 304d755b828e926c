"""The triggers that must exist on both engines, and that survive every alteration of a table."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models

from qmm_pilot.records import triggers

MUST_EXIST = {
    "trail_refuses_update",
    "trail_refuses_delete",
    "signatures_refuse_update",
    "signatures_refuse_delete",
    "trail_head_refuses_delete",
    "designation_refuses_update",
    "designation_refuses_delete",
    "statementofuse_refuses_update",
    "statementofuse_refuses_delete",
    "statementseen_refuses_update",
    "statementseen_refuses_delete",
    "recordaccess_refuses_update",
    "recordaccess_refuses_delete",
    "seat_within_cap",
    "seat_never_deleted",
    "request_version_refuses_update",
    "submitted_review_refuses_update",
    "cap_not_below_seats",
    "letter_text_refuses_update",
    "decision_letter_words_stand",
    "no_letter_against_the_decision",
    "signed_report_keeps_its_bytes",
    "released_report_keeps_its_edition",
    "assessment_never_deleted",
    "assessedtopic_never_deleted",
    "finding_never_deleted",
    "report_never_deleted",
    "teammember_never_deleted",
}


def must_exist():
    """Those above, and one for each other table of ours, but those whose rows may go (H3)."""
    by_name = [t for name, t in triggers.TRIGGERS.items() if name in MUST_EXIST]
    guarded = {t.table for t in by_name if "DELETE" in t.event} | set(triggers.MAY_GO)
    ours = [model for model in apps.get_models() if model._meta.app_label in triggers.OURS]
    tables = {model._meta.db_table for model in ours}
    return MUST_EXIST | {f"{table}_never_deleted" for table in tables - guarded}


@pytest.mark.django_db
def test_every_trigger_is_on_the_database():
    assert set(triggers.TRIGGERS) == must_exist()
    assert triggers.installed() == must_exist()


@pytest.mark.django_db
def test_a_trigger_that_is_gone_is_noticed():
    triggers.drop()
    assert triggers.installed() == set()
    triggers.install()
    assert triggers.installed() == must_exist()


def test_migrating_again_brings_back_every_trigger(committing):
    triggers.drop()
    call_command("migrate", verbosity=0)
    assert triggers.installed() == must_exist()


def test_every_table_that_a_trigger_touches_can_be_altered(committing):
    """A migration drops the triggers first; then no table resists being rebuilt."""
    tables = {trigger.table for trigger in triggers.TRIGGERS.values()} | {"programs_program"}
    touched = [model for model in apps.get_models() if model._meta.db_table in tables]
    assert len(touched) == len(tables)
    triggers.drop()
    for model in touched:
        field = models.CharField(max_length=5, default="x")
        field.set_attributes_from_name("added_for_a_while")
        field.model = model
        with connection.schema_editor() as editor:
            editor.add_field(model, field)
        with connection.schema_editor() as editor:
            editor.remove_field(model, field)
    triggers.install()
    assert triggers.installed() == must_exist()
