"""FDA's registrations of drug establishments: read back by FEI, all rows of a site together."""

from datetime import UTC, date, datetime

import pytest

from applications.models import Registration, RegistrationImport
from applications.registrations import Registered, registered_as

AT = datetime(2020, 11, 16, 14, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def snapshot(number):
    return RegistrationImport.objects.create(
        number=number,
        file_name=f"drls_reg_{number}.txt",
        sha256="0" * 64,
        bytes_read=1,
        row_rules=1,
        imported_at=AT,
        rows_read=1,
        created=1,
        updated=0,
        unchanged=0,
        rejected=0,
        absent=0,
    )


def registration(first_import, **changes):
    return Registration.objects.create(
        first_import=first_import,
        **{
            "fei": "0001526344",
            "fei_key": "1526344",
            "duns": "001234567",
            "firm_name": "Example Labs",
            "address": "1 Main St, Springfield, Illinois (IL) 62701, United States (USA)",
            "country": "USA",
            "operations": "ANALYSIS; MANUFACTURE",
            "registrant_name": "Example Holding",
            "expires_on": date(2026, 12, 31),
        }
        | changes,
    )


def test_the_rows_of_an_fei_are_told_as_one_with_their_operations_united():
    first = snapshot(1)
    registration(first)
    registration(first, operations="PACK; ANALYSIS", registrant_name="Another Firm")
    registration(first, fei="7", fei_key="7", operations="API MANUFACTURE")
    assert registered_as(["9", "1526344"]) == [
        Registered(
            fei_key="1526344",
            firm_name="Example Labs",
            address="1 Main St, Springfield, Illinois (IL) 62701, United States (USA)",
            country="USA",
            duns="001234567",
            operations=("ANALYSIS", "MANUFACTURE", "PACK"),
            registrants=("Another Firm", "Example Holding"),
            expires_on=date(2026, 12, 31),
            is_published=True,
            file_name="drls_reg_1.txt",
        )
    ]


def test_what_the_newest_file_no_longer_lists_is_told_as_such():
    first, second = snapshot(1), snapshot(2)
    registration(first, absent_since=second)
    registration(first, fei="7", fei_key="7", absent_since=second, operations="PACK")
    registration(second, fei="7", fei_key="7", duns="", operations="LABEL")
    gone, kept = registered_as(["1526344", "7"])
    assert (gone.is_published, gone.operations) == (False, ("ANALYSIS", "MANUFACTURE"))
    assert (kept.is_published, kept.operations) == (True, ("LABEL",))
