"""Forms of a contractor's people on a visit and of the dates they stand under; shape alone."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Row, Submit
from django import forms

from applications.models import EngagementMember
from assessments.forms import PersonField, ReasonForm
from qmm_pilot.accounts.models import User
from qmm_pilot.programs.models import Subcontractor
from qmm_pilot.uswds.fields import DayField


class MemberForm(forms.Form):
    """Whom to name, as what, employed by whom, for which days."""

    person = PersonField(
        queryset=User.objects.none(),
        empty_label="Choose",
        help_text="Active people of the contractor who are not on this team.",
    )
    function = forms.ChoiceField(
        choices=EngagementMember.Function.choices,
        widget=forms.RadioSelect,
        help_text="A new lead assessor takes over from the present one.",
    )
    subcontractor = forms.ModelChoiceField(
        label="Employer",
        queryset=Subcontractor.objects.none(),
        required=False,
        empty_label="The contractor itself",
        help_text="Subcontractors that FDA has approved under the agreement.",
    )
    since = DayField(label="First day")
    last_on = DayField(
        label="Last day",
        required=False,
        help_text="Required for substitutes and interpreters; otherwise to the end.",
    )

    helper = FormHelper()
    helper.layout = Layout(
        "person",
        "function",
        "subcontractor",
        Row("since", "last_on"),
        ButtonHolder(Submit("name", "Name this person")),
    )

    def __init__(self, *args, engagement, at, **kwargs):
        super().__init__(*args, **kwargs)
        standing = engagement.members.filter(until=None).values("user")
        self.fields["person"].queryset = (
            User.objects.filter(organization=engagement.organization_id, is_active=True)
            .exclude(pk__in=standing)
            .select_related("organization")
            .order_by("name", "pk")
        )
        self.fields["subcontractor"].queryset = Subcontractor.objects.filter(
            agreement__organization=engagement.organization_id,
            agreement__program=engagement.participation.program_id,
            revoked_at=None,
        )


class LastDayForm(forms.Form):
    """The new last day of an engagement."""

    until = DayField(label="Last day", help_text="No later than an agreement reaches.")


class NewLastDayForm(forms.Form):
    """The new last day of an agreement, of which is shown what it touches."""

    until = DayField(label="New last day")


class MoveForm(NewLastDayForm, ReasonForm):
    """The new last day of an agreement, and why."""

    field_order = ["until", "reason"]
