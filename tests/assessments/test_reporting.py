"""The assessment report: frozen content in, an accessible document out."""

import re
from datetime import UTC, date, datetime

import pytest

from assessments import reporting
from assessments.reporting import (
    NOT_APPLICABLE,
    RecommendationLine,
    ReportContent,
    SignatureLine,
    TopicReport,
)
from qmm_pilot import printing
from tests.assessments.report_samples import FDF_TOPICS, api_report, fdf_report
from tests.pdf import pages_of

HOSTILE = (
    "<img src=file:///etc/passwd> <link rel=attachment href=file:///etc/passwd> "
    "url(http://127.0.0.1:9/x) {{ content }} {% now %} </td></table><script>x</script> "
    "≥ − “quoted” αβγ Жизнь"
)


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.fixture(scope="module")
def fdf_pages() -> list[str]:
    return pages_of(reporting.report_pdf(fdf_report()), running=True)


@pytest.fixture(scope="module")
def api_pages() -> list[str]:
    return pages_of(reporting.report_pdf(api_report()), running=True)


def test_content_survives_json_unchanged():
    for content in (fdf_report(), api_report()):
        text = content.to_json()
        assert ReportContent.from_json(text) == content
        assert ReportContent.from_json(text).to_json() == text


def test_json_is_the_same_whatever_zone_a_moment_is_given_in():
    moment = datetime(2021, 7, 28, 11, 4, tzinfo=reporting.EASTERN)
    assert fdf_report(prepared_at=moment).to_json() == fdf_report().to_json()


def test_json_with_an_unknown_field_is_refused():
    text = fdf_report().to_json().replace('"fei":', '"fie":')
    with pytest.raises(KeyError, match="fie"):
        ReportContent.from_json(text)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"level": 0},
        {"level": 6},
        {"level": 3, "without_level": NOT_APPLICABLE},
        {"without_level": "zero"},
    ],
)
def test_a_topic_has_a_level_from_1_to_5_or_says_why_it_has_none(values):
    with pytest.raises(ValueError, match="Planning"):
        TopicReport("Planning", 1, **values)


def test_impact_and_effort_have_three_grades():
    with pytest.raises(ValueError, match="high, medium, low, or blank"):
        RecommendationLine("Do it.", impact="huge")


def test_recommendations_go_by_impact_then_effort_then_topic():
    def topic(order, impact, effort):
        line = RecommendationLine(f"{order}", impact, effort)
        return TopicReport(f"T{order}", order, level=3, recommendations=(line,))

    topics = (
        topic(1, "low", "low"),
        topic(2, "high", "high"),
        topic(3, "", ""),
        topic(4, "high", "low"),
        topic(5, "high", "low"),
    )
    ranked = fdf_report(topics=topics).recommendations
    assert [(line.rank, line.text) for line in ranked] == [
        (1, "4"),
        (2, "5"),
        (3, "2"),
        (4, "1"),
        (5, "3"),
    ]


def test_moments_are_printed_in_eastern_time_on_both_sides_of_the_clock_change():
    last = datetime(2020, 12, 1, 4, 59, 59, tzinfo=UTC)
    summer = datetime(2021, 7, 1, 4, 0, tzinfo=UTC)
    noon = datetime(2021, 7, 1, 16, 0, tzinfo=UTC)
    assert [reporting.eastern_moment(moment) for moment in (last, summer, noon)] == [
        "November 30, 2020, 11:59 p.m. ET",
        "July 1, 2021, 12:00 a.m. ET",
        "July 1, 2021, 12:00 p.m. ET",
    ]


def test_days_read_as_people_write_them():
    june = [date(2021, 6, day) for day in (14, 15, 18)]
    assert reporting.days_text(()) == "Not yet agreed"
    assert reporting.days_text((june[0],)) == "June 14, 2021"
    assert reporting.days_text((june[0], june[1])) == "June 14, 2021 to June 15, 2021"
    assert reporting.days_text((june[0], june[2])) == "June 14, 2021; June 18, 2021"


def test_a_signature_shows_the_computer_clock_only_when_it_differs():
    at = datetime(2021, 7, 28, 15, 4, tzinfo=UTC)
    same = SignatureLine("A", "Lead", "Author", at, at.replace(second=9))
    other = SignatureLine("A", "Lead", "Author", at, datetime(2026, 3, 2, 15, 0, tzinfo=UTC))
    assert (same.signed_at_text, other.signed_at_text) == ("", "March 2, 2026, 10:00 a.m. ET")


def test_a_topic_without_level_has_no_bar_and_is_never_zero():
    chart = reporting.profile_chart((TopicReport("Planning", 1, without_level=NOT_APPLICABLE),))
    assert [(bar.has_level, bar.outcome) for bar in chart.bars] == [(False, "Not applicable")]
    assert chart.alternative == "Levels by topic. Planning: Not applicable."


def test_the_bars_grow_with_the_level_and_a_long_name_takes_two_lines():
    name = "Performance management and continual improvement of everything at this site and beyond"
    topics = (TopicReport("Planning", 1, level=1), TopicReport(name, 2, level=5))
    short, long = reporting.profile_chart(topics).bars
    assert long.length == 5 * short.length
    assert (len(short.lines), len(long.lines)) == (1, 2)
    assert long.lines[1][1].endswith("…")


def test_sections_without_content_are_left_out_and_the_rest_stay_numbered():
    content = fdf_report(topics=(), metrics_submitted_on=None, firm_comments=" ", glossary=())
    assert [(entry.number, entry.anchor) for entry in reporting.outline(content)] == [
        ("1", "purpose"),
        ("2", "summary"),
        ("3", "recommendations"),
        ("4", "method"),
        ("5", "signatures"),
    ]
    assert printing.check_structure(reporting.report_pdf(content)) == []


def test_the_report_holds_what_the_team_wrote_and_who_signed(fdf_pages):
    text = squeezed("".join(fdf_pages))
    content = fdf_report()
    expected = [*FDF_TOPICS, content.summary, content.topics[0].rationale, content.firm_comments]
    expected += ["Miriam Okafor", "Accepted as the deliverable", "August 2, 2021, 10:05 a.m. ET"]
    expected += ["11 topics: 9 rated, 1 not applicable, 1 not assessed.", content.trail_hash]
    assert [part for part in expected if squeezed(part) not in text] == []


def test_an_fdf_report_says_when_metrics_were_submitted_and_shows_none(fdf_pages):
    text = squeezed("".join(fdf_pages))
    assert squeezed("Metrics were submitted to FDA on May 24, 2021.") in text
    assert squeezed("Lot acceptance rate") not in text


def test_an_api_report_shows_counts_rates_basis_and_period(api_pages):
    text = squeezed("".join(api_pages))
    expected = ["Lot acceptance rate", "97.5 %", "Lots started", "Not measured", "Period: January"]
    assert [part for part in expected if squeezed(part) not in text] == []


def test_every_page_carries_the_banner_and_its_number(fdf_pages):
    banner = reporting.CONFIDENTIALITY
    for number, page in enumerate(fdf_pages, start=1):
        assert banner in page
        assert f"Page {number} of {len(fdf_pages)}" in page


def test_every_page_after_the_cover_of_a_draft_says_so(api_pages, fdf_pages):
    assert ["Draft 2" in page for page in api_pages] == [True] * len(api_pages)
    assert ["Draft" in page for page in fdf_pages] == [False] * len(fdf_pages)
    assert 'class="draft"' in reporting.report_html(api_report())
    assert 'class="draft"' not in reporting.report_html(fdf_report())


def test_the_contents_name_the_page_on_which_each_section_begins(fdf_pages):
    numbers = [int(line) for line in fdf_pages[1].split("\n") if re.fullmatch(r"\d+", line)]
    entries = []
    for section in reporting.outline(fdf_report()):
        entries += [section, *section.entries]
    assert len(numbers) == len(entries)
    for number, entry in zip(numbers, entries, strict=True):
        heading = squeezed(f"{entry.number}{entry.title}")
        assert heading in squeezed(fdf_pages[number - 1]), entry.title


def test_every_page_of_a_rehearsal_is_marked():
    mark = "Rehearsal, not a record."
    pages = pages_of(reporting.report_pdf(fdf_report(mark=mark)), running=True)
    assert [squeezed(mark) in squeezed(page) for page in pages] == [True] * len(pages)


def test_hostile_text_in_every_field_is_printed_as_typed_and_does_nothing():
    topic = TopicReport(
        HOSTILE,
        1,
        level=2,
        level_name=HOSTILE,
        descriptor=HOSTILE,
        rationale=HOSTILE,
        strengths=(HOSTILE,),
        opportunities=(HOSTILE,),
        next_level=HOSTILE,
        evidence=(HOSTILE,),
        findings=(reporting.FindingLine(HOSTILE, HOSTILE, HOSTILE),),
        recommendations=(RecommendationLine(HOSTILE),),
    )
    texts = ("facility_name", "firm_name", "fei", "summary", "method", "firm_comments", "mark")
    content = fdf_report(
        topics=(topic,),
        facility_address=(HOSTILE,),
        people_interviewed=(reporting.InterviewedFunction(HOSTILE),),
        **dict.fromkeys(texts, HOSTILE),
    )
    pdf_bytes = reporting.report_pdf(content)
    text = squeezed("".join(pages_of(pdf_bytes)))
    assert text.count(squeezed(HOSTILE)) >= 20
    assert "root:" not in text
    assert printing.check_structure(pdf_bytes) == []


def test_very_long_words_and_many_lines_are_printed_whole():
    word, lines = "Antidisestablishment" * 20, "\n".join(f"line {number}" for number in range(80))
    topic = TopicReport(
        word, 1, level=1, rationale=lines, recommendations=(RecommendationLine(word, "high"),)
    )
    pages = pages_of(reporting.report_pdf(fdf_report(topics=(topic,), summary=word)))
    text = squeezed("".join(pages))
    assert word in text
    assert squeezed(lines) in text


def test_a_metric_without_quarters_prints_its_comment_and_no_empty_table():
    metric = reporting.MetricRates("Waived", "A", "B", "Basis.", "2020", (), "Not asked for.")
    html = reporting.report_html(fdf_report(metrics=(metric,)))
    section = html.split("<h3>Waived</h3>")[1].split("</section>")[0]
    assert "Not asked for." in section
    assert "<table" not in section


def test_a_recommendation_longer_than_a_page_is_printed_whole_in_a_tagged_table():
    told = " ".join(f"step{number:03}" for number in range(500))
    topic = reporting.TopicReport(
        name="Planning",
        order=1,
        level=3,
        rationale="Seen.",
        recommendations=(reporting.RecommendationLine(told, "high", "low"),) * 2,
    )
    pages = " ".join(pages_of(reporting.report_pdf(fdf_report(topics=(topic,)))))
    # Twice in the topic and twice in the order of priority.
    assert {pages.count(step) for step in told.split()} == {4}
