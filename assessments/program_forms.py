"""Forms that set up a round and change its rules; they check shape alone.

Days are Eastern: a window opens at midnight as its first day begins, and closes as its last ends.
"""

from datetime import UTC, date, datetime, time, timedelta

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Row, Submit
from django import forms
from django.utils.text import slugify

from assessments.milestones import Key
from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Side
from qmm_pilot.clock import EASTERN
from qmm_pilot.programs.models import MOST_PLACES, Criterion, MilestoneOffset, Program
from qmm_pilot.uswds.fields import DayField
from qmm_pilot.uswds.moments import last_minute_before

LONGEST_SLUG = 50  # characters
AGREED = (Key.ASSESSMENT_START, Key.ASSESSMENT_END)
LAST_DAY = "The last day of the window, until 11:59 p.m. Eastern Time."


def begin_of(day: date) -> datetime:
    """The moment at which an Eastern day begins, UTC."""
    return datetime.combine(day, time(0), tzinfo=EASTERN).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The moment at which an Eastern day ends, exclusive, UTC."""
    return begin_of(day + timedelta(days=1))


def day_of(moment: datetime) -> date:
    """The Eastern day of a moment."""
    return moment.astimezone(EASTERN).date()


def last_day_of(closes_at: datetime) -> date:
    """The last Eastern day before an exclusive close."""
    return day_of(last_minute_before(closes_at))


class WithReason(forms.Form):
    """A change whose reason is kept in the trail."""

    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept with the deed in the trail.",
    )
    firms_read_it = False

    action = "Save the change"
    may_change_while_frozen = False
    side_by_side: tuple[tuple[str, str], ...] = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.firms_read_it:
            self.fields["reason"].help_text = "Firms read it on the page of the program."
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    def facts(self) -> dict:
        """What the operation takes."""
        return self.cleaned_data

    @property
    def helper(self):
        """The fields in their order, pairs side by side, then the button."""
        second = {pair[1] for pair in self.side_by_side}
        pairs = {pair[0]: Row(*pair) for pair in self.side_by_side}
        helper = FormHelper()
        helper.layout = Layout(
            *(pairs.get(name, name) for name in self.fields if name not in second),
            ButtonHolder(Submit("save", self.action)),
        )
        return helper


class RoundForm(WithReason):
    """A new round: its names, its window, its end."""

    action = "Set up the round"
    side_by_side = (("first_on", "last_on"),)

    name = forms.CharField(max_length=200, help_text="In full, as its notice names it.")
    short_name = forms.CharField(
        max_length=60, help_text="For lists and letters, for example FDF 2021. No other has it."
    )
    first_on = DayField(label="Requests accepted from")
    last_on = DayField(label="Requests accepted through", help_text=LAST_DAY)
    ends_on = DayField(label="The round ends on")

    def clean(self):
        given = super().clean()
        if given.get("short_name") and not slugify(given["short_name"]):
            self.add_error("short_name", "Use letters or digits.")
        return given

    def facts(self) -> dict:
        """What the operation takes."""
        given = self.cleaned_data
        return {
            "slug": slugify(given["short_name"])[:LONGEST_SLUG],
            "name": given["name"],
            "short_name": given["short_name"],
            "opens_at": begin_of(given["first_on"]),
            "closes_at": end_of(given["last_on"]),
            "ends_on": given["ends_on"],
            "reason": given["reason"],
        }


class OpenForm(WithReason):
    """More time for everyone, with the notice that announces it."""

    action = "Open the window"
    firms_read_it = True
    side_by_side = (("first_on", "last_on"),)

    first_on = DayField(
        label="Accepted from", required=False, help_text="Leave empty to open at once."
    )
    last_on = DayField(label="Accepted through", help_text=LAST_DAY)
    source = forms.CharField(
        label="Notice",
        max_length=200,
        help_text="What announces it, for example a Federal Register citation.",
    )

    def facts(self) -> dict:
        """What the operation takes."""
        given = self.cleaned_data
        return {
            "opens_at": begin_of(given["first_on"]) if given["first_on"] else None,
            "closes_at": end_of(given["last_on"]),
            "source": given["source"],
            "reason": given["reason"],
        }


class OpeningForm(WithReason):
    """One of the openings that are not over, and its corrected times."""

    action = "Change this opening"
    firms_read_it = True
    side_by_side = (("first_on", "last_on"),)

    opening = forms.ModelChoiceField(queryset=None, empty_label=None, widget=forms.RadioSelect)
    first_on = DayField(
        label="Accepted from",
        required=False,
        help_text="Only for an opening that has not begun; empty: its first day stays.",
    )
    last_on = DayField(label="Accepted through", help_text=LAST_DAY)

    def __init__(self, *args, openings, words, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["opening"].queryset = openings
        self.fields["opening"].label_from_instance = words

    def facts(self) -> dict:
        """What the operation takes beside the opening."""
        given = self.cleaned_data
        opening = given["opening"]
        return {
            "opens_at": begin_of(given["first_on"]) if given["first_on"] else opening.opens_at,
            "closes_at": end_of(given["last_on"]),
            "reason": given["reason"],
        }


class LateAdmissionForm(WithReason):
    """The one firm that is admitted late, and until when."""

    action = "Admit this firm"

    organization = forms.ModelChoiceField(
        label="Firm", queryset=Organization.objects.none(), empty_label="Choose"
    )
    last_on = DayField(label="Admitted through", help_text=LAST_DAY)

    def __init__(self, *args, program, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = Organization.objects.filter(
            kind=Side.FIRM, is_rehearsal=program.is_rehearsal
        ).order_by("name", "pk")

    def facts(self) -> dict:
        """What the operation takes beside the firm."""
        given = self.cleaned_data
        return {"closes_at": end_of(given["last_on"]), "reason": given["reason"]}


class EndForm(forms.Form):
    """Another last day of the program, to see first what it touches."""

    ends_on = DayField(label="The program ends on", help_text="The last day, inclusive.")


class MoveEndForm(WithReason):
    """The day that was looked at, with the reason to move the end to it."""

    ends_on = DayField(widget=forms.HiddenInput)


class RulesForm(WithReason):
    """The look-back of the inspection criterion, and how US territories count."""

    side_by_side = (("inspections_since", "inspections_before"),)

    inspections_since = DayField(
        label="Inspections count from", help_text="The first day that counts."
    )
    inspections_before = DayField(
        label="Inspections count before", help_text="The first day that counts no more."
    )
    territories_are_domestic = forms.BooleanField(
        label="U.S. territories count as domestic", required=False
    )


class TermsForm(WithReason):
    """Places and times that the notice leaves to FDA."""

    cap = forms.IntegerField(
        label="Places", min_value=1, max_value=MOST_PLACES, help_text=f"1 to {MOST_PLACES}."
    )
    acceptance_working_days = forms.IntegerField(
        label="Working days to accept a place", min_value=1, max_value=250
    )
    promotion_days_needed = forms.IntegerField(
        label="Calendar days before the end that an alternate needs",
        min_value=0,
        max_value=730,
        help_text="With fewer left, no alternate is promoted.",
    )
    information_working_days = forms.IntegerField(
        label="Working days to answer a request for information", min_value=1, max_value=250
    )
    confirmation_days = forms.IntegerField(
        label="Calendar days to confirm a mailed request", min_value=1, max_value=365
    )
    hand_in_days = forms.IntegerField(
        label="Calendar days to hand in work begun", min_value=0, max_value=365
    )
    letter_unopened_days = forms.IntegerField(
        label="Calendar days until a letter that nobody opened is a task",
        min_value=1,
        max_value=365,
        help_text="The notice is silent.",
    )


class TextsForm(WithReason):
    """Names, notice, notes, and the blocks that two Acts ask for on forms."""

    side_by_side = (("pra_control_number", "pra_expires_on"),)

    name = forms.CharField(max_length=200)
    short_name = forms.CharField(max_length=60)
    notice_citation = forms.CharField(label="Notice", max_length=200)
    notes = forms.CharField(
        label="What was not read in the notice",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="One point a line; shown on the page of the program. Empty: nothing is shown.",
    )
    pra_control_number = forms.CharField(
        label="OMB control number",
        required=False,
        max_length=Program._meta.get_field("pra_control_number").max_length,
        help_text="Paperwork Reduction Act. Empty: no block is shown on the forms.",
    )
    pra_expires_on = DayField(label="OMB clearance expires on", required=False)
    pra_burden_statement = forms.CharField(
        label="Burden statement",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    privacy_act_statement = forms.CharField(
        label="Privacy Act statement",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="5 U.S.C. 552a(e)(3): authority, purpose, uses, and that answering is voluntary.",
    )
    letterhead_name = forms.CharField(label="Letterhead: name", max_length=200)
    letterhead_office = forms.CharField(label="Letterhead: office", max_length=200)
    letterhead_address = forms.CharField(
        label="Letterhead: address",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One line each, as printed over the letters of decisions.",
    )


class CriterionForm(WithReason):
    """The words of one criterion and their source."""

    may_change_while_frozen = True  # its source, and whether it was read

    title = forms.CharField(max_length=100)
    quotation = forms.CharField(
        label="What the notice says", max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )
    commitment_text = forms.CharField(
        label="What the official attests",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    citation = forms.CharField(label="Source", max_length=200)
    is_recalled = forms.BooleanField(
        label="Recalled, not read in the notice",
        required=False,
        help_text="While it is ticked, the words are marked and never shown as FDA’s own.",
    )

    def __init__(self, *args, criterion, frozen, **kwargs):
        super().__init__(*args, **kwargs)
        if criterion.check_kind != Criterion.Check.COMMITMENT:
            del self.fields["commitment_text"]
        for name in ("title", "quotation", "commitment_text"):
            if frozen and name in self.fields:
                self.fields[name].disabled = True

    def facts(self) -> dict:
        """What the operation takes."""
        return {"commitment_text": "", **self.cleaned_data}


class TopicsForm(WithReason):
    """The topics, one a line, in their order."""

    topics = forms.CharField(
        label="Topics",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="One a line, in the order of the report. A line that you take out is left out.",
    )
    source = forms.CharField(
        label="Source of new topics",
        required=False,
        max_length=200,
        help_text="Needed where a line is new.",
    )

    def facts(self) -> dict:
        """What the operation takes."""
        given = self.cleaned_data
        return {
            "names": given["topics"],
            "source": given["source"],
            "reason": given["reason"],
        }

    def clean_topics(self):
        """The names, each of a length that the report holds."""
        names = [line.strip() for line in self.cleaned_data["topics"].splitlines() if line.strip()]
        longest = 120
        if any(len(name) > longest for name in names):
            raise forms.ValidationError(f"A topic has at most {longest} characters.")
        return names


class OffsetsForm(WithReason):
    """Days and their unit for each milestone of the program."""

    def __init__(self, *args, offsets, **kwargs):
        """`offsets` are pairs of a milestone offset and when it falls due, in words.

        The first and last day of the assessment are agreed, not counted.
        """
        offsets = [pair for pair in offsets if pair[0].key not in AGREED]
        self.offsets = [offset for offset, _ in offsets]
        super().__init__(*args, **kwargs)
        for offset, when in offsets:
            self.fields[f"days_{offset.key}"] = forms.IntegerField(
                label=offset.title,
                min_value=-365,
                max_value=365,
                initial=offset.days,
                help_text=f"Now: {when}.",
            )
            self.fields[f"unit_{offset.key}"] = forms.ChoiceField(
                label=f"{offset.title}: counted in",
                choices=MilestoneOffset.Unit.choices,
                initial=offset.unit,
            )
        self.side_by_side = tuple((f"days_{o.key}", f"unit_{o.key}") for o in self.offsets)
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    def facts(self) -> dict:
        """What the operation takes: key to days and unit, and the reason."""
        given = self.cleaned_data
        keys = [offset.key for offset in self.offsets]
        return {
            "offsets": {key: (given[f"days_{key}"], given[f"unit_{key}"]) for key in keys},
            "reason": given["reason"],
        }
