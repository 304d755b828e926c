"""Fills in and posts the form behind any door of the table, as a person who may."""

from dataclasses import dataclass

from django.test import Client
from django.urls import reverse

from tests.assessments.visits import PASSWORD as PASSWORD_OF_SIGNERS
from tests.factories import PASSWORD
from tests.filling import Form, forms_of

from .people import MEMBERS

TODAY = "2026-11-02"


@dataclass
class Visitor:
    """Somebody before one door, and the form that she posts there (empty where it asks nothing)."""

    name: str
    address: str
    person: str
    client: Client
    form: Form
    page: bytes

    def data(self, **typed):
        """A plausible filling of the form: what is offered, and words where words are asked."""
        filled = self.form.filled(self._typed, **typed)
        for control in self.form.controls:
            if control.name in typed:
                continue
            if control.kind == "date":
                filled[control.name] = [control.value or TODAY]
            elif control.kind == "datetime-local":
                filled[control.name] = [control.value or f"{TODAY}T10:00"]
            elif control.kind == "email":
                filled[control.name] = [control.value or "someone@elsewhere.example"]
            elif control.is_number:
                filled[control.name] = [control.value or "1"]
        return filled

    @staticmethod
    def _typed(control):
        limit = int(control.attrs.get("maxlength") or 100)
        return control.value or "Words that were typed"[:limit]

    def passwords(self):
        """The fillings to try: those who sign reports have a password of their own."""
        names = [control.name for control in self.form.controls if control.kind == "password"]
        return [
            dict.fromkeys(names, word)
            for word in (PASSWORD, PASSWORD_OF_SIGNERS)[: 1 + bool(names)]
        ]


def visitors(world, table, method="POST"):
    """One visitor for each thing behind each door that takes this method."""
    clients = {}
    for name, doors in table.items():
        for door in doors:
            people = sorted((door.yes & MEMBERS) or door.yes)
            if method in door.methods and people:
                person = people[0]
                client = clients.setdefault(person, _client(world, person))
                ids = tuple(str(world.things[thing]) for thing in door.things)
                address = reverse(name, args=ids)
                page = client.get(address).getvalue() if "GET" in door.methods else b""
                yield Visitor(name, address, person, client, _posted_form(page, address), page)


def _client(world, person):
    client = Client(raise_request_exception=False)
    if session := world.sessions[person]:
        client.cookies["sessionid"] = session
    return client


def _posted_form(page, address):
    """The form of this page that is posted back to its own address."""
    for form in forms_of(page):
        if form.method == "post" and form.action in ("", address):
            return form
    return Form(address, "post")
