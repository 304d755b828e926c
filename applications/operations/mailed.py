"""Deeds on requests that came by mail: file the message, enter it, care for its link (B19).

FDA enters what the mail says; the firm confirms it (confirming.py). Until then the request reads
*awaiting confirmation*. What is mailed and asked here names nobody but the firm itself.
"""

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from applications.access import may_review_requests
from applications.message_file import MOST_BYTES, NotAMessage, read_message
from applications.models import Facility, MailedRequest, ParticipationRequest
from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.operations.links import mail, new_token
from qmm_pilot.accounts.roles import Role, Side
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.programs.windows import window_for
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.files import MAIL_TYPES, keep_upload, storing
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import last_minute_before, moment_in_words

from .answers import MAY_BE_CONFIDENTIAL
from .finding import make_findable
from .letters import firm_people, write_letter
from .questions import answer_key
from .requests import new_receipt_number, refuse_wrong_country

Status = ParticipationRequest.Status


def file_message(upload, *, program, by, at) -> MailedRequest:
    """Keep a mail to FDA's mailbox as it came, with what its headers say.

    Raises Refusal for anyone but a coordinator, and for a file that is no mail or beyond the bounds
    of message_file.py. Nothing of it is mailed on.
    """
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators file mailed requests.")
    with storing() as keys:
        row = MailedRequest(program=program, filed_by=by, filed_at=at)
        row.stored_file = keep_upload(
            upload,
            by=by,
            at=at,
            about=row,
            keys=keys,
            most_bytes=MOST_BYTES,
            accepted=MAIL_TYPES,
        )
        upload.seek(0)
        try:
            facts = read_message(upload.read())
        except NotAMessage as fault:
            raise Refusal(str(fault)) from fault
        row.sender_name, row.sender_address = facts.sender_name, facts.sender_address
        row.subject, row.text = facts.subject, facts.text
        row.written_at, row.received_at = facts.written_at, facts.received_at
        row.attachments = [each._asdict() for each in facts.attachments]
        row.save(force_insert=True)
        raise_item(
            _enter_key(row),
            title=f"Enter a mailed request for {program.short_name}",
            about=row,
            url_name="applications:mailed_enter",
            url_kwargs={"pk": row.pk},
            at=at,
            role=Role.FDA_COORDINATOR,
        )
        stored = {"bytes": row.stored_file.size, "sha256": row.stored_file.sha256}
        record("file_message", row, by=by, at=at, after=stored)
    return row


@transaction.atomic
def set_message_aside(row, *, reason, by, at) -> MailedRequest:
    """Set a filed message aside that asks for no part in the pilot; it stays on record."""
    row = _locked(row, by)
    if not reason.strip():
        raise Refusal("Say why this message is no request.")
    row.set_aside_at, row.set_aside_reason = at, reason.strip()
    row.save(update_fields=["set_aside_at", "set_aside_reason"])
    close_item(_enter_key(row), by=by, at=at)
    record("set_message_aside", row, by=by, at=at, reason=reason.strip())
    return row


@transaction.atomic
def enter_mailed_request(
    row,
    *,
    arrived_at,
    organization=None,
    firm_name="",
    facility=None,
    described=None,
    answers,
    by,
    at,
) -> ParticipationRequest:
    """Enter the request of a filed message; its firm is asked to confirm it.

    `arrived_at` is the moment that counts for the window. The site is `facility`, one that FDA
    knows, or as `described` (the columns of Facility), of `organization`, one that FDA knows, or of
    a new firm of that name. Raises Refusal for a moment to come or outside the window, which it
    names; for a site in the wrong country; without the contact's address; and where FDA has a
    request of this firm for this site.
    """
    row = _locked(row, by)
    program = row.program
    if not answers.get("contact_email"):
        raise Refusal("Enter the contact’s e-mail address; the firm confirms by it.")
    organization = facility.organization if facility else organization
    _refuse_outside_window(program, organization, arrived_at, at)
    refuse_wrong_country(program, facility or Facility(**described))
    firm = organization or _new_firm(firm_name, described)
    site, facts = _site(firm, facility, described)
    _refuse_second(program, firm, site)
    participation_request = ParticipationRequest.objects.create(
        program=program,
        organization=firm,
        facility=site,
        fei_key=site.fei_key,
        status=Status.AWAITING_CONFIRMATION,
        started_by=by,
        started_at=at,
        saved_at=at,
        facility_as_submitted=facts,
        receipt_number=new_receipt_number(program),
        submitted_at=arrived_at,
        **{name: answers[name] for name in MAY_BE_CONFIDENTIAL if name in answers},
    )
    make_findable(participation_request)
    row.participation_request = participation_request
    row.entered_by, row.entered_at = by, at
    row.contact_name, row.contact_email = answers["contact_name"], answers["contact_email"]
    row.confirm_by = program.today(at) + timedelta(days=program.confirmation_days)
    row.save()
    close_item(_enter_key(row), by=by, at=at)
    if firm.people.filter(is_active=True).exists():
        _ask_known_firm(row, participation_request, at=at)
    else:
        _send_link(row, at=at)
    record(
        "enter_mailed_request",
        participation_request,
        by=by,
        at=at,
        after={
            "status": Status.AWAITING_CONFIRMATION,
            "receipt_number": participation_request.receipt_number,
            "received_at": arrived_at,
            "firm_is_new": organization is None,
            "answers": sorted(name for name in answers if answers[name]),
            "confirm_by": row.confirm_by,
        },
    )
    return participation_request


@transaction.atomic
def resend_link(row, *, by, at) -> MailedRequest:
    """Mail a new link to the contact; the earlier one is dead."""
    row = _waiting_for_firm(row, by)
    before = row.link_expires_at
    _send_link(row, at=at)
    record(
        "resend_link",
        row.participation_request,
        by=by,
        at=at,
        before={"expires_at": before},
        after={"expires_at": row.link_expires_at},
    )
    return row


@transaction.atomic
def revoke_link(row, *, by, at) -> MailedRequest:
    """Take the link back, for example where the address was mistyped; it is dead at once."""
    row = _waiting_for_firm(row, by)
    if row.link_sent_at is None or row.link_revoked_at:
        raise IllegalMove("No link stands that could be taken back.")
    row.link_revoked_at = at
    row.save(update_fields=["link_revoked_at"])
    record("revoke_link", row.participation_request, by=by, at=at, after={"revoked": True})
    return row


def _send_link(row, *, at):
    token, row.token_sha256 = new_token()
    row.link_sent_at, row.link_revoked_at = at, None
    row.link_expires_at = at + settings.INVITATION_LASTS
    row.save()
    participation_request = row.participation_request
    mail(
        "mailed_request",
        to=row.contact_email,
        subject=f"Please confirm your request to FDA: {participation_request.receipt_number}",
        about=participation_request,
        at=at,
        page="applications:mailed_confirm",
        secret=token,
        row=row,
        participation_request=participation_request,
        received=moment_in_words(participation_request.submitted_at),
        until=moment_in_words(row.link_expires_at),
    )


def _ask_known_firm(row, participation_request, *, at):
    """A firm whose people sign in finds the request among its own, and needs no link."""
    write_letter(
        "mailed_request_known",
        to=firm_people(participation_request),
        subject=f"Please confirm your request to FDA: {participation_request.receipt_number}",
        about=participation_request,
        at=at,
        participation_request=participation_request,
        received=moment_in_words(participation_request.submitted_at),
    )
    raise_confirm_item(row, participation_request, at=at)


def raise_confirm_item(row, participation_request, *, at) -> None:
    """Ask the firm's people to complete and confirm what FDA entered from its mail."""
    raise_item(
        answer_key(participation_request),
        title=f"Complete and confirm the request of {participation_request.site}",
        about=participation_request,
        url_name="applications:request_answer",
        url_kwargs={"pk": participation_request.pk},
        at=at,
        due_on=row.confirm_by,
        organization=participation_request.organization,
        role=Role.FIRM_PREPARER,
    )


def _new_firm(name, described):
    if not name.strip():
        raise Refusal("Choose a firm that FDA knows, or enter the name of the new one.")
    address = ("address_line_1", "address_line_2", "city", "state", "postal_code", "country")
    return Organization.objects.create(
        kind=Side.FIRM, name=name.strip(), **{part: described.get(part, "") for part in address}
    )


def _site(firm, facility, described):
    """The facility, and what describes it in this request.

    A site that the firm registered itself, of which FDA does not know, is taken as it is; the
    request shows what the mail says.
    """
    if facility:
        return facility, facility.facts()
    site = Facility(organization=firm, **described)
    try:
        site.take_fei(described["fei"])
    except ValueError as fault:
        raise Refusal(str(fault)) from fault
    facts = site.facts()
    try:
        with transaction.atomic():
            site.save(force_insert=True)
    except IntegrityError:
        site = Facility.objects.get(organization=firm, fei_key=site.fei_key)
    return site, facts


def _refuse_outside_window(program, organization, arrived_at, at):
    if arrived_at > at:
        raise Refusal("The message cannot have arrived at a moment that is still to come.")
    if window_for(program, organization, arrived_at):
        return
    admitted = window_for(program, organization, at)
    if admitted and admitted.is_late_admission:
        return  # FDA admitted this firm because its message came late (A3)
    ends = [each.closes_at for each in program.openings.filter(closes_at__lte=arrived_at)]
    if ends:
        last_minute = moment_in_words(last_minute_before(max(ends)))
        raise Refusal(
            f"{program.name} accepted requests through {last_minute}. The message arrived "
            f"{moment_in_words(arrived_at)}, so it is too late. Admit the firm late first, where "
            "FDA takes its request all the same."
        )
    raise Refusal(f"{program.name} did not accept requests yet when the message arrived.")


def _refuse_second(program, firm, site):
    """FDA learns of no draft here: only of what it has."""
    standing = ParticipationRequest.objects.filter(
        program=program,
        organization=firm,
        fei_key=site.fei_key,
        status__in=[*ParticipationRequest.LIVE, Status.AWAITING_CONFIRMATION],
    ).exclude(submitted_at=None)
    if first := standing.first():
        raise Refusal(f"FDA has a request of this firm for this site: {first.receipt_number}.")


def _locked(row, by):
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators enter mailed requests.")
    # First in the order of locks: two mails of one site are entered one after the other.
    Program.objects.select_for_update(no_key=True).get(pk=row.program_id)
    row = (
        MailedRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program")
        .get(pk=row.pk)
    )
    if row.participation_request_id or row.set_aside_at:
        raise IllegalMove("This message was entered or set aside already.")
    return row


def _waiting_for_firm(row, by):
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators care for this link.")
    row = (
        MailedRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("participation_request__program")
        .get(pk=row.pk)
    )
    if row.participation_request.status != Status.AWAITING_CONFIRMATION or row.taken_at:
        raise IllegalMove("The firm has taken this request up already, or it is closed.")
    if row.link_sent_at is None:
        raise IllegalMove("This firm signs in and finds the request there; it has no link.")
    return row


def _enter_key(row):
    return f"enter-mail:{row.pk}"
