"""The demonstration's local pages: this machine only, forward only, in development only."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib import reload
from pathlib import Path

import pytest
from django.core.mail import send_mail
from django.urls import clear_url_caches, resolve, reverse

from qmm_pilot import clock
from qmm_pilot.records.models import LocalMail

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
BEGIN = datetime(2020, 11, 16, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _development(settings):
    """The addresses as they are in development: the test runner itself turns DEBUG off."""
    import qmm_pilot.urls

    settings.DEBUG = True
    settings.EMAIL_BACKEND = "qmm_pilot.records.localmail.LocalMailBackend"
    reload(qmm_pilot.urls)
    clear_url_caches()
    yield
    settings.DEBUG = False
    reload(qmm_pilot.urls)
    clear_url_caches()


@pytest.fixture
def set_off():
    clock.set_demonstration_moment(BEGIN)


def reached():
    """The demonstration's moment; it ticks along, so tests look at whole minutes."""
    return clock.demonstration_moment().replace(second=0, microsecond=0)


def mail(subject="Your code"):
    send_mail(subject, "The code is 4711.\nhttp://localhost/", None, ["rosa@example.test"])
    return LocalMail.objects.get(subject=subject)


# --- mail --------------------------------------------------------------------------------------


def test_a_mail_is_listed_newest_first_and_read_without_signing_in(client, set_off):
    mail("First")
    second = mail("Second")
    listed = client.get("/local/mails/")
    assert [row["subject"] for row in listed.context["mails"]] == ["Second", "First"]
    page = client.get(f"/local/mails/{second.pk}/").content.decode()
    assert "The code is 4711." in page
    assert "rosa@example.test" in page
    assert 'href="http://localhost/"' in page


def test_the_markup_of_a_mail_is_shown_and_not_obeyed(client):
    send_mail("Markup", "<script>alert(1)</script>", None, ["rosa@example.test"])
    page = client.get(reverse("local_mail", args=[LocalMail.objects.get().pk])).content.decode()
    assert "<script>alert" not in page


def test_an_empty_list_says_when_mail_arrives(client):
    assert "No mail yet" in client.get("/local/mails/").content.decode()


# --- the clock ---------------------------------------------------------------------------------


def test_the_clock_page_contains_its_controls(client, set_off):
    page = client.get("/local/clock/").content.decode()
    for control in ('name="day"', 'name="time"', 'value="day"', 'value="week"'):
        assert control in page
    assert "November 16, 2020, 9:00 a.m. ET" in page


def test_the_clock_moves_to_an_eastern_day_and_time(client, set_off):
    response = client.post("/local/clock/", {"day": "2020-12-10", "time": "08:30"}, follow=True)
    assert reached() == datetime(2020, 12, 10, 13, 30, tzinfo=UTC)
    assert "It is now December 10, 2020, 8:30 a.m. ET" in response.content.decode()


@pytest.mark.parametrize(("step", "days"), [("day", 1), ("week", 7)])
def test_a_step_keeps_the_eastern_time_of_day(client, step, days):
    before_the_change = datetime(2021, 3, 13, 14, 0, tzinfo=UTC)  # 9 a.m. EST; DST on March 14
    clock.set_demonstration_moment(before_the_change)
    client.post("/local/clock/", {"step": step})
    assert reached() == before_the_change + timedelta(days=days) - timedelta(hours=1)


@pytest.mark.parametrize(
    ("day", "time"), [("2020-11-16", "08:59"), ("2020-11-15", "23:00"), ("0001-01-01", "00:00")]
)
def test_the_clock_never_moves_back(client, set_off, day, time):
    response = client.post("/local/clock/", {"day": day, "time": time})
    assert "moves forward only" in str(next(iter(response.context["messages"])))
    assert reached() == BEGIN


@pytest.mark.parametrize("day", ["2031-01-01", "9999-12-31"])
def test_the_clock_does_not_leave_the_demonstration_behind(client, set_off, day):
    response = client.post("/local/clock/", {"day": day, "time": "09:00"})
    assert "no further than the year 2030" in str(next(iter(response.context["messages"])))
    assert reached() == BEGIN


def test_a_missing_day_is_asked_for(client, set_off):
    response = client.post("/local/clock/", {"time": "09:00"})
    assert list(response.context["form"].errors) == ["day"]
    assert reached() == BEGIN


def test_without_a_demonstration_there_is_no_clock_to_move(client):
    assert "Real time is used" in client.get("/local/clock/").content.decode()
    client.post("/local/clock/", {"day": "2020-12-10", "time": "08:30"})
    client.post("/local/clock/", {"step": "week"})
    assert clock.demonstration_moment() is None


# --- doors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_look(client, address):
    assert client.get("/local/mails/", REMOTE_ADDR=address).status_code == 200


@pytest.mark.parametrize(
    "sender",
    [
        {"REMOTE_ADDR": "10.0.0.7"},
        {"REMOTE_ADDR": "::ffff:10.0.0.7"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=203.0.113.9"},
    ],
)
def test_nobody_else_finds_these_pages(client, set_off, sender):
    kept = mail()
    for address in ("/local/mails/", f"/local/mails/{kept.pk}/", "/local/clock/"):
        assert client.get(address, **sender).status_code == 404
    client.post("/local/clock/", {"step": "day"}, **sender)
    assert reached() == BEGIN


def test_with_debug_off_even_this_machine_finds_nothing(client, settings):
    settings.DEBUG = False
    assert client.get("/local/mails/").status_code == 404
    assert resolve("/local/mails/").url_name == "local_mails"  # it was the view that refused


def test_with_debug_off_the_addresses_do_not_exist(tmp_path):
    script = (
        "import django; django.setup()\n"
        "from django.urls import Resolver404, resolve\n"
        "resolve('/programs/')\n"
        "for address in ('/local/mails/', '/local/clock/', '/local/codes/', '/styleguide/'):\n"
        "    try:\n"
        "        resolve(address)\n"
        "    except Resolver404:\n"
        "        print('none')\n"
    )
    environment = {
        **os.environ,
        "DEBUG": "false",
        "SECRET_KEY": "for this test only " * 3,
        "ALLOWED_HOSTS": "qmm.example.gov",
        "ALLOW_SQLITE": "true",
        "DATABASE_URL": f"sqlite:///{tmp_path}/none.sqlite3",
        "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "qmm_pilot.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == ["none"] * 4


def test_reading_pages_only_answer_reading(client, set_off):
    assert client.post("/local/mails/").status_code == 405
    assert client.post("/local/mails/00000000-0000-0000-0000-000000000000/").status_code == 405
