"""Forms that say how a round scores; they check shape alone."""

from django import forms

from applications.models.review import HIGHEST_WEIGHT
from applications.operations.scoring_rules import ScoredBy

from .program_forms import WithReason


class ScoringForm(WithReason):
    """Scoring criteria in their order, and the range that they share."""

    MORE = 2  # empty rows to add criteria in
    side_by_side = (("lowest", "highest"),)

    lowest = forms.IntegerField(label="Lowest score", min_value=0, max_value=99)
    highest = forms.IntegerField(label="Highest score", min_value=1, max_value=100)

    def __init__(self, *args, criteria, **kwargs):
        shared = criteria[0] if criteria else None
        given = {"lowest": shared.lowest, "highest": shared.highest} if shared else {}
        super().__init__(*args, initial={"lowest": 1, "highest": 5, **given}, **kwargs)
        self.count = len(criteria) + self.MORE
        for number in range(1, self.count + 1):
            row = criteria[number - 1] if number <= len(criteria) else None
            self.fields[f"title_{number}"] = forms.CharField(
                label=f"Criterion {number}",
                required=False,
                max_length=100,
                initial=row.title if row else "",
                help_text="Empty it to leave the criterion out." if row else "Empty: none.",
            )
            self.fields[f"weight_{number}"] = forms.IntegerField(
                label=f"Weight of criterion {number}",
                required=False,
                min_value=1,
                max_value=HIGHEST_WEIGHT,
                initial=row.weight if row else None,
                help_text=f"1 to {HIGHEST_WEIGHT}.",
            )
            self.fields[f"guidance_{number}"] = forms.CharField(
                label=f"What a reviewer looks at for criterion {number}",
                required=False,
                max_length=1000,
                widget=forms.Textarea(attrs={"rows": 2}),
                initial=row.guidance if row else "",
            )
        numbers = range(1, self.count + 1)
        self.side_by_side = (
            *type(self).side_by_side,
            *((f"title_{number}", f"weight_{number}") for number in numbers),
        )
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    def clean(self):
        given = super().clean()
        for number in range(1, self.count + 1):
            weight = f"weight_{number}"
            is_missing = given.get(weight) is None and weight not in self.errors
            if given.get(f"title_{number}") and is_missing:
                self.add_error(weight, "Give its weight.")
        return given

    def facts(self) -> dict:
        """What the operation takes."""
        given = self.cleaned_data
        return {
            "criteria": [
                ScoredBy(
                    " ".join(given[f"title_{number}"].split()),
                    given[f"guidance_{number}"].strip(),
                    given[f"weight_{number}"],
                )
                for number in range(1, self.count + 1)
                if given[f"title_{number}"]
            ],
            "lowest": given["lowest"],
            "highest": given["highest"],
            "reason": given["reason"],
        }


class SwitchScoringForm(WithReason):
    """Why scoring is switched off, or on again."""

    def __init__(self, *args, turns_on, **kwargs):
        super().__init__(*args, **kwargs)
        self.turns_on = turns_on
        self.action = "Switch scoring on" if turns_on else "Switch scoring off"
        if not turns_on:
            self.fields["reason"].help_text = "Staff read it where the scores would stand."

    def facts(self) -> dict:
        """What the operation takes."""
        return {"is_scored": self.turns_on, "reason": self.cleaned_data["reason"]}
