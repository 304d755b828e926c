"""Local pages of the demonstration: its mail, and its clock; for this machine only."""

from datetime import UTC, datetime, timedelta
from functools import wraps
from ipaddress import ip_address

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Row, Submit
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from qmm_pilot import clock
from qmm_pilot.uswds.moments import moment_in_words
from qmm_pilot.uswds.widgets import DayInput

from .models import LocalMail

MOST_MAILS = 200
STEPS = {"day": timedelta(days=1), "week": timedelta(weeks=1)}
LAST_DAY = datetime(2030, 12, 31, tzinfo=clock.EASTERN)
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


def local_page(view):
    """Open the page without sign-in, in development, to this very machine; else it is not found.

    A request that a proxy passed on came from elsewhere, whatever address the proxy has.
    """

    @login_not_required
    @wraps(view)
    def opened(request, *args, **kwargs):
        if not settings.DEBUG or not _is_from_this_machine(request.META):
            raise Http404
        return view(request, *args, **kwargs)

    return opened


def _is_from_this_machine(meta):
    if any(meta.get(header) for header in FORWARDED):
        return False
    try:
        address = ip_address(meta.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


@local_page
@require_safe
def local_mails(request):
    """List the mails that the demonstration kept instead of sending, newest first."""
    mails = LocalMail.objects.values("pk", "to", "subject", "at")[:MOST_MAILS]
    return render(request, "local/mails.html", {"mails": mails})


@local_page
@require_safe
def local_mail(request, pk):
    """Show one mail."""
    return render(request, "local/mail.html", {"mail": get_object_or_404(LocalMail, pk=pk)})


class ClockForm(forms.Form):
    """A day and a time of day, Eastern Time."""

    day = forms.DateField(label="Day", widget=DayInput)
    time = forms.TimeField(
        label="Time, Eastern",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        initial="09:00",
    )

    @property
    def helper(self):
        helper = FormHelper()
        helper.layout = Layout(
            Row("day", "time"), ButtonHolder(Submit("move", "Move the clock to this moment"))
        )
        return helper

    def clean(self):
        answers = super().clean()
        if "day" in answers and "time" in answers:
            answers["moment"] = datetime.combine(
                answers["day"], answers["time"], tzinfo=clock.EASTERN
            )
        return answers


@local_page
@require_http_methods(["GET", "HEAD", "POST"])
def local_clock(request):
    """Show the demonstration's clock; on POST move it forward, never back."""
    present = clock.demonstration_moment()
    step = STEPS.get(request.POST.get("step", ""))
    form = ClockForm(request.POST if request.method == "POST" and not step else None)
    target = None
    if present and step:
        # The same time of day on the Eastern clock, also over a change of daylight saving time.
        target = present.astimezone(clock.EASTERN) + step
    elif present and form.is_valid():
        target = form.cleaned_data["moment"]
    if target is not None and _moved(request, present, target):
        return redirect("local_clock")
    return render(request, "local/clock.html", {"form": form, "present": present})


def _moved(request, present, target):
    if target > LAST_DAY:
        messages.error(request, "The demonstration’s clock goes no further than the year 2030.")
    elif target.astimezone(UTC) <= present:
        messages.error(
            request,
            f"The demonstration’s clock moves forward only; it is {moment_in_words(present)} now.",
        )
    else:
        clock.set_demonstration_moment(target.astimezone(UTC))
        messages.success(request, f"It is now {moment_in_words(target)}.")
        return True
    return False
