"""R1: every URL, method and person against the table; own, foreign and missing things (A7)."""

import logging

import pytest
from django.conf import settings
from django.urls import include, path

from applications.views import review
from qmm_pilot.records import register

from .doors import (
    CHANGING,
    IN_MEMORY,
    METHODS,
    MOST_QUERIES,
    Answer,
    Street,
    knocks,
    urls_of,
)
from .local import THIS_MACHINE_ONLY
from .people import CASE_STAFF, EVERYBODY, PEOPLE
from .table import LOCAL, TABLES, urlconf

pytestmark = pytest.mark.django_db
OWN_ACCOUNT = ("account_", "mfa_", "accounts:")
# Pages of FDA's people that name no firm, or of it no more than the title of a task.
WITHOUT_FIRMS = {
    "home",
    "programs:program_list",
    "applications:selection",
    "applications:import_list",
    "applications:import_new",
    "applications:access_register",
    "applications:access_register_export",
    "records:verify",
    "records:export_list",
    "records:statement",
    "records:statement_publish",
    "assessments:archive_list",
    "programs:agreement_list",
    "assessments:round_new",
    # FDA's own: which case is kept for which matter, nothing of what a firm has written.
}
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
    yield Street(urlconf(debug=False), world, remembers=True)
    logging.disable(logging.NOTSET)


@pytest.fixture
def local_street(world, settings, street):
    """The doors of development."""
    settings.DEBUG = True
    return Street(urlconf(debug=True), world)


# --- the table is whole ------------------------------------------------------------------------


def test_who_knocks_in_the_quick_form_exists():
    assert PEOPLE.keys() >= OF_EACH_SIDE


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
    # FDA's public data belong to nobody, so that nothing there is foreign.
    assert alone == {
        f"applications:import_{page}"
        for page in ("detail", "roll_back", "take_back", "apply", "discard")
    }


# --- and every door answers as it says ---------------------------------------------------------


# The seven methods are the same code on every engine; PostgreSQL is asked what reads and writes.
METHODS_HERE = METHODS if settings.USES_SQLITE else ["GET", "POST"]


# One of each side, and who is kept from a site: `make check` knocks as these alone.
OF_EACH_SIDE = {
    "anonymous",
    "A official",
    "A agent",
    "B official",
    "one's lead",
    "coordinator",
    "records officer",
    "staff with a conflict",
}


@pytest.mark.parametrize(
    "person",
    [
        name if name in OF_EACH_SIDE else pytest.param(name, marks=pytest.mark.thorough)
        for name in PEOPLE
    ],
)
@pytest.mark.parametrize("app", TABLES)
def test_every_door_answers_as_the_table_says(street, settings, app, person):
    settings.ROOT_URLCONF = street.urlconf
    assert list(street.mistakes(TABLES[app], person, METHODS_HERE)) == []


@pytest.mark.thorough
def test_local_doors_open_to_this_machine_without_signing_in(local_street, settings):
    settings.ROOT_URLCONF = local_street.urlconf
    local_street.hidden.of = {}  # mails and codes of everybody: that is what they are for
    for person in PEOPLE:
        assert list(local_street.mistakes(LOCAL, person)) == []


@pytest.mark.thorough
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


# --- the access register of a firm (A13) -------------------------------------------------------


@pytest.mark.parametrize(
    ("forgotten", "app"),
    [
        ("queue/<uuid:pk>/", "applications"),
        ("selection/<uuid:pk>/requests/<uuid:request_pk>/", "applications"),
        ("metrics/<uuid:pk>/", "metrics"),
        ("assessments/<uuid:pk>/", "assessments"),
        ("topics/<uuid:pk>/", "assessments"),
        ("reports/<uuid:pk>/", "assessments"),
    ],
)
def test_a_page_that_forgets_the_register_is_found(street, settings, monkeypatch, forgotten, app):
    settings.ROOT_URLCONF = street.urlconf
    monkeypatch.delitem(register.ADDRESSES, forgotten)
    people = ["selector"] if "selection" in forgotten else ["observer"]
    found = [m for who in people for m in street.mistakes(TABLES[app], who, ["GET"])]
    assert found
    assert {mistake.partition(": ")[2] for mistake in found} == {
        "showed a firm's record and left no line in its access register"
    }


def test_a_download_that_forgets_the_register_is_found(street, settings, monkeypatch):
    settings.ROOT_URLCONF = street.urlconf
    monkeypatch.delitem(register.FILES, "files/<uuid:pk>/")
    doors = {"assessments:file_download": EVERY_ROW["assessments:file_download"]}
    assert any("access register" in mistake for mistake in street.mistakes(doors, "observer"))


def test_every_page_without_an_id_is_in_the_register_or_shows_no_firm(street):
    """A list of firms that nobody declared would be read unseen."""
    routes = dict(urls_of(street.urlconf))
    unseen = {
        name
        for name, doors in EVERY_ROW.items()
        if not doors[0].things
        and any("GET" in door.methods and door.yes & CASE_STAFF for door in doors)
        and routes[name] not in register.LISTS
    }
    assert {name for name in unseen if not name.startswith(OWN_ACCOUNT)} == WITHOUT_FIRMS


# --- no page asks the database too much (P2) ----------------------------------------------------


@pytest.fixture
def sheet(street, settings):
    """A reviewer's opening of the sheet of a request, which asks more than most pages."""
    settings.ROOT_URLCONF = street.urlconf
    name = "applications:request_review"
    tried = knocks(name, EVERY_ROW[name], street.world.things, "reviewer", ["GET"])
    return next(knock for knock in tried if knock.expected == {Answer.YES})


def test_a_page_with_a_thirteenth_question_is_found(street, sheet, monkeypatch):
    assert list(street.mistakes_at(sheet)) == []
    to_spare = MOST_QUERIES - IN_MEMORY - street.asked.total()
    plant(
        monkeypatch, lambda facility: [list(others(facility)[:n]) for n in range(1, to_spare + 1)]
    )
    assert list(street.mistakes_at(sheet)) == []
    plant(
        monkeypatch, lambda facility: [list(others(facility)[:n]) for n in range(1, to_spare + 2)]
    )
    assert list(street.mistakes_at(sheet)) == [
        f"{sheet}: asked 13 questions of the database, not 12"
    ]


def test_a_page_that_asks_once_more_for_each_row_is_found(street, sheet, monkeypatch):
    def each_row(facility):
        return [facility.identifiers.filter(kind=n).exists() for n in "abcd"]

    plant(monkeypatch, each_row)
    found = "".join(street.mistakes_at(sheet))
    assert f"{sheet}: asked 4 times: SELECT" in found
    assert "applications_facilityidentifier" in found


def plant(monkeypatch, questions):
    """Have the sheet ask these further questions about its facility."""

    def asks_more(participation_request):
        questions(participation_request.facility)

    monkeypatch.setattr(review, "signers_letter", asks_more)


def others(facility):
    return type(facility).objects.exclude(pk=facility.pk)


# --- nothing is changed from another site ------------------------------------------------------


@pytest.mark.thorough
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
