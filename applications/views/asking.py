"""Questions before the close: the program's page of them, and FDA's list and answers (B18)."""

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from applications import operations
from applications.access import may_ask_questions, may_read_requests, may_review_requests
from applications.models import EarlierAnswer, ProgramQuestion
from applications.operations.asking import closed_to_questions
from applications.question_forms import AnswerQuestionForm, AskQuestionForm, CorrectAnswerForm
from qmm_pilot import clock
from qmm_pilot.programs.models import Program

from .deeds import carried_out, open_only_if
from .firm import posted, rehearsal_of

READ_OR_POST = ["GET", "HEAD", "POST"]
ON_ONE_PAGE = 200


@require_http_methods(READ_OR_POST)
def program_questions(request, pk):
    """What FDA has published; a firm's own questions, and the form for another one."""
    program = get_object_or_404(Program.objects.visible_to(request.user), pk=pk)
    may_ask = may_ask_questions(request.user)
    if request.method == "POST" and not may_ask:
        raise PermissionDenied("People of firms ask questions here.")
    form = AskQuestionForm(posted(request)) if may_ask else None
    if request.method == "POST" and form.is_valid():
        done = "FDA has your question. You are told by mail when it is answered."
        text = form.cleaned_data["text"]
        if carried_out(request, operations.ask_question, program, text, done=done):
            return redirect("applications:program_questions", pk=pk)
    questions = ProgramQuestion.objects.filter(program=program)
    own = questions.visible_to(request.user) if may_ask else questions.none()
    earlier = Prefetch("earlier_answers", EarlierAnswer.objects.order_by("-number"))
    published = list(
        questions.published()
        .defer("text")
        .order_by("-answered_at", "pk")
        .prefetch_related(earlier)[: ON_ONE_PAGE + 1]
    )
    return render(
        request,
        "applications/questions/program.html",
        {
            "program": program,
            "rehearsal": rehearsal_of(program),
            "form": form,
            "closed": closed_to_questions(program, request.user.organization_id, clock.now()),
            "own": own.select_related("asked_by")
            .order_by("-asked_at", "pk")
            .prefetch_related(earlier)[:ON_ONE_PAGE],
            "published": published[:ON_ONE_PAGE],
            "has_more": len(published) > ON_ONE_PAGE,
            "reads_all": may_read_requests(request.user),
        },
    )


@require_safe
def question_list(request):
    """Every question to FDA: the open ones first, then what was answered."""
    open_only_if(may_read_requests(request.user))
    rows = (
        ProgramQuestion.objects.visible_to(request.user)
        .filter(program__rehearsal_of=None)
        .select_related("program", "organization", "answered_by")
    )
    waiting = list(rows.open()[: ON_ONE_PAGE + 1])
    return render(
        request,
        "applications/questions/list.html",
        {
            "open": waiting[:ON_ONE_PAGE],
            "has_more": len(waiting) > ON_ONE_PAGE,
            "answered": rows.exclude(answered_at=None).order_by("-answered_at")[:ON_ONE_PAGE],
        },
    )


@require_http_methods(READ_OR_POST)
def question_answer(request, pk):
    """One question, and its answer or the form for it."""
    open_only_if(may_read_requests(request.user))
    rows = ProgramQuestion.objects.visible_to(request.user).select_related(
        "program", "organization", "asked_by__organization", "answered_by__organization"
    )
    question = get_object_or_404(rows, pk=pk)
    may_answer = may_review_requests(request.user)
    if request.method == "POST" and not may_answer:
        raise PermissionDenied("FDA coordinators answer questions.")
    form = AnswerQuestionForm(posted(request))
    if request.method == "POST" and form.is_valid():
        done = "The answer is with the firm, which is told by mail."
        if carried_out(
            request, operations.answer_question, question, **form.cleaned_data, done=done
        ):
            return redirect("applications:question_list")
    return render(
        request,
        "applications/questions/answer.html",
        {
            "question": question,
            "program": question.program,
            "form": form if may_answer and not question.answered_at else None,
            "earlier": question.earlier_answers.select_related("answered_by__organization"),
            "may_correct": may_answer and question.answered_at,
        },
    )


@require_http_methods(READ_OR_POST)
def question_correct(request, pk):
    """Correct an answer that was given; what stood before stays beside it."""
    open_only_if(may_review_requests(request.user))
    rows = ProgramQuestion.objects.visible_to(request.user).exclude(answered_at=None)
    question = get_object_or_404(rows.select_related("program", "organization"), pk=pk)
    form = CorrectAnswerForm(
        posted(request),
        is_published=question.is_published,
        initial={"answer": question.answer, "published_question": question.published_question},
    )
    if request.method == "POST" and form.is_valid():
        done = "The answer is corrected. The firm that asked is told by mail."
        facts = form.cleaned_data
        if carried_out(request, operations.correct_answer, question, **facts, done=done):
            return redirect("applications:question_answer", pk=pk)
    return render(
        request,
        "applications/questions/correct.html",
        {"question": question, "program": question.program, "form": form},
    )
