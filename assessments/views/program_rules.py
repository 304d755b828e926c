"""Pages that change the rules of a round, each with its reason (A4)."""

from django.http import Http404
from django.views.decorators.http import require_http_methods

from applications import operations as intake
from assessments import operations
from assessments.program_forms import (
    CriterionForm,
    OffsetsForm,
    RulesForm,
    TermsForm,
    TextsForm,
    TopicsForm,
)
from assessments.scoring_forms import ScoringForm, SwitchScoringForm
from qmm_pilot.programs.milestone_words import offsets_in_words

from .program_pages import READ_OR_POST, change_page, program_or_404


@require_http_methods(READ_OR_POST)
def program_rules(request, pk):
    """The look-back of inspections, and how US territories count."""
    program = program_or_404(request.user, pk)
    concerned = operations.examined_anew(program).count()
    consequences = ["Requests that are submitted later are examined by the new parameters."]
    if concerned:
        which = "1 request is" if concerned == 1 else f"{concerned} requests are"
        consequences.append(f"{which} under review and examined anew at once; rulings stay.")
    return change_page(
        request,
        program,
        RulesForm(request.POST or None, initial=_values(program, operations.RULES)),
        operations.change_rules,
        program,
        title="Parameters of the criteria",
        about="Which inspections count, and where U.S. territories belong.",
        frozen=operations.frozen(program).rules,
        consequences=consequences,
        done="The parameters are changed.",
    )


@require_http_methods(READ_OR_POST)
def program_terms(request, pk):
    """Places and times that the notice leaves open."""
    program = program_or_404(request.user, pk)
    return change_page(
        request,
        program,
        TermsForm(request.POST or None, initial=_values(program, operations.TERMS)),
        operations.change_terms,
        program,
        title="Places and times",
        about="What the notice leaves to FDA.",
        consequences=("What was asked or offered keeps the day that its letter named.",),
        done="The terms are changed.",
    )


@require_http_methods(READ_OR_POST)
def program_texts(request, pk):
    """Names, notice, notes, and the blocks of two Acts."""
    program = program_or_404(request.user, pk)
    return change_page(
        request,
        program,
        TextsForm(request.POST or None, initial=_values(program, operations.TEXTS)),
        operations.change_texts,
        program,
        title="Names and texts",
        about="What the pages and forms of this program say.",
        consequences=(
            "The Paperwork Reduction Act block stands on the forms of firms from now on until its "
            "clearance expires, and the Privacy Act statement as long as it is given.",
        ),
        done="The texts are changed.",
    )


@require_http_methods(READ_OR_POST)
def program_criterion(request, pk, code):
    """The words of one criterion and their source."""
    program = program_or_404(request.user, pk, "criteria")
    criterion = next((c for c in program.criteria.all() if c.code == code), None)
    if criterion is None:
        raise Http404
    frozen = operations.frozen(program).words
    names = ("title", "quotation", "commitment_text", "citation", "is_recalled")
    return change_page(
        request,
        program,
        CriterionForm(
            request.POST or None,
            criterion=criterion,
            frozen=bool(frozen),
            initial=_values(criterion, names),
        ),
        operations.change_criterion,
        criterion,
        title=f"Criterion {criterion.code}",
        about=criterion.get_check_kind_display(),
        frozen=frozen and f"{frozen} Its source, and whether it was read, can be corrected.",
        done="The criterion is changed.",
    )


@require_http_methods(READ_OR_POST)
def program_topics(request, pk):
    """The topics, one a line."""
    program = program_or_404(request.user, pk)
    names = program.topics.standing().values_list("name", flat=True)
    return change_page(
        request,
        program,
        TopicsForm(request.POST or None, initial={"topics": "\n".join(names)}),
        operations.change_topics,
        program,
        title="Topics",
        about="What assessments of this round take up.",
        frozen=operations.frozen(program).topics,
        done="The topics are changed.",
    )


@require_http_methods(READ_OR_POST)
def program_scoring(request, pk):
    """The criteria by which reviewers score, their weights, and the range of a score."""
    program = program_or_404(request.user, pk)
    criteria = list(program.scoring_criteria.standing())
    return change_page(
        request,
        program,
        ScoringForm(request.POST or None, criteria=criteria),
        intake.change_scoring,
        program,
        title="Scoring criteria",
        about="By what reviewers score requests.",
        frozen=intake.scoring_is_frozen(program),
        consequences=(
            "The notice is silent on scores: criteria, weights and range are FDA’s setting.",
            "Scores inform, they decide nothing; no letter ever tells a score or rank.",
            "After the first score that is submitted, all of this stays for the round.",
        ),
        done="The scoring criteria are changed.",
    )


@require_http_methods(READ_OR_POST)
def program_scoring_switch(request, pk):
    """Switch scoring off, or on again."""
    program = program_or_404(request.user, pk)
    turns_on = not program.is_scored
    return change_page(
        request,
        program,
        SwitchScoringForm(request.POST or None, turns_on=turns_on),
        intake.switch_scoring,
        program,
        title="Switch scoring on" if turns_on else "Switch scoring off",
        about="Whether reviewers score the requests of this round.",
        frozen=intake.scoring_is_frozen(program),
        consequences=(
            ("Reviewers who are assigned find their requests as tasks again.",)
            if turns_on
            else (
                "Nobody can be assigned or score; tasks of reviewers are closed.",
                "Staff read your reason where the scores would stand.",
            )
        ),
        done="Scoring is on." if turns_on else "Scoring is off.",
    )


@require_http_methods(READ_OR_POST)
def program_offsets(request, pk):
    """When milestones fall due."""
    program = program_or_404(request.user, pk, "milestone_offsets")
    return change_page(
        request,
        program,
        OffsetsForm(request.POST or None, offsets=offsets_in_words(program)),
        operations.change_offsets,
        program,
        title="Milestones",
        about="Days before (with a minus) or after what they are counted from.",
        consequences=(
            "Dates that were agreed already stay; the change counts when dates are agreed next.",
            "What you change reads “FDA’s setting” from then on, with the day of the change.",
        ),
        done="The milestones are changed.",
    )


def _values(row, names):
    return {name: getattr(row, name) for name in names}
