"""FDA's queue: the requests received, counted, found, assigned and worked through."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import operations
from applications.access import may_assign_requests, may_read_requests
from applications.fda_forms import AssignForm
from applications.models import Barring, ParticipationRequest
from applications.models.finding import found_among
from applications.operations.letters import coordinators
from applications.triage import pages
from applications.triage.choice import MARKS, ORDERS, Choice
from applications.triage.counts import counts_of
from qmm_pilot import clock
from qmm_pilot.clock import EASTERN
from qmm_pilot.programs.models import Program

from . import queue_rows
from .deeds import carried_out, open_only_if

SEARCH = "queue_search"  # in the session: what was searched for is the name or number of a firm
LONGEST_SEARCH = 100  # characters


@require_safe
def queue(request):
    """Show the requests that reached FDA, narrowed and sorted as the address says."""
    open_only_if(may_read_requests(request.user))
    programs, officers = _programs(request.user), _officers()
    choice = Choice.from_query(request.GET).within({row["slug"] for row in programs}, officers)
    received = _received(request.user, programs)
    chosen, search = _chosen(request, choice, received, officers)
    page = pages.page_of(
        chosen,
        choice.order,
        before=_id(request.GET.get("before", "")),
        after=_id(request.GET.get("after", "")),
    )
    counts = counts_of(
        received,
        choice,
        user=request.user,
        officers=officers,
        today=_today(),
        is_counted=not (search or choice.mark),
    )
    may_assign = may_assign_requests(request.user)
    return render(
        request,
        "applications/fda/queue.html",
        {
            "programs": [row for row in programs if not row["rehearsal_of"]],
            "choice": choice,
            "counts": [
                ("State", counts["state"]),
                ("Owner", counts["owner"]),
                ("Age", counts["age"]),
            ],
            "marks": MARKS.items(),
            "orders": [(key, order.label) for key, order in ORDERS.items()],
            "colleagues": [
                (str(pk), name) for pk, name in officers.items() if pk != request.user.pk
            ],
            "search": search,
            "carried": choice.query(),
            "all_address": Choice(sort=choice.sort).query() or "?",
            "rows": page.rows,
            "rows_written": queue_rows.written(
                page.rows,
                carried=choice.query(),
                officers=officers,
                reader=request.user,
                today=_today(),
            ),
            "previous_address": choice.query(before=page.before) if page.before else "",
            "next_address": choice.query(after=page.after) if page.after else "",
            "is_at_end": "ended" in request.GET,
            "may_assign": may_assign,
            "me": str(request.user.pk),
        },
    )


@require_POST
def queue_search(request):
    """Keep what is searched for in the session, or clear it; the filters stay in the address."""
    open_only_if(may_read_requests(request.user))
    typed = "" if "clear" in request.POST else request.POST.get("words", "")
    typed = " ".join(typed.replace("\0", "").split())[:LONGEST_SEARCH]
    if typed:
        request.session[SEARCH] = typed
    else:
        request.session.pop(SEARCH, None)
    return redirect(_address(request))


@require_POST
def queue_assign(request):
    """Put the person, a colleague or nobody in charge of the ticked requests."""
    open_only_if(may_assign_requests(request.user))
    seen = dict(filter(None, map(_ticked, request.POST.getlist("ticked"))))
    whom = request.POST.get("officer", "")
    officer, is_known = _officer(request.POST.get("colleague", "?") if whom == "other" else whom)
    if not seen:
        messages.error(request, "Nothing was ticked. Tick the requests to assign first.")
    elif not is_known:
        messages.error(request, "Choose who is to be in charge of the ticked requests.")
    else:
        assigned = carried_out(request, operations.assign_requests, seen, officer, done=None)
        if assigned:
            _tell(request, assigned, officer)
    return redirect(_address(request))


@require_http_methods(["GET", "HEAD", "POST"])
def request_assign(request, pk):
    """Pass one request to a colleague, take it or give it back."""
    open_only_if(may_assign_requests(request.user))
    participation_request = get_object_or_404(
        ParticipationRequest.objects.visible_to(request.user).select_related(
            "program", "facility", "officer"
        ),
        pk=pk,
    )
    holder = participation_request.officer
    form = AssignForm(
        request.POST or None,
        officers=_officers(site=participation_request.fei_key),
        initial={
            "officer": str(holder.pk) if holder else "",
            "seen": str(holder.pk) if holder else "",
        },
    )
    if form.is_valid():
        officer, _ = _officer(form.cleaned_data["officer"])
        done = (
            f"{officer} is in charge of this request." if officer else "The request was given back."
        )
        carried_out(
            request,
            operations.assign_request,
            participation_request,
            officer,
            seen=_id(form.cleaned_data["seen"]),
            done=done,
        )
        return redirect(_address(request, "request_review", pk))
    return render(
        request,
        "applications/fda/assign.html",
        {
            "participation_request": participation_request,
            "form": form,
            "carried": Choice.from_query(request.GET).query(),
            "kicker": f"{participation_request.program.short_name} · "
            f"{participation_request.receipt_number}",
        },
    )


@require_safe
def request_next(request, pk):
    """Lead to the request that follows this one in the list from which it was opened."""
    open_only_if(may_read_requests(request.user))
    participation_request = get_object_or_404(
        ParticipationRequest.objects.visible_to(request.user), pk=pk
    )
    programs = _programs(request.user)
    officers = _officers()
    choice = Choice.from_query(request.GET).within({row["slug"] for row in programs}, officers)
    chosen, _ = _chosen(request, choice, _received(request.user, programs), officers)
    following = pages.next_after(chosen, choice.order, participation_request)
    if following is None:
        return redirect(reverse("applications:queue") + choice.query(ended="yes"))
    return redirect(_address(request, "request_review", following))


def onward(request, pk, anchor=""):
    """After a deed on a request: on to the next of its list where that was asked for, or back.

    `anchor` is the place on its sheet where the deed was done.
    """
    if "next" in request.POST:
        return redirect(_address(request, "request_next", pk))
    sheet = _address(request, "request_review", pk)
    return redirect(f"{sheet}#{anchor}" if anchor else sheet)


def carried(request) -> str:
    """The filters and order with which this request was opened, as the end of an address."""
    return Choice.from_query(request.GET).query()


def _address(request, name="queue", *args):
    return reverse(f"applications:{name}", args=args) + carried(request)


def _programs(user):
    return list(Program.objects.visible_to(user).values("pk", "slug", "short_name", "rehearsal_of"))


def _officers(*, site=""):
    """The names of all coordinators by their ids, in the order of names.

    Without those to whom the site of this FEI is closed by a conflict of interest.
    """
    barred = Barring.objects.standing().filter(person=OuterRef("pk"), fei_key=site)
    people = coordinators().exclude(Exists(barred)) if site else coordinators()
    return dict(people.order_by("name", "pk").values_list("pk", "name"))


def _received(user, programs):
    """What reached FDA but in rehearsals, which are told apart without a look at each program."""
    rehearsals = [row["pk"] for row in programs if row["rehearsal_of"]]
    closed = list(Barring.objects.feis_of(user).values_list("fei_key", flat=True))
    received = ParticipationRequest.objects.visible_to(user, barred=closed)
    return received.exclude(program__in=rehearsals) if rehearsals else received


def _chosen(request, choice, received, officers):
    search = request.session.get(SEARCH, "")
    chosen = choice.among(received, user=request.user, officers=officers, today=_today())
    return found_among(chosen, search), search


def _today():
    return clock.now().astimezone(EASTERN).date()


def _ticked(text):
    """The id of a ticked request and that of the officer whom the list showed, or None."""
    pk, _, officer = text.partition("_")
    return (UUID(pk), _id(officer)) if _id(pk) else None


def _officer(text):
    """The coordinator of this id, None for nobody; and whether anybody was meant at all."""
    if text == "":
        return None, True
    officer = coordinators().filter(pk=_id(text)).first() if _id(text) else None
    return officer, officer is not None


def _tell(request, assigned, officer):
    done, left = len(assigned.done), len(assigned.left)
    if done:
        whose = f"{officer} is in charge of" if officer else "Given back:"
        messages.success(request, f"{whose} {done} request{'' if done == 1 else 's'}.")
    if left:
        were = "request was" if left == 1 else "requests were"
        messages.warning(
            request,
            f"{left} {were} assigned otherwise meanwhile and left so. Look at the list again.",
        )


def _id(text):
    try:
        return UUID(text)
    except ValueError:
        return None
