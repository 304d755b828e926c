"""What a firm designates as confidential commercial information in its requests."""

from django.db import transaction

from applications.access import may_prepare_request
from applications.models import ParticipationRequest
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.confidentiality import Marks, designate, marks_of
from qmm_pilot.records.models import Designation
from qmm_pilot.records.trail import record

from .answers import MAY_BE_CONFIDENTIAL


def marks_of_request(participation_request) -> Marks:
    """What a request designates: as its draft marks it, or as it was submitted and later."""
    if participation_request.submitted_by_id is None:
        return Marks(frozenset(participation_request.confidential_answers))
    return marks_of(participation_request)


@transaction.atomic
def designate_answers(participation_request, fields, *, reason, by, at) -> Designation | None:
    """Designate further answers of a submitted request, "reasonably soon after" (21 CFR 20.61).

    What is designated already stays and is not repeated. Raises Refusal without a reason or a new
    answer, and for anyone who does not prepare this firm's requests; IllegalMove on a draft, whose
    marks are changed with its answers.
    """
    participation_request = ParticipationRequest.objects.select_for_update(no_key=True).get(
        pk=participation_request.pk
    )
    if not may_prepare_request(by, participation_request.organization_id):
        raise Refusal("Only preparers and officials of the firm designate its answers.")
    if participation_request.submitted_by_id is None:
        raise IllegalMove("This request is not submitted: mark its answers in the draft.")
    unknown = set(fields) - set(MAY_BE_CONFIDENTIAL)
    if unknown:
        raise ValueError(f"Not answers of a request: {sorted(unknown)}")
    if not reason.strip():
        raise Refusal("Say why these answers are designated now; FDA keeps the reason.")
    new = set(fields) - marks_of(participation_request).fields
    if not new:
        raise Refusal("Choose at least one answer that is not designated yet.")
    designation = designate(participation_request, new, by=by, at=at, reason=reason)
    record(
        "designate_answers",
        participation_request,
        by=by,
        at=at,
        after={"confidential": sorted(new), "expires_on": designation.expires_on},
        reason=reason.strip(),
    )
    return designation
