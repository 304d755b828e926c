"""The frame of every page: the side navigation by role, and the demonstration's strip."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from qmm_pilot import clock

from .roles import ADMINISTRATORS, CASE_ROLES, Role
from .sessions import seconds_left

FIRM = {role for role in Role if role.side == "firm"}
CONTRACTOR = {role for role in Role if role.side == "contractor"}

# label, URL name, the roles that see it (empty: everyone who is signed in)
ITEMS = [
    ("Home", "home", set()),
    ("Requests", "applications:request_list", FIRM),
    ("Facilities", "applications:facility_list", FIRM),
    ("Participations", "applications:participation_list", FIRM),
    ("Letters", "applications:letter_list", FIRM),
    ("Request queue", "applications:queue", set(CASE_ROLES)),
    ("Mailed requests", "applications:mailed_list", {Role.FDA_COORDINATOR}),
    ("Questions", "applications:question_list", set(CASE_ROLES)),
    ("Scoring", "applications:review_list", {Role.FDA_REVIEWER}),
    ("Selection", "applications:selection", set(CASE_ROLES)),
    (
        "Assessments",
        "assessments:assessment_list",
        set(CASE_ROLES) | CONTRACTOR | {Role.FIRM_AGENT},
    ),
    ("Metrics", "metrics:submission_list", FIRM | set(CASE_ROLES) | CONTRACTOR),
    ("Deadline board", "assessments:deadline_board", set(CASE_ROLES)),
    ("FDA’s public data", "applications:import_list", {Role.FDA_COORDINATOR}),
    (
        "Agreements",
        "programs:agreement_list",
        {Role.FDA_COORDINATOR, Role.CONTRACTOR_ADMINISTRATOR},
    ),
    ("Copies", "assessments:copy_list", {Role.FDA_COORDINATOR, Role.CONTRACTOR_ADMINISTRATOR}),
    ("Audit trail", "records:trail", {Role.FDA_RECORDS_OFFICER}),
    ("Legal holds", "assessments:hold_list", {Role.FDA_RECORDS_OFFICER}),
    ("Archives", "assessments:archive_list", {Role.FDA_RECORDS_OFFICER}),
    ("Who has read our records", "applications:access_register", FIRM - {Role.FIRM_AGENT}),
    ("Access register", "applications:access_register", {Role.FDA_RECORDS_OFFICER}),
    ("Programs", "programs:program_list", set()),
    ("Statement of use", "records:statement", set()),
    ("People", "accounts:people", set(ADMINISTRATORS)),
    (
        "Agents",
        "accounts:agents",
        {Role.FIRM_ADMINISTRATOR, Role.FIRM_OFFICIAL, Role.FIRM_AGENT},
    ),
    (
        "Letters of authority",
        "applications:authority_list",
        (FIRM - {Role.FIRM_AGENT, Role.FIRM_METRICS}) | set(CASE_ROLES),
    ),
    ("Contractors", "accounts:contractor_list", {Role.FDA_ADMINISTRATOR}),
]


def page_frame(request):
    """Context of base.html: navigation for this person, and the demonstration's moment."""
    return {
        "navigation": SimpleLazyObject(lambda: _navigation(request)),
        "acts_for": SimpleLazyObject(lambda: _represented(request)),
        "demonstration_moment": SimpleLazyObject(clock.demonstration_moment),
        "session_care": SimpleLazyObject(lambda: _session_care(request)),
    }


def _session_care(request):
    """When this person's session ends, for the foot of the page and its script; None for others."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not seconds_left(request):
        return None
    return {
        "ends_at": request.session.ends_at,
        "seconds_left": seconds_left(request),
        "warning_seconds": settings.SESSION_WARNING_SECONDS,
        "idle_minutes": settings.SESSION_COOKIE_AGE // 60,
        "longest_hours": settings.SESSION_LONGEST // timedelta(hours=1),
    }


def _represented(request):
    """The firms that this person represents now: names by id."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.has_role(Role.FIRM_AGENT):
        return {}
    firms = {letter.firm_id: letter.firm.name for letter in user.authorities}
    return dict(sorted(firms.items(), key=lambda firm: firm[1]))


def _navigation(request):
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.side:
        return []
    items = []
    for label, url_name, roles in ITEMS:
        if not roles or user.has_role(*roles):
            url = reverse(url_name)
            current = request.path == url or (url != "/" and request.path.startswith(url))
            items.append({"label": label, "url": url, "current": current})
    return items
