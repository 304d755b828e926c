"""FDA's registrations of drug establishments: read with their quirks, and back by FEI."""

import io
import zipfile
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from applications.inspections import import_inspections
from applications.known_sites import KnownSite, known_site
from applications.models import Registration, RegistrationImport
from applications.public_data.feeds import FEEDS, REGISTRATIONS
from applications.public_data.snapshots import import_file
from applications.registrations import Registered, registered_as
from qmm_pilot.lifecycle import Refusal
from tests.applications import exports

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


# --- The file --------------------------------------------------------------------------------


def take(content, name="drls_reg.txt"):
    return import_file(REGISTRATIONS, io.BytesIO(content), file_name=name, by=None, at=AT)


def zipped(content, name="drls_reg.txt"):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    "content",
    [exports.registrations(), zipped(exports.registrations())],
    ids=["text", "archive"],
)
def test_the_file_is_read_with_all_its_quirks(content):
    done = take(content)
    assert (done.summary["created"], done.summary["rejected"]) == (2, 0)
    home, abroad = registered_as(["1526344", "3002808087"])
    assert home == Registered(
        fei_key="1526344",
        firm_name="Example Labs",
        address="1 Main St,  Springfield,  Illinois (IL)  62701,  United States (USA)",
        country="USA",
        duns="001234567",
        operations=("ANALYSIS", "MANUFACTURE"),
        registrants=("Example Holding",),
        expires_on=date(2026, 12, 31),
        is_published=True,
        file_name="drls_reg.txt",
    )
    assert (abroad.country, abroad.operations) == ("FRA", ("ANALYSIS", "API MANUFACTURE"))


def test_no_contact_person_is_kept_anywhere():
    content = exports.registrations(
        exports.registration(), exports.registration(fei_number=""), ["7", exports.CONTACT]
    )
    done = take(content)
    kept = [*Registration.objects.values_list(), *done.rejects.with_cells(), done.snapshot.rejects]
    assert done.snapshot.rejected == 2
    assert exports.CONTACT not in str(kept)
    assert "Jane" not in str(kept)


def test_rows_of_one_site_and_registrant_are_united():
    rows = [exports.registration(), exports.registration(operations="PACK;ANALYSIS")]
    done = take(exports.registrations(*rows))
    assert (done.summary["created"], done.summary["unchanged"]) == (1, 1)
    assert registered_as(["1526344"])[0].operations == ("ANALYSIS", "MANUFACTURE", "PACK")


def test_a_newer_file_changes_operations_and_marks_what_it_lacks():
    take(exports.registrations())
    newer = take(exports.registrations(exports.registration(operations="PACK")))
    assert (newer.summary["updated"], newer.snapshot.absent) == (1, 1)
    home, abroad = registered_as(["1526344", "3002808087"])
    assert (home.operations, abroad.is_published) == (("PACK",), False)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (zipped(b"x", "other.pdf"), "The file is a zip archive with 0 text files"),
        (b"name\tplace\r\nA\tB\r\n", "The file is not FDA's file of drug establishment"),
        (exports.registrations()[:-30], "The file ends in the middle of line 3"),
    ],
)
def test_another_file_is_refused_with_where_to_get_the_right_one(content, words):
    with pytest.raises(Refusal) as caught:
        take(content)
    assert str(caught.value).startswith(words)
    assert "drls_reg.zip" in str(caught.value)
    assert not Registration.objects.exists()


def test_a_typed_fei_is_echoed_from_the_registration_first():
    import_inspections(
        io.BytesIO(exports.export(exports.row(fei="1526344"), exports.row(fei="7", id="2"))),
        file_name="inspections.csv",
        by=None,
        at=AT,
    )
    take(exports.registrations())
    assert known_site("1526344") == KnownSite(
        "Example Labs",
        "1 Main St,  Springfield,  Illinois (IL)  62701,  United States (USA)",
        "registrations",
        "drls_reg.txt",
        ("ANALYSIS", "MANUFACTURE"),
    )
    assert known_site("7").source == "inspection data"


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_the_keys_of_fdas_rows_are_in_byte_order_whatever_the_databases_language(feed):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":  # byte order, unless the table says otherwise
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [feed.table])
            assert "COLLATE" not in cursor.fetchone()[0].upper()
            return
        cursor.execute(
            "SELECT attname, collname FROM pg_attribute "
            "JOIN pg_collation ON pg_collation.oid = attcollation WHERE attrelid = %s::regclass",
            [feed.table],
        )
        collations = dict(cursor.fetchall())
    keys = (*feed.key, "fei_key")
    assert {name: collations[name] for name in keys} == dict.fromkeys(keys, "C")
