"""A firm marks parts of its metrics as confidential, as it submits them and soon after (A10)."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from metrics import operations
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.confidentiality import marks_of
from qmm_pilot.records.models import Designation, StatementSeen, TrailEntry
from tests.metrics.people import AT, good_cells

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=2)
COUNTS, COMMENTS = "lot-acceptance:counts", "lot-acceptance:comments"


def submit(world, submission, **more):
    return operations.submit_metrics(
        submission, by=world.metrics_person, at=AT, cells=good_cells(submission), **more
    )


def test_every_part_is_marked_unless_the_firm_says_otherwise(world, submission):
    parts = [name for name, _ in operations.parts_of(submission)]
    assert {COUNTS, COMMENTS} <= set(parts)
    version = submit(world, submission)
    assert marks_of(version).fields == set(parts)
    entry = TrailEntry.objects.latest("position")
    assert (entry.after["confidential"], entry.after["statement_of_use"]) == (sorted(parts), 1)
    assert StatementSeen.objects.get(deed="submit_metrics").subject_id == str(version.pk)


def test_the_firm_chooses_what_is_marked_and_marks_more_soon_after_with_a_reason(world, submission):
    version = submit(world, submission, confidential=[COMMENTS])
    assert marks_of(version).fields == {COMMENTS}
    designation = operations.designate_metrics(
        version, [COUNTS, COMMENTS], reason="Overlooked.", by=world.metrics_person, at=LATER
    )
    assert (designation.fields, designation.reason) == ([COUNTS], "Overlooked.")
    assert marks_of(version).fields == {COUNTS, COMMENTS}
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.reason) == ("designate_metrics", "Overlooked.")


def test_a_later_designation_is_refused_without_reason_or_new_part_and_to_others(world, submission):
    version = submit(world, submission, confidential=[COMMENTS])
    for parts, reason, by, why in [
        ([COUNTS], " ", world.metrics_person, "why"),
        ([COMMENTS], "Again.", world.metrics_person, "not designated yet"),
        ([COUNTS], "Ours.", world.coordinator, "Only people"),
    ]:
        with pytest.raises(Refusal, match=why):
            operations.designate_metrics(version, parts, reason=reason, by=by, at=LATER)
    assert Designation.objects.count() == 1


def test_a_draft_is_marked_only_as_it_is_submitted(world, submission):
    draft = operations.save_metrics_draft(
        submission, good_cells(submission), by=world.metrics_person, at=AT
    )
    with pytest.raises(IllegalMove):
        operations.designate_metrics(
            draft, [COUNTS], reason="Early.", by=world.metrics_person, at=LATER
        )


def test_metrics_from_a_page_with_an_older_statement_are_refused_whole(world, submission):
    with pytest.raises(Refusal, match="statement of use changed"):
        submit(world, submission, statement=7)
    assert (Designation.objects.count(), StatementSeen.objects.count()) == (0, 0)


def test_fda_reads_the_marks_the_banner_and_the_day_they_expire(world, submission, client):
    version = submit(world, submission, confidential=[COUNTS])
    client.force_login(world.coordinator)
    url = reverse("metrics:version", args=[submission.pk, version.pk])
    shown = client.get(url).content.decode()
    mark = '<span class="status status--neutral">Confidential (CCI)</span>'
    assert f"<p>Counts and rates: {mark}</p>" in shown
    assert shown.count(mark) == 1
    assert "Contains confidential commercial information – 21 CFR 20.61." in shown
    expires_on = marks_of(version).expires_on
    assert expires_on == date(AT.year + 10, AT.month, AT.day)
    assert f'<time datetime="{expires_on}">' in shown


def test_the_page_of_submitting_offers_every_part_marked_and_the_statement(
    world, submission, client
):
    operations.save_metrics_draft(
        submission, good_cells(submission), by=world.metrics_person, at=AT
    )
    client.force_login(world.metrics_person)
    url = reverse("metrics:submit", args=[submission.pk])
    page = client.get(url)
    draft = page.context["draft"]
    assert page.context["form"].initial["confidential"] == [
        name for name, _ in operations.parts_of(submission)
    ]
    assert '<input type="hidden" name="statement" value="1">' in page.content.decode()
    client.post(url, {"revision": draft.revision, "statement": "1", "confidential": [COUNTS]})
    draft.refresh_from_db()
    assert draft.submitted_at is not None
    assert marks_of(draft).fields == {COUNTS}
