"""How a page of an assessment is found, and how it carries out one deed."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from assessments.models import Assessment
from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal

# What every page of an assessment names.
NAMED = (
    "participation__program",
    "participation__facility",
    "participation__organization",
    "participation__participation_request",
    "engagement__organization",
)


def assessments_of(user):
    """The assessments that this person sees, each with what every page of it names."""
    return Assessment.objects.visible_to(user).select_related(*NAMED)


def with_assessment(rows, path="assessment"):
    """These rows, each with its assessment and what every page of that names, in one query."""
    return rows.select_related(*(f"{path}__{name}" for name in NAMED))


def assessment_or_404(user, pk):
    """One assessment that this person sees; it does not exist for anyone else."""
    return get_object_or_404(assessments_of(user), pk=pk)


def open_only_if(allowed, reason) -> None:
    """Refuse the page to whoever sees the assessment but does not do this."""
    if not allowed:
        raise PermissionDenied(reason)


def carried_out(request, deed, *args, done, **kwargs) -> bool:
    """Carry out one operation for the person, and tell her; False when it was refused."""
    try:
        deed(*args, by=request.user, at=clock.now(), **kwargs)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return False
    messages.success(request, done)
    return True


def frame(assessment) -> dict:
    """What every page of an assessment shows: the nouns, and the mark of a rehearsal."""
    program = assessment.program
    return {
        "assessment": assessment,
        "participation": assessment.participation,
        "facility": assessment.facility,
        "program": program,
        "rehearsal": program.name if program.is_rehearsal else "",
    }
