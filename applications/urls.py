"""Addresses of applications."""

from django.urls import path

from .views import (
    answering,
    asking,
    authority,
    claims,
    confirming,
    contact,
    declarations,
    designations,
    dossiers,
    evidence,
    facilities,
    feis,
    imports,
    information,
    inspections,
    mailed,
    owners,
    participations,
    printed,
    queue,
    rechecks,
    register,
    requests,
    review,
    review_assignments,
    reviews,
    selection,
    signing,
    steps,
    versions,
)

app_name = "applications"
firm = [
    path("facilities/", facilities.facility_list, name="facility_list"),
    path("facilities/new/", facilities.facility_new, name="facility_new"),
    path("facilities/<uuid:pk>/", facilities.facility_detail, name="facility_detail"),
    path("facilities/<uuid:pk>/edit/", facilities.facility_edit, name="facility_edit"),
    path("facilities/<uuid:pk>/feis/new/", facilities.identifier_new, name="identifier_new"),
    path(
        "facilities/<uuid:pk>/feis/<uuid:identifier_pk>/withdraw/",
        facilities.identifier_withdraw,
        name="identifier_withdraw",
    ),
    path("requests/", requests.request_list, name="request_list"),
    path("requests/new/", requests.request_new, name="request_new"),
    path("requests/<uuid:pk>/", requests.request_detail, name="request_detail"),
    path("requests/<uuid:pk>/edit/", steps.request_edit, name="request_edit"),
    path("requests/<uuid:pk>/steps/facility/", steps.request_facility, name="request_facility"),
    path("requests/<uuid:pk>/steps/<slug:step>/", steps.request_step, name="request_step"),
    path(
        "requests/<uuid:pk>/steps/<slug:step>/autosave/",
        steps.request_autosave,
        name="request_autosave",
    ),
    path("requests/<uuid:pk>/move/", steps.request_move, name="request_move"),
    path("requests/<uuid:pk>/review/", requests.request_attest, name="request_attest"),
    path("requests/<uuid:pk>/submit/", requests.request_submit, name="request_submit"),
    path("requests/<uuid:pk>/designate/", designations.request_designate, name="request_designate"),
    path("requests/<uuid:pk>/withdraw/", requests.request_withdraw, name="request_withdraw"),
    path("requests/<uuid:pk>/hand-over/", signing.request_hand_over, name="request_hand_over"),
    path("requests/<uuid:pk>/take-back/", signing.request_take_back, name="request_take_back"),
    path("requests/<uuid:pk>/send-back/", signing.request_send_back, name="request_send_back"),
    path("requests/<uuid:pk>/contact/", contact.request_contact, name="request_contact"),
    path("requests/<uuid:pk>/answer/", answering.request_answer, name="request_answer"),
    path(
        "requests/<uuid:pk>/answer/sign/",
        answering.request_answer_sign,
        name="request_answer_sign",
    ),
    path("confirm-request/<str:token>/", confirming.mailed_confirm, name="mailed_confirm"),
    path("requests/<uuid:pk>/versions/", versions.request_versions, name="request_versions"),
    path("requests/<uuid:pk>/attest/", owners.request_attest_anew, name="request_attest_anew"),
    path("kept/<uuid:pk>/", owners.kept_copy, name="kept_copy"),
    path("participations/", participations.participation_list, name="participation_list"),
    path(
        "participations/<uuid:pk>/",
        participations.participation_detail,
        name="participation_detail",
    ),
    path(
        "participations/<uuid:pk>/accept/",
        participations.participation_accept,
        name="participation_accept",
    ),
    path(
        "participations/<uuid:pk>/decline/",
        participations.participation_decline,
        name="participation_decline",
    ),
]
fda = [
    path("queue/", queue.queue, name="queue"),
    path("queue/search/", queue.queue_search, name="queue_search"),
    path("queue/assign/", queue.queue_assign, name="queue_assign"),
    path("queue/<uuid:pk>/assign/", queue.request_assign, name="request_assign"),
    path("queue/<uuid:pk>/next/", queue.request_next, name="request_next"),
    path("queue/<uuid:pk>/", review.request_review, name="request_review"),
    path("queue/<uuid:pk>/take-up/", review.request_take_up, name="request_take_up"),
    path("queue/<uuid:pk>/examine/", review.request_examine, name="request_examine"),
    path("queue/<uuid:pk>/determine/", review.request_determine, name="request_determine"),
    path(
        "queue/<uuid:pk>/criteria/<uuid:result_pk>/rule/",
        review.request_rule,
        name="request_rule",
    ),
    path(
        "queue/<uuid:pk>/criteria/<uuid:result_pk>/confirm/",
        review.request_confirm_ruling,
        name="request_confirm_ruling",
    ),
    path("queue/<uuid:pk>/feis/new/", feis.request_identifier_new, name="request_identifier_new"),
    path("queue/<uuid:pk>/feis/noted/", feis.request_feis_noted, name="request_feis_noted"),
    path(
        "queue/<uuid:pk>/feis/<uuid:identifier_pk>/withdraw/",
        feis.request_identifier_withdraw,
        name="request_identifier_withdraw",
    ),
    path("queue/<uuid:pk>/ask/", information.request_ask, name="request_ask"),
    path("queue/<uuid:pk>/extend/", information.request_extend, name="request_extend"),
    path("queue/<uuid:pk>/lapse/", information.request_lapse, name="request_lapse"),
    path("queue/<uuid:pk>/reinstate/", information.request_reinstate, name="request_reinstate"),
    path("queue/<uuid:pk>/message/", mailed.request_message, name="request_message"),
    path("queue/<uuid:pk>/link/resend/", mailed.request_link_resend, name="request_link_resend"),
    path("queue/<uuid:pk>/link/revoke/", mailed.request_link_revoke, name="request_link_revoke"),
    path("questions/", asking.question_list, name="question_list"),
    path("questions/<uuid:pk>/", asking.question_answer, name="question_answer"),
    path("mailed/", mailed.mailed_list, name="mailed_list"),
    path("mailed/<uuid:pk>/", mailed.mailed_enter, name="mailed_enter"),
    path("mailed/<uuid:pk>/message/", mailed.mailed_message, name="mailed_message"),
    path("mailed/<uuid:pk>/set-aside/", mailed.mailed_set_aside, name="mailed_set_aside"),
    path("queue/<uuid:pk>/versions/", versions.review_versions, name="review_versions"),
    path("queue/<uuid:pk>/claims/", claims.claims, name="claims"),
    path("queue/<uuid:pk>/claims/confirm/", claims.claims_confirm, name="claims_confirm"),
    path("queue/<uuid:pk>/claims/take-back/", claims.claims_take_back, name="claims_take_back"),
    path("selection/", selection.selection, name="selection"),
    path("selection/<uuid:pk>/", selection.selection_board, name="selection_board"),
    path(
        "selection/<uuid:pk>/requests/<uuid:request_pk>/decide/",
        selection.selection_decide,
        name="selection_decide",
    ),
    path(
        "selection/<uuid:pk>/decisions/<uuid:decision_pk>/take-back/",
        selection.selection_undo,
        name="selection_undo",
    ),
    path(
        "selection/<uuid:pk>/reviewers/",
        review_assignments.review_assignments,
        name="review_assignments",
    ),
    path(
        "selection/<uuid:pk>/reviewers/<uuid:assignment_pk>/end/",
        review_assignments.review_end,
        name="review_end",
    ),
    path("selection/<uuid:pk>/dossiers/", dossiers.dossier_list, name="dossier_list"),
    path("selection/<uuid:pk>/dossiers/make/", dossiers.dossier_make, name="dossier_make"),
    path("dossiers/<uuid:pk>/", dossiers.dossier_detail, name="dossier_detail"),
    path("dossiers/<uuid:pk>/retry/", dossiers.dossier_retry, name="dossier_retry"),
    path("dossiers/<uuid:pk>/pdf/", dossiers.dossier_pdf, name="dossier_pdf"),
    path("dossiers/<uuid:pk>/zip/", dossiers.dossier_zip, name="dossier_zip"),
    path("scoring/", reviews.review_list, name="review_list"),
    path("scoring/<uuid:pk>/", reviews.review_score, name="review_score"),
    path("scoring/<uuid:pk>/declare/", reviews.review_declare, name="review_declare"),
    path("scoring/programs/<uuid:pk>/next/", reviews.review_next, name="review_next"),
    path("selection/<uuid:pk>/release/", selection.selection_release, name="selection_release"),
    path("public-data/", imports.import_list, name="import_list"),
    path("public-data/new/", imports.import_new, name="import_new"),
    path("public-data/<uuid:pk>/", imports.import_detail, name="import_detail"),
    path("public-data/<uuid:pk>/roll-back/", imports.import_roll_back, name="import_roll_back"),
    path("public-data/uploads/<uuid:pk>/", imports.import_job, name="import_job"),
    path("public-data/uploads/<uuid:pk>/apply/", imports.import_apply, name="import_apply"),
    path("public-data/uploads/<uuid:pk>/discard/", imports.import_discard, name="import_discard"),
    path("public-data/uploads/<uuid:pk>/rejects/", imports.import_rejects, name="import_rejects"),
]

letters = [
    path("letters-of-authority/", authority.letter_list, name="authority_list"),
    path("letters-of-authority/new/", authority.letter_new, name="authority_new"),
    path("letters-of-authority/<uuid:pk>/file/", authority.letter_file, name="authority_file"),
    path(
        "letters-of-authority/<uuid:pk>/withdraw/",
        authority.letter_withdraw,
        name="authority_withdraw",
    ),
    path(
        "letters-of-authority/agents/<uuid:pk>/file/",
        authority.agent_letter_file,
        name="authority_agent_file",
    ),
]

both = [
    path("programs/<uuid:pk>/questions/", asking.program_questions, name="program_questions"),
    path("access-register/", register.access_register, name="access_register"),
    path("access-register/export/", register.access_register_export, name="access_register_export"),
]

declaring = [
    path("declarations/<uuid:pk>/", declarations.declaration, name="declaration"),
    path("declarations/<uuid:pk>/rule/", declarations.declaration_rule, name="declaration_rule"),
]

declared = [
    path(
        "requests/<uuid:pk>/inspections/",
        inspections.request_inspections,
        name="request_inspections",
    ),
    path(
        "requests/<uuid:pk>/inspections/<uuid:inspection_pk>/take-back/",
        inspections.inspection_take_back,
        name="inspection_take_back",
    ),
    path(
        "requests/<uuid:pk>/inspections/<uuid:inspection_pk>/letter/",
        inspections.inspection_letter,
        name="inspection_letter",
    ),
]

verdicts = [
    path("queue/<uuid:pk>/inspections/new/", evidence.inspection_enter, name="inspection_enter"),
    path(
        "queue/<uuid:pk>/inspections/<uuid:inspection_pk>/withdraw/",
        evidence.inspection_withdraw,
        name="inspection_withdraw",
    ),
    path(
        "queue/<uuid:pk>/inspections/<uuid:inspection_pk>/letter/",
        evidence.evidence_letter,
        name="evidence_letter",
    ),
    path(
        "queue/<uuid:pk>/criteria/<uuid:result_pk>/history/",
        review.result_history,
        name="result_history",
    ),
    path("queue/<uuid:pk>/reopen/", evidence.request_reopen, name="request_reopen"),
    path(
        "queue/<uuid:pk>/reopen/<uuid:reopening_pk>/confirm/",
        evidence.reopening_confirm,
        name="reopening_confirm",
    ),
    path(
        "queue/<uuid:pk>/reopen/<uuid:reopening_pk>/take-back/",
        evidence.reopening_take_back,
        name="reopening_take_back",
    ),
    path(
        "queue/<uuid:pk>/changes/<uuid:change_pk>/settle/",
        evidence.change_settle,
        name="change_settle",
    ),
    path("queue/<uuid:pk>/print/", printed.sheet_print, name="sheet_print"),
    path("queue/<uuid:pk>/sheets/<uuid:sheet_pk>/", printed.sheet_detail, name="sheet_detail"),
    path("queue/<uuid:pk>/sheets/<uuid:sheet_pk>/retry/", printed.sheet_retry, name="sheet_retry"),
    path(
        "queue/<uuid:pk>/sheets/<uuid:sheet_pk>/download/",
        printed.sheet_download,
        name="sheet_download",
    ),
    path("rechecks/", rechecks.recheck_list, name="recheck_list"),
    path("rechecks/run/", rechecks.recheck_run, name="recheck_run"),
]

urlpatterns = [*firm, *fda, *both, *letters, *declaring, *declared, *verdicts]
