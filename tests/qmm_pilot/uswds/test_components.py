"""The components say what they are given, in words as well as colors, and never as markup."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.template import TemplateSyntaxError, engines
from lxml import html as parser

from qmm_pilot.uswds.charts import count_chart, profile_chart
from qmm_pilot.uswds.statuses import is_known, tone_of

NOVEMBER = datetime(2020, 11, 16, 14, 0, tzinfo=UTC)
PROFILE = [("Leadership", 4, "Level 4"), ("Supply", None, "Not rated")]


def rendered(source, **context):
    template = engines["django"].from_string("{% load uswds %}" + source)
    return parser.fromstring("<main>" + template.render(context) + "</main>")


def text(page):
    return " ".join(page.text_content().split())


def test_a_status_looks_the_same_from_a_model_a_choice_and_a_code():
    record = SimpleNamespace(status="under_review", get_status_display=lambda: "Under review")
    from_model = rendered("{% status record %}", record=record)
    from_code = rendered('{% status "under_review" %}')
    assert parser.tostring(from_model) == parser.tostring(from_code)
    assert text(from_model) == "Under review"
    assert from_model.xpath("//span/@class") == ["status status--active"]


def test_an_unknown_status_is_neutral():
    assert tone_of("never heard of") == "neutral"


def test_every_status_that_a_record_can_have_was_given_its_tone_on_purpose():
    codes = {
        code
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if getattr(field, "name", "") in ("status", "scan_state")
        for code, _label in field.choices or []
    }
    assert {"draft", "under_review", "released"} <= codes
    assert {code for code in codes if not is_known(code)} == set()


def test_a_status_escapes_its_label():
    page = rendered('{% status "x" label %}', label="<b>x</b>")
    assert page.xpath("//b") == []


def test_a_moment_names_eastern_time_and_the_readers_own_clock():
    user = SimpleNamespace(time_zone="Asia/Kolkata")
    page = rendered("{% moment at %}", at=NOVEMBER, user=user)
    assert text(page) == "November 16, 2020, 9:00 a.m. ET (7:30 p.m. Kolkata time)"
    assert page.xpath("//time/@datetime") == ["2020-11-16T14:00:00+00:00"]


def test_a_moment_can_be_told_in_eastern_time_alone_or_for_a_given_zone():
    user = SimpleNamespace(time_zone="Asia/Kolkata")
    alone = rendered('{% moment at zone="" %}', at=NOVEMBER, user=user)
    assert text(alone) == "November 16, 2020, 9:00 a.m. ET"
    given = rendered('{% moment at zone="Europe/Dublin" short=True %}', at=NOVEMBER)
    assert text(given) == "Nov 16, 2020, 9:00 a.m. ET (2:00 p.m. Dublin time)"


def test_no_moment_no_day_and_no_person_show_nothing():
    assert text(rendered("{% moment None %}{% day None %}{% person None %}")) == ""


def test_a_day_has_its_machine_form():
    page = rendered("{% day on %}", on=date(2020, 11, 30))
    assert text(page) == "November 30, 2020"
    assert page.xpath("//time/@datetime") == ["2020-11-30"]


def test_a_person_is_named_with_title_and_organization():
    user = SimpleNamespace(
        name="Asha <Rao>", title="Head", organization="Deccan", organization_id=1
    )
    assert text(rendered("{% person user %}", user=user)) == "Asha <Rao> Head, Deccan"
    assert text(rendered("{% person user organization=False %}", user=user)) == "Asha <Rao> Head"
    user.title, user.organization_id = "", None
    assert text(rendered("{% person user %}", user=user)) == "Asha <Rao>"


def test_a_file_shows_name_size_hash_and_scan_state():
    stored = SimpleNamespace(
        name="<notes>.pdf",
        size=2048,
        sha256="ab" * 32,
        scan_state="pending",
        get_scan_state_display="Virus scan pending",
        is_confidential=True,
    )
    page = rendered('{% file stored "/files/1/" %}', stored=stored)
    assert page.xpath("//a/@href") == ["/files/1/"]
    for words in ("<notes>.pdf", "2.0", "Virus scan pending", "Confidential", "ab" * 32):
        assert words in text(page)
    assert rendered("{% file stored %}", stored=stored).xpath("//a") == []


def test_a_deed_is_a_post_form_with_token_and_hidden_facts():
    page = rendered(
        '{% deed "/seats/" "Take the place" kind="danger" about="of Harbor" place=number %}',
        csrf_token="abc",
        number='4"',
    )
    (form,) = page.xpath("//form")
    assert (form.get("method"), form.get("action")) == ("post", "/seats/")
    assert page.xpath("//input[@name='csrfmiddlewaretoken']/@value") == ["abc"]
    assert page.xpath("//input[@name='place']/@value") == ['4"']
    assert text(page) == "Take the place of Harbor"
    assert "usa-button--secondary" in page.xpath("//button/@class")[0]


def test_a_confirmation_holds_token_consequences_and_a_way_back():
    page = rendered(
        '{% confirmation "/go/" "Release" "/back/" %}<p>Letters go out.</p>{% endconfirmation %}',
        csrf_token="abc",
    )
    assert page.xpath("//form/@action") == ["/go/"]
    assert page.xpath("//form//input[@name='csrfmiddlewaretoken']/@value") == ["abc"]
    assert page.xpath("//form//p")[0].text == "Letters go out."
    assert page.xpath("//form//a/@href") == ["/back/"]


def test_the_page_head_says_title_purpose_status_and_next_deed():
    page = rendered(
        '{% page_head title about="What it is" status="draft" %}'
        '<a href="/x/">Go</a>{% endpage_head %}',
        title="R & D",
    )
    assert text(page.xpath("//h1")[0]) == "R & D Draft"
    assert "What it is" in text(page)
    assert page.xpath("//a/@href") == ["/x/"]


def test_breadcrumbs_end_at_this_page():
    page = rendered('{% breadcrumbs "Home" "/" "Requests" "/requests/" "R-7" %}')
    assert page.xpath("//a/@href") == ["/", "/requests/"]
    assert page.xpath("//*[@aria-current='page']")[0].text == "R-7"


def test_steps_say_where_one_is():
    page = rendered("{% steps labels 2 %}", labels=["One", "Two", "Three"])
    assert "Step 2 of 3 Two" in text(page)
    assert text(page.xpath("//*[@aria-current='step']")[0]) == "Two"


def test_an_error_alert_interrupts_and_a_hint_does_not():
    assert rendered('{% alert "error" %}x{% endalert %}').xpath("//div/@role") == ["alert"]
    assert rendered('{% alert "info" %}x{% endalert %}').xpath("//div/@role") == []


def test_a_table_has_a_caption_and_a_frame_that_keys_can_scroll():
    page = rendered('{% table "Requests" %}<tbody><tr><td>1</td></tr></tbody>{% endtable %}')
    (frame,) = page.xpath("//*[@role='region']")
    assert frame.get("tabindex") == "0"
    assert page.xpath(f"//caption[@id='{frame.get('aria-labelledby')}']")[0].text == "Requests"
    assert page.xpath("//td")[0].text == "1"


def test_a_missing_fact_says_so():
    page = rendered('{% facts %}{% fact "FEI" %} {{ fei }} {% endfact %}{% endfacts %}', fei="")
    assert text(page.xpath("//dd")[0]) == "Not given"
    page = rendered('{% facts %}{% fact "FEI" %}{{ fei }}{% endfact %}{% endfacts %}', fei="<1>")
    assert page.xpath("//dd")[0].text == "<1>"


def test_block_components_keep_their_content_and_escape_their_heading():
    for source in (
        "{% alert 'info' heading=h %}<p>in</p>{% endalert %}",
        "{% summary_box h %}<p>in</p>{% endsummary_box %}",
        "{% empty_state h %}<p>in</p>{% endempty_state %}",
        "{% buttons %}<p>in</p>{{ h }}{% endbuttons %}",
    ):
        page = rendered(source, h="<i>head</i>")
        assert page.xpath("//p[text()='in']"), source
        assert page.xpath("//i") == [], source
        assert "<i>head</i>" in text(page), source


def test_pages_of_a_list_are_offered_only_where_there_are_any():
    assert text(rendered("{% pager %}")) == ""
    assert rendered('{% pager "" "?after=7" %}').xpath("//a/@href") == ["?after=7"]


def test_a_chart_has_words_for_its_picture_and_the_same_facts_as_a_table():
    page = rendered('{% profile_chart "Profile" rows %}', rows=PROFILE)
    (picture,) = page.xpath("//svg")
    title, description = picture.get("aria-labelledby").split()
    assert page.xpath(f"//*[@id='{title}']")[0].text == "Profile"
    assert page.xpath(f"//*[@id='{description}']")[0].text == (
        "Leadership: Level 4; Supply: Not rated."
    )
    assert [[text(cell) for cell in row] for row in page.xpath("//tbody/tr")] == [
        ["Leadership", "Level 4"],
        ["Supply", "Not rated"],
    ]
    assert page.xpath("//*[@style]") == []


def test_what_was_not_rated_fills_no_step_and_is_not_level_zero():
    chart = profile_chart("Profile", PROFILE)
    assert [sum(step.reached for step in line.steps) for line in chart.lines] == [4, 0]
    assert [line.level for line in chart.lines] == [4, None]


@pytest.mark.parametrize("level", [0, 6])
def test_a_level_outside_the_scale_is_refused(level):
    with pytest.raises(ValueError, match="not between 1 and 5"):
        profile_chart("Profile", [("Leadership", level, "?")])


SPREAD = [("Generic", (4, 2, 3)), ("Innovator", (1, 0, 0))]
SERIES = ("considered", "with a place", "with this choice")


def test_a_chart_of_counts_says_every_number_in_words_and_in_its_table():
    page = rendered('{% count_chart "Sector" "Sector" series rows %}', series=SERIES, rows=SPREAD)
    (picture,) = page.xpath("//svg")
    _, description = picture.get("aria-labelledby").split()
    assert page.xpath(f"//*[@id='{description}']")[0].text == (
        "Generic: 4 considered, 2 with a place, 3 with this choice; "
        "Innovator: 1 considered, 0 with a place, 0 with this choice."
    )
    assert [[text(cell) for cell in row] for row in page.xpath("//tbody/tr")] == [
        ["Generic", "4", "2", "3"],
        ["Innovator", "1", "0", "0"],
    ]
    assert page.xpath("//*[@style]") == []


def test_bars_are_as_long_as_their_counts_and_each_series_has_a_look_of_its_own():
    chart = count_chart("Sector", "Sector", SERIES, SPREAD)
    first, second = chart.groups
    assert [bar.look for bar in first.bars] == ["outlined", "filled", "hatched"]
    assert [bar.width for bar in first.bars] == [250, 125, 187.5]
    assert [bar.width for bar in second.bars] == [62.5, 0, 0]
    assert count_chart("Sector", "Sector", SERIES, []).groups == ()
    with pytest.raises(ValueError, match="4 series are more than 3"):
        count_chart("Sector", "Sector", (*SERIES, "one more"), [])


def test_an_unknown_kind_of_button_is_a_mistake_of_the_page():
    with pytest.raises((KeyError, TemplateSyntaxError)):
        rendered('{% deed_link "/" "Go" "purple" %}')
