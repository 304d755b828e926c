"""What a firm submitted, as sections of questions and answers, kept when its site goes."""

from qmm_pilot.uswds.moments import moment_in_words

from .answers import ANSWERS


def submitted_sections(participation_request) -> list:
    """The request as submitted: receipt, facility, answers, attestations; each (heading, pairs)."""
    site, row = participation_request.site, participation_request
    attestations = row.attestations.filter(ended_at=None).select_related("criterion", "attested_by")
    return [
        [
            "Receipt",
            [
                ["Receipt number", row.receipt_number],
                ["Received", moment_in_words(row.submitted_at)],
                ["Attested and submitted by", str(row.submitted_by)],
            ],
        ],
        [
            "Facility as submitted",
            [
                ["Name", site.name],
                ["FEI", site.fei],
                ["DUNS", site.duns],
                ["Address", site.address],
            ],
        ],
        ["Answers", [[_question(row, name), _answer(row, name)] for name in ANSWERS]],
        [
            "Commitments",
            [
                [
                    f"Criterion {each.criterion.code}",
                    f"{each.text} Attested by {each.attested_by}, "
                    f"{moment_in_words(each.attested_at)}.",
                ]
                for each in attestations
            ],
        ],
    ]


def _question(row, name):
    words = str(row._meta.get_field(name).verbose_name)
    return f"{words[0].upper()}{words[1:]}"


def _answer(row, name):
    value = getattr(row, name)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        choices = {"products": row.Product, "operations": row.Operation}.get(name)
        words = dict(choices.choices) if choices else {}
        return ", ".join(str(words.get(each, each)) for each in value)
    show = getattr(row, f"get_{name}_display", None)
    return str(show() if show else value or "")
