"""Tags that the crispy-forms template pack "uswds" is written with."""

from django import template

from qmm_pilot.uswds import controls

register = template.Library()


@register.simple_tag(takes_context=True)
def uswds_field(context, field):
    """Render one bound field under crispy's `form_show_labels`, `…_errors`, `wrapper_class`."""
    return controls.field_html(
        field,
        show_label=context.get("form_show_labels", True),
        show_errors=context.get("form_show_errors", True),
        wrapper_class=context.get("wrapper_class", ""),
    )


@register.simple_tag(takes_context=True)
def uswds_fields(context, form):
    """Render every field of a form in order."""
    show_label = context.get("form_show_labels", True)
    show_errors = context.get("form_show_errors", True)
    return controls.safe(
        "".join(
            controls.field_html(field, show_label=show_label, show_errors=show_errors)
            for field in form
        )
    )


@register.inclusion_tag("uswds/error_summary.html")
def uswds_error_summary(*forms, title=""):
    """List the problems of one or more bound forms, each linking to its control."""
    problems = [problem for form in forms if form.is_bound for problem in controls.problems(form)]
    return {"problems": problems, "title": title}


@register.inclusion_tag("uswds/error_summary.html")
def uswds_formset_error_summary(formset, title=""):
    """The same for a formset: what concerns the whole set first, then form by form."""
    if not formset.is_bound:
        return {"problems": [], "title": title}
    problems = [("", "", message) for message in formset.non_form_errors()]
    for form in formset.forms:
        problems += controls.problems(form)
    return {"problems": problems, "title": title}


@register.filter
def uswds_button_class(classes):
    """Turn crispy's button classes ("btn btn-primary …") into ours, keeping the author's."""
    own = [name for name in classes.split() if not name.startswith("btn")]
    if "btn-inverse" in classes:
        own.append("usa-button--unstyled")
    return " ".join(["usa-button", *own])
