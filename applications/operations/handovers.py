"""Where a finished draft is while it waits for its signer, and how that waiting ends (B17)."""

from applications.access import may_sign_request
from applications.models import Handover
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.actions import close_item, raise_item


def open_handover(participation_request) -> Handover | None:
    """The handover that waits for a signature, with its people, or None."""
    return (
        Handover.objects.filter(participation_request=participation_request, ended_at=None)
        .select_related("to__organization", "by__organization")
        .first()
    )


def refuse_while_handed_over(participation_request, by) -> None:
    """Raise Refusal while another person than `by` has the draft before her for signature."""
    handover = open_handover(participation_request)
    if handover and handover.to_id != by.pk:
        raise Refusal(
            f"This request waits for {handover.to}’s signature. Take it back before you change it."
        )


def raise_sign_item(participation_request, to, *, due_on, at) -> None:
    """Ask the signer for her signature; the firm's officials, where she may not sign any more."""
    firm = participation_request.organization
    is_hers = may_sign_request(to, firm.pk)
    raise_item(
        item_key(participation_request),
        title=f"Read, attest and submit the request of {participation_request.facility}",
        about=participation_request,
        url_name="applications:request_attest",
        url_kwargs={"pk": participation_request.pk},
        at=at,
        due_on=due_on,
        **({"user": to} if is_hers else {"organization": firm, "role": Role.FIRM_OFFICIAL}),
    )


def end_handover(participation_request, outcome, *, by, at, answer="") -> bool:
    """End the handover that stands, inside the caller's transaction; says whether one stood."""
    ended = Handover.objects.filter(
        participation_request=participation_request, ended_at=None
    ).update(outcome=outcome, answer=answer, ended_by=by, ended_at=at)
    close_item(item_key(participation_request), by=by, at=at)
    return ended > 0


# The tasks about a draft, by the beginnings of their keys: to finish it, and to sign it. Each is
# due on the last day of the draft's window, and after it there is nothing left to do.
DRAFT_TASKS = ("finish:", "sign:")


def item_key(participation_request) -> str:
    """The key of the signer's task."""
    return f"sign:{participation_request.pk}"
