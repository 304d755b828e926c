"""Forms of scoring: whom to assign, a declaration, scores; they check shape, never policy."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Submit
from django import forms

LONGEST_COMMENT = 5000  # characters


class AssignReviewerForm(forms.Form):
    """One reviewer, and the requests that she is asked to score."""

    reviewer = forms.ModelChoiceField(queryset=None, empty_label="Choose a reviewer")
    requests = forms.MultipleChoiceField(
        label="Requests",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick the requests to be scored."},
    )

    def __init__(self, *args, reviewers, requests, **kwargs):
        """`requests` are pairs of id and words."""
        super().__init__(*args, **kwargs)
        self.fields["reviewer"].queryset = reviewers
        self.fields["reviewer"].label_from_instance = lambda person: person.name
        self.fields["requests"].choices = requests

    @property
    def helper(self):
        helper = FormHelper()
        helper.layout = Layout("reviewer", "requests", ButtonHolder(Submit("assign", "Assign")))
        return helper


class EndAssignmentForm(forms.Form):
    """Why a request is taken off a reviewer's list."""

    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Full sentences. It is kept in the trail.",
    )


class LiftConflictForm(forms.Form):
    """Why a conflict of interest was declared by mistake; its page writes the form."""

    reason = forms.CharField(
        label="Why the declaration was a mistake",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Full sentences, without what the reviewer told in confidence: it is kept in the "
        "trail.",
    )


class ConflictForm(forms.Form):
    """A reviewer's declaration about one site."""

    has_conflict = forms.TypedChoiceField(
        label="Your declaration",
        choices=[
            ("no", "I have no conflict of interest"),
            ("yes", "I have a conflict of interest"),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        help_text="Yours or your close family’s, now or in the last year: employment at the firm "
        "or talks about it, shares, consulting, a relative at the site.",
    )
    reason = forms.CharField(
        label="What the conflict is",
        required=False,
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Only with a conflict. Kept in confidence: no colleague and no page shows it.",
    )

    def __init__(self, *args, is_declared=False, **kwargs):
        """`is_declared`: she declared none before, and can only declare one now."""
        super().__init__(*args, **kwargs)
        self.is_declared = is_declared
        if is_declared:
            self.fields["has_conflict"].choices = self.fields["has_conflict"].choices[1:]
            self.fields["has_conflict"].initial = "yes"

    @property
    def helper(self):
        helper = FormHelper()
        helper.layout = Layout(
            "has_conflict", "reason", ButtonHolder(Submit("declare", "Declare this"))
        )
        return helper


class ScoreForm(forms.Form):
    """A score for each criterion, and what to say about them; a draft may lack some."""

    use_required_attribute = False  # or a browser would not let an unfinished draft be saved

    def __init__(self, *args, criteria, is_draft=False, is_correction=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        for row in criteria:
            words = f"A score is a whole number from {row.lowest} to {row.highest}."
            self.fields[self.name_of(row)] = forms.IntegerField(
                label=f"{row.title} (weight {row.weight})",
                min_value=row.lowest,
                max_value=row.highest,
                required=not is_draft,
                help_text=f"{row.guidance} {words}".strip(),
                error_messages={
                    "required": "A score is missing here. Give one, or save a draft.",
                    "invalid": words,
                    "min_value": words,
                    "max_value": words,
                },
            )
        self.fields["comment"] = forms.CharField(
            required=False,
            max_length=LONGEST_COMMENT,
            widget=forms.Textarea(attrs={"rows": 5}),
            help_text="Why you score it so. Colleagues who have scored it, too, and selectors "
            "read it; no firm does.",
        )
        if is_correction:
            self.fields["correction_reason"] = forms.CharField(
                label="Why you correct your scores",
                required=not is_draft,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text="Both versions are kept.",
            )

    @staticmethod
    def name_of(criterion) -> str:
        """The name of the control that holds the score of this criterion."""
        return f"score_{criterion.pk}"

    @classmethod
    def initial_of(cls, review, criteria) -> dict:
        """What stands in the controls at first: a draft, or the version to correct."""
        if review is None:
            return {}
        scores = {cls.name_of(row): review.scores.get(str(row.pk)) for row in criteria}
        draft = {"correction_reason": review.correction_reason} if not review.submitted_at else {}
        return {**scores, "comment": review.comment, **draft}

    def facts(self) -> dict:
        """What the operation takes."""
        given = self.cleaned_data
        return {
            "scores": {
                str(row.pk): given[self.name_of(row)]
                for row in self.criteria
                if given.get(self.name_of(row)) is not None
            },
            "comment": given["comment"],
            "correction_reason": given.get("correction_reason", ""),
        }

    @property
    def helper(self):
        helper = FormHelper()
        helper.layout = Layout(
            *self.fields,
            ButtonHolder(
                Submit("submit", "Submit the scores"),
                Submit("next", "Submit and score the next", css_class="usa-button--outline"),
                Submit("draft", "Save draft", css_class="usa-button--outline"),
            ),
        )
        return helper
