"""Forms of a visit: team, dates, consultations, milestones, reasons. They check shape alone."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Row, Submit
from django import forms

from assessments.models import MODES
from qmm_pilot.accounts.models import Organization, User
from qmm_pilot.accounts.roles import CASE_ROLES, Role, Side
from qmm_pilot.uswds.fields import DayField


class ModeField(forms.ChoiceField):
    """How the team meets the site."""

    widget = forms.RadioSelect

    def __init__(self):
        super().__init__(
            label="Mode",
            choices=MODES,
            help_text="On site, by video, or both. Dates and mode are confirmed together.",
        )


class PeopleField(forms.ModelMultipleChoiceField):
    """People as checkboxes, each with the job title."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, person):
        return in_a_list(person)


class PersonField(forms.ModelChoiceField):
    """One person of a list, with the job title."""

    def label_from_instance(self, person):
        return in_a_list(person)


def in_a_list(person) -> str:
    """A person as a choice reads: name, job title, and a contractor's organization."""
    organization = person.organization if person.side == Side.CONTRACTOR else ""
    return ", ".join(str(part) for part in (person.name, person.title, organization) if part)


def contractors_for(program, at):
    """The contractors whose written agreement for this program is in force (21 CFR 20.90)."""
    agreements = program.agreements.in_force(at).values("organization")
    return Organization.objects.filter(kind=Side.CONTRACTOR, pk__in=agreements)


def people_holding(*roles, **facts):
    """The active people who hold any of these roles, in the order of their organizations."""
    return (
        User.objects.filter(
            is_active=True, grants__role__in=roles, grants__revoked_at=None, **facts
        )
        .select_related("organization")
        .order_by("organization__name", "name", "pk")
        .distinct()
    )


def staff_who_may_join(program):
    """FDA's people who work on cases, of this program's world: rehearsals have their own."""
    return people_holding(*CASE_ROLES, organization__is_rehearsal=program.is_rehearsal)


class TeamForm(forms.Form):
    """The contractor's team and the FDA people who join it."""

    contractor = forms.ModelChoiceField(
        queryset=Organization.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        help_text="Contractors with a written agreement in force for this program.",
    )
    lead = PersonField(queryset=User.objects.none(), label="Lead assessor", empty_label="Choose")
    assessors = PeopleField(
        queryset=User.objects.none(),
        required=False,
        help_text="Besides the lead. Only people of the contractor chosen above.",
    )
    fda_people = PeopleField(
        queryset=User.objects.none(),
        label="FDA people who join",
        help_text="FDA joins every assessment. Who joins never accepts or releases its report.",
    )
    mode = ModeField()

    helper = FormHelper()
    helper.layout = Layout(
        "contractor",
        "lead",
        "assessors",
        "fda_people",
        "mode",
        ButtonHolder(Submit("assign", "Assign the team")),
    )

    def __init__(self, *args, program, at, **kwargs):
        super().__init__(*args, **kwargs)
        contractors = contractors_for(program, at)
        self.fields["contractor"].queryset = contractors
        self.fields["lead"].queryset = people_holding(
            Role.CONTRACTOR_LEAD, organization__in=contractors
        )
        self.fields["assessors"].queryset = people_holding(
            Role.CONTRACTOR_LEAD, Role.CONTRACTOR_ASSESSOR, organization__in=contractors
        )
        self.fields["fda_people"].queryset = staff_who_may_join(program)


class JoinForm(forms.Form):
    """An FDA person who joins a team that is assigned."""

    person = PersonField(
        queryset=User.objects.none(),
        label="Who joins for FDA",
        empty_label="Choose",
        help_text="Who joins never accepts or releases this assessment’s report.",
    )

    helper = FormHelper()
    helper.layout = Layout("person", ButtonHolder(Submit("join", "Add to the team")))

    def __init__(self, *args, program, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = staff_who_may_join(program)


class DatesForm(forms.Form):
    """First and last day and mode of a visit."""

    first_on = DayField(label="First day", help_text="By the calendar of the site.")
    last_on = DayField(label="Last day", help_text="At most five working days, our assumption.")
    mode = ModeField()

    helper = FormHelper()
    helper.form_method = "get"
    helper.disable_csrf = True
    helper.layout = Layout(
        Row("first_on", "last_on"), "mode", ButtonHolder(Submit("show", "Show what follows"))
    )

    def clean(self):
        given = super().clean()
        first_on, last_on = given.get("first_on"), given.get("last_on")
        if first_on and last_on and last_on < first_on:
            self.add_error("last_on", "The last day is before the first day.")
        return given


class ConsultationForm(forms.Form):
    """That a consultation was held: the day, the people, the notes."""

    held_on = DayField(label="Held on")
    attendees = forms.CharField(
        label="Who took part",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One person or function per line.",
    )
    notes = forms.CharField(
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="What was agreed. Firm, contractor and FDA all read this.",
    )

    helper = FormHelper()
    helper.layout = Layout(
        "held_on",
        "attendees",
        "notes",
        ButtonHolder(Submit("record", "Record the consultation")),
    )


class MilestoneForm(forms.Form):
    """The day on which a milestone was done."""

    done_on = DayField(label="Done on")


class ReasonForm(forms.Form):
    """Why: kept on record with the deed."""

    reason = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
