"""Work already begun, handed in after access has ended: in, never out (states.md: hand-in only)."""

import hashlib
import uuid
from datetime import timedelta

from django.db import transaction
from django.db.models import Prefetch, Q

from applications.models import Declaration, EngagementMember
from assessments import access
from assessments.models import Assessment, Finding, HandIn
from assessments.operations import telling
from assessments.operations.findings import OPEN_TO_FINDINGS, WITH_FDA
from qmm_pilot.accounts.roles import Role, Side
from qmm_pilot.clock import EASTERN
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Agreement
from qmm_pilot.records.files import keep_upload, storing
from qmm_pilot.records.models import AboutSubject
from qmm_pilot.records.trail import record

Kind = HandIn.Kind
# An assessment that ended early takes work in where the firm chose a partial report (C12).
ENDED_WITH_PARTIAL_REPORT = Q(
    status=Assessment.Status.ENDED_EARLY, participation__ending__wants_partial_report=True
)
FINDING_FACTS = ("kind", "seen", "evidence", "recommendation", "impact", "effort")


def hand_ins_open_to(user, *, at) -> list[tuple[Assessment, object]]:
    """The visits on which this person had begun work, may read nothing now, and may hand in.

    Pairs of the visit and the last Eastern day, inclusive, on which she may: the program's
    hand_in_days after the day on which her access ended.
    """
    if user.side != Side.CONTRACTOR or not user.is_active:
        return []
    rows = EngagementMember.objects.filter(
        user=user,
        engagement__organization=user.organization_id,
        function__in=access.RECORDING,
        declarations__accepted_at__isnull=False,
    )
    in_force = EngagementMember.objects.in_force(at).filter(user=user).values("engagement")
    assessments = (
        Assessment.objects.filter(
            Q(status__in=OPEN_TO_FINDINGS) | ENDED_WITH_PARTIAL_REPORT,
            engagement__members__in=rows,
            began_at__isnull=False,
        )
        .exclude(engagement__in=in_force)
        .select_related(
            "engagement__organization",
            "participation__program",
            "participation__facility",
            "participation__organization",
        )
        .prefetch_related(Prefetch("engagement__members", _own_rows(user), to_attr="own_rows"))
        .distinct()
        .order_by("pk")
    )
    agreements = list(
        Agreement.objects.filter(organization=user.organization_id).select_related("superseded_by")
    )
    found = []
    for assessment in assessments:
        last_on = _last_day(assessment, agreements, at=at)
        if last_on is not None and assessment.program.today(at) <= last_on:
            found.append((assessment, last_on))
    return found


def may_hand_in(user, assessment, *, at) -> bool:
    """Whether this person may hand in work on this visit at this moment."""
    return any(open_one == assessment for open_one, _ in hand_ins_open_to(user, at=at))


def hand_in(assessment, *, kind, topic_name="", text="", facts=None, upload=None, by, at) -> HandIn:
    """Take in a person's work after her access has ended; the answer is a receipt with hashes.

    Raises Refusal for whoever may not hand in, for an empty hand-in, and for a file that is not of
    an accepted kind.
    """
    with storing() as keys:
        assessment = Assessment.objects.select_for_update(no_key=True).get(pk=assessment.pk)
        if not may_hand_in(by, assessment, at=at):
            raise Refusal("Nothing can be handed in for this assessment any more.")
        text = text.strip()
        if not text and upload is None:
            raise Refusal("Enter the text of your work, or choose its file.")
        pk = uuid.uuid4()
        row = HandIn(
            pk=pk,
            assessment=assessment,
            receipt=f"H-{pk.hex[:8].upper()}",
            kind=kind,
            topic_name=topic_name,
            text=text,
            facts=facts or {},
            sha256=hashlib.sha256(text.encode()).hexdigest() if text else "",
            handed_in_by=by,
            handed_in_at=at,
        )
        if upload is not None:
            row.stored_file = keep_upload(upload, by=by, at=at, about=row, keys=keys)
        row.save(force_insert=True)
        telling.ask(
            "hand_ins",
            f"Read what was handed in on {assessment.facility.name}",
            assessment,
            at=at,
            role=Role.FDA_COORDINATOR,
            url_name="assessments:hand_in_list",
        )
        record(
            "hand_in",
            row,
            by=by,
            at=at,
            after={
                "receipt": row.receipt,
                "kind": kind,
                "topic": topic_name,
                "text_sha256": row.sha256,
                "file_sha256": row.stored_file.sha256 if row.stored_file else "",
            },
        )
    return row


@transaction.atomic
def enter_hand_in(row, *, by, at) -> HandIn:
    """Enter what was handed in: a finding with all its facts joins the findings of its topic.

    A file joins those of its topic; anything else stays here, marked as part of the record. The
    finding names the person who wrote it. Raises Refusal once the report is with FDA.
    """
    row = _locked(row, by=by)
    assessment = row.assessment
    topic = assessment.topics.filter(name=row.topic_name).first()
    before = {"status": row.status}
    if row.kind == Kind.FINDING and topic and row.facts:
        if not _takes_findings(assessment) or _is_with_fda(assessment):
            raise Refusal("The report is with FDA or released, so no finding is added to it.")
        row.finding = Finding.objects.create(
            topic=topic,
            recorded_by=row.handed_in_by,
            recorded_at=row.handed_in_at,
            **{name: row.facts.get(name, "") for name in FINDING_FACTS},
        )
    if row.stored_file and topic:
        for name, value in AboutSubject.naming(topic).items():
            setattr(row.stored_file, name, value)
        row.stored_file.save(update_fields=["subject_kind", "subject_id"])
    _rule(row, HandIn.Status.ENTERED, by=by, at=at)
    record(
        "enter_hand_in",
        row,
        by=by,
        at=at,
        before=before,
        after={
            "status": row.status,
            "finding": row.finding_id,
            "file": row.stored_file_id,
            "topic": str(topic or ""),
        },
    )
    return row


@transaction.atomic
def set_hand_in_aside(row, *, reason, by, at) -> HandIn:
    """Leave what was handed in out of the record, with the reason; nothing is deleted."""
    row = _locked(row, by=by)
    if not reason.strip():
        raise Refusal("Give the reason for setting it aside.")
    row.reason = reason.strip()
    _rule(row, HandIn.Status.SET_ASIDE, by=by, at=at)
    record("set_hand_in_aside", row, by=by, at=at, after={"status": row.status}, reason=row.reason)
    return row


def _rule(row, status, *, by, at):
    row.status, row.ruled_by, row.ruled_at = status, by, at
    row.save()
    if not row.assessment.hand_ins.filter(status=HandIn.Status.HANDED_IN).exists():
        telling.no_longer_ask("hand_ins", row.assessment, by=by, at=at)


def _locked(row, *, by):
    if not access.may_rule_on_hand_ins(by):
        raise Refusal("Only FDA’s coordinator enters what was handed in.")
    Assessment.objects.select_for_update(no_key=True).get(pk=row.assessment_id)
    row = HandIn.objects.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
    if row.status != HandIn.Status.HANDED_IN:
        raise Refusal("This was entered or set aside already. Reload the page.")
    return row


def _takes_findings(assessment):
    open_ones = Q(status__in=OPEN_TO_FINDINGS) | ENDED_WITH_PARTIAL_REPORT
    return Assessment.objects.filter(open_ones, pk=assessment.pk).exists()


def _is_with_fda(assessment):
    return assessment.reports.filter(status__in=WITH_FDA).exists()


def _own_rows(user):
    """A person's rows on her teams, the latest first, with what closes her file."""
    return (
        EngagementMember.objects.filter(user=user)
        .select_related("subcontractor")
        .prefetch_related(Prefetch("declarations", Declaration.objects.order_by("-asked_at")))
        .order_by("-since", "-pk")
    )


def _last_day(assessment, agreements, *, at):
    """The last day on which this person may hand in, or None where nothing of hers had begun."""
    ended_on = _access_ended_on(assessment, agreements, at=at)
    if ended_on is None or ended_on < assessment.began_at.astimezone(EASTERN).date():
        return None
    return ended_on + timedelta(days=assessment.program.hand_in_days)


def _access_ended_on(assessment, agreements, *, at):
    """The Eastern day on which the first of the conditions of her access failed, or None.

    For a last day (inclusive) that day itself, for a deed the day of the deed. Asks the database
    nothing: her rows come with the assessment, and the agreements are her organization's.
    """
    today = assessment.program.today(at)
    engagement = assessment.engagement
    member = engagement.own_rows[0]
    last_days = [
        agreement.last_day()
        for agreement in agreements
        if agreement.program_id == assessment.program.pk and agreement.since <= today
    ]
    ends = [
        max(last_days, default=None),
        engagement.until,
        _day(engagement.ended_at),
        member.last_on,
        _day(member.until),
        *_ends_of(member.subcontractor),
        *_ends_of_declarations(member.declarations.all()),
    ]
    return min((day for day in ends if day is not None and day <= today), default=None)


def _ends_of(subcontractor):
    if subcontractor is None:
        return []
    return [subcontractor.until, _day(subcontractor.revoked_at)]


def _ends_of_declarations(declarations):
    """When the last accepted declaration ended, unless the latest one opens the file."""
    if declarations[0].status == Declaration.Status.ACCEPTED:
        return []
    ends = [_day(declaration.ended_at) for declaration in declarations if declaration.ended_at]
    return [max(ends)] if ends else []


def _day(moment):
    return moment.astimezone(EASTERN).date() if moment else None
