"""Addresses of assessments; each deed is a POST under the noun that it changes."""

from django.urls import path

from .program_urls import programs
from .views import agreements as agreement_pages
from .views import archives as archive_pages
from .views import closing as closing_pages
from .views import endings as ending_pages
from .views import findings as finding_pages
from .views import holds as hold_pages
from .views import overview as pages
from .views import ownership
from .views import reports as report_pages
from .views import standing as standing_pages
from .views import team as team_pages
from .views import visits as visit_pages

app_name = "assessments"


overview = [
    path("assessments/", pages.assessment_list, name="assessment_list"),
    path("deadlines/", pages.deadline_board, name="deadline_board"),
]

visits = [
    path("assessments/<uuid:pk>/", visit_pages.assessment_detail, name="assessment_detail"),
    path(
        "participations/<uuid:pk>/assessment/",
        visit_pages.participation_assessment,
        name="participation_assessment",
    ),
    path("participations/<uuid:pk>/assign/", visit_pages.assign_team, name="assign_team"),
    path("assessments/<uuid:pk>/team/join/", visit_pages.join_team, name="join_team"),
    path(
        "assessments/<uuid:pk>/team/<uuid:person_pk>/leave/",
        visit_pages.leave_team,
        name="leave_team",
    ),
    path("assessments/<uuid:pk>/dates/propose/", visit_pages.propose_dates, name="propose_dates"),
    path(
        "assessments/<uuid:pk>/dates/<uuid:proposal_pk>/confirm/",
        visit_pages.confirm_dates,
        name="confirm_dates",
    ),
    path(
        "assessments/<uuid:pk>/consultations/<slug:kind>/record/",
        visit_pages.record_consultation,
        name="record_consultation",
    ),
    path(
        "assessments/<uuid:pk>/milestones/<uuid:milestone_pk>/complete/",
        visit_pages.complete_milestone,
        name="complete_milestone",
    ),
    path("assessments/<uuid:pk>/go/", visit_pages.decide_go, name="decide_go"),
    path("assessments/<uuid:pk>/no-go/", visit_pages.decide_no_go, name="decide_no_go"),
    path("assessments/<uuid:pk>/begin/", visit_pages.begin, name="begin"),
    path(
        "assessments/<uuid:pk>/close-fieldwork/",
        visit_pages.close_fieldwork,
        name="close_fieldwork",
    ),
]

findings = [
    path("assessments/<uuid:pk>/topics/", finding_pages.topic_list, name="topic_list"),
    path(
        "assessments/<uuid:pk>/start-reporting/",
        finding_pages.start_reporting,
        name="start_reporting",
    ),
    path("topics/<uuid:pk>/", finding_pages.topic_detail, name="topic_detail"),
    path("topics/<uuid:pk>/rate/", finding_pages.topic_rate, name="topic_rate"),
    path(
        "topics/<uuid:pk>/record-strength/",
        finding_pages.record_finding,
        {"kind": "strength"},
        name="record_strength",
    ),
    path(
        "topics/<uuid:pk>/record-opportunity/",
        finding_pages.record_finding,
        {"kind": "opportunity"},
        name="record_opportunity",
    ),
    path("topics/<uuid:pk>/attach/", finding_pages.topic_attach, name="topic_attach"),
    path("findings/<uuid:pk>/amend/", finding_pages.finding_amend, name="finding_amend"),
    path("findings/<uuid:pk>/withdraw/", finding_pages.finding_withdraw, name="finding_withdraw"),
    path("files/<uuid:pk>/", finding_pages.file_download, name="file_download"),
]

reports = [
    path("reports/<uuid:pk>/", report_pages.report_detail, name="report_detail"),
    path("reports/<uuid:pk>/status/", report_pages.report_status, name="report_status"),
    path("reports/<uuid:pk>/render/", report_pages.report_render, name="report_render"),
    path("reports/<uuid:pk>/retry/", report_pages.report_retry, name="report_retry"),
    path("reports/<uuid:pk>/sign/", report_pages.report_sign, name="report_sign"),
    path("reports/<uuid:pk>/return/", report_pages.report_return, name="report_return"),
    path("reports/<uuid:pk>/revise/", report_pages.report_revise, name="report_revise"),
    path("reports/<uuid:pk>/accept/", report_pages.report_accept, name="report_accept"),
    path("reports/<uuid:pk>/release/", report_pages.report_release, name="report_release"),
    path("reports/<uuid:pk>/pdf/", report_pages.report_pdf, name="report_pdf"),
]

archives = [
    path("facilities/<uuid:pk>/new-owner/", ownership.facility_offer, name="facility_offer"),
    path("queue/<uuid:pk>/new-owner/", ownership.new_owner, name="new_owner"),
    path("owners/<uuid:pk>/", ownership.ownership_detail, name="ownership_detail"),
    path("owners/<uuid:pk>/accept/", ownership.ownership_accept, name="ownership_accept"),
    path("owners/<uuid:pk>/decline/", ownership.ownership_decline, name="ownership_decline"),
    path("owners/<uuid:pk>/withdraw/", ownership.ownership_withdraw, name="ownership_withdraw"),
    path("owners/<uuid:pk>/declared/", ownership.ownership_declared, name="ownership_declared"),
    path("archives/", archive_pages.archive_list, name="archive_list"),
    path("programs/<uuid:pk>/archive/", archive_pages.archive_make, name="archive_make"),
    path("archives/<uuid:pk>/", archive_pages.archive_detail, name="archive_detail"),
    path("archives/<uuid:pk>/retry/", archive_pages.archive_retry, name="archive_retry"),
    path("archives/<uuid:pk>/file/", archive_pages.archive_download, name="archive_download"),
]

holds = [
    path("holds/", hold_pages.hold_list, name="hold_list"),
    *(
        # Under the record's own address, so that the firm's access register knows of the opening.
        path(f"{where}/<uuid:pk>/hold/", hold_pages.hold_new, {"noun": noun}, name=f"hold_{noun}")
        for noun, where in (
            ("program", "programs"),
            ("organization", "organizations"),
            ("participationrequest", "queue"),
            ("participation", "participations"),
        )
    ),
    path("holds/<uuid:pk>/lift/", hold_pages.hold_lift, name="hold_lift"),
]

team = [
    path("assessments/<uuid:pk>/team/", team_pages.contractor_team, name="contractor_team"),
    path("assessments/<uuid:pk>/team/name/", team_pages.member_new, name="member_new"),
    path(
        "assessments/<uuid:pk>/team/<uuid:person_pk>/end/",
        team_pages.member_end,
        name="member_end",
    ),
    path(
        "assessments/<uuid:pk>/team/<uuid:person_pk>/ask/",
        team_pages.declaration_ask,
        name="declaration_ask",
    ),
    path(
        "assessments/<uuid:pk>/engagement/move/",
        team_pages.engagement_move,
        name="engagement_move",
    ),
    path("assessments/<uuid:pk>/engagement/end/", team_pages.engagement_end, name="engagement_end"),
    path("agreements/<uuid:pk>/move/", agreement_pages.agreement_move, name="agreement_move"),
    path("agreements/<uuid:pk>/end/", agreement_pages.agreement_end, name="agreement_end"),
]

closing = [
    path("assessments/<uuid:pk>/hand-in/", closing_pages.hand_in, name="hand_in"),
    path("assessments/<uuid:pk>/hand-ins/", closing_pages.hand_in_list, name="hand_in_list"),
    path("hand-ins/<uuid:pk>/", closing_pages.hand_in_receipt, name="hand_in_receipt"),
    path("hand-ins/<uuid:pk>/file/", closing_pages.hand_in_file, name="hand_in_file"),
    path("hand-ins/<uuid:pk>/enter/", closing_pages.hand_in_enter, name="hand_in_enter"),
    path(
        "hand-ins/<uuid:pk>/set-aside/", closing_pages.hand_in_set_aside, name="hand_in_set_aside"
    ),
    path("copies/", closing_pages.copy_list, name="copy_list"),
    path("engagements/<uuid:pk>/copies/", closing_pages.copies, name="copies"),
    path(
        "engagements/<uuid:pk>/copies/<uuid:download_pk>/end/",
        closing_pages.copy_end,
        name="copy_end",
    ),
    path("engagements/<uuid:pk>/destruction/", closing_pages.certify, name="certify_destruction"),
    path(
        "destruction-certificates/<uuid:pk>/file/",
        closing_pages.certificate_file,
        name="certificate_file",
    ),
]

standing = [
    path("participations/<uuid:pk>/standing/", standing_pages.standing, name="standing"),
    path(
        "participations/<uuid:pk>/standing/mark/",
        standing_pages.mark_standing,
        name="mark_standing",
    ),
    path(
        "participations/<uuid:pk>/standing/<uuid:mark_pk>/decide/",
        standing_pages.decide_standing,
        name="decide_standing",
    ),
    path(
        "participations/<uuid:pk>/remove/", standing_pages.propose_removal, name="propose_removal"
    ),
    path(
        "participations/<uuid:pk>/decisions/<uuid:decision_pk>/confirm/",
        standing_pages.confirm_decision,
        name="confirm_decision",
    ),
    path(
        "participations/<uuid:pk>/decisions/<uuid:decision_pk>/take-back/",
        standing_pages.take_back_decision,
        name="take_back_decision",
    ),
    path(
        "participations/<uuid:pk>/withdraw/",
        ending_pages.withdraw_participation,
        name="withdraw_participation",
    ),
    path(
        "participations/<uuid:pk>/close-withdrawal/",
        ending_pages.close_withdrawal,
        name="close_withdrawal",
    ),
    path(
        "participations/<uuid:pk>/end-with-program/",
        ending_pages.end_with_program,
        name="end_with_program",
    ),
]

urlpatterns = [
    *archives,
    *standing,
    *holds,
    *overview,
    *visits,
    *findings,
    *reports,
    *team,
    *closing,
    *programs,
]
