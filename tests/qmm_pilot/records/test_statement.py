"""FDA's statement of use: one versioned text, and which version a person had before her (A13)."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils.html import strip_tags

from applications import operations as intake
from qmm_pilot import clock
from qmm_pilot.accounts.models import User
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.models import StatementOfUse, StatementSeen, TrailEntry
from qmm_pilot.records.statement import (
    ASSUMPTION,
    FIRST_VERSION,
    HEADINGS,
    Sentence,
    as_typed,
    current_statement,
    note_seen,
    publish_statement,
    read_sentences,
    sections_of,
)
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2020, 11, 20, 15, 0, tzinfo=UTC)
NEW = {heading: (Sentence("Said anew.", "21 CFR 20.61"),) for heading in HEADINGS}


@pytest.fixture
def coordinator():
    return factories.fda(Role.FDA_COORDINATOR)


def publish(by, sentences=NEW, reason="Read again.", seen=None, at=AT):
    seen = current_statement().version if seen is None else seen
    return publish_statement(sentences, reason=reason, seen=seen, by=by, at=at)


# --- the text ----------------------------------------------------------------------------------


def test_the_first_version_says_who_reads_what_for_and_what_not_each_sentence_with_a_source():
    statement = current_statement()
    assert (statement.version, statement.published_by) == (1, None)
    sections = sections_of(statement)
    assert tuple(section.heading for section in sections) == HEADINGS
    sources = {line.source for section in sections for line in section.sentences}
    assert "" not in sources
    assert {"21 CFR 20.90", "21 CFR 20.61; 45 CFR 5.41", ASSUMPTION} <= sources
    assert sum(map(len, FIRST_VERSION.values())) == sum(len(s.sentences) for s in sections)


def test_sentences_are_typed_one_to_a_line_and_read_back_as_they_were():
    for section in sections_of(current_statement()):
        assert read_sentences(as_typed(section)) == section.sentences


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("A rule. [21 CFR 20.61]", Sentence("A rule.", "21 CFR 20.61")),
        ("Our own word.", Sentence("Our own word.", ASSUMPTION)),
        ("Our own word. [assumption]", Sentence("Our own word.", ASSUMPTION)),
        ("In [brackets] inside.", Sentence("In [brackets] inside.", ASSUMPTION)),
    ],
)
def test_a_source_stands_in_brackets_at_the_end(typed, sentence):
    assert read_sentences(f"\n  {typed}  \n\n") == (sentence,)


# --- publishing --------------------------------------------------------------------------------


def test_the_coordinator_publishes_the_next_version_and_the_first_stays_readable(coordinator):
    first = current_statement()
    statement = publish(coordinator)
    assert (statement.version, statement.since, statement.reason) == (2, AT, "Read again.")
    assert current_statement() == statement
    assert sections_of(StatementOfUse.objects.get(version=1)) == sections_of(first)
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.before, entry.after["version"], entry.reason) == (
        "publish_statement",
        {"version": 1},
        2,
        "Read again.",
    )


def test_publishing_is_refused_without_reason_or_sentence_or_change_and_from_a_stale_page(
    coordinator,
):
    before = TrailEntry.objects.count()
    same = {s.heading: s.sentences for s in sections_of(current_statement())}
    for wrong, why in [
        ({"reason": " "}, "reason"),
        ({"sentences": NEW | {HEADINGS[1]: ()}}, HEADINGS[1]),
        ({"sentences": same}, "word for word"),
        ({"seen": 7}, "after you opened"),
    ]:
        with pytest.raises(Refusal, match=why):
            publish(coordinator, **wrong)
    assert (StatementOfUse.objects.count(), TrailEntry.objects.count()) == (1, before)


@pytest.mark.parametrize("role", [Role.FDA_SELECTOR, Role.FDA_RECORDS_OFFICER])
def test_only_coordinators_publish(role):
    with pytest.raises(Refusal, match="Only FDA coordinators"):
        publish(factories.fda(role))


@pytest.mark.parametrize("change", ["update", "delete"])
@pytest.mark.parametrize("model", [StatementOfUse, StatementSeen])
def test_the_database_refuses_to_alter_or_remove_what_was_said_or_seen(model, change):
    official = factories.registrant()
    note_seen("sign_up", official, by=official, at=AT)
    rows = model.objects.all()
    with pytest.raises(DatabaseError, match="neither altered nor removed"), transaction.atomic():
        rows._raw_delete(rows.db) if change == "delete" else rows.update(id=rows.get().pk)
    assert rows.count() == 1


# --- which version was seen --------------------------------------------------------------------


def submit(row, official, **more):
    attested = factories.commitments(row.program)
    return intake.submit_request(
        row, attested=attested, proof=factories.PROOF, by=official, at=AT, **more
    )


def test_a_submission_keeps_the_version_that_the_official_read(coordinator):
    official = factories.registrant()
    row = submit(factories.draft(official), official, statement=1)
    seen = StatementSeen.objects.get(subject_id=str(row.pk))
    assert (seen.deed, seen.statement.version, seen.person, seen.at) == (
        "submit_request",
        1,
        official,
        AT,
    )
    assert TrailEntry.objects.latest("position").after["statement_of_use"] == 1


def test_a_submission_from_a_page_with_an_older_version_is_refused_whole(coordinator):
    official = factories.registrant()
    row = factories.draft(official)
    publish(coordinator)
    with pytest.raises(Refusal, match="statement of use changed"):
        submit(row, official, statement=1)
    row.refresh_from_db()
    assert (row.status, StatementSeen.objects.count()) == ("draft", 0)
    assert submit(row, official, statement=2).receipt_number


def test_signing_up_shows_the_statement_and_keeps_the_version_that_was_shown(client, coordinator):
    url = reverse("account_signup")
    page = client.get(url).content.decode()
    assert "An assessment is not an inspection" in page
    assert '<input type="hidden" name="statement" value="1">' in page
    publish(coordinator)  # while she types; an account is no submission, so nobody is sent back
    typed = {
        "name": "Nora New",
        "email": "nora@example.test",
        "password1": "a long walk in Silver Spring",
        "password2": "a long walk in Silver Spring",
        "statement": "1",
    }
    client.post(url, typed)
    nora = User.objects.get(email="nora@example.test")
    assert StatementSeen.objects.get(person=nora).statement.version == 1
    entry = TrailEntry.objects.get(deed="sign_up", subject_id=str(nora.pk))
    assert entry.after == {"statement_of_use": 1}


def shown_to(client, person, row):
    """What the review of a draft shows of the statement: the line that opens it, the whole box."""
    client.force_login(person)
    page = client.get(reverse("applications:request_attest", args=[row.pk])).content.decode()
    assert "An assessment is not an inspection" in page
    assert '<input type="hidden" name="statement" value="' in page
    line = re.search(r"<summary>(Who reads this.*?)</summary>", page, re.DOTALL)
    words = " ".join(strip_tags(line[1]).split()) if line else ""
    return words, 'id="summary-who-reads-this-and-what-it-is-not-used-for"' in page


def test_a_version_stands_in_full_until_this_person_had_it_then_as_one_line_with_its_date(
    client, coordinator, monkeypatch
):
    monkeypatch.setattr(clock, "now", lambda: AT)
    official, other = factories.registrant(), factories.registrant()
    row = factories.draft(official)
    note_seen("sign_up", other, by=other, at=AT)  # what another person read is not hers
    assert shown_to(client, official, row) == ("", True)
    note_seen("sign_up", official, by=official, at=AT - timedelta(days=4))
    line = (
        "Who reads this, and what it is not used for: FDA’s statement of use, version 1, "
        "unchanged since you read it on Nov 16, 2020, 10:00 a.m. ET"
    )
    assert shown_to(client, official, row) == (line, False)
    publish(coordinator)
    with pytest.raises(AssertionError):  # the words of the first version
        shown_to(client, official, row)
    page = client.get(reverse("applications:request_attest", args=[row.pk])).content.decode()
    assert ("Said anew." in page, "unchanged since" in page) == (True, False)


# --- the pages ---------------------------------------------------------------------------------


def test_fda_reads_which_sentences_are_our_assumption_and_a_firm_the_text_alone(
    client, coordinator
):
    url = reverse("records:statement")
    client.force_login(coordinator)
    shown = client.get(url).content.decode()
    assumptions = [
        line for lines in FIRST_VERSION.values() for line in lines if line[1] == ASSUMPTION
    ]
    assert shown.count("Our assumption") == len(assumptions)
    assert "Source: 21 CFR 20.90" in shown
    client.force_login(factories.registrant())
    shown = client.get(url).content.decode()
    assert ("Our assumption" in shown, "Source:" in shown) == (False, False)
    assert "Nobody outside your firm reads a draft." in shown


def test_the_coordinator_publishes_on_her_page_and_every_version_has_its_own(client, coordinator):
    client.force_login(coordinator)
    url = reverse("records:statement_publish")
    form = client.get(url).context["form"]
    typed = {name: form[name].value() for name in form.fields}
    changed = typed | {"section_1": "To learn. [85 FR 65824]", "reason": "Shorter."}
    response = client.post(url, changed)
    assert response.url == reverse("records:statement")
    assert sections_of(current_statement())[1].sentences == (Sentence("To learn.", "85 FR 65824"),)
    first = StatementOfUse.objects.get(version=1)
    page = client.get(reverse("records:statement_version", args=[first.pk])).content.decode()
    assert "This version is no longer in force." in page
    stale = client.post(url, changed, follow=True)
    assert "after you opened this page" in stale.content.decode()
    assert StatementOfUse.objects.count() == 2


def test_a_later_version_stands_above_an_earlier_one_whatever_its_moment(coordinator):
    publish(coordinator, at=AT - timedelta(days=400))
    assert current_statement().version == 2
