"""Form fields in the markup of the U.S. Web Design System (USWDS), by kind of control.

Stock Django widgets are written here from their own `get_context`, because Django's widget
templates cost most of a form's time; a widget with a template of its own renders itself. Every
text is escaped unless it is marked safe; the ids of hint and error are Django's (`…_helptext`,
`…_error`), so `aria-describedby` fits.
"""

from django.forms import CheckboxInput
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

from .complaints import TICK_IT, words_of

_FOLDER = "django/forms/widgets/"
_CLASSES = {
    "checkbox": "usa-checkbox__input",
    "file": "usa-file-input",
    "range": "usa-range",
    "select": "usa-select",
}


def field_html(field, *, show_label=True, show_errors=True, wrapper_class=""):
    """Return the whole group of one bound field: label or legend, hint, error, control.

    Hidden fields give their control only. `wrapper_class` is added to the group's classes.
    """
    if field.is_hidden:
        return safe(_control(field, ()))
    widget = field.field.widget
    errors = words_of(field) if show_errors else ()
    hint = _hint(field)
    error = _error(field, errors)
    if isinstance(widget, CheckboxInput):
        body = f"{error}{_checkbox(field, show_label)}{hint}"
    elif widget.use_fieldset:
        described = f' aria-describedby="{field.aria_describedby or ""}"' if hint or error else ""
        legend = _label(field, "legend", errors) if show_label else ""
        body = (
            f'<fieldset class="usa-fieldset" id="{field.auto_id}_group"{described}>'
            f"{legend}{hint}{error}{_control(field, errors)}</fieldset>"
        )
    else:
        label = _label(field, "label", errors, visible=show_label)
        body = f"{label}{hint}{error}{_control(field, errors)}"
    classes = "usa-form-group"
    if errors:
        classes += " usa-form-group--error"
    if wrapper_class:
        classes += f" {conditional_escape(wrapper_class)}"
    return safe(f'<div class="{classes}">{body}</div>')


def safe(html):
    """Mark as safe what was put together from escaped parts only; nothing else passes here."""
    return mark_safe(html)  # nosec B308 B703 - see above


def first_control_id(field):
    """Return the id that a link in the error summary jumps to: the first control of the field."""
    if field.id_for_label or not field.auto_id:
        return field.id_for_label
    return f"{field.auto_id}_0"


def problems(form):
    """List a form's errors as (id of the control or "", label, message), in the page's order."""
    found = [("", "", message) for message in form.non_field_errors()]
    for field in _as_on_the_page(form):
        target = "" if field.is_hidden else first_control_id(field)
        found += [(target, _named(field, words), words) for words in words_of(field)]
    return list(dict.fromkeys(found))


def _named(field, words):
    """The label before these words; nothing where they name what they are about themselves."""
    label = str(field.label)
    is_said = words.lower() in (f"enter {label.lower()}.", f"enter the {label.lower()}.")
    # What stands beside a checkbox is a statement, and a form's own words sum it up.
    sums_up = isinstance(field.field.widget, CheckboxInput) and words != TICK_IT
    if field.is_hidden or is_said or sums_up:
        return ""
    return label if label.endswith((".", "?", "!", ":")) else f"{label}:"


def _as_on_the_page(form):
    """The bound fields in the order of the form's layout, where it has one."""
    layout = getattr(getattr(form, "helper", None), "layout", None)
    if layout is None:
        return list(form)
    laid_out = [pointer.name for pointer in layout.get_field_names()]
    places = {name: place for place, name in enumerate(laid_out)}
    return sorted(form, key=lambda field: places.get(field.name, -1))


def _label(field, tag, errors, *, visible=True):
    classes = f"usa-{tag}" + (f" usa-{tag}--error" if errors and tag == "label" else "")
    if not visible:
        classes += " usa-sr-only"
    target = f' for="{field.id_for_label}"' if tag == "label" and field.id_for_label else ""
    return (
        f'<{tag} class="{classes}"{target}>{conditional_escape(field.label)}{_mark(field)}</{tag}>'
    )


def _mark(field):
    if field.field.disabled:
        return ""
    if field.field.required:
        return ' <abbr title="required" class="usa-hint usa-hint--required">*</abbr>'
    return ' <span class="usa-hint">(optional)</span>'


def _hint(field):
    if not field.help_text:
        return ""
    text = conditional_escape(field.help_text)
    return f'<div class="usa-hint" id="{field.auto_id}_helptext">{text}</div>'


def _error(field, errors):
    if not errors:
        return ""
    text = "<br>".join(conditional_escape(message) for message in errors)
    return f'<div class="usa-error-message" id="{field.auto_id}_error">{text}</div>'


def _control(field, errors):
    """Return the control alone, with a hidden initial value where the field asks for one."""
    html = _widget(field, errors)
    if field.field.show_hidden_initial:
        html += field.as_hidden(only_initial=True)
    return html


def _widget(field, errors):
    widget = field.field.widget
    write = _WRITERS.get(widget.template_name)
    if write is None:
        base = _CLASSES.get(getattr(widget, "input_type", ""), "usa-input")
        return field.as_widget(attrs={"class": _classes(widget, base, errors)})
    if field.field.localize:
        widget.is_localized = True
    attrs = {"id": widget.attrs.get("id") or field.auto_id} if field.auto_id else {}
    attrs = field.build_widget_attrs(attrs, widget)
    context = widget.get_context(field.html_name, field.value(), attrs)["widget"]
    # USWDS: no placeholders, they vanish while one types; what must be known is the hint's.
    context["attrs"].pop("placeholder", None)
    return write(widget, context, errors)


def _classes(widget, base, errors):
    own = widget.attrs.get("class", "")
    error = " usa-input--error" if errors else ""
    return f"{base}{error} {own}".rstrip()


def _attributes(attrs):
    return "".join(
        f" {name}" if value is True else f' {name}="{conditional_escape(value)}"'
        for name, value in attrs.items()
        if value is not False and value is not None
    )


def _input(widget, context, errors):
    kind = context["type"]
    attrs = context["attrs"]
    if kind != "hidden":
        attrs["class"] = _classes(widget, _CLASSES.get(kind, "usa-input"), errors)
    value = context["value"]
    shown = "" if value is None else f' value="{conditional_escape(value)}"'
    name = conditional_escape(context["name"])
    return f'<input type="{kind}" name="{name}"{shown}{_attributes(attrs)}>'


def _textarea(widget, context, errors):
    attrs = context["attrs"]
    attrs["class"] = _classes(widget, "usa-textarea", errors)
    name = conditional_escape(context["name"])
    text = conditional_escape(context["value"] or "")
    # The first line break after the tag is dropped by browsers.
    return f'<textarea name="{name}"{_attributes(attrs)}>\n{text}</textarea>'


def _select(widget, context, errors):
    attrs = context["attrs"]
    attrs["class"] = _classes(widget, "usa-select", errors)
    parts = [f'<select name="{conditional_escape(context["name"])}"{_attributes(attrs)}>']
    for group, options, _index in context["optgroups"]:
        if group:
            parts.append(f'<optgroup label="{conditional_escape(group)}">')
        parts += [
            f'<option value="{conditional_escape(option["value"])}"{_attributes(option["attrs"])}>'
            f"{conditional_escape(option['label'])}</option>"
            for option in options
        ]
        if group:
            parts.append("</optgroup>")
    parts.append("</select>")
    return "".join(parts)


def _choices(widget, context, errors):
    kind = widget.input_type
    parts = []
    for group, options, _index in context["optgroups"]:
        if group:
            parts.append(f'<p class="usa-hint">{conditional_escape(group)}</p>')
        parts += [_choice(kind, option) for option in options]
    return "".join(parts)


def _choice(kind, option):
    attrs = option["attrs"]
    attrs["class"] = f"usa-{kind}__input {attrs.get('class', '')}".strip()
    name = conditional_escape(option["name"])
    value = conditional_escape(option["value"])
    return (
        f'<div class="usa-{kind}">'
        f'<input type="{kind}" name="{name}" value="{value}"{_attributes(attrs)}>'
        f'<label class="usa-{kind}__label" for="{attrs.get("id", "")}">'
        f"{conditional_escape(option['label'])}</label></div>"
    )


def _checkbox(field, show_label):
    control = _control(field, ())
    visible = "" if show_label else " usa-sr-only"
    mark = _mark(field) if field.field.required else ""
    return (
        f'<div class="usa-checkbox">{control}<label class="usa-checkbox__label{visible}" '
        f'for="{field.id_for_label}">{conditional_escape(field.label)}{mark}</label></div>'
    )


_WRITERS = {
    f"{_FOLDER}checkbox.html": _input,
    f"{_FOLDER}color.html": _input,
    f"{_FOLDER}date.html": _input,
    f"{_FOLDER}datetime.html": _input,
    f"{_FOLDER}email.html": _input,
    f"{_FOLDER}file.html": _input,
    f"{_FOLDER}hidden.html": _input,
    f"{_FOLDER}input.html": _input,
    f"{_FOLDER}number.html": _input,
    f"{_FOLDER}password.html": _input,
    f"{_FOLDER}search.html": _input,
    f"{_FOLDER}tel.html": _input,
    f"{_FOLDER}text.html": _input,
    f"{_FOLDER}time.html": _input,
    f"{_FOLDER}url.html": _input,
    f"{_FOLDER}textarea.html": _textarea,
    f"{_FOLDER}select.html": _select,
    f"{_FOLDER}radio.html": _choices,
    f"{_FOLDER}checkbox_select.html": _choices,
}
