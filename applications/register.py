"""Which addresses of this floor open a firm's records, for its access register (A13)."""

from uuid import UUID

from qmm_pilot.records.register import declare_beside, declare_list, declare_record

from .models import ParticipationRequest
from .operations.claims import rival_claims

PLACE = {
    "firm": "organization_id",
    "site": "facility__name",
    "program": "program__short_name",
}


def declare_own():
    """Declare requests, places and facilities, and FDA's lists of them."""
    declare_record(
        "applications.participationrequest",
        "Request to participate",
        **PLACE,
        addresses={
            "requests/<uuid:pk>/": "pk",
            "queue/<uuid:pk>/": "pk",
            "selection/<uuid:pk>/requests/<uuid:request_pk>/": "request_pk",
        },
        is_confidential=False,  # a request carries what its firm designates
    )
    declare_record(
        "applications.participation",
        "Place in the pilot",
        **PLACE,
        addresses={"participations/<uuid:pk>/": "pk", "offers/<uuid:pk>/": "pk"},
        is_confidential=False,
    )
    declare_record(
        "applications.decisionletter",
        "FDA’s letter of a decision",
        firm="organization_id",
        site="participation_request__facility__name",
        program="participation_request__program__short_name",
        addresses={"decision-letters/<uuid:pk>/": "pk"},
    )
    declare_record(
        "records.letter",
        "Letter of FDA",
        firm="person__organization_id",
        addresses={"letters-received/<uuid:pk>/": "pk"},
        is_confidential=False,
    )
    for route, what in {
        "selection/<uuid:pk>/letters/": "FDA’s letters before a release",
        "selection/<uuid:pk>/letters/<slug:kind>/": "FDA’s letters before a release",
        "selection/<uuid:pk>/letters/sent/": "FDA’s letters of decisions",
    }.items():
        declare_list(route, what, is_confidential=True)
    declare_record(
        "applications.facility",
        "Facility",
        firm="organization_id",
        site="name",
        addresses={"facilities/<uuid:pk>/": "pk"},
        is_confidential=False,
    )
    declare_record(
        "applications.authorityletter",
        "Letter of authority",
        firm="firm_id",
        addresses={"letters-of-authority/<uuid:pk>/": "pk"},
        is_confidential=False,
    )
    declare_record(
        "accounts.representation",
        "Agent’s letter of authority",
        firm="firm_id",
        addresses={"letters-of-authority/agents/<uuid:pk>/": "pk"},
        is_confidential=False,
    )
    declare_list("letters-of-authority/", "FDA’s list of letters of authority")
    declare_beside("queue/<uuid:pk>/claims/", _rival_requests)
    declare_list("queue/", "FDA’s list of requests")
    declare_record(
        "applications.reviewassignment",
        "Request to participate",
        firm="participation_request__organization_id",
        site="participation_request__facility__name",
        program="participation_request__program__short_name",
        addresses={
            "scoring/<uuid:pk>/": "pk",
            "selection/<uuid:pk>/reviewers/<uuid:assignment_pk>/": "assignment_pk",
        },
        is_confidential=False,
    )
    for kind, form in (("pdf", "PDF"), ("zip", "ZIP")):
        declare_list(
            f"dossiers/<uuid:pk>/{kind}/",
            f"FDA’s record of a program’s selection as {form}",
            is_confidential=True,
        )
    declare_list("scoring/", "A reviewer’s list of requests")
    declare_list("selection/<uuid:pk>/reviewers/", "FDA’s list of requests and their reviewers")
    declare_list("rechecks/", "FDA’s list of verdicts that newer data speak against")
    declare_record(
        "applications.programquestion",
        "Question about the pilot",
        firm="organization_id",
        site="organization__name",
        program="program__short_name",
        addresses={"questions/<uuid:pk>/": "pk", "questions/<uuid:pk>/correct/": "pk"},
    )
    declare_list("questions/", "FDA’s list of questions", is_confidential=True)
    declare_list("mailed/", "FDA’s list of mailed requests")
    declare_list("mailed/<uuid:pk>/", "FDA’s form for a mailed request: sites that it knows")
    declare_list("selection/<uuid:pk>/", "FDA’s selection board", is_confidential=True)
    declare_beside("selection/<uuid:pk>/requests/<uuid:request_pk>/beside/<str:others>/", _compared)
    declare_list("selection/<uuid:pk>/compare/", "FDA’s choice of requests to compare")
    declare_list("selection/<uuid:pk>/alternates/close/", "FDA’s list of alternates")
    declare_list(
        "selection/<uuid:pk>/release/", "FDA’s decisions before their release", is_confidential=True
    )


def _rival_requests(pk):
    """The ids of the other requests that the page of a contested facility compares with this."""
    participation_request = ParticipationRequest.objects.get(pk=pk)
    return rival_claims(participation_request).exclude(pk=pk).values_list("pk", flat=True)


def ids_compared(others: str) -> list[UUID]:
    """The ids in the address of a comparison, apart by commas; none where one of them is no id."""
    try:
        return [UUID(text) for text in others.split(",")]
    except ValueError:
        return []


def _compared(pk, request_pk, others):
    """The ids of the requests that a comparison shows beside the first."""
    return ids_compared(others)
