"""Action items: what is due, who holds it, by when, and where it is done."""

from django.db.models import Q
from django.utils.text import Truncator

from .models import LONGEST_LINE, AboutSubject, ActionItem


def raise_item(
    key,
    *,
    title,
    about,
    url_name,
    url_kwargs,
    at,
    due_on=None,
    role="",
    organization=None,
    user=None,
) -> ActionItem:
    """Raise the item of this key, or bring the one that stands up to date and open it again.

    Held by `user`, or by the people of `organization` who hold `role` (all, where role is empty),
    or by everyone who holds `role`.
    """
    facts = _facts(title, about, url_name, url_kwargs, due_on, role, organization, user)
    item, _ = ActionItem.objects.update_or_create(
        key=key,
        defaults={**facts, "closed_at": None, "closed_by": None},
        create_defaults={**facts, "raised_at": at},
    )
    return item


def raise_items(items, *, at) -> None:
    """Raise many items at once: each a dict of raise_item()'s words, its key under "key"."""
    nothing = {"due_on": None, "role": "", "organization": None, "user": None}
    rows = []
    for item in items:
        words = {**nothing, **item}
        rows.append(ActionItem(key=words.pop("key"), raised_at=at, **_facts(**words)))
    changing = {
        field.name
        for field in ActionItem._meta.concrete_fields
        if field.name not in ("id", "key", "raised_at")
    }
    ActionItem.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["key"], update_fields=sorted(changing)
    )


def _facts(title, about, url_name, url_kwargs, due_on, role, organization, user) -> dict:
    return {
        **AboutSubject.naming(about),
        # Titles name facilities, and a legal name alone may be as long as a title.
        "title": Truncator(title).chars(LONGEST_LINE),
        "url_name": url_name,
        "url_kwargs": {name: str(value) for name, value in url_kwargs.items()},
        "due_on": due_on,
        "role": role or "",
        "organization_id": getattr(organization, "pk", None),
        "user": user,
    }


def pass_items_of(user, *, role="", organization=None) -> int:
    """Pass every open item that this person holds to a role or an organization; how many."""
    return (
        ActionItem.objects.open()
        .filter(user=user)
        .update(user=None, role=role, organization_id=getattr(organization, "pk", None))
    )


def close_item(key, *, by, at) -> None:
    """Close the item of this key, where one is open."""
    ActionItem.objects.open().filter(key=key).update(closed_at=at, closed_by=by)


def close_items_about(subject, *, by, at) -> None:
    """Close every open item about this record, because its case has ended."""
    ActionItem.objects.open().filter(**AboutSubject.naming(subject)).update(
        closed_at=at, closed_by=by
    )


def hold_items_about(*subjects) -> None:
    """Hold every open item about these records until commit, in a deed of several entries.

    Before the first entry holds the trail's head: whoever passes a person's items on, or assigns a
    record, holds its items and then wants the head.
    """
    about = Q(pk=None)
    for subject in subjects:
        about |= Q(**AboutSubject.naming(subject))
    items = ActionItem.objects.open().filter(about).order_by("pk")
    list(items.select_for_update(no_key=True).values_list("pk", flat=True))
