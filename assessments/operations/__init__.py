"""Every deed on an assessment, by noun; callers take them from here."""

from assessments.operations.archives import archive_program, retry_archive
from assessments.operations.assigning import assign_team, join_team, leave_team
from assessments.operations.consultations import complete_milestone, record_consultation
from assessments.operations.dates import (
    clashes_of,
    confirm_dates,
    preview_milestones,
    propose_dates,
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
from assessments.operations.ownership import accept_facility, record_new_owner
from assessments.operations.programs import clone_program
from assessments.operations.reports import (
    accept_report,
    release_report,
    render_report,
    retry_render,
    return_report,
    revise_report,
    sign_report,
)
from assessments.operations.visiting import (
    begin_assessment,
    close_fieldwork,
    decide_go,
    decide_no_go,
    start_reporting,
)

__all__ = [
    "accept_facility",
    "accept_report",
    "add_topic",
    "amend_finding",
    "archive_program",
    "assign_team",
    "attach_file",
    "begin_assessment",
    "clashes_of",
    "clone_program",
    "close_fieldwork",
    "complete_milestone",
    "confirm_dates",
    "decide_go",
    "decide_no_go",
    "join_team",
    "leave_team",
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
    "sign_report",
    "start_reporting",
    "why_findings_are_closed",
    "withdraw_finding",
]
