"""The form pack: every control is there, labelled, linked to its hint and error, and escaped.

crispy-forms swallows template errors and answers with an empty form, so presence is tested.
"""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, ButtonHolder, Column, Div, Fieldset, Layout, Row, Submit
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import engines
from lxml import html as parser

from qmm_pilot.uswds.complaints import words_of
from qmm_pilot.uswds.widgets import DayInput, MomentInput

CHOICES = [("a", "Alpha"), ("b", "Beta <b>")]
KINDS = {
    "text": forms.CharField,
    "email": forms.EmailField,
    "number": forms.IntegerField,
    "day": lambda **more: forms.DateField(widget=DayInput, **more),
    "moment": lambda **more: forms.DateTimeField(widget=MomentInput, **more),
    "area": lambda **more: forms.CharField(widget=forms.Textarea, **more),
    "password": lambda **more: forms.CharField(widget=forms.PasswordInput, **more),
    "file": forms.FileField,
    "select": lambda **more: forms.ChoiceField(choices=CHOICES, **more),
    "several": lambda **more: forms.MultipleChoiceField(choices=CHOICES, **more),
    "radio": lambda **more: forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect, **more),
    "boxes": lambda **more: forms.MultipleChoiceField(
        choices=CHOICES, widget=forms.CheckboxSelectMultiple, **more
    ),
    "yes": forms.BooleanField,
    "split": lambda **more: forms.SplitDateTimeField(**more),
    "hidden": lambda **more: forms.CharField(widget=forms.HiddenInput, **more),
}
CONTROLS = {"radio": 2, "boxes": 2, "split": 2}
ANSWERS = {
    "text": 'Harbor "Tablets" <Newark>',
    "email": "asha@deccan.example",
    "number": "12",
    "day": "2020-11-16",
    "moment": "2020-11-16T09:00",
    "area": "First\nSecond </textarea>",
    "password": "never shown",
    "select": "b",
    "several": ["a", "b"],
    "radio": "b",
    "boxes": ["b"],
    "yes": "on",
    "split_0": "2020-11-16",
    "split_1": "09:00",
    "hidden": "kept",
}


def a_form(data=None, files=None, **more):
    fields = {
        name: make(label=f"The {name}", help_text=f"Help for {name}", **more)
        for name, make in KINDS.items()
    }
    return type("AForm", (forms.Form,), fields)(data, files)


def rendered(source, **context):
    template = engines["django"].from_string("{% load crispy_forms_tags %}" + source)
    return parser.fromstring("<main>" + template.render(context) + "</main>")


def controls(page, name):
    return page.xpath(
        f"//*[self::input or self::select or self::textarea]"
        f"[@name='{name}' or @name='{name}_0' or @name='{name}_1']"
    )


def assert_complete(page, *, with_labels=True):
    for name in KINDS:
        found = controls(page, name)
        assert len(found) == CONTROLS.get(name, 1), name
        if name == "hidden" or not with_labels:
            continue
        group = found[0].xpath("ancestor::div[contains(@class, 'usa-form-group')]")[0]
        assert f"The {name}" in group.text_content()
        assert f"Help for {name}" in group.text_content()


def test_the_filter_renders_a_control_with_label_and_hint_for_every_widget():
    assert_complete(rendered("{{ form|crispy }}", form=a_form()))


def test_the_tag_renders_a_control_with_label_and_hint_for_every_widget():
    page = rendered("{% crispy form %}", form=a_form())
    assert_complete(page)
    (form,) = page.xpath("//form")
    assert form.get("method") == "post"
    assert form.get("enctype") == "multipart/form-data"


def test_a_single_field_renders_alone():
    page = rendered("{{ form.text|as_crispy_field }}", form=a_form())
    assert [control.get("id") for control in controls(page, "text")] == ["id_text"]


def test_a_bound_form_with_errors_keeps_every_control_and_tells_each_error():
    form = a_form({"email": "nobody", "number": "many"})
    page = rendered("{% crispy form %}", form=form)
    assert_complete(page)
    for name in form.errors:
        for message in words_of(form[name]):
            assert any(message in e.text_content() for e in page.xpath("//*[@role='alert']"))
            if name != "hidden":
                (told,) = page.xpath(f"//*[@id='id_{name}_error']")
                assert message in told.text_content()


def test_the_error_summary_leads_to_the_first_control_of_each_field_and_takes_the_focus():
    form = a_form({})
    page = rendered("{{ form|crispy }}", form=form)
    (summary,) = page.xpath("//*[@role='alert']")
    assert summary.get("tabindex") == "-1"
    assert "autofocus" in summary.attrib
    targets = [link.get("href")[1:] for link in summary.xpath(".//a")]
    assert len(targets) == len(form.errors) - 1  # the hidden field has nothing to jump to
    for target in targets:
        (control,) = page.xpath(f"//*[@id='{target}']")
        assert control.tag in ("input", "select", "textarea")


def summary_of(form):
    page = rendered("{% load uswds_forms %}{% uswds_error_summary form %}", form=form)
    return [item.text_content().strip() for item in page.iter("li")]


def test_the_error_summary_follows_the_order_of_the_page():
    class Laid(forms.Form):
        last = forms.CharField()
        first = forms.CharField()
        seen = forms.CharField(widget=forms.HiddenInput)
        helper = FormHelper()
        helper.layout = Layout(Fieldset("One", Row("first")), "last", "seen")

    assert summary_of(Laid({})) == [
        "Enter the first.",
        "Enter the last.",
        "This page did not arrive whole, so nothing was done. Load it again, then go on.",
    ]


def test_djangos_own_words_give_way_and_a_forms_words_stay():
    class Limits(forms.Form):
        short = forms.CharField(max_length=1000)
        own = forms.CharField(max_length=1, error_messages={"max_length": "One letter."})
        few = forms.IntegerField(min_value=1)
        many = forms.IntegerField(max_value=9)
        one = forms.ChoiceField(choices=CHOICES)
        mail = forms.EmailField()
        day = forms.DateField()
        count = forms.IntegerField()

    form = Limits(
        {
            "short": "x" * 1001,
            "own": "xx",
            "few": "0",
            "many": "10",
            "one": "z",
            "mail": "asha@",
            "day": "soon",
            "count": "many",
        }
    )
    assert summary_of(form) == [
        "Short: Shorten this to 1,000 characters; it has 1,001.",
        "Own: One letter.",
        "Few: Enter 1 or more.",
        "Many: Enter 9 or less.",
        "One: Choose one of those that are offered.",
        "Mail: Enter an address such as name@example.com.",
        "Day: Enter a day such as 11/30/2020.",
        "Count: Enter a number such as 12.",
    ]


def test_errors_of_the_whole_form_come_first():
    form = a_form({})
    form.add_error(None, "These answers contradict each other.")
    page = rendered("{{ form|crispy }}", form=form)
    assert page.xpath("//*[@role='alert']//li")[0].text_content() == (
        "These answers contradict each other."
    )


def test_a_control_names_its_hint_and_its_error_and_says_that_it_is_invalid():
    page = rendered("{{ form|crispy }}", form=a_form({"number": "many"}))
    (number,) = controls(page, "number")
    assert number.get("aria-describedby") == "id_number_helptext id_number_error"
    assert number.get("aria-invalid") == "true"
    (fieldset,) = page.xpath("//fieldset[@id='id_radio_group']")
    assert fieldset.get("aria-describedby") == "id_radio_helptext id_radio_error"


def test_every_id_named_by_a_control_or_label_exists_once():
    page = rendered("{{ form|crispy }}", form=a_form({}))
    named = page.xpath("//@aria-describedby") + page.xpath("//label/@for")
    for name in " ".join(named).split():
        assert len(page.xpath(f"//*[@id='{name}']")) == 1, name


def test_answers_are_shown_again_but_never_a_password():
    files = {"file": SimpleUploadedFile("letter.pdf", b"%PDF")}
    form = a_form(ANSWERS, files)
    assert form.errors == {}
    page = rendered("{{ form|crispy }}", form=form)
    for name in ("text", "email", "number", "day", "moment", "hidden"):
        assert controls(page, name)[0].get("value") == ANSWERS[name]
    assert controls(page, "password")[0].get("value") is None
    assert controls(page, "area")[0].text.strip() == ANSWERS["area"]
    assert page.xpath("//select[@name='select']/option[@selected]/@value") == ["b"]
    assert page.xpath("//select[@name='several']/option[@selected]/@value") == ["a", "b"]
    assert page.xpath("//input[@name='radio'][@checked]/@value") == ["b"]
    assert page.xpath("//input[@name='boxes'][@checked]/@value") == ["b"]
    assert page.xpath("//input[@name='yes'][@checked]")
    assert [c.get("value") for c in controls(page, "split")] == ["2020-11-16", "09:00"]


def test_nothing_that_a_person_typed_or_a_label_says_becomes_markup():
    fields = {"x": forms.CharField(label="<i>L</i>", help_text="<i>H</i>", max_length=1)}
    form = type("F", (forms.Form,), fields)({"x": '"><script>alert(1)</script>'})
    page = rendered("{% crispy form %}", form=form)
    assert page.xpath("//script | //i") == []
    assert "<i>L</i>" in page.text_content()


def test_a_disabled_form_disables_every_control():
    page = rendered("{{ form|crispy }}", form=a_form(disabled=True))
    for name in KINDS:
        assert all("disabled" in control.attrib for control in controls(page, name)), name


def test_required_and_optional_are_said_in_the_label():
    page = rendered("{{ form|crispy }}", form=a_form())
    assert page.xpath("//label[@for='id_text']/abbr/@title") == ["required"]
    assert "required" in controls(page, "text")[0].attrib
    page = rendered("{{ form|crispy }}", form=a_form(required=False))
    assert "(optional)" in page.xpath("//label[@for='id_text']")[0].text_content()
    assert "required" not in controls(page, "text")[0].attrib


def test_without_labels_on_screen_screen_readers_still_have_them():
    form = a_form()
    helper = FormHelper()
    helper.form_show_labels = False
    page = rendered("{% crispy form helper %}", form=form, helper=helper)
    assert "usa-sr-only" in page.xpath("//label[@for='id_text']")[0].get("class")


def test_a_layout_of_fieldsets_rows_and_buttons_renders_all_of_it():
    helper = FormHelper()
    helper.form_id = "the-form"
    helper.layout = Layout(
        Fieldset("First <part>", "text", Row("email", "number"), css_id="first"),
        Div("area", css_class="own"),
        Column("day"),
        HTML("<p>In between</p>"),
        ButtonHolder(
            Submit("send", "Send it"), Submit("save", "Save", css_class="usa-button--outline")
        ),
    )
    page = rendered("{% crispy form helper %}", form=a_form(), helper=helper)
    assert page.xpath("//form/@id") == ["the-form"]
    assert page.xpath("//fieldset[@id='first']/legend")[0].text_content().startswith("First")
    assert page.xpath("//*[contains(@class, 'form-row')]//input/@name") == ["email", "number"]
    assert page.xpath("//div[@class='own']//textarea/@name") == ["area"]
    assert "In between" in page.text_content()
    assert [(b.get("name"), b.get("class"), b.text) for b in page.xpath("//button")] == [
        ("send", "usa-button", "Send it"),
        ("save", "usa-button usa-button--outline", "Save"),
    ]


def test_a_form_that_is_sent_carries_its_token_and_a_search_does_not():
    form = a_form()
    helper = FormHelper()
    page = rendered("{% crispy form helper %}", form=form, helper=helper, csrf_token="abc")
    assert page.xpath("//input[@name='csrfmiddlewaretoken']/@value") == ["abc"]
    helper.form_method = "get"
    page = rendered("{% crispy form helper %}", form=form, helper=helper, csrf_token="abc")
    assert page.xpath("//input[@name='csrfmiddlewaretoken']") == []


class RowForm(forms.Form):
    lots = forms.IntegerField(label="Lots")


def test_a_formset_renders_its_management_form_and_each_form_under_its_own_legend():
    formset_class = forms.formset_factory(RowForm, extra=2)
    formset_class.item_name = "Quarter"
    for source in ("{{ formset|crispy }}", "{% crispy formset %}"):
        page = rendered(source, formset=formset_class(prefix="q"))
        assert page.xpath("//input[@name='q-TOTAL_FORMS']/@value") == ["2"]
        assert [legend.text for legend in page.xpath("//legend")] == ["Quarter 1", "Quarter 2"]
        assert page.xpath("//input[@type='number']/@name") == ["q-0-lots", "q-1-lots"]


def test_a_formset_gathers_the_errors_of_all_its_forms():
    formset_class = forms.formset_factory(RowForm, extra=2)
    data = {
        "q-TOTAL_FORMS": "2",
        "q-INITIAL_FORMS": "0",
        "q-0-lots": "few",
        "q-1-lots": "many",
    }
    page = rendered("{% crispy formset %}", formset=formset_class(data, prefix="q"))
    links = page.xpath("//*[@role='alert']//a/@href")
    assert links == ["#id_q-0-lots", "#id_q-1-lots"]
