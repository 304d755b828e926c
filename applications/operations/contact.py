"""Deeds on whom FDA reaches about a facility: another contact, and nobody who can be reached."""

from django.db import transaction
from django.db.models import OuterRef, Subquery

from applications.access import may_prepare_request
from applications.models import ParticipationRequest
from qmm_pilot.accounts.models import User
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.models import ActionItem, Letter
from qmm_pilot.records.trail import record

from .facilities import WITH_FDA
from .letters import coordinators, write_letter

CONTACT = (
    "contact_name",
    "contact_title",
    "contact_email",
    "contact_phone",
    "contact_time_zone",
    "deputy_name",
    "deputy_email",
)
NEEDED = ("contact_name", "contact_email", "contact_phone", "contact_time_zone")


@transaction.atomic
def change_contact(participation_request, answers, *, by, at) -> ParticipationRequest:
    """Change whom FDA writes to and calls about a submitted request; its coordinators are told.

    `answers` maps names of CONTACT to values. The same values change nothing. Raises Refusal for
    people who do not prepare the firm's requests, for one that FDA does not have, and while the
    contact lacks what NEEDED names.
    """
    participation_request = (
        ParticipationRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility", "organization")
        .get(pk=participation_request.pk)
    )
    if not may_prepare_request(by, participation_request.organization_id):
        raise Refusal("Only people who prepare the firm’s requests change their contact.")
    if participation_request.status not in WITH_FDA:
        raise IllegalMove("The contact is changed here once FDA has the request, while it is live.")
    if any(not answers[name].strip() for name in NEEDED):
        raise Refusal("A contact needs name, e-mail address, telephone and time zone.")
    before = {name: getattr(participation_request, name) for name in CONTACT}
    changed = [name for name in CONTACT if before[name] != answers[name]]
    if not changed:
        return participation_request
    if not participation_request.contact_as_submitted:
        participation_request.contact_as_submitted = before
    for name in changed:
        setattr(participation_request, name, answers[name])
    participation_request.save(update_fields=[*changed, "contact_as_submitted"])
    if not participation_request.program.is_rehearsal:
        write_letter(
            "contact_changed",
            to=coordinators(),
            subject=f"Another contact: {participation_request.receipt_number}",
            about=participation_request,
            at=at,
            participation_request=participation_request,
        )
    record(
        "change_contact",
        participation_request,
        by=by,
        at=at,
        before={name: before[name] for name in changed},
        after={name: answers[name] for name in changed},
    )
    return participation_request


@transaction.atomic
def find_unreachable(*, at) -> list[ParticipationRequest]:
    """Raise a task for each live request whose firm nobody can be reached at; close the others'.

    A firm is reachable while one active person of it exists to whom the last letter did not fail.
    Safe to run twice. Returns the requests whose task is new.
    """
    live = list(
        ParticipationRequest.objects.real()
        .filter(status__in=WITH_FDA)
        .select_related("program", "facility")
    )
    reachable = _reachable_firms({row.organization_id for row in live})
    tasks = ActionItem.objects.open().filter(key__startswith="unreachable:")
    open_keys = set(tasks.values_list("key", flat=True))
    found = []
    for row in live:
        key = f"unreachable:{row.pk}"
        if row.organization_id in reachable:
            if key in open_keys:
                close_item(key, by=None, at=at)
                open_keys.discard(key)
        elif key not in open_keys:
            raise_item(
                key,
                title=f"Nobody can be reached about {row.facility}: {row.receipt_number}",
                about=row,
                url_name="applications:request_review",
                url_kwargs={"pk": row.pk},
                at=at,
                role=Role.FDA_COORDINATOR,
            )
            found.append(row)
    for key in open_keys - {f"unreachable:{row.pk}" for row in live}:
        close_item(key, by=None, at=at)
    for row in found:
        record("find_unreachable", row, by=None, at=at)
    return found


def _reachable_firms(firms) -> set:
    last = Letter.objects.filter(person=OuterRef("pk")).order_by("-at", "-sent_at")
    people = User.objects.filter(organization__in=firms, is_active=True).annotate(
        last_letter=Subquery(last.values("status")[:1])
    )
    return {
        organization_id
        for organization_id, status in people.values_list("organization", "last_letter")
        if status != Letter.Status.FAILED
    }
