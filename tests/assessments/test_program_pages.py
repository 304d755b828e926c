"""What a coordinator does with programs in the browser: rounds, rules, windows, the end."""

import re
from datetime import UTC, date, datetime
from html import unescape

import pytest
from django.urls import reverse

from applications.models import ParticipationRequest
from applications.operations import determine_eligibility
from applications.operations.holds import end_hold, place_hold
from assessments.operations import clone_program
from qmm_pilot import clock
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Criterion, LateAdmission, Program
from qmm_pilot.programs.presets import PRESETS
from qmm_pilot.programs.windows import window_for
from qmm_pilot.records.models import Letter, TrailEntry
from tests import factories
from tests.factories import AFTER_CLOSE, AT, fda

pytestmark = pytest.mark.django_db
WHY = "The notice was corrected."


@pytest.fixture
def browser(client, settings):
    """A coordinator's browser in the middle of the window."""
    settings.DEBUG = True
    clock.set_demonstration_moment(AT)
    client.force_login(fda(Role.FDA_COORDINATOR))
    return client


def text_of(response):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def address(name, *args):
    return reverse(f"assessments:{name}", args=args)


def save(browser, page, program, *more, **data):
    """Post a form; gives what the person reads then."""
    where = address(page, program.pk, *more)
    return text_of(browser.post(where, {"reason": WHY, **data}, follow=True))


def form_of(preset):
    """The form as it is shown, with a reason."""
    return {
        "name": preset.name,
        "short_name": preset.short_name,
        "first_on": preset.opens_on,
        "last_on": preset.last_day,
        "ends_on": preset.ends_on,
        "reason": "To play it through.",
    }


def last_entry(deed):
    return TrailEntry.objects.filter(deed=deed).latest("position")


@pytest.mark.parametrize("key", sorted(PRESETS))
def test_a_round_is_made_from_a_preset_and_says_what_was_not_read(browser, key):
    preset, where = PRESETS[key], address("round_from_preset", key)
    page = text_of(browser.get(where))
    assert preset.notice in page
    form = form_of(preset)
    assert "Manage the round" in text_of(browser.post(where, form, follow=True))
    made = Program.objects.get(slug=key)
    assert (
        made.openings.get().closes_at
        == {
            "qmm-2024": datetime(2024, 3, 26, 4, 0, tzinfo=UTC),
            "qmm-2025": datetime(2025, 6, 10, 4, 0, tzinfo=UTC),
            "qmm-2026": datetime(2026, 4, 14, 4, 0, tzinfo=UTC),
        }[key]
    )
    assert (made.cap, made.get_facilities_are_display()) == (9, "In the United States or outside")
    assert made.topics.count() == 5
    assert set(made.criteria.values_list("is_recalled", flat=True)) == {True}
    assert made.metric_definitions.count() == 3
    browser.force_login(factories.registrant())
    page = browser.get(reverse("programs:program_detail", args=[made.pk])).content.decode()
    assert page.count("Recalled, not read") == 6 + 6  # the mark, and the source of each
    assert "<blockquote" not in page
    assert "notice is silent" not in page.replace("Where the notice is silent", "")
    assert "The notice says" not in page
    assert "The notice does not" not in page
    assert "The notice tells" not in page
    for note in preset.unread:
        assert note in unescape(page)
    browser.force_login(fda(Role.FDA_COORDINATOR))
    assert f"“{key}” exists already" in text_of(browser.post(where, form))


def test_migrations_alone_make_the_two_pilots_of_2020():
    assert sorted(Program.objects.values_list("slug", flat=True)) == ["api-2020", "fdf-2020"]


def test_a_request_to_a_round_since_2024_is_submitted_and_examined(browser):
    browser.post(address("round_from_preset", "qmm-2024"), form_of(PRESETS["qmm-2024"]))
    program = Program.objects.get(slug="qmm-2024")
    at = datetime(2024, 3, 20, 15, tzinfo=UTC)
    for country in ("US", "IN"):
        by = factories.registrant()
        site = factories.facility(by, country=country)
        row = factories.operations.start_request(program, site, by=by, at=at)
        factories.operations.save_answers(row, factories.answers(program), by=by, at=at)
        row = factories.operations.submit_request(
            row, attested=factories.commitments(program), proof=factories.PROOF, by=by, at=at
        )
        row = factories.operations.take_up_request(row, by=fda(Role.FDA_COORDINATOR), at=at)
        opinions = row.criterion_results.values_list("criterion__code", "opinion")
        assert dict(opinions) == {
            **dict.fromkeys("1234", "undetermined"),
            **dict.fromkeys("56", "meets"),
        }
    clock.set_demonstration_moment(at)
    sheet = browser.get(reverse("applications:request_review", args=[row.pk]))
    assert "Recalled, not read" in text_of(sheet)


def test_a_round_is_cloned_and_the_earlier_one_keeps_its_own_rules(browser):
    program = factories.program()
    factories.participation_request("submitted")
    Program.objects.filter(pk=program.pk).update(
        pra_control_number="0910-0001", pra_expires_on=date(2023, 1, 31), pra_burden_statement="1 h"
    )
    days = {"first_on": "2021-10-01", "last_on": "2021-11-30", "ends_on": "2022-12-31"}
    assert "The window closes before it opens" in save(
        browser,
        "program_clone",
        program,
        name="A",
        short_name="A",
        **days | {"last_on": "2021-09-30"},
    )
    save(browser, "program_clone", program, name="FDF pilot, 2021", short_name="FDF 2021", **days)
    made = Program.objects.get(slug="fdf-2021")
    assert not made.participation_requests.exists()
    assert made.pra_control_number == ""
    assert last_entry("clone_program").reason == WHY
    save(
        browser,
        "program_rules",
        made,
        inspections_since="2016-10-01",
        inspections_before="2021-10-01",
    )
    made.refresh_from_db()
    program.refresh_from_db()
    assert made.inspections_before == date(2021, 10, 1)
    assert not made.territories_are_domestic
    assert (program.inspections_before, program.territories_are_domestic) == (
        date(2020, 10, 1),
        True,
    )
    entry = last_entry("change_rules")
    assert (entry.before["territories_are_domestic"], entry.after["territories_are_domestic"]) == (
        True,
        False,
    )


def test_what_requests_rest_on_is_frozen_and_the_page_says_why(browser):
    program = factories.program()
    b, c = program.criteria.get(code="b"), program.criteria.get(code="c")
    changed = {"title": b.title, "quotation": "Other words", "citation": b.citation}
    assert "The criterion is changed" in save(browser, "program_criterion", program, "b", **changed)
    row = factories.participation_request(ParticipationRequest.Status.UNDER_REVIEW)
    page = save(browser, "program_criterion", program, "b", **changed | {"citation": "Page 2"})
    assert "The criterion is changed" in page  # its source can be corrected
    browser.post(
        address("program_criterion", program.pk, "c"),
        {"title": c.title, "commitment_text": "Other words", "citation": c.citation, "reason": WHY},
    )
    assert Criterion.objects.get(pk=c.pk).commitment_text == c.commitment_text
    assert "officials attested them" in text_of(
        browser.get(address("program_criterion", program.pk, "c"))
    )
    # Parameters may still change: what is under review is examined anew at once.
    assert "1 request is under review" in text_of(browser.get(address("program_rules", program.pk)))
    days = {"inspections_since": "2015-11-01", "inspections_before": "2020-10-01"}
    save(browser, "program_rules", program, **days, territories_are_domestic="on")
    assert row.criterion_results.get(criterion=b).evidence["since"] == "2015-11-01"
    factories.rule_on_inspections(row, "meets")
    # A request that was away while the parameters changed is not determined by the old ones.
    determine = {"by": fda(Role.FDA_COORDINATOR), "at": AFTER_CLOSE}
    Program.objects.filter(pk=program.pk).update(territories_are_domestic=False)
    with pytest.raises(Refusal, match="Examine again first"):
        factories.operations.determine_eligibility(row, **determine)
    Program.objects.filter(pk=program.pk).update(territories_are_domestic=True)
    factories.operations.determine_eligibility(row, **determine)
    assert "Eligibility was determined" in text_of(
        browser.get(address("program_rules", program.pk))
    )
    assert "Eligibility was determined" in save(
        browser, "program_rules", program, **days | {"inspections_since": "2014-01-01"}
    )
    program.refresh_from_db()
    assert program.inspections_since == date(2015, 11, 1)


def test_one_request_on_hold_does_not_keep_the_parameters_of_a_round(browser):
    held = factories.participation_request(ParticipationRequest.Status.UNDER_REVIEW)
    other = factories.participation_request(ParticipationRequest.Status.UNDER_REVIEW)
    place_hold(held, cause="contested", why="Two claims.", by=None, at=AT)
    days = {"inspections_since": "2015-11-01", "inspections_before": "2020-10-01"}
    page = save(browser, "program_rules", held.program, **days, territories_are_domestic="on")
    assert "The parameters are changed" in page
    since = {
        row.pk: row.criterion_results.get(criterion__code="b").evidence["since"]
        for row in (held, other)
    }
    assert since == {held.pk: "2015-10-01", other.pk: "2015-11-01"}
    # What was examined by the former parameters is not determined by them.
    end_hold(held, cause="contested", reason="Settled.", by=None, at=AT)
    with pytest.raises(Refusal, match="Examine again first"):
        determine_eligibility(held, by=fda(Role.FDA_COORDINATOR), at=AT)


def test_topics_are_set_one_a_line_until_an_assessment_takes_them_up(browser, visit):
    program = factories.program("api")
    names = list(program.topics.values_list("name", flat=True))
    wished = [names[1], "Digital maturity", names[0]]
    lines = {"topics": "\n".join(wished)}
    assert "Say where the new topics come from" in save(browser, "program_topics", program, **lines)
    save(browser, "program_topics", program, **lines, source="FDA white paper")
    assert list(program.topics.standing().values_list("name", flat=True)) == wished
    assert last_entry("change_topics").before["topics"] == names
    save(browser, "program_topics", program, topics="\n".join(names))
    assert list(program.topics.standing().values_list("name", flat=True)) == names
    visit.to("proposed")
    page = save(browser, "program_topics", visit.program, topics="Only one", source="Mine")
    assert "Assessments of this round have taken up these topics" in page
    assert not visit.program.topics.filter(name="Only one").exists()


def test_milestones_move_with_a_reason_and_are_no_assumption_then(browser):
    program = factories.program()
    form = {
        **{f"days_{o.key}": o.days for o in program.milestone_offsets.all()},
        **{f"unit_{o.key}": o.unit for o in program.milestone_offsets.all()},
    }
    assert "Nothing was changed" in save(browser, "program_offsets", program, **form)
    save(browser, "program_offsets", program, **form | {"days_metrics": -28})
    offset = program.milestone_offsets.get(key="metrics")
    assert (offset.days, offset.is_assumption) == (-28, False)
    assert offset.source == "FDA’s setting of November 16, 2020"
    entry = last_entry("change_offsets")
    assert (entry.before, entry.after) == (
        {"Metrics submitted": "-21 calendar days"},
        {"Metrics submitted": "-28 calendar days"},
    )


def test_the_blocks_of_two_acts_stand_on_forms_only_where_they_are_configured(browser):
    draft = factories.draft()
    program, firm = draft.program, draft.started_by
    form = reverse("applications:request_edit", args=[draft.pk])
    texts = {
        "name": program.name,
        "short_name": "FDF 2020",
        "notice_citation": "85 FR 65824",
        "letterhead_name": "FDA",
        "letterhead_office": "An office",
        "letterhead_address": "A street",
    }
    block = {"pra_control_number": "0910-0001", "pra_expires_on": "2023-01-31"}
    assert "Fill in all three, or none" in save(browser, "program_texts", program, **texts, **block)
    browser.force_login(firm)
    assert "OMB control number" not in text_of(browser.get(form, follow=True))
    browser.force_login(fda(Role.FDA_COORDINATOR))
    block |= {"pra_burden_statement": "One hour.", "privacy_act_statement": "5 U.S.C. 301."}
    save(browser, "program_texts", program, **texts, **block)
    browser.force_login(firm)
    page = text_of(browser.get(form, follow=True))
    assert "OMB control number 0910-0001, expires January 31, 2023" in page
    assert "5 U.S.C. 301." in page
    clock.set_demonstration_moment(datetime(2023, 2, 1, 6, tzinfo=UTC))
    assert "OMB control number" not in text_of(browser.get(form, follow=True))


def test_the_cap_does_not_fall_below_the_places_taken(browser):
    factories.participation()
    second = factories.participation()
    terms = {
        "acceptance_working_days": 15,
        "promotion_days_needed": 90,
        "information_working_days": 10,
        "confirmation_days": 30,
        "hand_in_days": 10,
        "letter_unopened_days": 7,
    }
    program = second.program
    assert "cannot be lower than 2" in save(browser, "program_terms", program, cap=1, **terms)
    assert "The terms are changed" in save(browser, "program_terms", program, cap=2, **terms)


def test_a_window_is_reopened_and_one_firm_admitted_late_in_the_browser(browser):
    program, draft, late = factories.program(), factories.draft(), factories.registrant()
    clock.set_demonstration_moment(AFTER_CLOSE)
    page = save(
        browser, "late_admission_new", program,
        organization=late.organization.pk, last_on="2020-12-12",
    )  # fmt: skip
    assert "The firm is admitted" in page
    assert late.organization.name in page
    admission = LateAdmission.objects.get()
    browser.force_login(late)
    assert program.name in text_of(browser.get(reverse("applications:request_new")))
    detail = reverse("programs:program_detail", args=[program.pk])
    assert "Admitted late" in text_of(browser.get(detail))
    browser.force_login(draft.started_by)
    assert "No pilot accepts requests" in text_of(browser.get(reverse("applications:request_new")))
    assert "Admitted late" not in text_of(browser.get(detail))
    browser.force_login(fda(Role.FDA_COORDINATOR))
    page = text_of(
        browser.post(address("late_admission_end", admission.pk), {"reason": WHY}, follow=True)
    )
    assert "Taken back" in page
    save(browser, "window_open", program, last_on="2020-12-20", source="85 FR 99999")
    assert window_for(program, draft.organization_id, AFTER_CLOSE.replace(day=20))
    assert Letter.objects.filter(kind="window_changed", person=draft.started_by).exists()
    opening = program.openings.latest("closes_at")
    page = save(browser, "opening_change", program, opening=opening.pk, last_on="2020-12-15")
    assert "Dec 15, 2020, 11:59 p.m." in page
    assert draft.facility.name not in page  # FDA learns of no draft


def test_moving_the_end_shows_first_what_it_touches(browser, visit):
    visit.to("consulted")
    program = visit.program
    visit.agreement.until = date(2021, 6, 30)
    visit.agreement.save()
    alternate = factories.participation_request(
        ParticipationRequest.Status.ALTERNATE, decided_at=visit.at
    )
    clock.set_demonstration_moment(visit.at)
    where = address("program_end", program.pk)
    page = text_of(browser.get(where, {"ends_on": "2022-03-31"}))
    assert f"{visit.agreement.reference} {visit.contractor.name} June 30, 2021" in page
    assert f"{alternate.facility.name}, alternate" in page
    due = visit.assessment.milestones.get(key="survey")
    early = {"ends_on": due.due_on.replace(day=1)}
    page = text_of(browser.get(where, early))
    after = page.split("Open milestones due after")[1].split("Open milestones due until")[0]
    assert due.title in after
    assert "Enter the reason." in save(
        browser, "program_end", program, ends_on="2022-03-31", reason=""
    )
    save(browser, "program_end", program, ends_on="2022-03-31")
    program.refresh_from_db()
    assert program.ends_on == date(2022, 3, 31)
    entry = last_entry("move_program_end")
    assert entry.before == {"ends_on": "2021-12-31"}
    assert entry.after["agreements_that_end_before"] == [visit.agreement.reference]


def test_the_pages_ask_the_database_at_most_twelve_times(
    browser, visit, django_assert_max_num_queries
):
    visit.to("consulted")
    program = visit.program
    for number in range(3):
        clone_program(
            program, slug=f"r{number}", name=f"R {number}", by=None, at=AT, ends_on=program.ends_on,
            opens_at=AT, closes_at=AFTER_CLOSE,
        )  # fmt: skip
    names = ["manage", "clone", "rules", "terms", "texts", "topics", "offsets"]
    pages = [address(f"program_{name}", program.pk) for name in names]
    pages += [
        address("program_criterion", program.pk, "b"),
        f"{address('program_end', program.pk)}?ends_on=2022-03-31",
        address("window_open", program.pk),
        address("opening_change", program.pk),
        address("late_admission_new", program.pk),
        address("round_new"),
        address("round_from_preset", "qmm-2024"),
        reverse("programs:program_list"),
        reverse("programs:program_detail", args=[program.pk]),
    ]
    for page in pages:
        browser.get(page)  # the first view of an hour writes its line in the access register
        with django_assert_max_num_queries(12):
            assert browser.get(page).status_code in (200, 302), page
