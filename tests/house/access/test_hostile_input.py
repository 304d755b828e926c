"""Whatever is sent to a door, it answers: no fault of the product on either engine.

Behind each door, as a person who may, stands what no form of ours would send: NUL bytes, words and
numbers too long, ids and days that cannot be, a field twice or as a file, a body of another kind,
a method in a header. What is answered may refuse or say what is wrong; it is never a fault.
"""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from .doors import Street, knocks, patterns_of
from .memory import Memory
from .people import MEMBERS
from .table import TABLES, urlconf
from .visitors import visitors

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]
TABLE = {name: doors for table in TABLES.values() for name, doors in table.items()}
WORDS = {
    "a NUL byte": "a\0b",
    "a long word": "x" * 30_000,
    "a huge number": "9" * 400,
    "a negative number": "-1",
    "an exponent": "1e999",
    "not a number": "NaN",
    "no such id": "00000000-0000-0000-0000-00000000000g",
    "the first day": "0001-01-01",
    "the last day": "9999-12-31",
    "another script": "\u202e\u0661\u0662\ufeff\U0001f9ea",
    "marks of markup": "\"'><script>{{ 7*7 }}{% now %}' OR 1=1 --",
    "a list": '["a", {"b": null}]',
}
# What pages read from their addresses, beside what they do not know.
QUERIES = [
    "program", "state", "before", "after", "page", "check", "next", "facility", "organization",
    "first_on", "last_on", "mode", "deed", "person", "since", "until", "kind", "about", "q", "at",
]  # fmt: skip
BODIES = {
    "json": (json.dumps({"reason": ["a"]}), "application/json"),
    "text": ("reason=words", "text/plain"),
    "broken parts": (
        b"--x\r\nContent-Disposition: form-data; na",
        "multipart/form-data; boundary=x",
    ),
    "no boundary": (b"reason", "multipart/form-data"),
    "broken signs": (b"reason=%zz%00%ff&=&a[]=%C0%80", "application/x-www-form-urlencoded"),
    "another charset": (b"reason=\xff\xfe", "application/x-www-form-urlencoded; charset=utf-7"),
}
HEADERS = [
    {"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"},
    {"HTTP_X_METHOD_OVERRIDE": "POST"},
    {"HTTP_X_FORWARDED_HOST": "elsewhere.example"},
    {"HTTP_COOKIE": "sessionid=\x01\x02; messages=broken; csrftoken=x"},
    {"HTTP_ACCEPT_LANGUAGE": "x" * 5000},
    {"HTTP_IF_MODIFIED_SINCE": "no day"},
    {"HTTP_RANGE": "bytes=-5-"},
]


@pytest.fixture
def streets(world, settings, monkeypatch):
    """The doors of an installation, where a fault answers 500."""
    settings.ROOT_URLCONF = urlconf(debug=False)
    # Nobody asks for the contexts of pages, of which Django's client keeps copies.
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *_, **__: None)
    with Memory(world.sessions.values()).recalled():
        yield settings.ROOT_URLCONF


def fault(send):
    """What went wrong inside the product, or nothing; what was changed is taken back."""
    with transaction.atomic():
        answer = send()
        if answer.streaming:
            answer.getvalue()
        transaction.set_rollback(True)
    return repr(answer.exc_info[1])[:200] if answer.status_code >= 500 else ""


def faults(tries):
    """The tries that ended in a fault."""
    return [f"{name}: {told}" for name, send in tries if (told := fault(send))]


def readings(visitor):
    """Addresses of this door with each query that a page might read."""
    client, address = visitor.client, visitor.address
    for called, word in WORDS.items():
        query = dict.fromkeys(QUERIES, word[:3000])
        yield (
            f"GET {visitor.name} with {called} in every query",
            lambda query=query: client.get(address, query),
        )
    twice = {name: ["a", "b"] for name in QUERIES}
    yield f"GET {visitor.name} with each query twice", lambda: client.get(address, twice)
    for header in HEADERS:
        yield (
            f"GET {visitor.name} with {header}",
            lambda header=header: client.get(address, **header),
        )


def writings(visitor):
    """The form of this door with each word in every field, twice, as files; and other bodies."""
    client, address = visitor.client, visitor.address
    good = visitor.data(**visitor.passwords()[0])
    hidden = {"seen": "x", "revision": "x", "page_of": "x", "confirmed_fei": "x", "code": "x"}
    fields = {**hidden, **good}
    for called, word in WORDS.items():
        data = dict.fromkeys(fields, word)
        yield f"POST {visitor.name}: {called}", lambda data=data: client.post(address, data)
        if called == "a NUL byte":
            for field in fields:
                data = {**good, field: word}
                yield (
                    f"POST {visitor.name}: {called} in {field}",
                    lambda data=data: client.post(address, data),
                )
    twice = {name: ["a", "b", ""] for name in fields}
    yield f"POST {visitor.name}: each field thrice", lambda: client.post(address, twice)
    yield (
        f"POST {visitor.name}: each field a file",
        lambda: client.post(
            address, {name: SimpleUploadedFile("a\0/../b.txt", b"a") for name in fields}
        ),
    )
    for called, (body, kind) in BODIES.items():
        yield (
            f"POST {visitor.name}: {called}",
            lambda body=body, kind=kind: client.generic("POST", address, body, kind),
        )
    yield (
        f"POST {visitor.name}: a method in a header",
        lambda: client.post(address, good, HTTP_X_HTTP_METHOD_OVERRIDE="DELETE"),
    )


def one_of_each(found):
    """The first visitor of each door."""
    return {visitor.name: visitor for visitor in reversed(list(found))}.values()


def test_no_address_with_any_query_is_a_fault(world, streets):
    found = []
    for visitor in one_of_each(visitors(world, TABLE, "GET")):
        found += faults(readings(visitor))
    assert found == []


def test_no_posted_field_is_a_fault(world, streets):
    found = []
    for visitor in one_of_each(visitors(world, TABLE)):
        found += faults(writings(visitor))
    assert found == []


def test_no_address_that_cannot_be_is_a_fault(world, streets):
    """Ids of every door replaced; most routes do not match them at all."""
    odd = ["%00", "x" * 5000, "-1", "9" * 400, "..%2f..%2fetc", "%c0%80", "%E2%80%AE", "a'b\"c"]
    found = []
    clients = {v.person: v.client for v in visitors(world, TABLE, "GET")}
    for name, doors in TABLE.items():
        for person in sorted(doors[0].yes & MEMBERS)[:1]:
            client = clients.setdefault(person, Client(raise_request_exception=False))
            pattern = next(route for named, route in _routes(streets) if named == name)
            for word in odd:
                address = _with(pattern, word)
                for method in ("get", "post"):
                    send = getattr(client, method)
                    found += faults([(f"{method} {address[:80]}", lambda a=address, s=send: s(a))])
    assert found == []


def test_a_method_in_a_header_is_not_obeyed(world, streets):
    street = Street(streets, world)
    for name, doors in TABLE.items():
        for person in sorted(doors[0].yes & MEMBERS)[:1]:
            for knock in knocks(name, doors[:1], world.things, person, ["GET"]):
                plain = street.knock(knock)
                overridden = street.knock(knock, HTTP_X_HTTP_METHOD_OVERRIDE="POST")
                assert (str(knock), overridden[0]) == (str(knock), plain[0])


def test_a_door_that_fails_is_found(world, streets):
    def careless(request):
        """Count with what the address says."""
        return HttpResponse(str(int(request.GET.get("page", "1"))))

    (pattern,) = [p for name, p in patterns_of(streets) if name == "programs:program_list"]
    kept, pattern.callback = pattern.callback, careless
    try:
        (visitor, *_) = visitors(
            world, {"programs:program_list": TABLE["programs:program_list"]}, "GET"
        )
        assert faults(readings(visitor))
    finally:
        pattern.callback = kept


def _routes(module):
    from .doors import urls_of

    return urls_of(module)


def _with(route, word):
    """The address of a route with this word in the place of every id."""
    parts = [word if part.startswith("<") else part for part in route.split("/")]
    return "/" + "/".join(parts)
