"""Forms of a contractor's written agreement; they check shape alone."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Row, Submit
from django import forms

from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Side
from qmm_pilot.uswds.fields import DayField

from .models import Agreement, Subcontractor


class FromUntil(forms.Form):
    """A form with a first and a last day."""

    def clean(self):
        given = super().clean()
        since, until = given.get("since"), given.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day is before the first day.")
        return given


class AgreementForm(FromUntil):
    """Which contractor, the reference of the document, the document itself, and its dates."""

    organization = forms.ModelChoiceField(
        label="Contractor", queryset=Organization.objects.none(), empty_label="Choose"
    )
    reference = forms.CharField(
        max_length=100,
        help_text="Where the signed document is found, for example its contract number.",
    )
    document = forms.FileField(
        label="The signed agreement",
        help_text="The document itself, as PDF. Without it no agreement is on file.",
    )
    since = DayField(label="In force from")
    until = DayField(
        label="In force until",
        help_text="The last day. After it the contractor’s people read nothing of this program.",
    )
    supersedes = forms.ModelChoiceField(
        label="Takes the place of",
        queryset=Agreement.objects.none(),
        required=False,
        empty_label="No earlier agreement",
        help_text="An earlier agreement of the same contractor ends when this one begins.",
    )

    helper = FormHelper()
    helper.layout = Layout(
        "organization",
        "reference",
        "document",
        Row("since", "until"),
        "supersedes",
        ButtonHolder(Submit("file", "File the agreement")),
    )

    def __init__(self, *args, program, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = Organization.objects.filter(
            kind=Side.CONTRACTOR, is_rehearsal=program.is_rehearsal
        )
        earlier = program.agreements.filter(ended_at=None, superseded_by=None)
        self.fields["supersedes"].queryset = earlier.select_related("organization", "program")
        self.fields["supersedes"].label_from_instance = lambda agreement: (
            f"{agreement.reference}, {agreement.organization}"
        )


class DocumentForm(forms.Form):
    """The signed document of an agreement that was noted without it."""

    document = forms.FileField(label="The signed agreement", help_text="The document, as PDF.")

    helper = FormHelper()
    helper.layout = Layout("document", ButtonHolder(Submit("file", "File the document")))


class SubcontractorForm(FromUntil):
    """Whom FDA approves to work for the contractor, and for which days."""

    kind = forms.ChoiceField(
        label="Who it is", choices=Subcontractor.Kind.choices, widget=forms.RadioSelect
    )
    name = forms.CharField(max_length=200, help_text="The legal name, or the person’s full name.")
    since = DayField(label="Approved from")
    until = DayField(label="Approved until", help_text="The last day.")

    helper = FormHelper()
    helper.layout = Layout(
        "kind",
        "name",
        Row("since", "until"),
        ButtonHolder(Submit("approve", "Approve the subcontractor")),
    )


class RevokeForm(forms.Form):
    """Why FDA takes an approval back."""

    reason = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
