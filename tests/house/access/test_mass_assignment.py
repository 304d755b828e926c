"""A7: whatever else is posted along with a form, nothing but the form's own deed changes.

Behind the doors of accounts, programs and records a well filled form is posted twice, the second
time with a value for every column of every model of ours besides; both must leave the same changes.
The deeds of a whole pilot: tests/house/test_mass_assignment_in_a_pilot.py.
"""

import pytest
from django.forms import modelform_factory
from django.http import HttpResponse
from django.urls import clear_url_caches

from qmm_pilot.accounts.models import User
from tests.house.extras import assigned

from .doors import patterns_of
from .table import TABLES, urlconf
from .visitors import visitors

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]
TABLE = {name: doors for table in TABLES.values() for name, doors in table.items()}
# What no walk through a pilot does: accounts, programs, records.
ELSEWHERE = {
    name: doors
    for name, doors in TABLE.items()
    if name.split(":")[0] not in ("applications", "assessments", "metrics")
}


def test_extras_beside_a_form_change_nothing_elsewhere(world, settings):
    settings.ROOT_URLCONF = urlconf(debug=False)
    foreign = str(world.organization["firm B"].pk)
    done, wrong = set(), []
    for visitor in visitors(world, ELSEWHERE):
        if visitor.name not in done:
            for password in visitor.passwords():
                differing, is_done = assigned(visitor, visitor.data(**password), foreign)
                if is_done:  # else its form stands on another page, or asks for more
                    wrong += [f"{visitor.name}: {key}" for key in differing]
                    done.add(visitor.name)
    assert wrong == []
    assert {"accounts:profile"} < done, done


def test_a_form_that_takes_every_column_is_found(world, settings):
    settings.ROOT_URLCONF = module = urlconf(debug=False)
    form_class = modelform_factory(User, fields="__all__")

    def careless(request):
        """Save whatever was posted about oneself."""
        person = User.objects.get(pk=request.user.pk)
        form = form_class(request.POST, instance=person)
        for name in set(form.fields) - set(request.POST):
            del form.fields[name]
        form.is_valid()
        User.objects.filter(pk=person.pk).update(**form.cleaned_data)
        return HttpResponse()

    (pattern,) = [p for name, p in patterns_of(module) if name == "accounts:profile"]
    (visitor,) = visitors(world, {"accounts:profile": TABLE["accounts:profile"]})
    foreign = str(world.organization["firm B"].pk)
    kept, pattern.callback = pattern.callback, careless
    try:
        differing, _ = assigned(visitor, visitor.data(), foreign)
    finally:
        pattern.callback = kept
        clear_url_caches()
    assert differing
