"""The answers of a draft: what a submission needs, and saving them without losing any (B1, B2)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from applications.access import may_prepare_request
from applications.models import ParticipationRequest
from applications.steps import step_named
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records.trail import record

from .handovers import refuse_while_handed_over

# What a request must answer before it can be submitted, with the words of the page.
REQUIRED_ANSWERS = {
    "contact_name": "Contact: name",
    "contact_email": "Contact: e-mail address",
    "contact_phone": "Contact: telephone",
    "contact_time_zone": "Contact: time zone",
    "operations": "Operations at this facility",
    "products": "What the facility makes",
    "product_description": "Products",
    "size_band": "Size",
    "sector": "Sector",
    "preferred_mode": "Preferred mode of assessment",
}
ANSWERS = [
    *REQUIRED_ANSWERS,
    "contact_title",
    "deputy_name",
    "deputy_email",
    "makes_sterile",
    "declared_inspections",
    "blackout_dates",
    "interview_language",
    "confidential_answers",
]
MAY_BE_CONFIDENTIAL = [name for name in ANSWERS if name != "confidential_answers"]

Product = ParticipationRequest.Product
Operation = ParticipationRequest.Operation
# What each pilot's facilities make and do (85 FR 65824, 85 FR 65828; both since 2024).
PRODUCTS = {
    Program.Pilot.FDF: [Product.PRESCRIPTION, Product.OTC],
    Program.Pilot.API: [Product.API, Product.INTERMEDIATE],
    Program.Pilot.BOTH: list(Product),
}
_AFTER_MANUFACTURE = [
    Operation.PACK,
    Operation.REPACK,
    Operation.LABEL,
    Operation.RELABEL,
    Operation.ANALYSIS,
]
OPERATIONS = {
    Program.Pilot.FDF: [Operation.MANUFACTURE, *_AFTER_MANUFACTURE],
    Program.Pilot.API: [Operation.API_MANUFACTURE, *_AFTER_MANUFACTURE],
    Program.Pilot.BOTH: [
        Operation.MANUFACTURE,
        Operation.API_MANUFACTURE,
        *_AFTER_MANUFACTURE,
    ],
}


class NewerAnswers(Refusal):
    """Answers were saved after the person's page was made."""


@dataclass(frozen=True)
class Shown:
    """What a person had before her when she answered: which answers, how they stood, which page.

    `mark` is mark_of_answers(…, names); `page` is a token of the very page, "" where there is none,
    and `turn` counts what this page has sent.
    """

    names: tuple[str, ...]
    mark: str
    page: str = ""
    turn: int = 0


@transaction.atomic
def save_answers(
    participation_request,
    answers,
    *,
    unfinished: Mapping[str, str] | None = None,
    taken="",
    shown: Shown | None = None,
    by,
    at,
) -> ParticipationRequest:
    """Save answers of a draft; the trail names the answers that changed, not their words.

    `answers` maps names of ANSWERS to values. `unfinished` maps names to what was typed and is no
    answer yet, such as half an e-mail address: it is kept as typed, the answer itself is emptied.
    `taken` is the slug of a step that the person has gone through. Raises NewerAnswers when other
    answers than the `shown` ones were saved since, but not by that page itself; Refusal when the
    request is no draft. A repeat of the same answers changes nothing.
    """
    participation_request = _locked(participation_request)
    if not may_prepare_request(by, participation_request.organization_id):
        raise Refusal("Only preparers and officials of the firm may change its requests.")
    if participation_request.status != ParticipationRequest.Status.DRAFT:
        raise IllegalMove("This request was submitted, so its answers can no longer be changed.")
    refuse_while_handed_over(participation_request, by)
    typed = dict(unfinished or {})
    answers = {**answers, **dict.fromkeys(typed, "")}
    unknown = set(answers) - set(ANSWERS)
    unknown |= set(answers.get("confidential_answers", ())) - set(MAY_BE_CONFIDENTIAL)
    if unknown or (taken and step_named(taken) is None):
        raise ValueError(f"Not answers or steps of a request: {sorted(unknown)} {taken}")
    before = participation_request.unfinished
    changed = [
        name
        for name in answers
        if getattr(participation_request, name) != answers[name]
        or before.get(name) != typed.get(name)
    ]
    is_new_step = taken and taken not in participation_request.steps_taken
    if not changed and not is_new_step:
        return participation_request
    if changed and shown and _is_stale(shown, participation_request):
        raise NewerAnswers(
            "Newer answers were saved since you opened this page. Nothing was overwritten."
        )
    for name in changed:
        setattr(participation_request, name, answers[name])
    kept = {name: text for name, text in before.items() if name not in answers}
    participation_request.unfinished = {**kept, **typed}
    if changed:
        participation_request.saved_from = f"{shown.page}.{shown.turn}" if shown else ""
        participation_request.saved_at = at
    told = {"changed": sorted(changed)}
    if is_new_step:
        participation_request.steps_taken = [*participation_request.steps_taken, taken]
        told["step"] = taken
    participation_request.save(
        update_fields=[*changed, "unfinished", "steps_taken", "saved_from", "saved_at"]
    )
    record("save_answers", participation_request, by=by, at=at, after=told)
    return participation_request


def answers_for(program, participation_request) -> dict[str, list[str]]:
    """What the facility makes and does, as far as this program's questions offer it (B3).

    Manufacture is API manufacture in the other pilot; products are asked anew.
    """
    offered = set(OPERATIONS[program.pilot])
    made = {Operation.MANUFACTURE, Operation.API_MANUFACTURE}
    done = set(participation_request.operations)
    if made & done and not made & done & offered:
        done |= made
    return {
        "operations": [one for one in OPERATIONS[program.pilot] if one in done],
        "products": [
            one for one in PRODUCTS[program.pilot] if one in participation_request.products
        ],
    }


def mark_of_answers(participation_request, names=tuple(ANSWERS)) -> str:
    """A short mark of these stored answers, which changes whenever one of them does.

    It needs no clock: two people may save in one moment of the demonstration, which can stand.
    """
    unfinished = participation_request.unfinished
    stored = [[getattr(participation_request, name), unfinished.get(name)] for name in names]
    return hashlib.sha256(json.dumps(stored).encode()).hexdigest()[:32]


def missing_answers(participation_request) -> list[tuple[str, str]]:
    """What a submission still needs: name of the answer and its words on the page.

    The required answers that are empty, and whatever was typed and is no answer yet.
    """
    unfinished = participation_request.unfinished
    empty = [
        (name, label)
        for name, label in REQUIRED_ANSWERS.items()
        if not getattr(participation_request, name) and name not in unfinished
    ]
    return [*empty, *((name, f"{_words(name)} (not complete yet)") for name in unfinished)]


def _is_stale(shown, participation_request):
    """Whether other answers were saved since, and not by the very page that shows these.

    A page knows what it saved itself, even where the answer to it was lost on the way; but what it
    sent earlier and arrives later is stale.
    """
    page, _, turn = participation_request.saved_from.partition(".")
    if shown.page and shown.page == page:
        return shown.turn < int(turn)
    return shown.mark != mark_of_answers(participation_request, shown.names)


def _words(name):
    own = ParticipationRequest._meta.get_field(name).verbose_name
    return REQUIRED_ANSWERS.get(name) or f"{own[0].upper()}{own[1:]}"


def _locked(participation_request):
    return (
        ParticipationRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility", "organization", "started_by")
        .get(pk=participation_request.pk)
    )
