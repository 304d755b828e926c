"""Forms by which administrators look after accounts; they check shape, never policy."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Row, Submit
from django import forms

from qmm_pilot.records.upload_forms import mark_of_file
from qmm_pilot.uswds.widgets import DayInput

from .forms import OrganizationForm
from .roles import Role, Scope

WHAT_ROLES_DO = {
    Role.FIRM_PREPARER: "starts and answers requests, agrees dates",
    Role.FIRM_OFFICIAL: "attests, submits and signs for the firm",
    Role.FIRM_ADMINISTRATOR: "invites and looks after the firm’s people",
    Role.FIRM_METRICS: "enters and submits metrics",
    Role.FDA_COORDINATOR: "intake, verdicts, agreements, assignment, dates, metrics, letters",
    Role.FDA_REVIEWER: "scores requests",
    Role.FDA_SELECTOR: "chooses places and releases decisions",
    Role.FDA_OBSERVER: "joins assessments",
    Role.FDA_APPROVER: "accepts and releases reports",
    Role.FDA_ANALYST: "reads coded data only",
    Role.FDA_RECORDS_OFFICER: "audit trail and archive",
    Role.FDA_ADMINISTRATOR: "accounts; sees no case",
    Role.CONTRACTOR_LEAD: "leads a team and signs its report",
    Role.CONTRACTOR_ASSESSOR: "assesses and records findings",
    Role.CONTRACTOR_ADMINISTRATOR: "invites and looks after the contractor’s people",
}


def role_choices(organization):
    """The roles of the organization's side, each with what it is for."""
    return [
        (role.value, f"{role.label}: {about}")
        for role, about in WHAT_ROLES_DO.items()
        if role.side == organization.kind
    ]


class InvitedForm(forms.Form):
    """Who is invited."""

    name = forms.CharField(label="Full name", max_length=200)
    email = forms.EmailField(
        label="E-mail address",
        help_text="The link goes to this address and works for it alone.",
    )


class InviteForm(InvitedForm):
    """A colleague, and the roles that she shall hold."""

    roles = forms.MultipleChoiceField(
        label="Roles",
        widget=forms.CheckboxSelectMultiple,
        help_text="You can give and take roles later.",
    )

    helper = FormHelper()
    helper.layout = Layout(
        "name", "email", "roles", ButtonHolder(Submit("invite", "Send the invitation"))
    )

    def __init__(self, *args, organization, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = role_choices(organization)


class InviteAgentForm(InvitedForm):
    """An agent, what her letter of authority holds, and the letter."""

    scopes = forms.MultipleChoiceField(
        label="What the letter lets the agent do",
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="An agent signs nothing unless the letter includes “Submit”.",
    )
    since = forms.DateField(label="First day", widget=DayInput)
    until = forms.DateField(
        label="Last day",
        widget=DayInput,
        help_text="Eastern Time. After it the agent sees and does nothing for your firm.",
    )
    letter = forms.FileField(
        label="Letter of authority",
        help_text="Signed by your firm, as PDF or picture. The agent, you and, once your firm has "
        "submitted a request, FDA can download it.",
    )
    is_confidential = mark_of_file()

    helper = FormHelper()
    helper.layout = Layout(
        "name",
        "email",
        "scopes",
        Row("since", "until"),
        "letter",
        "is_confidential",
        ButtonHolder(Submit("invite", "Authorize and invite the agent")),
    )


class RolesForm(forms.Form):
    """The roles that a person holds; none is an answer too."""

    roles = forms.MultipleChoiceField(
        label="Roles",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="A change signs the person out everywhere; then the new roles hold.",
    )
    knowing = forms.BooleanField(
        label="I know that nobody of this firm can attest, submit or accept a place until somebody "
        "is its authorized official again.",
        required=False,
    )

    def __init__(self, *args, organization, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = role_choices(organization)


class DeactivateForm(forms.Form):
    """Why a person's access ends."""

    reason = forms.CharField(
        label="Reason",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For the record, for example “left the firm”. The person does not read it.",
    )
    knowing = forms.BooleanField(label=RolesForm.base_fields["knowing"].label, required=False)


class AddressForm(forms.Form):
    """The address by which a person wants to sign in."""

    email = forms.EmailField(
        label="New e-mail address",
        help_text="We send a link to your present address and to this one. When both are "
        "confirmed, you sign in by the new one.",
    )

    helper = FormHelper()
    helper.layout = Layout("email", ButtonHolder(Submit("ask", "Send both links")))


class AddressByCallForm(forms.Form):
    """The new address of a person who called, and the note of the call."""

    email = forms.EmailField(label="New e-mail address")
    reason = forms.CharField(
        label="Note of the call",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Who called whom, when, on which number, and how you knew the person. It stays "
        "on record.",
    )

    helper = FormHelper()
    helper.layout = Layout("email", "reason", ButtonHolder(Submit("change", "Change the address")))


class ContractorForm(OrganizationForm):
    """A contractor as FDA enters it."""

    class Meta(OrganizationForm.Meta):
        help_texts = {"name": "As in its written agreement."}

    helper = FormHelper()
    helper.layout = Layout(
        "name",
        "address_line_1",
        "address_line_2",
        Row("city", "state", "postal_code"),
        "country",
        ButtonHolder(Submit("enter", "Enter the contractor")),
    )


class FindForm(forms.Form):
    """An account by its address; posted, so that no address stands in a log."""

    email = forms.EmailField(label="E-mail address")

    helper = FormHelper()
    helper.layout = Layout("email", ButtonHolder(Submit("find", "Find the account")))
