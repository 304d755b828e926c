"""FDA's pages of eligibility: the sheet of one request and its deeds."""

from django.db.models import (
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    Subquery,
    prefetch_related_objects,
)
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import operations
from applications.access import may_assign_requests, may_read_requests, may_review_requests
from applications.eligibility import Outcome
from applications.fda_forms import RulingForm
from applications.models import (
    CriterionResult,
    Facility,
    FacilityIdentifier,
    InspectionImport,
    ParticipationRequest,
    StatedInspection,
    VerdictSheet,
)
from applications.models.hold import holds_beside, with_holds
from applications.operations.facilities import WITH_FDA
from applications.operations.questions import with_open_question
from applications.operations.reopening import is_determined
from applications.operations.requests import standing_attestations
from applications.operations.versions import ATTESTATIONS, VERSIONS
from qmm_pilot import clock
from qmm_pilot.records.holds import marks_of
from qmm_pilot.records.signatures import checked_signatures

from .answers import designations_in_words
from .authority import signers_letter, with_signers_letters
from .deeds import carried_out, open_only_if
from .information import rounds_of
from .queue import carried, onward
from .sheets import anchor_of, criteria_of, is_unsettled, results_of, sheet_of, unexamined

Status = ParticipationRequest.Status


@require_safe
def request_review(request, pk):
    """Show the eligibility sheet of one request."""
    participation_request = _visible(request, pk, _marked(request.user))
    is_submitted = participation_request.status == Status.SUBMITTED
    results = {} if is_submitted else results_of(participation_request)
    is_under_review = participation_request.status == Status.UNDER_REVIEW
    prefetch_related_objects([participation_request], ATTESTATIONS, VERSIONS)
    attestations = {row.criterion_id: row for row in standing_attestations(participation_request)}
    former = participation_request.facility.identifiers.standing()
    identifiers = list(former) if participation_request.has_former_feis else []
    sheets = [
        sheet_of(
            criterion,
            results.get(criterion.pk),
            participation_request,
            attestations.get(criterion.pk),
        )
        for criterion in criteria_of(participation_request, results)
    ]
    unsettled = [sheet for sheet in sheets if is_unsettled(sheet["result"])]
    failing = [s for s in sheets if s["result"] and s["result"].outcome == Outcome.FAILS]
    return render(
        request,
        "applications/fda/review.html",
        {
            **_frame(participation_request),
            "carried": carried(request),
            "may_assign": may_assign_requests(request.user),
            "keeping": marks_of(
                request.user,
                participation_request,
                participation_request.organization,
                participation_request.program,
            ),
            "sheets": sheets,
            "identifiers": identifiers,
            "unsearched": _unsearched(participation_request, identifiers, results),
            "changes": _changes(participation_request),
            "may_change": may_review_requests(request.user),
            "holds": holds_beside(participation_request),
            "may_review": may_review_requests(request.user),
            **rounds_of(participation_request, clock.now()),
            "is_submitted": is_submitted,
            "is_under_review": is_under_review,
            "is_determined": is_determined(participation_request),
            "may_enter": may_review_requests(request.user)
            and participation_request.status in {*WITH_FDA, Status.NOT_ELIGIBLE},
            "unexamined": unexamined(participation_request, results),
            "has_newer_data": is_under_review and _has_newer_data(participation_request, sheets),
            "unsettled": unsettled,
            "failing": failing,
            "signatures": checked_signatures(participation_request),
            "letter": signers_letter(participation_request),
            "determine_label": "Determine: not eligible" if failing else "Determine: eligible",
            "operations": _words(ParticipationRequest.Operation, participation_request.operations),
            "products": _words(ParticipationRequest.Product, participation_request.products),
        },
    )


@require_POST
def request_take_up(request, pk):
    """Take up a submitted request."""
    participation_request = _open_for_review(request, pk)
    carried_out(
        request,
        operations.take_up_request,
        participation_request,
        done="The request is under review. Every criterion was examined.",
    )
    return onward(request, pk)


@require_POST
def request_examine(request, pk):
    """Examine every criterion again."""
    participation_request = _open_for_review(request, pk)
    carried_out(
        request,
        operations.examine_again,
        participation_request,
        done="Every criterion was examined again. Rulings stand as they were.",
    )
    return onward(request, pk)


@require_POST
def request_determine(request, pk):
    """Determine the eligibility of a request."""
    participation_request = _open_for_review(request, pk)
    carried_out(
        request,
        operations.determine_eligibility,
        participation_request,
        done="Eligibility is determined. The firm is told when decisions are released.",
    )
    return onward(request, pk)


@require_http_methods(["GET", "HEAD", "POST"])
def request_rule(request, pk, result_pk):
    """Rule on one criterion of a request."""
    participation_request = _open_for_review(request, pk)
    result = _result_or_404(participation_request, result_pk)
    form = RulingForm(request.POST or None)
    if form.is_valid() and carried_out(
        request,
        operations.rule_on_criterion,
        result,
        **form.cleaned_data,
        done=f"Your ruling on criterion {result.criterion.code} is recorded.",
    ):
        return onward(request, pk, anchor_of(result.criterion))
    return render(
        request,
        "applications/fda/rule.html",
        {
            **_frame(participation_request),
            "carried": carried(request),
            "form": form,
            "rule_title": f"Rule on criterion {result.criterion.code}",
            "sheet": sheet_of(
                result.criterion,
                result,
                participation_request,
                participation_request.attestations.select_related("attested_by__organization")
                .filter(criterion=result.criterion, ended_at=None)
                .first(),
            ),
            "contradicts_data": result.opinion == Outcome.FAILS,
        },
    )


@require_safe
def result_history(request, pk, result_pk):
    """Show what stood for one criterion before, each verdict with the data it was made from."""
    participation_request = _visible(request, pk)
    result = _result_or_404(participation_request, result_pk)
    earlier = result.earlier.select_related(
        "snapshot",
        "replaced_for__organization",
        "ruled_by__organization",
        "confirmed_by__organization",
    )
    return render(
        request,
        "applications/fda/history.html",
        {
            **_frame(participation_request),
            "result": result,
            "earlier": [
                (row, sheet_of(result.criterion, row, participation_request)) for row in earlier
            ],
        },
    )


@require_POST
def request_confirm_ruling(request, pk, result_pk):
    """Confirm another person's ruling against what was found."""
    participation_request = _open_for_review(request, pk)
    result = _result_or_404(participation_request, result_pk)
    carried_out(
        request,
        operations.confirm_ruling,
        result,
        done=f"The ruling on criterion {result.criterion.code} is confirmed and in force.",
    )
    return onward(request, pk, anchor_of(result.criterion))


def _visible(request, pk, marked=None):
    open_only_if(may_read_requests(request.user))
    rows = ParticipationRequest.objects.visible_to(request.user).select_related(
        "program",
        "facility",
        "organization",
        "submitted_by__organization",
        "mailed__stored_file",
        "officer",
    )
    return get_object_or_404(marked(rows) if marked else rows, pk=pk)


def _marked(user):
    """Marks the request with what stands beside it, all in the query that reads it.

    Its holds; FDA's open question; a site of the same DUNS with another FEI (B6); the newest
    inspection file; the open proposal to examine again; the sheet printed last; the letter of
    whoever signed.
    """
    twins = (
        Facility.objects.visible_to(user)
        .filter(duns=OuterRef("facility__duns"))
        .exclude(Q(fei_key=OuterRef("facility__fei_key")) | Q(duns=""))
        .order_by("pk")
    )
    files = InspectionImport.objects.order_by("-number")
    printed = VerdictSheet.objects.filter(participation_request=OuterRef("pk")).order_by(
        "-asked_at"
    )
    is_open = Q(reopenings__confirmed_at=None, reopenings__withdrawn_at=None)
    return lambda rows: (
        with_open_question(with_holds(rows))
        .alias(proposal=FilteredRelation("reopenings", condition=is_open))
        .annotate(
            # What most requests have none of is not asked for again (P2).
            has_stated=Exists(
                StatedInspection.objects.filter(participation_request=OuterRef("pk"))
            ),
            has_former_feis=Exists(
                FacilityIdentifier.objects.standing().filter(facility=OuterRef("facility"))
            ),
            twin_name=Subquery(twins.values("name")[:1]),
            twin_fei=Subquery(twins.values("fei")[:1]),
            newest_file_pk=Subquery(files.values("pk")[:1]),
            newest_file_name=Subquery(files.values("file_name")[:1]),
            newest_file_at=Subquery(files.values("imported_at")[:1]),
            printed_pk=Subquery(printed.values("pk")[:1]),
            printed_at=Subquery(printed.values("asked_at")[:1]),
            proposal_pk=F("proposal__pk"),
            proposal_reason=F("proposal__reason"),
            proposal_source=F("proposal__source"),
            proposal_at=F("proposal__proposed_at"),
            proposal_by=F("proposal__proposed_by"),
            proposal_by_name=F("proposal__proposed_by__name"),
            place_pk=F("participation__pk"),
            **with_signers_letters(user),
        )
    )


def _open_for_review(request, pk):
    open_only_if(may_review_requests(request.user))
    return _visible(request, pk)


def _result_or_404(participation_request, result_pk):
    return get_object_or_404(
        CriterionResult.objects.select_related(
            "criterion",
            "snapshot",
            "participation_request",
            "ruled_by__organization",
            "confirmed_by__organization",
        ),
        pk=result_pk,
        participation_request=participation_request,
    )


def _words(choices, values):
    """The chosen values in the words of their choices."""
    labels = dict(choices.choices)
    return ", ".join(labels.get(value, value) for value in values)


def _frame(participation_request):
    program = participation_request.program
    marks = operations.marks_of_request(participation_request)
    return {
        "confidential": marks,
        # A contact or deputy is shown as one fact: marked where any part of it is.
        "marked": marks.parts | _people_marked(marks),
        "designations": designations_in_words(participation_request, marks),
        "participation_request": participation_request,
        "program": program,
        "facility": participation_request.site,
        "kicker": f"{program.short_name} · {participation_request.receipt_number}",
        "rehearsal": program.name if program.is_rehearsal else "",
    }


def _people_marked(marks):
    return {
        f"{whom}_name": any(name.startswith(f"{whom}_") for name in marks.fields)
        for whom in ("contact", "deputy")
    }


def _unsearched(participation_request, identifiers, results):
    """Whether criterion b was examined under other FEIs than those on record now."""
    now = {participation_request.fei_key, *(row.fei_key for row in identifiers)}
    examined = [result.evidence["feis"] for result in results.values() if "feis" in result.evidence]
    return any(set(feis) != now for feis in examined)


def _changes(participation_request):
    """What the firm changed about the facility since it submitted: words, before, after."""
    if not participation_request.facility_as_submitted:
        return []
    submitted, now = participation_request.site, participation_request.facility
    return [
        (words, then, today)
        for words, then, today in (
            ("Name", submitted.name, now.name),
            ("FEI", submitted.fei, now.fei),
            ("DUNS", submitted.duns, now.duns),
            ("Address", submitted.address, now.address),
            ("Time zone", submitted.time_zone, now.time_zone),
        )
        if then != today
    ]


def _has_newer_data(participation_request, sheets) -> bool:
    """Whether the newest inspection file is another one than the examination used."""
    used = {s["result"].snapshot_id for s in sheets if s["is_inspections"] and s["result"]}
    newest = participation_request.newest_file_pk
    return bool(used) and newest is not None and newest not in used
