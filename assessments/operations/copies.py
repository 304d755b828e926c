"""Copies that a contractor's people took along, and how each comes to its end (21 CFR 20.90).

Every download of a file of a visit by one of the contractor's people is a copy; the log of
downloads is therefore the list of copies, and no path can forget to make one.
"""

import json

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from applications.models import Engagement
from assessments import access
from assessments.models import (
    AssessedTopic,
    Assessment,
    CopyEnd,
    DestructionCertificate,
    Finding,
    Report,
)
from qmm_pilot.accounts.roles import Role
from qmm_pilot.clock import EASTERN
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Agreement
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.files import keep_upload, storing
from qmm_pilot.records.models import ActionItem, Download
from qmm_pilot.records.proofs import Proof, limited
from qmm_pilot.records.signatures import named_in_trail, sign
from qmm_pilot.records.trail import record

MEANING = "I certify that every copy listed is destroyed or returned, and that none is left."


def copies_of(engagement):
    """The downloads by this contractor's people of files of this engagement's visit."""
    visits = Assessment.objects.filter(engagement=engagement)
    nouns = [
        (AssessedTopic, AssessedTopic.objects.filter(assessment__in=visits)),
        (Finding, Finding.objects.filter(topic__assessment__in=visits)),
        (Report, Report.objects.filter(assessment__in=visits)),
    ]
    about = Q(pk=None)
    for noun, rows in nouns:
        ids = [str(pk) for pk in rows.values_list("pk", flat=True)]
        about |= Q(
            stored_file__subject_kind=noun._meta.label_lower, stored_file__subject_id__in=ids
        )
    return (
        Download.objects.filter(about, user__organization=engagement.organization_id)
        .select_related("stored_file", "user", "copy_end__noted_by__organization")
        .order_by("at", "pk")
    )


def outstanding(engagement):
    """Those of its copies that have neither come back nor been destroyed."""
    return copies_of(engagement).filter(copy_end=None)


def ask_for_copies(engagement, *, due_on, at) -> None:
    """Make the outstanding copies of an engagement FDA's task until none is left."""
    program = engagement.participation.program
    if program.is_rehearsal or not outstanding(engagement).exists():
        return
    raise_item(
        _key(engagement),
        title=f"Have the copies about {engagement.participation.facility} returned or destroyed",
        about=engagement,
        url_name="assessments:copies",
        url_kwargs={"pk": engagement.pk},
        at=at,
        due_on=due_on,
        role=Role.FDA_COORDINATOR,
    )


def ask_for_copies_of_closed(*, at) -> None:
    """Make the copies of every engagement that time has closed FDA's task; run by the clock.

    Deeds that close an engagement ask at once; a last day passes without a deed.
    """
    today = at.astimezone(EASTERN).date()
    agreements = Agreement.objects.in_force(at).filter(
        program=OuterRef("participation__program"), organization=OuterRef("organization")
    )
    closed = Engagement.objects.filter(
        ~Exists(agreements) | Q(until__lt=today) | Q(ended_at__isnull=False)
    ).filter(participation__program__rehearsal_of=None)
    asked = set(ActionItem.objects.open().values_list("key", flat=True))
    for engagement in closed.select_related("participation__program", "participation__facility"):
        if _key(engagement) not in asked:
            ask_for_copies(engagement, due_on=today, at=at)


@transaction.atomic
def note_copy_end(download, engagement, *, how, words="", by, at) -> CopyEnd:
    """Note that one copy was returned or destroyed.

    `by` is FDA's coordinator or the contractor's administrator. Raises Refusal for a copy of
    another engagement, one that was noted already, and for anybody else.
    """
    engagement = _locked(engagement, by=by)
    found = outstanding(engagement).filter(pk=download.pk).first()
    if found is None:
        raise Refusal("This copy is not outstanding any more. Reload the page.")
    end = CopyEnd.objects.create(
        download=found, engagement=engagement, how=how, words=words, noted_by=by, noted_at=at
    )
    _close_when_none_is_left(engagement, by=by, at=at)
    record(
        "note_copy_end",
        engagement,
        by=by,
        at=at,
        after={"download": found.pk, "file": found.stored_file_id, "how": how},
        reason=words,
    )
    return end


@limited
def certify_destruction(engagement, *, statement, proof: Proof, by, at) -> DestructionCertificate:
    """The contractor's administrator signs that no copy is left (21 CFR 20.90, 11.50).

    All outstanding copies count as destroyed under the certificate. Raises Refusal for anybody
    else and for a wrong proof.
    """
    engagement = _locked(engagement, by=by)
    if not by.has_role(Role.CONTRACTOR_ADMINISTRATOR):
        raise Refusal("The contractor’s administrator signs; FDA files what was signed on paper.")
    left = list(outstanding(engagement))
    certificate = DestructionCertificate.objects.create(
        engagement=engagement, statement=statement, made_by=by, made_at=at
    )
    content = content_of(engagement, statement, left)
    signature = sign(certificate, by=by, at=at, meaning=MEANING, proof=proof, content=content)
    _cover(certificate, left, by=by, at=at)
    record(
        "certify_destruction",
        certificate,
        by=by,
        at=at,
        after={"copies": [str(download.pk) for download in left], **named_in_trail(signature)},
    )
    return certificate


def file_certificate(engagement, *, statement, document, by, at) -> DestructionCertificate:
    """FDA's coordinator files the certificate that the contractor signed on paper.

    All outstanding copies count as destroyed under it. Raises Refusal for anybody else and for a
    file that is not of an accepted kind.
    """
    with storing() as keys:
        engagement = _locked(engagement, by=by)
        if not by.has_role(Role.FDA_COORDINATOR):
            raise Refusal("Only FDA’s coordinator files a certificate that was signed on paper.")
        left = list(outstanding(engagement))
        certificate = DestructionCertificate(
            engagement=engagement, statement=statement, made_by=by, made_at=at
        )
        certificate.stored_file = keep_upload(document, by=by, at=at, about=certificate, keys=keys)
        certificate.save()
        _cover(certificate, left, by=by, at=at)
        record(
            "file_certificate",
            certificate,
            by=by,
            at=at,
            after={
                "copies": [str(download.pk) for download in left],
                "sha256": certificate.stored_file.sha256,
            },
        )
    return certificate


def signed_certificates(certificate_id, signatures, row=None) -> dict:
    """The bytes that each of these signatures on a certificate covers, as kept now."""
    certificates = DestructionCertificate.objects.select_related("engagement")
    certificate = row or certificates.filter(pk=certificate_id).first()
    if certificate is None:
        return {}
    covered = Download.objects.filter(copy_end__certificate=certificate)
    downloads = covered.select_related("stored_file").order_by("at", "pk")
    content = content_of(certificate.engagement, certificate.statement, downloads)
    return {signature.pk: content for signature in signatures}


def _cover(certificate, downloads, *, by, at):
    CopyEnd.objects.bulk_create(
        CopyEnd(
            download=download,
            engagement=certificate.engagement,
            how=CopyEnd.How.DESTROYED,
            certificate=certificate,
            noted_by=by,
            noted_at=at,
        )
        for download in downloads
    )
    _close_when_none_is_left(certificate.engagement, by=by, at=at)


def content_of(engagement, statement, downloads) -> bytes:
    """The bytes that are signed: the statement and every copy by file, hash, person and moment."""
    copies = [
        {
            "file": str(download.stored_file_id),
            "sha256": download.stored_file.sha256,
            "person": str(download.user_id),
            "at": download.at.isoformat(),
        }
        for download in downloads
    ]
    facts = {"engagement": str(engagement.pk), "statement": statement, "copies": copies}
    return json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()


def _locked(engagement, *, by):
    engagement = (
        Engagement.objects.select_for_update(of=("self",), no_key=True)
        .select_related("participation__program", "participation__facility")
        .get(pk=engagement.pk)
    )
    if not access.may_settle_copies(by, engagement):
        raise Refusal("FDA’s coordinator or the contractor’s administrator notes this.")
    return engagement


def _close_when_none_is_left(engagement, *, by, at):
    if not outstanding(engagement).exists():
        close_item(_key(engagement), by=by, at=at)


def _key(engagement):
    return f"copies:{engagement.pk}"


def counts_of(engagements) -> dict:
    """How many copies each engagement has and how many are outstanding; four queries in all."""
    visits = Assessment.objects.filter(engagement__in=engagements)
    path = "assessment__engagement"
    owners = {}
    for noun, rows, name in (
        (AssessedTopic, AssessedTopic.objects.filter(assessment__in=visits), path),
        (Finding, Finding.objects.filter(topic__assessment__in=visits), f"topic__{path}"),
        (Report, Report.objects.filter(assessment__in=visits), path),
    ):
        kind = noun._meta.label_lower
        owners |= {(kind, str(pk)): owner for pk, owner in rows.values_list("pk", name)}
    contractors = {engagement.pk: engagement.organization_id for engagement in engagements}
    counts = {engagement.pk: [0, 0] for engagement in engagements}
    taken = Download.objects.filter(user__organization__in=set(contractors.values()))
    for kind, subject, organization, end in taken.values_list(
        "stored_file__subject_kind", "stored_file__subject_id", "user__organization", "copy_end"
    ):
        owner = owners.get((kind, subject))
        if owner and contractors[owner] == organization:
            counts[owner][0] += 1
            counts[owner][1] += end is None
    return counts
