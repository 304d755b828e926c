"""The pages of metrics: what each person finds, what a wrong form does, how many queries."""

import re
from html import unescape

import pytest
from django.urls import reverse

from metrics import operations
from metrics.forms import name_of
from metrics.models import MetricEntry, MetricsVersion
from metrics.operations import Cell
from qmm_pilot.programs.models import Program
from tests.metrics.people import AT, ask, engage, good_cells, participate

LOTS = "lot-acceptance"
MOST_QUERIES = 12


@pytest.fixture(autouse=True)
def moment(settings, monkeypatch):
    """Pages take their moment from the clock; here it stands at AT."""
    from qmm_pilot import clock

    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def page(client, world):
    """Get a page as somebody, as (status, text without tags)."""

    def get(who, url):
        client.force_login(getattr(world, who))
        response = client.get(url)
        return response.status_code, words(response)

    return get


def words(response):
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return " ".join(unescape(text).split())


def address(name, submission, **more):
    return reverse(f"metrics:{name}", kwargs={"pk": submission.pk, **more})


def typed(submission, cells, **extra):
    """What the browser posts for these cells."""
    data = {"revision": "0", **extra}
    codes = {d.code: d for d in submission.participation.program.metric_definitions.all()}
    for cell in cells:
        for what in ("numerator", "denominator", "comment"):
            value = getattr(cell, what)
            data[name_of(codes[cell.metric], cell.period, what)] = "" if value is None else value
        if cell.not_measured:
            data[name_of(codes[cell.metric], cell.period, "not_measured")] = "on"
    return data


def submit(world, submission):
    return operations.submit_metrics(
        submission, by=world.official, at=AT, cells=good_cells(submission)
    )


# --- reading -----------------------------------------------------------------------------------

SEEN = {
    "metrics_person": (200, 200),
    "preparer": (200, 200),
    "stranger": (404, 404),
    "coordinator": (200, 200),
    "reviewer": (200, 200),
    "records_officer": (200, 200),
    "analyst": (404, 404),
    "fda_administrator": (404, 404),
    "lead": (404, 200),
    "colleague": (404, 404),
    "other_lead": (404, 404),
}


@pytest.mark.parametrize("who", SEEN)
def test_a_submission_is_found_by_exactly_those_whom_the_access_table_names(
    world, submission, api_submission, page, who
):
    for asked in (submission, api_submission):
        submit(world, asked)
    seen = [page(who, s.get_absolute_url())[0] for s in (submission, api_submission)]
    assert tuple(seen) == SEEN[who]
    for asked, status in zip((submission, api_submission), SEEN[who], strict=True):
        version = asked.versions.get()
        assert page(who, address("version", asked, version_pk=version.pk))[0] == status
    listed = page(who, reverse("metrics:submission_list"))[1]
    facilities = ("Acme Springfield", "Acme Basel")
    assert tuple(200 if name in listed else 404 for name in facilities) == SEEN[who]


def test_the_firm_reads_definitions_sources_and_who_will_read_its_counts(
    world, submission, api_submission, page
):
    text = page("metrics_person", address("enter", submission))[1]
    assert "Lots accepted in the quarter, divided by lots started" in text
    assert "Source: FDA draft guidance “Submission of Quality Metrics Data”" in text
    assert "Our assumption: which metrics FDA asked of the pilot’s firms is not public" in text
    assert "Read by FDA only" in text
    text = page("metrics_person", address("enter", api_submission))[1]
    assert "Read by FDA and the assigned contractor" in text
    assert "counting against kilograms is our assumption" in text


def test_rates_intervals_and_the_rate_over_all_quarters_are_shown(world, submission, page):
    submit(world, submission)
    text = page("coordinator", submission.get_absolute_url())[1]
    assert "Q1 2020 97 100 97.00%" in text
    assert "All quarters 388 400 97.00% 95% interval: 94.83% to 98.28%" in text
    assert "2.00 per million dosage units distributed" in text


def test_fda_and_the_contractor_see_neither_a_draft_nor_that_there_is_one(
    world, api_submission, page
):
    cell = Cell(LOTS, api_submission.periods[0], 123_457, 765_432, comment="a secret remark")
    operations.save_metrics_draft(api_submission, [cell], by=world.official, at=AT)
    draft = api_submission.versions.get()
    for who in ("coordinator", "lead"):
        text = page(who, api_submission.get_absolute_url())[1]
        assert [word for word in ("123,457", "secret", "Draft") if word in text] == []
        assert "Nothing submitted yet" in text
        assert page(who, address("version", api_submission, version_pk=draft.pk))[0] == 404
    assert "123,457" in page("preparer", api_submission.get_absolute_url())[1]


def test_a_contractor_finds_no_deed_and_no_form(world, api_submission, client):
    submit(world, api_submission)
    client.force_login(world.lead)
    body = client.get(api_submission.get_absolute_url()).content.decode()
    main = body[body.index("<main") : body.index("</main>")]
    assert "<form" not in main
    assert "Accept" not in main
    assert "Waive" not in main


def test_versions_show_their_reason_and_what_they_changed(world, submission, page):
    submit(world, submission)
    standing = submission.standings.get(definition__code=LOTS)
    operations.query_metric(standing, "Is Q1 right?", by=world.coordinator, at=AT)
    cell = Cell(LOTS, submission.periods[0], 96, 100, comment="Recounted.")
    second = operations.submit_metrics(
        submission, by=world.official, at=AT, cells=[cell], reason="A lot was counted twice."
    )
    text = page("coordinator", address("version", submission, version_pk=second.pk))[1]
    assert "Lot acceptance rate Q1 2020 97 of 100 96 of 100 (Recounted.)" in text
    assert "A lot was counted twice." in page("coordinator", submission.get_absolute_url())[1]


def test_lateness_is_stated_as_a_fact(world, submission, page):
    operations.submit_metrics(
        submission,
        by=world.official,
        at=AT.replace(month=3, day=4),
        cells=good_cells(submission),
    )
    assert "Late 3 days" in page("coordinator", submission.get_absolute_url())[1]


def test_a_rehearsal_is_marked_and_stays_out_of_the_lists_of_fda(world, submission, page):
    world.fdf.rehearsal_of = Program.objects.get(slug="api-2020")
    world.fdf.save()
    assert "Rehearsal" in page("metrics_person", submission.get_absolute_url())[1]
    url = reverse("metrics:submission_list")
    assert "Acme Springfield" in page("metrics_person", url)[1]
    assert "Acme Springfield" not in page("coordinator", url)[1]


# --- entering ----------------------------------------------------------------------------------


def test_the_grid_holds_a_labeled_control_for_every_count(world, submission, client):
    client.force_login(world.metrics_person)
    body = client.get(address("enter", submission)).content.decode()
    for definition in submission.participation.program.metric_definitions.all():
        for period in submission.periods:
            for what in ("numerator", "denominator", "not_measured", "comment"):
                name = name_of(definition, period, what)
                assert body.count(f'name="{name}"') == 1
                assert body.count(f'for="id_{name}"') == 1
    assert "Lots accepted, Q1 2020" in body


@pytest.mark.parametrize(
    ("who", "status"), [("preparer", 403), ("coordinator", 403), ("stranger", 404), ("lead", 404)]
)
@pytest.mark.parametrize("name", ["enter", "submit"])
def test_nobody_else_opens_or_posts_the_grid(world, submission, client, name, who, status):
    client.force_login(getattr(world, who))
    url = address(name, submission)
    assert client.get(url).status_code == status
    assert client.post(url, typed(submission, good_cells(submission))).status_code == status
    assert not MetricsVersion.objects.exists()


def test_a_draft_is_saved_and_found_again(world, submission, client):
    client.force_login(world.metrics_person)
    cell = Cell("complaint-rate", submission.periods[0], 3, "1,500,000")
    response = client.post(
        address("enter", submission), typed(submission, [cell], save=""), follow=True
    )
    text = words(response)
    assert "Draft saved. FDA cannot see it until you submit it." in text
    assert 'value="1,500,000"' in response.content.decode()
    assert "2.00 per million dosage units distributed" in text
    assert "Version 1" not in text


def test_the_firm_alone_reads_which_metrics_its_draft_holds(world, submission, page):
    cells = [cell for cell in good_cells(submission) if cell.metric == LOTS]
    before = list(submission.standings.values())
    operations.save_metrics_draft(submission, cells, by=world.official, at=AT)
    assert list(submission.standings.values()) == before
    names = [standing.definition.name for standing in submission.standings.all()]
    for who, shown in [
        ("official", ["Draft", "Not started", "Not started"]),
        ("coordinator", ["Not submitted"] * 3),
    ]:
        text = page(who, address("submission", submission))[1]
        assert [f"{name} {words}" in text for name, words in zip(names, shown, strict=True)] == [
            True
        ] * 3


def test_a_wrong_count_is_marked_at_its_quarter_and_everything_else_is_saved(
    world, submission, client
):
    client.force_login(world.metrics_person)
    first, second, *_ = submission.periods
    cells = [Cell(LOTS, first, 12.5, 100), Cell(LOTS, second, 97, 100)]
    response = client.post(address("enter", submission), typed(submission, cells, save=""))
    body = response.content.decode()
    assert "<title>Error: " in body
    assert f'href="#id_{LOTS}-2020-1-numerator"' in body
    assert f'id="id_{LOTS}-2020-1-numerator-error"' in body
    assert "“12.5” is not a whole number. Enter a count such as 1250." in body
    assert "Draft saved, except the quarters that are marked below." in body
    assert 'name="revision" value="1"' in body
    assert list(MetricEntry.objects.values_list("quarter", "numerator")) == [(2, 97)]


def test_counts_and_not_measured_together_are_marked(world, submission, client):
    client.force_login(world.metrics_person)
    cell = Cell(LOTS, submission.periods[0], 1, 2, not_measured=True)
    response = client.post(address("enter", submission), typed(submission, [cell]))
    assert "Give counts, or mark the quarter as not measured, not both." in words(response)
    assert not MetricEntry.objects.exists()


@pytest.mark.parametrize("revision", ["1", "x", "-1", "99999999999"])
def test_a_stale_or_forged_page_is_told_so_and_saves_nothing(world, submission, client, revision):
    client.force_login(world.metrics_person)
    cells = good_cells(submission)
    data = typed(submission, cells) | {"revision": revision}
    response = client.post(address("enter", submission), data)
    assert "saved this page after you opened it" in words(response)
    assert not MetricsVersion.objects.exists()


def test_an_odd_value_is_shown_with_what_to_explain(world, submission, client):
    client.force_login(world.metrics_person)
    cell = Cell(LOTS, submission.periods[0], 110, 100)
    response = client.post(address("enter", submission), typed(submission, [cell]), follow=True)
    assert "Q1 2020 is 110.00%, which is above 100%. Explain it here." in words(response)


def test_going_on_with_gaps_leads_back_with_every_gap_marked(world, submission, client):
    client.force_login(world.metrics_person)
    cells = good_cells(submission, lot_acceptance={submission.periods[0]: {"numerator": None}})
    data = typed(submission, cells, **{"continue": ""})
    response = client.post(address("enter", submission), data, follow=True)
    assert response.redirect_chain[-1][0].endswith("/enter/?check=1")
    body = response.content.decode()
    assert f'href="#id_{LOTS}-2020-1-numerator"' in body
    assert "Lots accepted, Q1 2020: Enter a count; 0 is one." in body
    assert body.count("usa-error-message") == 1


def test_the_firm_enters_reviews_and_submits(world, submission, client):
    client.force_login(world.metrics_person)
    data = typed(submission, good_cells(submission), **{"continue": ""})
    review = client.post(address("enter", submission), data, follow=True)
    assert review.redirect_chain[-1][0] == address("submit", submission)
    assert "Submit version 1" in words(review)
    assert 'name="reason"' not in review.content.decode()
    done = client.post(address("submit", submission), {"revision": "1"}, follow=True)
    assert "Version 1 is submitted to FDA." in words(done)
    again = client.post(address("submit", submission), {"revision": "1"}, follow=True)
    assert "There is nothing new to submit." in words(again)
    assert MetricsVersion.objects.count() == 1


def test_a_draft_that_changed_since_the_review_is_not_submitted(world, submission, client):
    operations.save_metrics_draft(submission, good_cells(submission), by=world.official, at=AT)
    operations.save_metrics_draft(submission, [], by=world.official, at=AT)
    client.force_login(world.metrics_person)
    response = client.post(address("submit", submission), {"revision": "1"})
    assert "saved this page after you opened it" in words(response)
    assert not MetricsVersion.objects.submitted().exists()


def test_submitting_an_incomplete_draft_leads_back_to_the_grid(world, submission, client):
    cells = good_cells(submission)[1:]
    operations.save_metrics_draft(submission, cells, by=world.official, at=AT)
    client.force_login(world.official)
    for response in (
        client.get(address("submit", submission)),
        client.post(address("submit", submission), {"revision": "1"}),
    ):
        assert response.url == address("enter", submission) + "?check=1"


def test_an_answer_shows_the_question_and_asks_why_it_differs(world, submission, client):
    submit(world, submission)
    standing = submission.standings.get(definition__code=LOTS)
    operations.query_metric(standing, "Is Q1 right?", by=world.coordinator, at=AT)
    client.force_login(world.official)
    page = client.get(address("enter", submission))
    assert "Is Q1 right?" in words(page)
    assert 'name="complaint-rate' not in page.content.decode()
    cells = [cell for cell in good_cells(submission) if cell.metric == LOTS]
    cells[0] = cells[0]._replace(numerator=96)
    data = typed(submission, cells, **{"continue": ""})
    review = client.post(address("enter", submission), data, follow=True)
    assert 'name="reason"' in review.content.decode()
    blank = client.post(address("submit", submission), {"revision": "1", "reason": " "})
    assert "Say why this version differs." in words(blank)
    done = client.post(
        address("submit", submission), {"revision": "1", "reason": "Recounted."}, follow=True
    )
    assert "Version 2 is submitted to FDA." in words(done)


def test_the_grid_closes_when_nothing_is_open_for_entry(world, submission, client):
    submit(world, submission)
    client.force_login(world.official)
    response = client.get(address("enter", submission), follow=True)
    assert "No metric is open for entry now." in words(response)


# --- reviewing ---------------------------------------------------------------------------------

RULINGS = {
    "query_metric": ({"reason": "Is Q1 right?"}, "queried"),
    "promise_metric": ({"reason": "Later.", "by_date": "2021-04-01"}, "promised"),
    "waive_metric": ({"reason": "No laboratory."}, "waived"),
}


@pytest.mark.parametrize("name", RULINGS)
def test_the_coordinator_rules_on_a_metric(world, submission, client, name):
    submit(world, submission)
    data, status = RULINGS[name]
    client.force_login(world.coordinator)
    url = address(name, submission, code=LOTS)
    form = client.get(url).content.decode()
    assert [field for field in data if f'name="{field}"' not in form] == []
    response = client.post(url, data, follow=True)
    assert "Lot acceptance rate: done, and the firm is told." in words(response)
    assert submission.standings.get(definition__code=LOTS).status == status


@pytest.mark.parametrize("name", RULINGS)
def test_a_ruling_without_its_reason_is_shown_again(world, submission, client, name):
    submit(world, submission)
    client.force_login(world.coordinator)
    response = client.post(address(name, submission, code=LOTS), {"reason": ""})
    assert response.status_code == 200
    assert "<title>Error: " in response.content.decode()
    assert submission.standings.get(definition__code=LOTS).status == "submitted"


def test_a_promise_for_a_day_that_no_calendar_page_can_count_with_is_explained(
    world, submission, client
):
    client.force_login(world.coordinator)
    url = address("promise_metric", submission, code=LOTS)
    page = client.post(url, {"reason": "Later.", "by_date": "9999-12-31"})
    assert "Enter a day from January 1, 2000 to December 31, 2099." in words(page)
    assert submission.standings.get(definition__code=LOTS).status == "not_started"


def test_a_ruling_in_the_wrong_state_is_refused_with_a_sentence(world, submission, client):
    client.force_login(world.coordinator)
    url = address("query_metric", submission, code=LOTS)
    response = client.post(url, {"reason": "Why?"})
    assert "is “Not started” and cannot become “Queried”" in words(response)


def test_the_coordinator_accepts_one_metric_and_then_the_others(world, submission, client):
    submit(world, submission)
    client.force_login(world.coordinator)
    one = client.post(address("accept_metric", submission, code=LOTS), {"seen": 1}, follow=True)
    assert "Accepted: Lot acceptance rate." in words(one)
    stale = client.post(address("accept", submission), follow=True)
    assert "version 1 after this page was opened" in words(stale)
    client.post(address("accept", submission), {"seen": 1})
    assert set(submission.standings.values_list("status", flat=True)) == {"accepted"}
    again = client.post(address("accept", submission), {"seen": 1}, follow=True)
    assert "No metric of this submission waits to be accepted." in words(again)


def test_the_coordinator_notes_a_correction(world, submission, client):
    submit(world, submission)
    operations.accept_metrics(submission, seen=1, by=world.coordinator, at=AT)
    operations.freeze_metrics(world.participation, at=AT, by=world.lead)
    cell = Cell(LOTS, submission.periods[0], 96, 100)
    version = operations.submit_metrics(
        submission, by=world.official, at=AT, cells=[cell], reason="Recounted."
    )
    client.force_login(world.coordinator)
    text = words(client.get(submission.get_absolute_url()))
    assert "Q1 2020 97 100 97.00%" in text
    assert "Correction" in text
    url = address("note_correction", submission, version_pk=version.pk)
    assert "The correction is noted." in words(client.post(url, follow=True))


@pytest.mark.parametrize(
    ("who", "status"),
    [("reviewer", 403), ("official", 403), ("stranger", 404), ("lead", 404), ("analyst", 404)],
)
def test_nobody_else_reaches_a_deed_of_the_coordinator(world, submission, client, who, status):
    version = submit(world, submission)
    client.force_login(getattr(world, who))
    urls = [
        address("accept", submission),
        address("accept_metric", submission, code=LOTS),
        address("note_correction", submission, version_pk=version.pk),
        *(address(name, submission, code=LOTS) for name in RULINGS),
    ]
    assert [client.post(url, {"reason": "x"}).status_code for url in urls] == [status] * 6
    assert set(submission.standings.values_list("status", flat=True)) == {"submitted"}


def test_a_metric_or_version_of_another_submission_is_not_found(
    world, submission, api_submission, client
):
    version = submit(world, api_submission)
    client.force_login(world.coordinator)
    urls = [
        address("version", submission, version_pk=version.pk),
        address("query_metric", submission, code="no-such-metric"),
    ]
    assert [client.get(url).status_code for url in urls] == [404, 404]


@pytest.mark.parametrize("name", ["accept", "accept_metric", "note_correction"])
def test_deeds_are_posts(world, submission, client, name):
    version = submit(world, submission)
    more = {"accept_metric": {"code": LOTS}, "note_correction": {"version_pk": version.pk}}
    client.force_login(world.coordinator)
    assert client.get(address(name, submission, **more.get(name, {}))).status_code == 405


# --- queries -----------------------------------------------------------------------------------


def count_queries(client, user, url, django_assert_max_num_queries):
    client.force_login(user)
    client.get(url)  # the first opening within an hour writes its line in the register
    with django_assert_max_num_queries(MOST_QUERIES) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("who", ["metrics_person", "coordinator", "lead"])
def test_pages_ask_the_database_a_constant_number_of_questions(
    world, api_submission, client, django_assert_max_num_queries, who
):
    version = submit(world, api_submission)
    urls = [
        reverse("metrics:submission_list"),
        api_submission.get_absolute_url(),
        address("version", api_submission, version_pk=version.pk),
    ]
    user = getattr(world, who)

    def measure():
        return [count_queries(client, user, url, django_assert_max_num_queries) for url in urls]

    before = measure()
    for number in range(3):
        more = participate(world.api, world.firm, world.official, f"Acme {number}")
        engage(more, world.contractor, world.lead)
        submit(world, ask(world, more))
    definition = api_submission.standings.get(definition__code=LOTS).definition
    for number in range(3):
        standing = api_submission.standings.get(definition=definition)
        operations.query_metric(standing, "Why?", by=world.coordinator, at=AT)
        cell = Cell(LOTS, api_submission.periods[0], 90 + number, 100)
        operations.submit_metrics(
            api_submission, by=world.official, at=AT, cells=[cell], reason="Again."
        )
    assert measure() == before


def test_the_grid_asks_few_questions(world, submission, client, django_assert_max_num_queries):
    operations.save_metrics_draft(submission, good_cells(submission), by=world.official, at=AT)
    for name in ("enter", "submit"):
        url = address(name, submission)
        count_queries(client, world.official, url, django_assert_max_num_queries)
