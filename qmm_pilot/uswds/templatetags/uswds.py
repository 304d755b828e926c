"""The components that every page is built from; docs/components.md shows each in use."""

from functools import lru_cache

from django import template
from django.template.loader import get_template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.text import slugify

from qmm_pilot.uswds import charts, moments
from qmm_pilot.uswds.controls import safe
from qmm_pilot.uswds.statuses import tone_of

register = template.Library()
CONFIDENTIAL = "Confidential (CCI)"  # beside each part that a submitter designated


# --- small facts, fast enough for every cell of a list -----------------------------------------


@register.simple_tag
def status(value, label=""):
    """Show a status: a model instance with a `status` field, a choice, or a code with its label."""
    if hasattr(value, "get_status_display"):
        code, label = value.status, label or value.get_status_display()
    else:
        code = value
        label = label or getattr(value, "label", "") or str(value).replace("_", " ").capitalize()
    return _status(str(code), str(label))


@lru_cache(maxsize=1000)
def _status(code, label):
    return format_html('<span class="status status--{}">{}</span>', tone_of(code), label)


@register.simple_tag(takes_context=True)
def moment(context, value, zone=None, short=False, exclusive=False):
    """Show an aware moment in Eastern Time and, if its clocks differ, in the reader's zone.

    `zone` names another zone, or "" for Eastern Time alone. `exclusive` is for the end of a
    window: the last minute before it is shown. Empty for None.
    """
    if not value:
        return ""
    shown = moments.last_minute_before(value) if exclusive else value
    if zone is None:
        zone = getattr(context.get("user"), "time_zone", "")
    elsewhere = moments.moment_elsewhere(shown, str(zone), short=short)
    there = (
        f' <span class="elsewhere">({conditional_escape(elsewhere)})</span>' if elsewhere else ""
    )
    words = moments.moment_in_words(shown, short=short)
    return safe(f'<time datetime="{moments.iso(value)}">{words}{there}</time>')


@register.simple_tag
def day(value, short=False):
    """Show a calendar day. Empty for None."""
    if not value:
        return ""
    words = moments.day_in_words(value, short=short)
    return safe(f'<time datetime="{value:%Y-%m-%d}">{words}</time>')


@register.simple_tag
def person(user, organization=True, firm=None):
    """Show a person: name, job title, organization (fetch it with `select_related`).

    `firm` is the organization for which she acted: who belongs to none was its agent.
    """
    if not user:
        return ""
    parts = [user.title, user.organization if organization and user.organization_id else ""]
    if firm and not user.organization_id:
        parts.append(f"agent for {firm}")
    detail = format_html_join(", ", "{}", ((part,) for part in parts if part))
    if not detail:
        return format_html('<span class="person">{}</span>', user.name)
    return format_html(
        '<span class="person">{} <span class="person__detail">{}</span></span>', user.name, detail
    )


@register.simple_tag
def cci():
    """Mark one part of a page as confidential commercial information."""
    return _status("confidential", CONFIDENTIAL)


@register.inclusion_tag("components/file.html")
def file(stored_file, url=""):
    """Show a stored file: name (a link if `url` is given), size, hash, scan state, mark."""
    return {"file": stored_file, "url": url}


# --- deeds -------------------------------------------------------------------------------------


@register.inclusion_tag("components/deed.html", takes_context=True)
def deed(context, url, label, kind="", about="", **hidden):
    """Offer one deed as a small POST form with one button.

    `kind`: "" (primary), "outline", "danger" or "link"; `about` tells screen readers which of
    several equal buttons this is; further keyword arguments become hidden inputs.
    """
    return {
        "url": url,
        "label": label,
        "button_class": _BUTTONS[kind],
        "about": about,
        "hidden": hidden.items(),
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag
def deed_link(url, label, kind="", about=""):
    """Offer the page of a deed (a form or a confirmation) as a link that looks like a button."""
    more = format_html('<span class="usa-sr-only"> {}</span>', about) if about else ""
    return format_html('<a class="{}" href="{}">{}{}</a>', _BUTTONS[kind], url, label, more)


_BUTTONS = {
    "": "usa-button",
    "outline": "usa-button usa-button--outline",
    "danger": "usa-button usa-button--secondary",
    "link": "usa-button usa-button--unstyled",
}


@register.simple_block_tag
def buttons(content):
    """Put deeds side by side, the most likely one first."""
    return format_html('<div class="button-row">{}</div>', content)


@register.simple_block_tag(takes_context=True)
def confirmation(context, content, url, label, cancel_url, kind="", heading="What happens next"):
    """Ask before a deed: its consequences (the content, form fields too), do it, or go back."""
    return _fill(
        "components/confirmation.html",
        content=content,
        url=url,
        label=label,
        cancel_url=cancel_url,
        heading=heading,
        button_class=_BUTTONS[kind],
        csrf_token=context.get("csrf_token"),
    )


# --- the page ----------------------------------------------------------------------------------


@register.simple_block_tag(takes_context=True)
def page_head(context, content, title, about="", status="", kicker="", firm=None):
    """Open a page: what it is called, what it is, its status, and (the content) the next deed.

    `firm` is the id of the firm whose record the page shows: an agent reads for whom she acts.
    """
    return _fill(
        "components/page_head.html",
        content=content,
        title=title,
        about=about,
        status=status,
        kicker=kicker,
        agent_for=agent_for(context, firm),
    )


@register.simple_tag(takes_context=True)
def agent_for(context, firm):
    """Say to an agent which of her firms this id is: "Agent for Firm A"; nothing to others."""
    name = (context.get("acts_for") or {}).get(firm)
    return format_html('<span class="remark">Agent for {}</span>', name) if name else ""


@register.inclusion_tag("components/breadcrumbs.html")
def breadcrumbs(*labels_and_urls):
    """Show the way here: label, url, label, url, … and last the label of this page."""
    pairs = zip(labels_and_urls[:-1:2], labels_and_urls[1::2], strict=False)
    return {"links": list(pairs), "here": labels_and_urls[-1]}


@register.inclusion_tag("components/steps.html")
def steps(labels, current, name="Steps", ways=(), done=(), form=""):
    """Show the steps of a longer form; `current` counts from 1.

    `ways` says where each step leads, "" where it is not open: an address, or the value of the
    button `to` of the form with this id, which then takes along what was typed. `done` holds the
    numbers of the steps behind the person; without it, those before the current one.
    """
    done = done or range(1, current)
    leading = [*ways, *[""] * (len(labels) - len(ways))]
    states = [
        (label, "current" if number == current else "complete" if number in done else "", way)
        for number, (label, way) in enumerate(zip(labels, leading, strict=True), start=1)
    ]
    label = labels[current - 1]
    return {"steps": states, "name": name, "current": current, "label": label, "form": form}


@register.inclusion_tag("components/pager.html")
def pager(previous_url="", next_url="", shown=""):
    """Lead to the neighboring pages of a list; `shown` says what is on this one."""
    return {"previous_url": previous_url, "next_url": next_url, "shown": shown}


# --- parts of a page ---------------------------------------------------------------------------


@register.simple_block_tag
def alert(content, kind="info", heading="", slim=False):
    """Tell something apart from the text; kind: info, success, warning, error, emergency."""
    return _fill("components/alert.html", content=content, kind=kind, heading=heading, slim=slim)


@register.simple_block_tag
def summary_box(content, heading):
    """Gather the few things that matter most on the page."""
    return _fill(
        "components/summary_box.html",
        content=content,
        heading=heading,
        id=f"summary-{slugify(heading)}",
    )


@register.simple_block_tag
def table(content, caption, kind="", hide_caption=False):
    """Frame the head and body of a table; it scrolls inside itself. kind: "" or "stacked".

    "stacked" turns rows into cards on a phone; each cell then needs `data-label`.
    """
    return _fill(
        "components/table.html",
        content=content,
        caption=caption,
        id=f"table-{slugify(caption)}",
        stacked=kind == "stacked",
        hide_caption=hide_caption,
    )


@register.simple_block_tag
def facts(content, columns=False):
    """List facts as label and value; with `columns`, side by side where there is room."""
    return format_html('<dl class="facts{}">{}</dl>', " facts--columns" if columns else "", content)


@register.simple_block_tag
def fact(content, label, missing="Not given", confidential=False):
    """One fact inside `facts`; says so when there is no value, and when it is confidential."""
    value = content.strip() or format_html('<span class="missing">{}</span>', missing)
    mark = format_html(" {}", _status("confidential", CONFIDENTIAL)) if confidential else ""
    return format_html("<div><dt>{}{}</dt><dd>{}</dd></div>", label, mark, safe(value))


@register.simple_block_tag
def empty_state(content, heading):
    """Say that there is nothing yet, why, and what to do."""
    return format_html(
        '<div class="empty-state"><p class="empty-state__heading">{}</p>{}</div>', heading, content
    )


@register.simple_tag
def profile_chart(title, rows, levels=5):
    """Draw rows of (label, level or None, reading) as bars, with the same facts as a table."""
    chart = charts.profile_chart(title, rows, levels=levels)
    return _fill("components/profile_chart.html", chart=chart, id=f"chart-{slugify(title)}")


@register.simple_tag
def count_chart(title, heading, series, rows):
    """Draw rows of (label, counts) as bars, one for each series, with the same facts as a table."""
    chart = charts.count_chart(title, heading, series, rows)
    return _fill("components/count_chart.html", chart=chart, id=f"chart-{slugify(title)}")


def _fill(name, **context):
    return get_template(name).render(context)
