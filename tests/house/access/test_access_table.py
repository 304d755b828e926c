"""R1: every URL, method and person against the table; own, foreign and missing things (A7)."""

import logging

import pytest
from django.conf import settings
from django.urls import include, path

from .doors import CHANGING, METHODS, Answer, Street, knocks, urls_of
from .local import THIS_MACHINE_ONLY
from .people import EVERYBODY, PEOPLE
from .table import LOCAL, TABLES, urlconf

pytestmark = pytest.mark.django_db
EVERY_ROW = {name: doors for table in TABLES.values() for name, doors in table.items()}
SIGN_IN = ("account_", "mfa_")
ELSEWHERE = [
    {"REMOTE_ADDR": "203.0.113.9"},
    {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"},
]


@pytest.fixture(scope="module")
def street(world):
    """The doors of an installation."""
    logging.disable(logging.ERROR)  # thousands of "not found" are the point here
    yield Street(urlconf(debug=False), world)
    logging.disable(logging.NOTSET)


@pytest.fixture
def local_street(world, settings, street):
    """The doors of development."""
    settings.DEBUG = True
    return Street(urlconf(debug=True), world)


# --- the table is whole ------------------------------------------------------------------------


def test_every_url_has_a_row_and_every_row_a_url():
    assert sorted(names_of(urlconf(debug=False))) == sorted(EVERY_ROW)


def test_the_local_pages_are_the_only_ones_that_development_adds():
    assert sorted(names_of(urlconf(debug=True))) == sorted([*EVERY_ROW, *LOCAL])


def test_a_url_that_no_row_lists_is_found_in_an_included_urlconf_too(monkeypatch):
    def planted(request):
        """A page that nobody wrote a row for."""

    module = urlconf(debug=False)
    inner = [path("further/", include([path("in/", planted, name="in"), path("x/", planted)]))]
    monkeypatch.setattr(
        module, "urlpatterns", [*module.urlpatterns, path("p/", include((inner, "planted")))]
    )
    assert set(names_of(module)) - set(EVERY_ROW) == {"planted:in", "planted:"}


def test_every_url_with_an_id_is_tried_with_two_things_at_least():
    ours = {name: doors for name, doors in EVERY_ROW.items() if not name.startswith(SIGN_IN)}
    alone = {
        name
        for name, doors in ours.items()
        if doors[0].things and len({door.things for door in doors}) < 2
    }
    # FDA's inspection data belong to nobody, so that nothing there is foreign.
    assert alone == {"applications:import_detail", "applications:import_job"}


# --- and every door answers as it says ---------------------------------------------------------


# The seven methods are the same code on every engine; PostgreSQL is asked what reads and writes.
METHODS_HERE = METHODS if settings.USES_SQLITE else ["GET", "POST"]


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("app", TABLES)
def test_every_door_answers_as_the_table_says(street, settings, app, person):
    settings.ROOT_URLCONF = street.urlconf
    assert list(street.mistakes(TABLES[app], person, METHODS_HERE)) == []


def test_local_doors_open_to_this_machine_without_signing_in(local_street, settings):
    settings.ROOT_URLCONF = local_street.urlconf
    for person in PEOPLE:
        assert list(local_street.mistakes(LOCAL, person)) == []


@pytest.mark.parametrize("sender", ELSEWHERE, ids=["another machine", "a proxy"])
def test_mail_and_clock_do_not_exist_for_another_machine(local_street, settings, sender):
    settings.ROOT_URLCONF = local_street.urlconf
    for name, doors in THIS_MACHINE_ONLY.items():
        for person in PEOPLE:
            for knock in knocks(name, doors, local_street.world.things, person):
                assert (str(knock), *local_street.knock(knock, **sender)) == (
                    str(knock),
                    Answer.NOT_FOUND,
                    [],
                )


# --- nothing is changed from another site ------------------------------------------------------


def test_every_post_without_a_csrf_token_is_refused(street, settings):
    settings.ROOT_URLCONF = street.urlconf
    street = Street(street.urlconf, street.world, enforces_csrf=True)
    let_in = [
        knock
        for name, doors in EVERY_ROW.items()
        for person in EVERYBODY
        for knock in knocks(name, doors, street.world.things, person, CHANGING)
        if knock.expected == {Answer.YES}
    ]
    one_each = {(knock.name, knock.method): knock for knock in let_in}
    assert {name for name, method in one_each if method == "POST"} == {
        name for name, doors in EVERY_ROW.items() if any("POST" in d.methods for d in doors)
    }
    for knock in one_each.values():
        assert (str(knock), *street.knock(knock)) == (str(knock), Answer.REFUSED, [])


def names_of(urlconf):
    return [name for name, _ in urls_of(urlconf)]
