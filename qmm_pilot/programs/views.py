"""The pages of the programs: what each notice says, what is our assumption, the agreements."""

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from qmm_pilot import clock
from qmm_pilot.records.holds import marks_of

from .access import may_file_agreement, may_manage_programs
from .assumptions import assumptions_of, look_back_in_words
from .milestone_words import offsets_in_words
from .models import Agreement, LateAdmission, Opening, Program, Topic


@require_safe
def program_list(request):
    """List every program with its window."""
    now = clock.now()
    programs = (
        Program.objects.visible_to(request.user)
        .real()
        .order_by("is_demonstration", "slug")
        .prefetch_related("openings")
    )
    return render(
        request,
        "programs/list.html",
        {
            "rows": [_row(program, now) for program in programs],
            "may_manage": may_manage_programs(request.user),
        },
    )


@require_safe
def program_detail(request, pk):
    """Show the rules of one program, each with its source."""
    program = get_object_or_404(
        Program.objects.visible_to(request.user).prefetch_related(
            Prefetch("openings", Opening.objects.order_by("opens_at")),
            Prefetch("topics", Topic.objects.standing()),
            "criteria",
            "milestone_offsets",
        ),
        pk=pk,
    )
    now = clock.now()
    agreements = Agreement.objects.visible_to(request.user).filter(program=program)
    return render(
        request,
        "programs/detail.html",
        {
            **_row(program, now),
            "keeping": marks_of(request.user, program),
            "agreements": [
                (agreement, agreement.force_on(program.today(now)))
                for agreement in agreements.select_related("organization", "superseded_by")
            ],
            "may_file_agreement": may_file_agreement(request.user),
            "may_manage": may_manage_programs(request.user),
            "admissions": _own_admissions(request.user, program),
            "look_back": look_back_in_words(program),
            "assumptions": assumptions_of(program),
            "offsets": offsets_in_words(program),
            "rehearsal": program.name if program.is_rehearsal else "",
        },
    )


def _own_admissions(user, program):
    """That a firm was admitted late, for its own people; FDA lists all where it manages a round."""
    if user.reads_cases:
        return []
    admissions = LateAdmission.objects.visible_to(user).filter(program=program)
    return admissions.select_related("organization")


def _row(program, now):
    """A program with its openings and whether one holds now, without further queries."""
    openings = list(program.openings.all())
    if any(opening.opens_at <= now < opening.closes_at for opening in openings):
        state = ("open", "Accepts requests")
    elif any(opening.opens_at > now for opening in openings):
        state = ("not_started", "Not open yet")
    else:
        state = ("closed", "Closed")
    return {"program": program, "openings": openings, "state": state}
