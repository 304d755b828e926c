"""Reads the forms of a page and fills them in as a person would, for tests over many pages."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Control:
    """One input, text area or select of a form."""

    name: str
    kind: str  # the type of an input, "textarea" or "select"
    value: str = ""
    checked: bool = False
    options: list[tuple[str, bool]] = field(default_factory=list)
    attrs: dict[str, str | None] = field(default_factory=dict)

    @property
    def is_text(self):
        """Whether a person types what she likes here."""
        return self.kind in ("text", "textarea", "search", "tel") and not self.is_number

    @property
    def is_number(self):
        return self.kind == "number" or self.attrs.get("inputmode") == "numeric"


@dataclass
class Form:
    """A form of a page: where it goes, how, its controls and its buttons."""

    action: str
    method: str
    controls: list[Control] = field(default_factory=list)
    buttons: list[Control] = field(default_factory=list)

    @property
    def only_confirms(self):
        """Whether it asks nothing new: it carries on what was typed on the page before."""
        return bool(self.controls) and all(control.kind == "hidden" for control in self.controls)

    def filled(self, text, **typed):
        """What it posts: `text(control)` for each free text, what is offered first elsewhere.

        Names in `typed` take those values. Days, counts and files that are neither typed nor
        shown already stay empty.
        """
        given: dict[str, list] = {}
        for control in self.controls:
            if control.name in typed or control.name == "csrfmiddlewaretoken":
                continue
            value = self._value(control, given, text)
            if value is not None:
                given.setdefault(control.name, []).append(value)
        return given | {
            name: value if isinstance(value, list) else [value]
            for name, value in typed.items()
            if name in self.names
        }

    @property
    def names(self):
        return {control.name for control in [*self.controls, *self.buttons]}

    @staticmethod
    def _value(control, given, text):
        if control.kind == "hidden":
            return control.value
        if control.kind == "checkbox":
            return control.value or "on"
        if control.kind == "radio":
            if control.checked:
                given.pop(control.name, None)
                return control.value
            return None if control.name in given else control.value
        if control.kind == "select":
            chosen = [value for value, selected in control.options if selected and value]
            offered = [value for value, _ in control.options if value]
            return (chosen or offered or [""])[0]
        if control.kind == "file":
            return None
        if control.is_text:
            return text(control)
        return control.value


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.open: Control | None = None
        self.addresses: list[str] = []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "a" and attributes.get("href"):
            self.addresses.append(attributes["href"])
        if tag == "form":
            self.form = Form(
                attributes.get("action") or "", (attributes.get("method") or "get").lower()
            )
            self.addresses.append(self.form.action)
            self.forms.append(self.form)
        if self.form is None:
            return
        name = attributes.get("name") or ""
        if tag in ("input", "button") and name:
            kind = attributes.get("type") or ("submit" if tag == "button" else "text")
            control = Control(
                name,
                kind,
                attributes.get("value") or "",
                "checked" in attributes,
                attrs=attributes,
            )
            (self.form.buttons if kind == "submit" else self.form.controls).append(control)
        elif tag in ("textarea", "select") and name:
            self.open = Control(name, tag, attrs=attributes)
            self.form.controls.append(self.open)
        elif tag == "option" and self.open:
            self.open.options.append((attributes.get("value") or "", "selected" in attributes))

    def handle_data(self, data):
        if self.open and self.open.kind == "textarea":
            self.open.value += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        if tag in ("textarea", "select"):
            self.open = None


def _read(page: bytes):
    reader = _Reader()
    reader.feed(page.decode(errors="replace"))
    return reader


def forms_of(page: bytes) -> list[Form]:
    """Every form of a page, in its order."""
    return _read(page).forms


def addresses_on(page: bytes) -> list[str]:
    """Every address that a page links or posts to."""
    return _read(page).addresses


def confirmation_on(page: bytes, address: str, data) -> Form | None:
    """The form that asks "is this right?" before what was posted is done, where a page has one."""
    for form in forms_of(page):
        is_ours = form.method == "post" and form.action in ("", address)
        if is_ours and form.only_confirms and form.names & set(data):
            return form
    return None
