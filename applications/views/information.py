"""FDA's pages of its questions to a firm: ask, extend, let lapse, take up again (B8)."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods

from applications import operations
from applications.access import may_review_requests
from applications.answer_forms import AnswersForm
from applications.information_forms import AskForm, ExtendForm, MailForm, WhyForm
from applications.models import ParticipationRequest
from applications.operations.information import first_answer_day, proposed_mail
from applications.operations.lapsing import is_reinstatable, last_day_to_answer
from applications.operations.letters import firm_people
from applications.operations.questions import open_question, question_beside
from applications.reasons import REASONS, reopened
from qmm_pilot import clock
from qmm_pilot.programs.models import Criterion
from qmm_pilot.uswds.moments import day_in_words

from .deeds import carried_out, open_only_if
from .firm import posted, rehearsal_of

Status = ParticipationRequest.Status
READ_OR_POST = ["GET", "HEAD", "POST"]


@require_http_methods(READ_OR_POST)
def request_ask(request, pk):
    """Choose reasons and reopened answers, then edit and preview the mail, then send it."""
    participation_request = _open(request, pk)
    if participation_request.status != Status.UNDER_REVIEW:
        messages.info(request, "Only a request under review is returned for information.")
        return redirect("applications:request_review", pk=pk)
    program = participation_request.program
    questions = AnswersForm(instance=participation_request).choices_of_marks()
    ask = AskForm(
        posted(request),
        answers=questions,
        program=program,
        initial={"answer_by": first_answer_day(program, clock.now())},
    )
    context = {**_frame(participation_request), "form": ask}
    if request.method != "POST" or not ask.is_valid() or "back" in request.POST:
        return render(request, "applications/fda/ask.html", context)
    chosen = ask.cleaned_data
    subject, body = proposed_mail(participation_request, chosen["reasons"])
    is_edited = "subject" in request.POST
    mail = MailForm(request.POST if is_edited else None, initial={"subject": subject, "body": body})
    if is_edited and mail.is_valid():
        subject, body = mail.cleaned_data["subject"], mail.cleaned_data["body"]
        done = f"The request went back to the firm, which may answer through {_day(chosen)}."
        facts = {**chosen, **mail.cleaned_data, "done": done}
        if "send" in request.POST and carried_out(
            request, operations.ask_for_information, participation_request, **facts
        ):
            return redirect("applications:request_review", pk=pk)
    people = firm_people(participation_request)
    names = dict(questions)
    context |= {
        "mail": mail,
        "subject": subject,
        "preview": _preview(participation_request, people, body, chosen),
        "people": people,
        "reopened": [names[n] for n in reopened(chosen["reasons"], chosen["extra"])],
        "reasons": [REASONS[code].label for code in chosen["reasons"]],
        "chosen": chosen,
    }
    return render(request, "applications/fda/ask_mail.html", context)


@require_http_methods(READ_OR_POST)
def request_extend(request, pk):
    """Give the firm more time to answer."""
    participation_request = _open(request, pk)
    question = open_question(participation_request)
    if question is None:
        messages.info(request, "FDA waits for no answer about this request.")
        return redirect("applications:request_review", pk=pk)
    program = participation_request.program
    later = max(first_answer_day(program, clock.now()), question.answer_by)
    form = ExtendForm(posted(request), initial={"answer_by": later})
    if request.method == "POST" and form.is_valid():
        done = f"The firm may answer through {_day(form.cleaned_data)} and is told."
        facts = {**form.cleaned_data, "done": done}
        if carried_out(request, operations.extend_answer, participation_request, **facts):
            return redirect("applications:request_review", pk=pk)
    context = {**_frame(participation_request), "form": form, "question": question}
    return render(request, "applications/fda/extend.html", context)


@require_http_methods(READ_OR_POST)
def request_lapse(request, pk):
    """Ask before a request lapses, and let it lapse."""
    participation_request = _open(request, pk)
    last_day = last_day_to_answer(participation_request)
    if last_day is None:
        messages.info(request, "FDA waits for no answer about this request.")
        return redirect("applications:request_review", pk=pk)
    done = "The request has lapsed. The firm is told."
    return _with_reason(
        request, participation_request, operations.lapse_request, "lapse", done, last_day=last_day
    )


@require_http_methods(READ_OR_POST)
def request_reinstate(request, pk):
    """Ask before a lapsed or withdrawn request is taken up again, and take it up."""
    participation_request = _open(request, pk)
    if not is_reinstatable(participation_request):
        messages.info(request, "Only a request that lapsed or was withdrawn is reinstated.")
        return redirect("applications:request_review", pk=pk)
    done = "The request is under review again, and every criterion was examined. The firm is told."
    return _with_reason(
        request, participation_request, operations.reinstate_request, "reinstate", done
    )


def rounds_of(participation_request, at) -> dict:
    """What FDA's page says of its question, and of the versions that answered earlier ones.

    The page has read both: with_open_question() and VERSIONS.
    """
    answers = [row for row in participation_request.versions.all() if row.information_request]
    question = question_beside(participation_request)
    mailed = getattr(participation_request, "mailed", None)
    unconfirmed = participation_request.status == Status.AWAITING_CONFIRMATION
    last_day = question.answer_by if question else mailed.confirm_by if unconfirmed else None
    unexamined = {
        Criterion.Check(kind).label[:1].lower() + Criterion.Check(kind).label[1:]
        for each in answers
        if each.information_request.examined_at is None
        for kind in each.information_request.concerned
    }
    return {
        "question": question,
        "question_reasons": [REASONS[code].label for code in question.reasons] if question else [],
        "is_overdue": last_day is not None and participation_request.program.today(at) > last_day,
        "answered": answers,
        "new_answers": participation_request.status == Status.UNDER_REVIEW and unexamined,
        "mailed": mailed,
        "mailed_link": _link_of(mailed, at),
        "is_unconfirmed": unconfirmed,
        "may_reinstate": is_reinstatable(participation_request),
    }


def _link_of(row, at) -> str:
    """How the link to the firm stands, in a word; empty where it has none."""
    if row is None or row.link_sent_at is None:
        return ""
    if row.taken_at:
        return "used"
    if row.link_revoked_at:
        return "revoked"
    return "sent" if at < row.link_expires_at else "expired"


def _with_reason(request, participation_request, deed, page, done, **more):
    form = WhyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if carried_out(request, deed, participation_request, reason=reason, done=done):
            return redirect("applications:request_review", pk=participation_request.pk)
    context = {**_frame(participation_request), "form": form, **more}
    return render(request, f"applications/fda/{page}.html", context)


def _preview(participation_request, people, body, chosen):
    return render_to_string(
        "letters/information_requested.txt",
        {
            "person": people[0] if people else "(nobody)",
            "site_address": settings.SITE_ADDRESS,
            "participation_request": participation_request,
            "body": body,
            "answer_by": _day(chosen),
        },
    ).strip()


def _day(chosen):
    return day_in_words(chosen["answer_by"])


def _open(request, pk):
    open_only_if(may_review_requests(request.user))
    return get_object_or_404(
        ParticipationRequest.objects.visible_to(request.user).select_related(
            "program", "facility", "organization", "started_by"
        ),
        pk=pk,
    )


def _frame(participation_request):
    program = participation_request.program
    return {
        "participation_request": participation_request,
        "facility": participation_request.site,
        "program": program,
        "kicker": f"{program.short_name} · {participation_request.receipt_number}",
        "rehearsal": rehearsal_of(program),
    }
