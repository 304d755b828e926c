"""Forms of questions before the close: they check shape, never policy (B18)."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Submit
from django import forms

from applications.operations.asking import LONGEST_QUESTION


class AskQuestionForm(forms.Form):
    """A firm's question."""

    text = forms.CharField(
        label="Your question",
        max_length=LONGEST_QUESTION,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Only FDA and your firm read these words. FDA answers you alone, or publishes an "
        "answer for everybody under a question in its own words that names nobody.",
    )

    helper = FormHelper()
    helper.layout = Layout("text", ButtonHolder(Submit("ask", "Ask FDA")))


class CorrectAnswerForm(forms.Form):
    """Other words for an answer that was given, and why."""

    published_question = forms.CharField(
        label="The question in FDA’s words",
        max_length=LONGEST_QUESTION,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Name no firm, site or product.",
    )
    answer = forms.CharField(
        label="Answer", max_length=4000, widget=forms.Textarea(attrs={"rows": 6})
    )
    reason = forms.CharField(
        label="Why it is corrected",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Read beside the answer by whoever reads it.",
    )

    def __init__(self, *args, is_published, **kwargs):
        super().__init__(*args, **kwargs)
        if not is_published:
            del self.fields["published_question"]


class AnswerQuestionForm(forms.Form):
    """FDA's answer, for the firm alone or for everybody."""

    is_published = forms.TypedChoiceField(
        label="Who reads the answer?",
        choices=[("no", "The firm that asked"), ("yes", "Everybody, without the firm’s name")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        help_text="What could help any firm is published, so that all know the same.",
    )
    published_question = forms.CharField(
        label="The question in FDA’s words",
        required=False,
        max_length=LONGEST_QUESTION,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For a published answer. Name no firm, site or product.",
    )
    answer = forms.CharField(
        label="Answer", max_length=4000, widget=forms.Textarea(attrs={"rows": 6})
    )

    helper = FormHelper()
    helper.layout = Layout(
        "is_published",
        "published_question",
        "answer",
        ButtonHolder(Submit("answer_question", "Send the answer")),
    )

    def clean(self):
        given = super().clean()
        if given.get("is_published") and not given.get("published_question"):
            self.add_error("published_question", "Word the question anew; it is published so.")
        return given
