"""Pages on a program's window: extend, reopen, correct, admit one late firm (A3)."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from applications import operations as intake
from assessments.forms import ReasonForm
from assessments.program_forms import LateAdmissionForm, OpenForm, OpeningForm, last_day_of
from qmm_pilot import clock
from qmm_pilot.programs.access import may_manage_programs
from qmm_pilot.programs.models import LateAdmission
from qmm_pilot.uswds.moments import last_minute_before, moment_in_words

from .deeds import carried_out, open_only_if
from .program_pages import COORDINATORS, MANAGE, READ_OR_POST, change_page, frame, program_or_404

TOLD = (
    "Every draft comes to life again with its answers, and its owners are told by mail. FDA sees "
    "neither the drafts nor how many there are."
)


@require_http_methods(READ_OR_POST)
def window_open(request, pk):
    """Extend the window, or open it again, for everyone."""
    program = program_or_404(request.user, pk)
    return change_page(
        request,
        program,
        OpenForm(request.POST or None),
        intake.open_window,
        program,
        title="Extend or reopen the window",
        about="For every firm. To let in one firm alone, admit it late.",
        consequences=(TOLD, "Reminders of the new close are sent 7, 3 and 1 days before it."),
        done="The window is open as announced, and the owners of drafts are told.",
    )


@require_http_methods(READ_OR_POST)
def opening_change(request, pk):
    """Correct an opening that has not begun, or close one early."""
    program = program_or_404(request.user, pk)
    standing = program.openings.filter(closes_at__gt=clock.now())
    first = standing.first()
    if first is None:
        messages.info(request, "Every opening is over and stays as it was. Open the window again.")
        return redirect(MANAGE, pk=pk)
    form = OpeningForm(
        request.POST or None,
        openings=standing,
        words=_opening_in_words,
        initial={"opening": first.pk, "last_on": last_day_of(first.closes_at)},
    )
    subject = form.cleaned_data["opening"] if form.is_valid() else None
    return change_page(
        request,
        program,
        form,
        intake.change_opening,
        subject,
        title="Correct an opening, or close it early",
        about="An opening that is over stays as it was: requests were received in it.",
        consequences=("The owners of drafts are told of the new times by mail.",),
        done="The opening is changed, and the owners of drafts are told.",
    )


@require_http_methods(READ_OR_POST)
def late_admission_new(request, pk):
    """Admit one named firm after the close."""
    program = program_or_404(request.user, pk)
    form = LateAdmissionForm(request.POST or None, program=program)
    subject = (program, form.cleaned_data["organization"]) if form.is_valid() else ()
    return change_page(
        request,
        program,
        form,
        intake.admit_late,
        *subject,
        title="Admit one firm late",
        about="Its requests are taken from now on until the day you name, and no other firm’s.",
        consequences=(
            "The firm’s officials and preparers are told by mail. No other firm learns of it.",
        ),
        done="The firm is admitted and told by mail.",
    )


@require_http_methods(READ_OR_POST)
def late_admission_end(request, pk):
    """Ask before a late admission is taken back."""
    admissions = LateAdmission.objects.visible_to(request.user)
    admission = get_object_or_404(admissions.select_related("program", "organization"), pk=pk)
    open_only_if(may_manage_programs(request.user), COORDINATORS)
    form = ReasonForm(request.POST or None)
    if form.is_valid() and carried_out(
        request,
        intake.end_late_admission,
        admission,
        **form.cleaned_data,
        done="The late admission is taken back, and the firm is told.",
    ):
        return redirect(MANAGE, pk=admission.program_id)
    context = {**frame(admission.program), "admission": admission, "form": form}
    return render(request, "programs/late_admission_end.html", context)


def _opening_in_words(opening):
    last = moment_in_words(last_minute_before(opening.closes_at))
    return f"{moment_in_words(opening.opens_at)} through {last}"
