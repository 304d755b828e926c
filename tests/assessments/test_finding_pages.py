"""The pages of topics, findings and their files, as each person meets them."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments import operations
from assessments.models import Finding
from qmm_pilot.records.models import Download, StoredFile
from tests.assessments.reading import Reader, controls, deeds, said, words

MOST_QUERIES = 12
READERS = ["coordinator", "observer", "approver", "lead", "assessor"]
STRANGERS = [
    "official",
    "metrics_person",
    "stranger",
    "bystander",
    "other_lead",
    "analyst",
]
RATING = {"rating": "4", "rationale": "Measured.", "evidence": "Board"}
OPPORTUNITY = {
    "seen": "Forecasts reach one quarter ahead.",
    "evidence": "Planning minutes",
    "recommendation": "Plan four quarters ahead.",
    "impact": "high",
    "effort": "low",
}


@pytest.fixture
def reader(client, visit, settings):
    settings.DEBUG = True
    return Reader(client, visit)


def attach(visit, subject, name="notes.txt"):
    upload = SimpleUploadedFile(name, b"Seen on the line.")
    return operations.attach_file(subject, upload, by=visit.lead, at=visit.at)


# --- who sees what -----------------------------------------------------------------------------


def test_findings_are_read_by_the_team_and_fda_and_exist_for_nobody_else(reader, visit):
    visit.to("rated")
    finding = visit.topic.findings.first()
    stored_file = attach(visit, finding)
    addresses = [
        ("topic_list", visit.assessment.pk),
        ("topic_detail", visit.topic.pk),
        ("file_download", stored_file.pk),
    ]
    assert {
        who: [reader.status(who, *address) for address in addresses]
        for who in [*READERS, *STRANGERS]
    } == {who: [200] * 3 for who in READERS} | {who: [404] * 3 for who in STRANGERS}


def test_a_contractor_whose_engagement_ended_finds_nothing(reader, visit):
    visit.to("rated")
    stored_file = attach(visit, visit.topic)
    engagement = visit.assessment.engagement
    engagement.ended_at = visit.at
    engagement.save()
    for name, pk in (
        ("topic_list", visit.assessment.pk),
        ("topic_detail", visit.topic.pk),
        ("topic_rate", visit.topic.pk),
        ("file_download", stored_file.pk),
    ):
        assert reader.status("lead", name, pk) == 404


def test_forms_of_findings_open_to_the_team_alone(reader, visit):
    visit.to("rated")
    finding = visit.topic.findings.first()
    pages = [
        ("topic_rate", visit.topic.pk),
        ("record_strength", visit.topic.pk),
        ("record_opportunity", visit.topic.pk),
        ("finding_amend", finding.pk),
        ("finding_withdraw", finding.pk),
    ]
    assert {
        who: {reader.status(who, *page) for page in pages}
        for who in ("lead", "assessor", "coordinator", "approver", "official", "other_lead")
    } == {
        "lead": {200},
        "assessor": {200},
        "coordinator": {403},
        "approver": {403},
        "official": {404},
        "other_lead": {404},
    }


def test_deeds_are_post_only(reader, visit):
    visit.to("fieldwork_done")
    assert reader.status("lead", "start_reporting", visit.assessment.pk) == 405
    assert reader.status("lead", "topic_attach", visit.topic.pk) == 405
    assert reader.status("lead", "topic_detail", visit.topic.pk, method="post") == 405


def test_who_may_not_write_posts_in_vain(reader, visit):
    visit.to("fieldwork_done")
    finding = operations.record_finding(
        visit.topic, kind="strength", seen="A", evidence="B", by=visit.lead, at=visit.at
    )
    deeds_of_the_team = [
        ("topic_list", visit.assessment.pk),
        ("topic_rate", visit.topic.pk),
        ("record_strength", visit.topic.pk),
        ("topic_attach", visit.topic.pk),
        ("finding_amend", finding.pk),
        ("finding_withdraw", finding.pk),
    ]
    for who, code in (("coordinator", 403), ("official", 404), ("other_lead", 404)):
        assert {reader.status(who, *deed, method="post") for deed in deeds_of_the_team} == {code}
    start = ("start_reporting", visit.assessment.pk)
    assert [
        reader.status(who, *start, method="post")
        for who in ("assessor", "coordinator", "official", "other_lead")
    ] == [403, 403, 403, 404]


# --- the topics --------------------------------------------------------------------------------


def test_the_list_says_what_is_covered_what_is_blank_and_what_was_found(reader, visit):
    visit.to("in_progress")
    first, second, third = visit.assessment.topics.all()[:3]
    for topic, facts in (
        (first, {"coverage": "rated", "level": 2}),
        (second, {"coverage": "not_applicable"}),
    ):
        operations.rate_topic(topic, **facts, rationale="Reason", by=visit.lead, at=visit.at)
    finding = operations.record_finding(
        first, kind="opportunity", **OPPORTUNITY, by=visit.lead, at=visit.at
    )
    operations.record_finding(
        first, kind="strength", seen="A", evidence="B", by=visit.lead, at=visit.at
    )
    operations.withdraw_finding(finding, reason="Twice", by=visit.lead, at=visit.at)
    page = reader.get("observer", "topic_list", visit.assessment.pk)
    text = words(page)
    assert "2 of 11 topics are covered" in text
    assert f"{first.name} Level 2 1 0" in text
    assert f"{second.name} Not applicable 0 0" in text
    assert f"{third.name} Blank 0 0" in text
    assert text.split("Still blank")[1].index(third.name)
    assert deeds(page) == []


def test_topics_are_listed_in_the_order_of_the_notice(reader, visit):
    visit.to("in_progress")
    page = reader.get("lead", "topic_list", visit.assessment.pk)
    in_order = visit.program.topics.order_by("order").values_list("name", flat=True)
    assert [topic.name for topic in page.context["topics"]] == list(in_order)


def test_the_team_adds_a_topic_that_the_program_does_not_name(reader, visit):
    visit.to("in_progress")
    page = reader.get("assessor", "topic_list", visit.assessment.pk)
    assert (controls(page), deeds(page)) == (["name"], ["Add the topic"])
    page = reader.post("assessor", "topic_list", visit.assessment.pk, name="Digital records")
    assert "Digital records added by the team Blank" in words(page)
    page = reader.post("assessor", "topic_list", visit.assessment.pk, name="digital records")
    assert said(page) == ["“digital records” is a topic of this assessment already."]
    assert 'value="digital records"' in page.content.decode()


def test_the_report_starts_once_no_topic_is_blank(reader, visit):
    visit.to("fieldwork_done")
    assert deeds(reader.get("lead", "topic_list", visit.assessment.pk))[0] == "Start the report"
    assert "Start the report" not in deeds(
        reader.get("assessor", "topic_list", visit.assessment.pk)
    )
    page = reader.post("lead", "start_reporting", visit.assessment.pk)
    assert said(page)[0].startswith("Every topic is rated, or says why it is not")
    assert visit.topic.name in said(page)[0]
    visit.rated()
    page = reader.post("lead", "start_reporting", visit.assessment.pk)
    assert page.request["PATH_INFO"] == f"/reports/{visit.report.pk}/"
    assert deeds(reader.get("lead", "topic_list", visit.assessment.pk))[0] == "Open the report"


# --- one topic ---------------------------------------------------------------------------------


def test_a_topic_shows_its_level_its_findings_and_the_topics_beside_it(reader, visit):
    visit.to("rated")
    first, second = visit.assessment.topics.all()[:2]
    page = reader.get("lead", "topic_detail", first.pk)
    text = words(page)
    for part in (
        "Topic 1 of 11",
        "Level 3",
        "rest on measured results",
        "A second supplier is qualified",
        "Plan four quarters ahead.",
        "Impact: High · Effort: Low",
        f"Next: {second.name}",
    ):
        assert part in text
    assert "Previous:" not in text
    assert controls(page) == ["about", "file"]
    assert deeds(page) == [
        "Change the rating",
        "Amend",
        "Withdraw",
        "Record a strength",
        "Amend",
        "Withdraw",
        "Record an opportunity",
        "Attach the file",
    ]


def test_fda_reads_a_topic_and_is_offered_no_deed(reader, visit):
    visit.to("rated")
    page = reader.get("coordinator", "topic_detail", visit.topic.pk)
    assert "Plan four quarters ahead." in words(page)
    assert (controls(page), deeds(page)) == ([], [])


def test_a_rating_is_typed_saved_and_leads_to_the_next_topic(reader, visit):
    visit.to("in_progress")
    first, second = visit.assessment.topics.all()[:2]
    page = reader.get("assessor", "topic_rate", first.pk)
    assert controls(page) == ["rating", "rationale", "evidence", "next_level", "page_of"]
    assert deeds(page) == ["Save the rating", "Save, then the next topic"]
    assert "checked" not in page.content.decode()
    page = reader.post("assessor", "topic_rate", first.pk, **RATING, save_and_next="1")
    assert page.request["PATH_INFO"] == f"/topics/{second.pk}/rate/"
    page = reader.post("assessor", "topic_rate", second.pk, **RATING)
    assert page.request["PATH_INFO"] == f"/topics/{second.pk}/"
    assert [t.level for t in visit.assessment.topics.all()[:3]] == [4, 4, None]
    assert "Measured." in reader.get("lead", "topic_rate", first.pk).content.decode()


@pytest.mark.parametrize("coverage", ["not_rated", "not_applicable", "not_assessed"])
def test_a_topic_without_a_level_says_why(reader, visit, coverage):
    visit.to("in_progress")
    typed = {"rating": coverage, "rationale": "The line was not running."}
    page = reader.post("lead", "topic_rate", visit.topic.pk, **typed)
    assert "Reason The line was not running." in words(page)
    assert (visit.topic.coverage, visit.topic.level) == (coverage, None)
    form = reader.get("lead", "topic_rate", visit.topic.pk).content.decode()
    assert re.findall(r'value="(\w+)"[^>]* checked', form) == [coverage]


def test_after_the_last_topic_comes_the_list(reader, visit):
    visit.to("in_progress")
    last = visit.assessment.topics.last()
    page = reader.post("lead", "topic_rate", last.pk, **RATING, save_and_next="1")
    assert page.request["PATH_INFO"] == f"/assessments/{visit.assessment.pk}/topics/"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"rating": ""}, "Choose a level, or why there is none."),
        ({"rating": "6"}, "Choose one of those that are offered."),
        ({"rationale": " "}, "Give the rationale, or the reason why there is no level."),
        ({"evidence": "Board\x00"}, "Null characters are not allowed."),
    ],
)
def test_a_refused_rating_keeps_what_was_typed(reader, visit, typed, sentence):
    visit.to("in_progress")
    page = reader.post("lead", "topic_rate", visit.topic.pk, **RATING | typed)
    assert sentence in words(page)
    assert "Board" in page.content.decode()
    assert visit.topic.rated_at is None


# --- findings ----------------------------------------------------------------------------------


def test_strengths_and_opportunities_are_recorded_with_their_own_controls(reader, visit):
    visit.to("in_progress")
    page = reader.get("assessor", "record_strength", visit.topic.pk)
    assert controls(page) == ["seen", "evidence"]
    page = reader.get("assessor", "record_opportunity", visit.topic.pk)
    assert controls(page) == ["seen", "evidence", "recommendation", "impact", "effort"]
    page = reader.post("assessor", "record_opportunity", visit.topic.pk, **OPPORTUNITY)
    assert said(page) == ["The opportunity is recorded."]
    page = reader.post(
        "assessor", "record_strength", visit.topic.pk, seen="Line 1\r\nLine 2", evidence="Tour"
    )
    assert {(f.kind, f.seen) for f in visit.topic.findings.all()} == {
        ("opportunity", OPPORTUNITY["seen"]),
        ("strength", "Line 1\nLine 2"),
    }


def test_an_opportunity_without_its_recommendation_keeps_what_was_typed(reader, visit):
    visit.to("in_progress")
    typed = OPPORTUNITY | {"recommendation": ""}
    page = reader.post("lead", "record_opportunity", visit.topic.pk, **typed)
    assert "Recommendation: Write the recommendation." in words(page)
    assert "Planning minutes" in page.content.decode()
    assert not Finding.objects.exists()


def test_a_finding_is_amended_and_withdrawn_with_a_reason(reader, visit):
    visit.to("rated")
    finding = visit.topic.findings.get(kind="strength")
    page = reader.get("assessor", "finding_amend", finding.pk)
    assert controls(page) == ["seen", "evidence", "reason", "page_of"]
    assert "A second supplier" in page.content.decode()
    reader.post("assessor", "finding_amend", finding.pk, seen="Two suppliers.", evidence="List")
    page = reader.get("assessor", "finding_withdraw", finding.pk)
    assert (controls(page), deeds(page)[0]) == (["reason"], "Withdraw the finding")
    page = reader.post("assessor", "finding_withdraw", finding.pk, reason=" ")
    assert "Give the reason for withdrawing this finding." in words(page)
    page = reader.post("assessor", "finding_withdraw", finding.pk, reason="Recorded twice")
    text = words(page)
    assert "Withdrawn findings (1)" in text
    assert "Two suppliers." in text.split("Withdrawn findings")[1]
    for name in ("finding_amend", "finding_withdraw"):
        page = reader.signed_in("lead").get(f"/findings/{finding.pk}/{name[8:]}/", follow=True)
        assert said(page) == ["This finding was withdrawn, so it stays as it is."]


def test_the_words_of_an_opportunity_are_amended_with_all_its_controls(reader, visit):
    visit.to("rated")
    finding = visit.topic.findings.get(kind="opportunity")
    page = reader.get("lead", "finding_amend", finding.pk)
    assert controls(page) == [*OPPORTUNITY, "reason", "page_of"]


def test_while_the_report_is_with_fda_forms_are_closed_and_typed_words_are_kept(reader, visit):
    visit.to("submitted")
    closed = "The report is with FDA, so topics and findings are closed."
    page = reader.get("lead", "topic_detail", visit.topic.pk)
    assert closed in words(page)
    assert (controls(page), deeds(page)) == ([], [])
    assert reader.status("lead", "topic_rate", visit.topic.pk) == 302
    page = reader.post("lead", "topic_rate", visit.topic.pk, **RATING)
    assert said(page)[0].startswith(closed)
    assert "Board" in page.content.decode()


# --- files -------------------------------------------------------------------------------------


def test_a_file_is_attached_to_a_finding_shown_with_its_hash_and_downloads_are_logged(
    reader, visit
):
    visit.to("rated")
    finding = visit.topic.findings.first()
    upload = SimpleUploadedFile("supplier list.txt", b"Seen on the line.")
    page = reader.post("assessor", "topic_attach", visit.topic.pk, about=finding.pk, file=upload)
    stored_file = StoredFile.objects.get(name="supplier list.txt")
    assert (stored_file.subject_kind, stored_file.subject_id) == (
        "assessments.finding",
        str(finding.pk),
    )
    text = words(page)
    for part in ("“supplier list.txt” is kept.", stored_file.sha256, "Virus scan pending"):
        assert part in text
    answer = reader.get("observer", "file_download", stored_file.pk)
    assert b"".join(answer.streaming_content) == b"Seen on the line."
    assert "attachment" in answer["Content-Disposition"]
    assert [(d.stored_file, d.user) for d in Download.objects.all()] == [
        (stored_file, visit.observer)
    ]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("run.exe", b"MZ", "“run.exe” is not of an accepted kind."),
        ("photo.png", b"plain words", "“photo.png” is not a true PNG file"),
        ("", b"", "Choose a file."),
    ],
)
def test_a_file_that_is_refused_leaves_nothing_behind(reader, visit, name, content, sentence):
    visit.to("in_progress")
    typed = {"file": SimpleUploadedFile(name, content)} if name else {}
    page = reader.post("lead", "topic_attach", visit.topic.pk, about="topic", **typed)
    assert said(page)[0].startswith(sentence)
    assert not StoredFile.objects.filter(subject_kind="assessments.assessedtopic").exists()


def test_a_file_cannot_be_put_on_another_topics_finding(reader, visit):
    visit.to("rated")
    other = visit.assessment.topics.last()
    upload = SimpleUploadedFile("notes.txt", b"Seen.")
    finding = visit.topic.findings.first()
    page = reader.post("lead", "topic_attach", other.pk, about=finding.pk, file=upload)
    assert "Choose one of those that are offered" in said(page)[0]
    assert not StoredFile.objects.exclude(subject_kind="programs.agreement").exists()


def test_a_file_that_the_scanner_refused_says_so_at_its_topic(reader, visit):
    visit.to("rated")
    stored_file = attach(visit, visit.topic.findings.first())
    StoredFile.objects.filter(pk=stored_file.pk).update(scan_state="refused")
    page = reader.signed_in("lead").get(f"/files/{stored_file.pk}/", follow=True)
    assert said(page) == ["The scanner refused this file, so it cannot be downloaded."]
    assert page.request["PATH_INFO"] == f"/topics/{visit.topic.pk}/"
    assert not Download.objects.exists()


def test_a_withdrawn_file_is_gone(reader, visit):
    visit.to("rated")
    stored_file = attach(visit, visit.topic)
    StoredFile.objects.filter(pk=stored_file.pk).update(withdrawn_at=visit.at)
    assert reader.status("lead", "file_download", stored_file.pk) == 404


def test_editions_of_the_report_are_given_out_by_its_rules(reader, visit):
    visit.to("printed")
    draft, released = visit.report.stored_file, visit.report.released_file

    def answers():
        return {
            who: [reader.status(who, "file_download", kept.pk) for kept in (draft, released)]
            for who in ("lead", "approver", "official", "stranger", "other_lead", "analyst")
        }

    nobody = {"stranger": [404, 404], "other_lead": [404, 404], "analyst": [404, 404]}
    inside = {"lead": [200, 200], "approver": [200, 200]}
    assert answers() == {**inside, "official": [404, 404], **nobody}
    visit.released()
    assert answers() == {**inside, "official": [404, 200], **nobody}


def test_a_draft_that_was_rendered_again_is_handed_out_no_more(reader, visit):
    visit.to("draft_ready")
    earlier = visit.report.stored_file
    visit.rendering()
    assert reader.status("lead", "file_download", earlier.pk) == 404


# --- speed -------------------------------------------------------------------------------------


def test_pages_ask_the_database_as_often_for_many_findings_as_for_few(
    reader, visit, settings, django_assert_max_num_queries
):
    settings.DEBUG = False  # as in operation: the demonstration's clock is asked nothing
    visit.to("rated")
    pages = [
        ("lead", "topic_list", visit.assessment.pk),
        ("lead", "topic_detail", visit.topic.pk),
        ("observer", "topic_detail", visit.topic.pk),
        ("lead", "topic_rate", visit.topic.pk),
        ("lead", "record_opportunity", visit.topic.pk),
        ("lead", "finding_amend", visit.topic.findings.first().pk),
        ("lead", "finding_withdraw", visit.topic.findings.first().pk),
    ]

    def counted():
        counts = []
        for who, name, pk in pages:
            reader.signed_in(who)
            # The first opening within an hour writes its line in the register.
            reader.client.get(reverse(f"assessments:{name}", args=[pk]))
            with django_assert_max_num_queries(MOST_QUERIES) as queries:
                reader.client.get(reverse(f"assessments:{name}", args=[pk]))
            counts.append(len(queries))
        return counts

    few = counted()
    for number in range(5):
        finding = operations.record_finding(
            visit.topic, kind="opportunity", **OPPORTUNITY, by=visit.assessor, at=visit.at
        )
        attach(visit, finding)
        operations.add_topic(visit.assessment, name=f"More {number}", by=visit.lead, at=visit.at)
    assert counted() == few


# --- two people at once ------------------------------------------------------------------------

OVERTAKEN = "Your words were not saved"


def made_from(page):
    """What the form of a page says that it was made from."""
    return re.search(r'name="page_of" value="([0-9a-f]{64})"', page.content.decode())[1]


def test_an_assessor_does_not_overwrite_the_rating_of_a_colleague_unseen(reader, visit):
    visit.to("in_progress")
    pk = visit.topic.pk
    page_of = made_from(reader.get("lead", "topic_rate", pk))
    mine = {"rating": "2", "rationale": "Mine.", "page_of": page_of}
    reader.post("assessor", "topic_rate", pk, rating="4", rationale="Hers.", page_of=page_of)
    page = reader.post("lead", "topic_rate", pk, **mine)
    assert OVERTAKEN in said(page)[0]
    assert "Mine." in page.content.decode()
    assert (visit.topic.level, visit.topic.rationale) == (4, "Hers.")
    newer = made_from(reader.get("lead", "topic_rate", pk))
    reader.post("lead", "topic_rate", pk, **mine | {"page_of": newer})
    assert (visit.topic.level, visit.topic.rationale) == (2, "Mine.")


def test_an_assessor_does_not_overwrite_the_finding_of_a_colleague_unseen(reader, visit):
    visit.to("rated")
    finding = visit.topic.findings.get(kind="strength")
    page_of = made_from(reader.get("lead", "finding_amend", finding.pk))
    hers = {"seen": "Hers.", "evidence": "List", "page_of": page_of}
    reader.post("assessor", "finding_amend", finding.pk, **hers)
    page = reader.post("lead", "finding_amend", finding.pk, **hers | {"seen": "Mine."})
    assert OVERTAKEN in said(page)[0]
    finding.refresh_from_db()
    assert finding.seen == "Hers."
