"""Deeds on programs."""

from django.db import transaction

from qmm_pilot.accounts.roles import Side
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.trail import record

from .access import may_file_agreement
from .models import Agreement


@transaction.atomic
def file_agreement(program, organization, *, reference, since, until, by, at) -> Agreement:
    """Put a contractor's written agreement for a program on file (21 CFR 20.90).

    `since` and `until` are Eastern dates, `until` inclusive; `by` is an FDA coordinator, or None
    where the system prepares a demonstration or rehearsal.
    """
    if by is not None and not may_file_agreement(by):
        raise Refusal("Only FDA coordinators file agreements.")
    if organization.kind != Side.CONTRACTOR:
        raise Refusal(f"{organization} is not a contractor.")
    if until < since:
        raise Refusal("The agreement ends before it begins.")
    agreement = Agreement.objects.create(
        program=program, organization=organization, reference=reference, since=since, until=until
    )
    record(
        "file_agreement",
        agreement,
        by=by,
        at=at,
        after={
            "program": program.slug,
            "organization": organization.name,
            "reference": reference,
            "since": since,
            "until": until,
        },
    )
    return agreement
