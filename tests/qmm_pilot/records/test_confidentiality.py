"""Designations of confidential commercial information: what is kept, and until when."""

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, transaction

from qmm_pilot.records.confidentiality import RULE, designate, marks_of, ten_years_after
from qmm_pilot.records.models import Designation
from tests import factories

AT = datetime(2020, 11, 16, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("designated", "expires"),
    [
        (date(2020, 11, 16), date(2030, 11, 16)),
        (date(2020, 2, 28), date(2030, 2, 28)),
        (date(2020, 2, 29), date(2030, 3, 1)),
        (date(2020, 12, 31), date(2030, 12, 31)),
    ],
)
def test_a_designation_expires_ten_years_later(designated, expires):
    assert ten_years_after(designated) == expires


def test_ten_years_after_a_leap_day_there_is_never_one():
    leap_days = [date(year, 2, 29) for year in range(2000, 2400, 4) if year % 100]
    assert {ten_years_after(day).month for day in leap_days} == {3}


@pytest.mark.django_db
def test_a_designation_keeps_who_when_the_rule_and_the_eastern_day():
    official = factories.registrant()
    # 2:00 on March 1 in Greenwich is still February 29 at FDA.
    at = datetime(2020, 3, 1, 2, 0, tzinfo=UTC)
    kept = designate(official.organization, ["products", "operations"], by=official, at=at)
    assert (kept.fields, kept.rule, kept.reason) == (["operations", "products"], RULE, "")
    assert (kept.designated_by, kept.designated_at) == (official, at)
    assert kept.expires_on == date(2030, 3, 1)


@pytest.mark.django_db
def test_marks_unite_every_designation_of_a_record_and_hold_until_the_last_expires():
    official = factories.registrant()
    firm = official.organization
    designate(firm, ["products"], by=official, at=AT)
    designate(firm, ["sector"], by=official, at=AT.replace(month=12), reason="Seen later.")
    marks = marks_of(firm)
    assert marks.fields == {"products", "sector"}
    assert ("sector" in marks, "size_band" in marks) == (True, False)
    assert marks.expires_on == date(2030, 12, 16)


@pytest.mark.django_db
def test_nothing_marked_is_no_designation():
    official = factories.registrant()
    assert designate(official.organization, [], by=official, at=AT) is None
    marks = marks_of(official.organization)
    assert (bool(marks), marks.expires_on) == (False, None)


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_alter_or_remove_a_designation(change):
    official = factories.registrant()
    designate(official.organization, ["products"], by=official, at=AT)
    rows = Designation.objects.all()
    with pytest.raises(DatabaseError, match="neither altered nor removed"), transaction.atomic():
        rows.update(fields=[]) if change == "update" else rows._raw_delete(rows.db)
    assert rows.get().fields == ["products"]
