"""Forms of topics, findings and their files: they check shape, never policy."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Submit
from django import forms

from assessments import ratings
from assessments.models import Extent
from assessments.ratings import Coverage

LONGEST = 8000
ENDS = {ratings.LOWEST_LEVEL: " (lowest)", ratings.HIGHEST_LEVEL: " (highest)"}
RATINGS = [
    *((str(level), f"Level {level}{ENDS.get(level, '')}") for level in ratings.LEVELS),
    (Coverage.NOT_RATED.value, "Not rated: assessed, but what was seen supports no level"),
    (Coverage.NOT_APPLICABLE.value, "Not applicable: it does not concern this facility"),
    (Coverage.NOT_ASSESSED.value, "Not assessed: it was left out of the assessment"),
]


class ProseField(forms.CharField):
    """Sentences of a person: several lines, line ends as one character, at most LONGEST."""

    def __init__(self, *, rows=4, **kwargs):
        kwargs.setdefault("max_length", LONGEST)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n").replace("\r", "\n")


class PageOfField(forms.CharField):
    """Hidden: the fingerprint of what the page was made from, so that nothing is overwritten."""

    def __init__(self):
        super().__init__(
            label="What this page was made from",
            required=False,
            max_length=64,
            empty_value=None,
            widget=forms.HiddenInput,
        )


class TopicForm(forms.Form):
    """A topic that the program does not name."""

    name = forms.CharField(
        label="Name of the topic",
        max_length=200,
        help_text="The notice’s list is open: add what this facility needs assessed.",
    )

    @property
    def helper(self):
        return _helper(self, Submit("add", "Add the topic", css_class="usa-button--outline"))


class RatingForm(forms.Form):
    """One choice for coverage and level, since either decides the other; the words that explain."""

    rating = forms.ChoiceField(
        label="Level",
        choices=RATINGS,
        widget=forms.RadioSelect,
        help_text="A topic without a level never counts as zero.",
        error_messages={"required": "Choose a level, or why there is none."},
    )
    rationale = ProseField(
        label="Rationale",
        rows=6,
        help_text="Why this level; or, for a topic without one, the reason. It prints in the "
        "report.",
        error_messages={"required": "Give the rationale, or the reason why there is no level."},
    )
    evidence = ProseField(
        label="Evidence",
        required=False,
        help_text="What was read, seen or asked. Name functions, never people.",
    )
    next_level = ProseField(
        label="What the next level looks like",
        required=False,
        help_text="What this facility would do differently at the next level.",
    )
    page_of = PageOfField()

    @property
    def helper(self):
        return _helper(
            self,
            Submit("save", "Save the rating"),
            Submit("save_and_next", "Save, then the next topic", css_class="usa-button--outline"),
        )

    @staticmethod
    def starting_from(topic):
        """Initial values: nothing is chosen for a topic that nobody has rated."""
        if not topic.rated_at:
            return {"page_of": topic.fingerprint}
        names = ("rationale", "evidence", "next_level")
        words = {"page_of": topic.fingerprint} | {name: getattr(topic, name) for name in names}
        return {"rating": str(topic.level or topic.coverage), **words}

    def facts(self):
        """What rate_topic() takes; read it after is_valid()."""
        facts = dict(self.cleaned_data)
        rating = facts.pop("rating")
        if rating.isdecimal():
            return {"coverage": Coverage.RATED.value, "level": int(rating), **facts}
        return {"coverage": rating, "level": None, **facts}


class StrengthForm(forms.Form):
    """What the team saw that is strong."""

    seen = ProseField(
        label="What was seen",
        help_text="Facts, as the report will print them.",
        error_messages={"required": "Say what was seen."},
    )
    evidence = ProseField(
        label="Evidence",
        rows=3,
        help_text="The document, record or interview it rests on. Name functions, never people.",
        error_messages={"required": "Name the evidence."},
    )

    @property
    def helper(self):
        return _helper(self, Submit("save", "Record the strength"))


class OpportunityForm(StrengthForm):
    """What the team saw that can grow, with its recommendation."""

    recommendation = ProseField(
        label="Recommendation",
        help_text="What the facility could do. It is free to follow it.",
        error_messages={"required": "Write the recommendation."},
    )
    impact = forms.ChoiceField(
        label="Impact",
        choices=Extent.choices,
        widget=forms.RadioSelect,
        help_text="What following it would bring for the practice.",
        error_messages={"required": "Choose low, medium or high."},
    )
    effort = forms.ChoiceField(
        label="Effort",
        choices=Extent.choices,
        widget=forms.RadioSelect,
        help_text="What following it would ask of the facility.",
        error_messages={"required": "Choose low, medium or high."},
    )

    @property
    def helper(self):
        return _helper(self, Submit("save", "Record the opportunity"))


class _Amendment(forms.Form):
    """Why the words of a finding change."""

    reason = ProseField(
        label="Why do the words change?",
        rows=2,
        required=False,
        max_length=2000,
        help_text="For the trail, which keeps the earlier words too. It does not print.",
    )
    page_of = PageOfField()

    @property
    def helper(self):
        return _helper(self, Submit("save", "Save the change"))


class AmendStrengthForm(_Amendment, StrengthForm):
    """A strength in other words."""

    field_order = ["seen", "evidence", "reason", "page_of"]


class AmendOpportunityForm(_Amendment, OpportunityForm):
    """An opportunity in other words."""

    field_order = ["seen", "evidence", "recommendation", "impact", "effort", "reason", "page_of"]


class WithdrawalForm(forms.Form):
    """Why a finding leaves the report."""

    reason = ProseField(
        label="Reason",
        max_length=2000,
        help_text="It stays in the trail and does not print.",
        error_messages={"required": "Give the reason for withdrawing this finding."},
    )


class AttachmentForm(forms.Form):
    """A file about the topic, or about one of its findings."""

    about = forms.ChoiceField(label="The file is about")
    file = forms.FileField(
        label="File",
        help_text="PDF, PNG, JPG, TXT, CSV, DOCX or XLSX. The team and FDA read it; it does not "
        "print in the report.",
        error_messages={"required": "Choose a file."},
    )

    def __init__(self, *args, topic, findings, **kwargs):
        super().__init__(*args, **kwargs)
        self.subjects = {"topic": topic, **{str(finding.pk): finding for finding in findings}}
        self.fields["about"].choices = [
            ("topic", "The topic as a whole"),
            *(
                (str(finding.pk), f"{finding.get_kind_display()}: {_opening(finding.seen)}")
                for finding in findings
            ),
        ]

    @property
    def subject(self):
        """The topic or finding that was chosen; read it after is_valid()."""
        return self.subjects[self.cleaned_data["about"]]


def _opening(text, most=70):
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0]}…"


def _helper(form, *buttons):
    helper = FormHelper()
    helper.layout = Layout(*form.fields, ButtonHolder(*buttons))
    return helper
