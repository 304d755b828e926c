"""Two letters of one request that contradict each other cannot exist: constraint, trigger, race."""

from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction

from applications import operations
from applications.letter_texts import default_words
from applications.models import DecisionLetter, ParticipationRequest
from applications.operations import decision_letters
from qmm_pilot.records import triggers
from qmm_pilot.records.models import Letter
from tests import factories
from tests.factories import AFTER_CLOSE, Status

KIND, OPPOSITE = "decision_not_selected", "decision_selected"
DAY = AFTER_CLOSE.date()


def pending():
    row = factories.participation_request(Status.ELIGIBLE)
    factories.decide(row, Status.NOT_SELECTED)
    related = ("program", "facility", "organization", "started_by")
    return ParticipationRequest.objects.select_related(*related).get(pk=row.pk)


def release():
    return factories.release(factories.program())


def told(row, kind, **more):
    words = decision_letters.letter_words(default_words(kind), row, **more)
    with transaction.atomic():
        return decision_letters.tell_decision(row, kind, words, at=AFTER_CLOSE, follows=False)


def raw(row, kind):
    """One letter straight into the outbox, past every operation."""
    with transaction.atomic(), connection.cursor() as cursor:
        columns = "id, kind, status, address, subject, body, secret, at, subject_kind, subject_id, "
        columns += "times_sent_again, bounce_reason"
        cursor.execute(
            f"INSERT INTO records_letter ({columns}) VALUES (%s, %s, 'queued', 'a@b.test', 'S', "
            "'B', '', %s, 'applications.participationrequest', %s, 0, '')",
            ["0" * 32, kind, AFTER_CLOSE.isoformat(), str(row.pk)],
        )


def test_raw_sql_cannot_queue_a_letter_against_the_decision_that_stands(db):
    row = pending()
    with pytest.raises(IntegrityError):
        raw(row, KIND)  # nothing was told yet
    release()
    with pytest.raises(IntegrityError):
        raw(row, OPPOSITE)
    raw(row, KIND)
    queued = Letter.objects.filter(subject_id=str(row.pk), status="queued")
    assert set(queued.values_list("kind", flat=True)) - {"request_received"} == {KIND}


def test_without_the_trigger_raw_sql_would_queue_it(db):
    row = pending()
    release()
    triggers.drop()  # comes back when the test's transaction is rolled back
    raw(row, OPPOSITE)
    assert Letter.objects.filter(subject_id=str(row.pk), kind=OPPOSITE).exists()


def test_a_second_decision_is_refused_until_it_overtakes_the_first(db):
    row = pending()
    release()
    with pytest.raises(IntegrityError):
        told(row, OPPOSITE, accept_by=DAY)
    before = Letter.objects.get(kind=KIND)
    operations.tell_later_decision(row, OPPOSITE, at=AFTER_CLOSE, accept_by=DAY)
    before.refresh_from_db()
    assert before.status == Letter.Status.OVERTAKEN
    live = DecisionLetter.objects.standing().get(participation_request=row)
    assert live.kind == OPPOSITE
    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.filter(pk=before.pk).update(status="queued")


def race(row):
    """Two people tell one firm opposite things at the same moment; what then stands."""
    start, lost = Barrier(2), []

    def tell(kind, **more):
        start.wait()
        try:
            told(row, kind, **more)
        except IntegrityError:
            lost.append(kind)
        finally:
            connection.close()

    threads = [
        Thread(target=tell, args=[KIND]),
        Thread(target=tell, args=[OPPOSITE], kwargs={"accept_by": DAY}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kinds = set(
        Letter.objects.filter(subject_id=str(row.pk), kind__startswith="decision").values_list(
            "kind", flat=True
        )
    )
    return len(lost), kinds


def test_of_two_opposite_letters_at_one_moment_one_goes_out(committing):
    for _ in range(3):
        row = pending()
        lost, kinds = race(row)
        assert (lost, len(kinds)) == (1, 1)


def test_without_the_constraint_both_would_go_out(committing):
    row = pending()
    (rule,) = [
        c for c in DecisionLetter._meta.constraints if c.name == "one_decision_letter_stands"
    ]
    with connection.schema_editor() as editor:
        editor.remove_constraint(DecisionLetter, rule)
    try:
        lost, kinds = race(row)
    finally:
        triggers.drop()
        DecisionLetter.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(DecisionLetter, rule)
        triggers.install()
    assert (lost, len(kinds)) == (0, 2)
