"""Every deed on an assessment, by noun; callers take them from here."""

from assessments.operations.agreements import end_agreement, move_agreement_end, touched_by
from assessments.operations.archives import archive_program, retry_archive
from assessments.operations.assigning import assign_team, join_team, leave_team
from assessments.operations.consultations import complete_milestone, record_consultation
from assessments.operations.copies import certify_destruction, file_certificate, note_copy_end
from assessments.operations.dates import (
    clashes_of,
    confirm_dates,
    preview_milestones,
    propose_dates,
)
from assessments.operations.ending import (
    close_withdrawal,
    confirm_decision,
    end_with_program,
    find_what_outlives_its_program,
    withdraw_participation,
)
from assessments.operations.findings import (
    add_topic,
    amend_finding,
    attach_file,
    rate_topic,
    record_finding,
    why_findings_are_closed,
    withdraw_finding,
)
from assessments.operations.hand_ins import (
    enter_hand_in,
    hand_in,
    hand_ins_open_to,
    may_hand_in,
    set_hand_in_aside,
)
from assessments.operations.ownership import accept_facility, record_new_owner
from assessments.operations.program_end import at_odds, move_program_end
from assessments.operations.program_rules import (
    RULES,
    TERMS,
    TEXTS,
    change_criterion,
    change_offsets,
    change_rules,
    change_terms,
    change_texts,
    change_topics,
    examined_anew,
    frozen,
)
from assessments.operations.programs import clone_program, make_round
from assessments.operations.reports import (
    accept_report,
    release_report,
    render_report,
    retry_render,
    return_report,
    revise_report,
    sign_report,
)
from assessments.operations.team import (
    end_engagement,
    end_member,
    move_engagement_end,
    name_member,
)
from assessments.operations.visiting import (
    begin_assessment,
    close_fieldwork,
    decide_go,
    decide_no_go,
    start_reporting,
)

__all__ = [
    "RULES",
    "TERMS",
    "TEXTS",
    "accept_facility",
    "accept_report",
    "add_topic",
    "amend_finding",
    "archive_program",
    "assign_team",
    "at_odds",
    "attach_file",
    "begin_assessment",
    "certify_destruction",
    "change_criterion",
    "change_offsets",
    "change_rules",
    "change_terms",
    "change_texts",
    "change_topics",
    "clashes_of",
    "clone_program",
    "close_fieldwork",
    "close_withdrawal",
    "complete_milestone",
    "confirm_dates",
    "confirm_decision",
    "decide_go",
    "decide_no_go",
    "end_agreement",
    "end_engagement",
    "end_member",
    "end_with_program",
    "enter_hand_in",
    "examined_anew",
    "file_certificate",
    "find_what_outlives_its_program",
    "frozen",
    "hand_in",
    "hand_ins_open_to",
    "join_team",
    "leave_team",
    "make_round",
    "may_hand_in",
    "move_agreement_end",
    "move_engagement_end",
    "move_program_end",
    "name_member",
    "note_copy_end",
    "preview_milestones",
    "propose_dates",
    "rate_topic",
    "record_consultation",
    "record_finding",
    "record_new_owner",
    "release_report",
    "render_report",
    "retry_archive",
    "retry_render",
    "return_report",
    "revise_report",
    "set_hand_in_aside",
    "sign_report",
    "start_reporting",
    "touched_by",
    "why_findings_are_closed",
    "withdraw_finding",
    "withdraw_participation",
]
