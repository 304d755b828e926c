"""Forms of FDA's selectors about alternates: they check shape, never policy."""

from django import forms

from qmm_pilot.records.signing_form import SigningForm

from .models import Decision

PRA = "44 U.S.C. 3502(3), 5 CFR 1320.3(c)"


class PromotionForm(SigningForm):
    """Why this alternate is promoted, and the signature; further fields only where they are due."""

    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For FDA’s record. The letter does not quote it.",
    )
    skip_reason = forms.CharField(
        label="Why alternates of a better rank are passed over",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For FDA’s record.",
    )
    clearance = forms.CharField(
        label="Clearance or OMB control number",
        max_length=Decision._meta.get_field("clearance").max_length,
        help_text=f"Ten or more persons need one ({PRA}). It is kept with the decision.",
    )

    def __init__(self, *args, passes_over, needs_reference, **kwargs):
        super().__init__(*args, **kwargs)
        if not passes_over:
            del self.fields["skip_reason"]
        if not needs_reference:
            del self.fields["clearance"]

    @property
    def asked(self):
        """The fields besides the signature, for the page."""
        return [
            self[name] for name in ("reason", "skip_reason", "clearance") if name in self.fields
        ]


class CloseListForm(SigningForm):
    """Why the alternates are told, and the signature; `seen` is the hash of who was listed."""

    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For FDA’s record. The letter does not quote it.",
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
