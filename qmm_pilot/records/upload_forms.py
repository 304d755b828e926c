"""What every form shares by which a firm hands in a file."""

from django import forms

from .confidentiality import YEARS


def mark_of_file() -> forms.BooleanField:
    """The checkbox by which the submitter designates a file as confidential (21 CFR 20.61)."""
    return forms.BooleanField(
        label="This file holds confidential commercial information",
        required=False,
        help_text=f"The mark stands beside the file for {YEARS} years, and before FDA discloses "
        "the file, you are told and may object (21 CFR 20.61, 45 CFR 5.41).",
    )
