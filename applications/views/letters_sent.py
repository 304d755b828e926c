"""FDA's pages of decision letters that went out: who got them, who opened them, what follows."""

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from applications import operations
from applications.access import may_read_requests, may_review_requests
from applications.letter_forms import CallForm, SpellingForm
from applications.letter_texts import KINDS, filled
from applications.models import DecisionLetter
from qmm_pilot import clock
from qmm_pilot.clock import EASTERN
from qmm_pilot.programs.models import Program
from qmm_pilot.records.files import download_response
from qmm_pilot.records.models import Job, Letter, LetterCall

from .deeds import carried_out, open_only_if
from .firm import rehearsal_of

MOST_LISTED = 200


@require_safe
def letters_sent(request, pk):
    """The decision letters of a program: first those that nobody opened, the oldest first.

    Then the others, newest first, each with what is known of it.
    """
    open_only_if(may_read_requests(request.user))
    program = get_object_or_404(Program.objects.visible_to(request.user), pk=pk)
    visible = DecisionLetter.objects.visible_to(request.user).filter(
        participation_request__program=program
    )
    unopened = operations.unopened_letters(pk__in=visible.order_by().values("pk"))
    others = visible.exclude(pk__in=[each.pk for each in unopened]).select_related(
        "organization", "participation_request__facility", "participation_request__participation"
    )
    letters = [*unopened, *others[:MOST_LISTED]][:MOST_LISTED]
    mails: dict = {}
    for mail in Letter.objects.filter(
        subject_kind="applications.participationrequest",
        subject_id__in={str(each.participation_request_id) for each in letters},
        kind__in=KINDS,
    ).only("subject_id", "kind", "at", "status", "opened_at", "bounced_at"):
        mails.setdefault((mail.subject_id, mail.kind, mail.at), []).append(mail)
    waits = {each.pk: _days_since(each, program) for each in unopened}
    rows = []
    for each in letters:
        about = (str(each.participation_request_id), each.kind, each.at)
        (code, words), days = _state(each, mails.get(about, []))["state"], waits.get(each.pk, 0)
        is_late = code == "sent" and days > program.letter_unopened_days
        rows.append({"letter": each, "days": days, "state": ("late" if is_late else code, words)})
    return render(
        request,
        "applications/letters/sent.html",
        {"program": program, "rehearsal": rehearsal_of(program), "rows": rows},
    )


@require_safe
def decision_letter(request, pk):
    """One decision letter: its words, its PDF, each person it went to, what may be done."""
    letter = _letter_or_404(request, pk)
    mails = list(operations.mails_of(letter).select_related("person__organization"))
    return render(
        request,
        "applications/letters/letter.html",
        _page(request, letter, mails, _call_form()),
    )


@require_POST
def decision_letter_again(request, pk):
    """Send a decision letter to each of its people once more."""
    open_only_if(may_review_requests(request.user))
    letter = _letter_or_404(request, pk)
    carried_out(request, operations.send_letter_again, letter, done="The mails are on their way.")
    return redirect("applications:decision_letter", pk=pk)


@require_POST
def decision_letter_call(request, pk):
    """Note that somebody of the firm was told by telephone."""
    open_only_if(may_review_requests(request.user))
    letter = _letter_or_404(request, pk)
    form = CallForm(request.POST)
    if not form.is_valid():
        mails = list(operations.mails_of(letter).select_related("person__organization"))
        return render(
            request, "applications/letters/letter.html", _page(request, letter, mails, form)
        )
    done = "The call is noted; no task is left for this letter."
    carried_out(request, operations.tell_by_telephone, letter, **form.cleaned_data, done=done)
    return redirect("applications:decision_letter", pk=pk)


@require_POST
def decision_letter_retry(request, pk):
    """Have the PDF of a letter made again, with names as a person says to write them."""
    open_only_if(may_review_requests(request.user))
    letter = _letter_or_404(request, pk)
    spelling = SpellingForm(request.POST, words=operations.unspelled(letter))
    if not spelling.is_valid():
        mails = list(operations.mails_of(letter).select_related("person__organization"))
        page = _page(request, letter, mails, _call_form())
        return render(request, "applications/letters/letter.html", {**page, "spelling": spelling})
    carried_out(
        request,
        operations.retry_letter_copy,
        letter,
        spelling=spelling.spelling(),
        done="The PDF is being made.",
    )
    return redirect("applications:decision_letter", pk=pk)


@require_safe
def decision_letter_file(request, pk):
    """The PDF of a decision letter, for its firm and for FDA's case staff; logged."""
    letter = get_object_or_404(
        DecisionLetter.objects.visible_to(request.user).select_related("stored_file"),
        pk=pk,
        stored_file__isnull=False,
    )
    return download_response(letter.stored_file, by=request.user, at=clock.now())


def _page(request, letter, mails, form):
    program = letter.participation_request.program
    is_on_its_way = letter.stored_file_id is None and bool(
        letter.job and letter.job.status != Job.Status.FAILED
    )
    has_no_copy = letter.stored_file_id is None and not is_on_its_way
    return {
        "letter": letter,
        "spelling": SpellingForm(words=operations.unspelled(letter)) if has_no_copy else None,
        "label": letter.rules.label,
        "body": filled(letter.words, {"recipient": "[name of each person]"}).body,
        "program": program,
        "rehearsal": rehearsal_of(program),
        "mails": mails,
        **_state(letter, mails),
        "calls": LetterCall.objects.filter(letter__in=mails).select_related(
            "noted_by__organization"
        ),
        "is_on_its_way": is_on_its_way,
        "may_follow_up": may_review_requests(request.user) and letter.superseded_at is None,
        "may_retry": may_review_requests(request.user),
        "form": form,
    }


def _call_form():
    return CallForm(initial={"called_on": clock.now().astimezone(EASTERN).date()})


def _days_since(letter, program):
    """Calendar days, Eastern, since the mail or since it was sent again."""
    return (program.today(clock.now()) - program.today(letter.counted_from)).days


def _state(letter, mails):
    """How a letter fared as a status with its words, the first that is true."""
    if letter.superseded_at:
        return {"state": ("overtaken", "Overtaken by a later letter")}
    if any(mail.opened_at for mail in mails):
        return {"state": ("opened", "Opened")}
    if letter.reached_at:
        return {"state": ("told", "Told by telephone")}
    place = getattr(letter.participation_request, "participation", None)
    if letter.rules.offers_a_place and place and place.answered_at:
        return {"state": ("answered", "The firm has answered")}
    if any(mail.bounced_at for mail in mails):
        return {"state": ("bounced", "Came back")}
    if any(mail.status == Letter.Status.FAILED for mail in mails):
        return {"state": ("failed", "Not sent: failed")}
    if any(mail.status == Letter.Status.QUEUED for mail in mails):
        return {"state": ("queued", "On its way")}
    return {"state": ("sent", "Sent, not opened")}


def _letter_or_404(request, pk):
    open_only_if(may_read_requests(request.user))
    rows = DecisionLetter.objects.visible_to(request.user).select_related(
        "participation_request__program",
        "participation_request__facility",
        "participation_request__participation",
        "organization",
        "stored_file",
        "job",
    )
    return get_object_or_404(rows, pk=pk)
