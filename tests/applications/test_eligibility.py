"""The criteria as pure functions: windows at their edges, classes, borders, identifiers."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.eligibility import (
    TERRITORIES,
    Classification,
    Inspection,
    Origin,
    Outcome,
    ProjectAreaRow,
    canonical_duns,
    canonical_fei,
    committed,
    fei_warning,
    inspected_without_official_action,
    located_for_the_pilot,
    manufactures_for_the_pilot,
    worst_classification,
)

NAI, VAI, OAI = Classification.NAI, Classification.VAI, Classification.OAI
SINCE, BEFORE = date(2015, 10, 1), date(2020, 10, 1)
CLASSES = st.sampled_from([NAI, VAI, OAI, None])
DAYS = st.dates(date(2014, 1, 1), date(2022, 1, 1))


def inspection(ended_on, *classes, id="1106400", conflicting=False):
    rows = tuple(ProjectAreaRow("Drug Quality Assurance", each, "Drugs") for each in classes)
    return Inspection(id, ended_on, worst_classification(classes), rows, conflicting)


def outcome(*inspections):
    return inspected_without_official_action(inspections, since=SINCE, before=BEFORE).outcome


@pytest.mark.parametrize(
    ("ended_on", "expected"),
    [
        (date(2015, 9, 30), Outcome.UNDETERMINED),
        (date(2015, 10, 1), Outcome.FAILS),
        (date(2020, 9, 30), Outcome.FAILS),
        (date(2020, 10, 1), Outcome.UNDETERMINED),
    ],
)
def test_an_official_action_counts_from_the_first_day_of_the_window_to_the_last(ended_on, expected):
    assert outcome(inspection(ended_on, OAI)) == expected


@pytest.mark.parametrize(
    ("ended_on", "expected"),
    [
        (date(2015, 9, 30), Outcome.UNDETERMINED),
        (date(2015, 10, 1), Outcome.MEETS),
        (date(2020, 9, 30), Outcome.MEETS),
        (date(2020, 10, 1), Outcome.UNDETERMINED),
    ],
)
def test_a_clean_inspection_counts_on_the_same_days(ended_on, expected):
    assert outcome(inspection(ended_on, VAI)) == expected


def test_no_inspection_at_all_is_undetermined():
    assert outcome() == Outcome.UNDETERMINED


def test_nai_and_oai_in_one_inspection_fail():
    assert outcome(inspection(date(2018, 5, 4), NAI, OAI)) == Outcome.FAILS


def test_an_official_action_fails_even_beside_a_missing_class():
    assert outcome(inspection(date(2018, 5, 4), None, OAI)) == Outcome.FAILS


def test_a_row_without_its_class_leaves_the_criterion_undetermined():
    clean = inspection(date(2017, 1, 9), NAI, id="1")
    pending = inspection(date(2018, 5, 4), NAI, None, id="2")
    assert outcome(clean, pending) == Outcome.UNDETERMINED


def test_a_missing_class_outside_the_window_does_not_matter():
    clean = inspection(date(2017, 1, 9), NAI, id="1")
    pending = inspection(date(2020, 10, 1), None, id="2")
    assert outcome(clean, pending) == Outcome.MEETS


def test_rows_that_contradict_each_other_leave_the_criterion_undetermined():
    assert outcome(inspection(date(2018, 5, 4), NAI, conflicting=True)) == Outcome.UNDETERMINED


def test_rows_that_contradict_each_other_do_not_hide_an_official_action():
    assert outcome(inspection(date(2018, 5, 4), OAI, conflicting=True)) == Outcome.FAILS


def test_the_reason_names_the_inspection_and_the_window():
    opinion = inspected_without_official_action(
        [inspection(date(2018, 5, 4), OAI)], since=SINCE, before=BEFORE
    )
    assert opinion.reason == (
        "Inspection 1106400 (ended May 4, 2018) ended in Official Action Indicated (OAI) in the "
        "period from October 1, 2015 up to, but not including, October 1, 2020."
    )


def test_a_reason_names_five_inspections_and_counts_the_others():
    many = [inspection(date(2018, 5, day), VAI, id=str(day)) for day in range(1, 9)]
    opinion = inspected_without_official_action(many, since=SINCE, before=BEFORE)
    assert "5 (ended May 5, 2018), 3 more in the period" in opinion.reason


@given(st.lists(st.tuples(DAYS, st.lists(CLASSES, min_size=1, max_size=3), st.booleans())))
def test_the_outcome_follows_from_the_rows_inside_the_window_alone(facts):
    cases = [inspection(day, *classes, conflicting=flag) for day, classes, flag in facts]
    inside = [fact for fact in facts if SINCE <= fact[0] <= BEFORE - timedelta(days=1)]
    if any(OAI in classes for _, classes, _ in inside):
        expected = Outcome.FAILS
    elif not inside or any(None in classes or flag for _, classes, flag in inside):
        expected = Outcome.UNDETERMINED
    else:
        expected = Outcome.MEETS
    assert outcome(*cases) == expected


@given(st.lists(CLASSES, max_size=6))
def test_the_class_of_an_inspection_does_not_depend_on_the_order_of_its_rows(classes):
    assert worst_classification(classes) == worst_classification(reversed(classes))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([NAI], NAI),
        ([NAI, VAI], VAI),
        ([VAI, OAI, NAI], OAI),
        ([None, OAI], OAI),
        ([None, VAI], None),
        ([], None),
    ],
)
def test_the_class_of_an_inspection_is_oai_else_missing_else_the_worst(rows, expected):
    assert worst_classification(rows) == expected


def test_classifications_are_ordered_by_severity_not_by_the_alphabet():
    assert sorted([OAI, NAI, VAI]) == [NAI, VAI, OAI]


@pytest.mark.parametrize("country", ["US", "us ", *sorted(TERRITORIES)])
def test_the_states_and_territories_are_domestic_where_the_program_says_so(country):
    domestic = located_for_the_pilot(
        country, facilities_are="domestic", territories_are_domestic=True
    )
    foreign = located_for_the_pilot(
        country, facilities_are="foreign", territories_are_domestic=True
    )
    assert (domestic.outcome, foreign.outcome) == (Outcome.MEETS, Outcome.FAILS)


def test_a_territory_is_foreign_where_the_program_says_so():
    opinion = located_for_the_pilot("PR", facilities_are="foreign", territories_are_domestic=False)
    assert opinion.outcome == Outcome.MEETS


@pytest.mark.parametrize(
    ("facilities_are", "expected"), [("domestic", Outcome.FAILS), ("foreign", Outcome.MEETS)]
)
def test_india_is_on_the_side_of_the_api_pilot(facilities_are, expected):
    opinion = located_for_the_pilot(
        "IN", facilities_are=facilities_are, territories_are_domestic=True
    )
    assert opinion.outcome == expected


def test_an_unknown_country_is_undetermined():
    opinion = located_for_the_pilot("", facilities_are="domestic", territories_are_domestic=True)
    assert opinion.outcome == Outcome.UNDETERMINED


def test_a_pilot_for_neither_side_of_the_border_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="domestic"):
        located_for_the_pilot("US", facilities_are="both", territories_are_domestic=True)


@pytest.mark.parametrize(
    ("declared", "registered", "pilot", "expected"),
    [
        (["MANUFACTURE", "PACK"], None, "fdf", Outcome.MEETS),
        (["MANUFACTURE"], ["MANUFACTURE", "ANALYSIS"], "fdf", Outcome.MEETS),
        (["MANUFACTURE"], ["API MANUFACTURE"], "fdf", Outcome.UNDETERMINED),
        (["API MANUFACTURE"], None, "fdf", Outcome.UNDETERMINED),
        (["API MANUFACTURE"], ["API MANUFACTURE"], "api", Outcome.MEETS),
        (["MANUFACTURE"], None, "api", Outcome.UNDETERMINED),
        ([], None, "api", Outcome.UNDETERMINED),
        (["MANUFACTURE"], ["API MANUFACTURE"], "qmm", Outcome.MEETS),
    ],
)
def test_manufacture_is_not_api_manufacture(declared, registered, pilot, expected):
    opinion = manufactures_for_the_pilot(declared, registered, pilot=pilot)
    assert opinion.outcome == expected


def test_a_registration_that_only_an_older_file_lists_is_called_so():
    older = manufactures_for_the_pilot(
        ["MANUFACTURE"], {"MANUFACTURE"}, pilot="fdf", is_published=False
    )
    assert older.outcome is Outcome.MEETS
    assert "FDA’s registrations list it" not in older.reason
    assert "the newest no longer lists this site" in older.reason
    lacking = manufactures_for_the_pilot(
        ["MANUFACTURE"], {"ANALYSIS"}, pilot="fdf", is_published=False
    )
    assert lacking.outcome is Outcome.UNDETERMINED
    assert lacking.reason.startswith("An older file lists ANALYSIS")


def said(ended_on, classification, origin, fei="1"):
    return Inspection("1", ended_on, classification, fei_key=fei, origin=origin)


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        (said(date(2018, 5, 4), OAI, Origin.FIRM), Outcome.FAILS),
        (said(date(2018, 5, 4), OAI, Origin.FDA), Outcome.FAILS),
        (said(date(2018, 5, 4), None, Origin.FDA), Outcome.UNDETERMINED),
        (said(date(2018, 5, 4), None, Origin.FIRM), Outcome.UNDETERMINED),
        (said(date(2017, 1, 9), None, Origin.FIRM), Outcome.MEETS),  # the day that FDA classified
        (said(date(2017, 1, 9), None, Origin.FIRM, fei="2"), Outcome.UNDETERMINED),
        (said(date(2018, 5, 4), VAI, Origin.FIRM), Outcome.MEETS),
        (said(date(2020, 10, 1), OAI, Origin.FIRM), Outcome.MEETS),
        (said(date(2015, 9, 30), None, Origin.FDA), Outcome.MEETS),
    ],
)
def test_what_is_stated_beside_a_clean_public_inspection_counts_inside_the_window(beside, expected):
    public = Inspection("2", date(2017, 1, 9), NAI, (), fei_key="1")
    assert outcome(public, beside) == expected
    assert outcome(beside, public) == expected


@given(st.lists(st.tuples(DAYS, CLASSES)))
def test_a_firms_own_statement_never_proves_the_criterion(declared):
    stated = [said(day, classification, Origin.FIRM) for day, classification in declared]
    assert outcome(*stated) != Outcome.MEETS


@given(st.lists(st.tuples(DAYS, CLASSES, st.sampled_from(Origin)), max_size=6), DAYS, CLASSES)
def test_another_declared_inspection_never_makes_the_outcome_better(known, day, classification):
    severity = [Outcome.FAILS, Outcome.UNDETERMINED, Outcome.MEETS]
    before = [said(*each) for each in known]
    after = [*before, said(day, classification, Origin.FIRM)]
    assert severity.index(outcome(*after)) <= severity.index(outcome(*before))


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize(
    ("ended_on", "expected"),
    [
        (date(2015, 9, 30), Outcome.UNDETERMINED),
        (date(2015, 10, 1), Outcome.FAILS),
        (date(2020, 9, 30), Outcome.FAILS),
        (date(2020, 10, 1), Outcome.UNDETERMINED),
    ],
)
def test_the_window_is_the_same_whoever_says_so(origin, ended_on, expected):
    assert outcome(said(ended_on, OAI, origin)) == expected


def test_a_commitment_is_met_only_when_attested():
    assert [committed(True).outcome, committed(False).outcome] == [Outcome.MEETS, Outcome.FAILS]


@given(st.integers(1, 9_999_999_999), st.integers(0, 10), st.booleans(), st.booleans())
def test_an_fei_reads_the_same_however_it_is_padded(number, zeros, decimal, spaces):
    written = str(number).rjust(min(10, len(str(number)) + zeros), "0") + ".0" * decimal
    assert canonical_fei(f"  {written}\t" if spaces else written) == str(number)


@given(st.text())
def test_any_text_is_an_fei_of_one_to_ten_digits_or_a_helpful_refusal(text):
    try:
        fei = canonical_fei(text)
    except ValueError as error:
        assert str(error).endswith(".")  # noqa: PT017 - either branch is right
    else:
        assert fei.isascii()
        assert fei.isdigit()
        assert 1 <= len(fei) <= 10
        assert fei[0] != "0"


@pytest.mark.parametrize(
    "text", ["", "-", "12345678901", "3.0E9", "１２３４５６７", "12 34567", "1.00"]
)
def test_what_is_not_one_to_ten_digits_is_no_fei(text):
    with pytest.raises(ValueError, match="one to ten digits"):
        canonical_fei(text)


@pytest.mark.parametrize("text", ["0", "0000000000", "00.0"])
def test_zeros_alone_are_no_fei(text):
    with pytest.raises(ValueError, match="zeros alone"):
        canonical_fei(text)


def test_an_fei_of_unusual_length_is_warned_about():
    assert fei_warning("0000000360") == (
        "An FEI usually has seven or ten digits; this one has 3 digits besides leading zeros. "
        "Please check it."
    )


@pytest.mark.parametrize("text", ["3003774440", "1526344", "0001526344"])
def test_an_fei_of_seven_or_ten_digits_is_not_warned_about(text):
    assert fei_warning(text) == ""


def test_a_duns_keeps_its_leading_zeros_and_loses_its_hyphens():
    assert canonical_duns(" 00-345-6789 ") == "003456789"


@pytest.mark.parametrize("text", ["", "12345678", "1234567890", "12345678A"])
def test_what_is_not_nine_digits_is_no_duns(text):
    with pytest.raises(ValueError, match="nine digits"):
        canonical_duns(text)
