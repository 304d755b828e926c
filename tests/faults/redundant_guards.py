"""Guards whose absence the access table cannot notice, each with the reason; reviewed by hand.

A second lock on a door that is locked already, or one behind a form that a knock without words
does not pass. The key is the beginning of the guard's name.
"""

OWN_ROWS = "the thing was found by visible_to(), which shows one's own firm's alone"
WITHIN = "looked for within a thing that visible_to() has found"
STAFF_READ_ALL = "the page opens to FDA's case staff alone, who read every program and visit"
INSIDE = "the page opens to those alone who read every version"
HANDED_IN = "of what was decided about nothing is a draft, and only drafts are hidden from staff"
REAL = "real() leaves rehearsals out of every list, and nothing else is hidden"
PUBLIC = "may_import_inspections() closes the page before any row is read"
CONFLICTED = "tests/applications/test_board_pages.py has a selector with a conflict of interest"
BARRED = "tests/applications/test_review_pages.py tries it for who is barred from the site"
BARRED_WRITER = "tests/applications/test_letter_pages.py tries it for who is barred from the site"
TRAIL = "may_read_trail() closes the page before any row is read"
TYPED = "runs when a form is filled in well; the app's page tests ask for it"
ASKED = "runs when the address asks for it; the app's page tests do"
ROLE_TAKEN = "tests/assessments/test_access.py takes the role away from who is still on the team"

OFFERED = (
    "visible_to() shows an open offer to its owner's people and to the official it names; "
    "tests/assessments/test_ownership.py has everybody else accept it by the operation"
)
ARCHIVE = "may_archive() closes the page before any row is read"
SETTLING = "the engagement was found for FDA's case staff or its contractor's administrator alone"
BEHIND = "runs behind the page; {} tries it for whom it is to leave out"
REVIEWERS = "may_review_requests() closes the page before any row is read"
READERS = "may_read_requests() closes the page before any row is read"
RESENDING = "may_resend_letters() closes the page before any row is read"
EVERY_ACCOUNT = "the page opens to FDA's administrator alone, who manages every account"
OF_ONE = "filtered by an organization that is her own, or that visible_to() has found"
OWN_OFFICIALS = "taken away from one's own officials, whose letters are their firm's"
EITHER = "another lock on the same door holds; with both gone it is noticed (TOGETHER)"
DEACTIVATED = BEHIND.format("tests/assessments/test_access.py")
KEEPS = "locks nothing: keeps what was typed when access ended; tests/assessments/test_hand_in.py"
FOR_FDA = (
    "participation_for_fda() closes the page before any mark or decision is read; "
    "tests/assessments/test_standing.py asks for the rows as firm and contractor"
)

REASONS = {
    "call of visible_to: applications.views.alternates._waiting": CONFLICTED,
    "call of visible_to: applications.views.alternates.selection_close_list": CONFLICTED,
    "belonging: applications.views.selection._decision_or_404: participation_request__in": (
        CONFLICTED
    ),
    "call of visible_to: applications.views.selection._decision_or_404": CONFLICTED,
    "condition: applications.access.may_change_facility: user.organization_id ==": OWN_ROWS,
    "condition: applications.access.may_offer_facility: user.organization_id ==": OWN_ROWS,
    "condition: applications.access.may_accept_facility: user.": OFFERED,
    "condition: applications.models.ownership.OwnershipChangeQuerySet.visible_to: if": (
        "an offer goes to an official; her address without her role is tried by the operation"
    ),
    "condition: applications.access.may_file_authority: user.organization_id ==": OWN_ROWS,
    "condition: applications.access.may_start_requests: user.has_role": (
        "spares a query: nobody else holds an authority in force"
    ),
    "condition: applications.models.request.ParticipationRequestQuerySet.visible_to: if barred": (
        "without it the closed sites are read once more, and nothing more is shown"
    ),
    "predicate: applications.access.may_add_identifier": TYPED,
    "predicate: applications.access.may_engage": TYPED,
    "call of visible_to: applications.operations.declarations.declare_interests": TYPED,
    "call of visible_to: applications.views.requests.request_new: Facility": (
        "firms_of() beside it names the firms whose facilities are offered"
    ),
    "call of visible_to: applications.views.review._marked: Facility": (
        "tests/applications/test_facilities.py has a site of the same DUNS without a request"
    ),
    "condition: assessments.access.may_settle_copies: ": SETTLING,
    "rows: assessments.models.archive.ProgramArchiveQuerySet.visible_to": ARCHIVE,
    "call of visible_to: assessments.views.archives.": ARCHIVE,
    "call of visible_to: applications.operations.reviews.assign_reviewer: ": BARRED,
    "call of visible_to: applications.views.review_assignments.review_end: Part": BARRED,
    "call of visible_to: applications.views.review_assignments._rows: ": BARRED,
    "call of visible_to: applications.views.reviews.review_score: ": BARRED,
    "refusal: applications.views.reviews.review_score: visible.filter": BARRED,
    "call of visible_to: applications.views.review_assignments._program_or_404: ": STAFF_READ_ALL,
    "call of visible_to: applications.views.reviews.review_next: ": STAFF_READ_ALL,
    "refusal: applications.views.reviews._own_or_404: may_score(request.user)": (
        "the assignment was found by visible_to(), which shows a reviewer her own alone"
    ),
    "closing: assessments.models.archive.ProgramArchiveQuerySet.visible_to: if": ARCHIVE,
    "call of visible_to: assessments.views.closing.hand_in_list: HandIn": (
        "may_read_hand_ins() closes the page, and those let in read every hand-in"
    ),
    "call of visible_to: assessments.views.closing.copies: DestructionCertificate": SETTLING,
    "call of visible_to: assessments.register._firms_visited_by: Assessment": BEHIND.format(
        "tests/assessments/test_register.py"
    ),
    "call of visible_to: metrics.register.declare_own: MetricsSubmission": BEHIND.format(
        "tests/assessments/test_register.py"
    ),
    "call of visible_to: qmm_pilot.records.trail_exports.entries_of": BEHIND.format(
        "tests/qmm_pilot/records/test_trail_exports.py"
    ),
    "condition: applications.access.may_prepare_request: own": OWN_ROWS,
    "condition: applications.access.may_sign_request: user.organization_id ==": OWN_ROWS,
    "condition: metrics.access.may_enter_metrics: user.organization_id ==": OWN_ROWS,
    "condition: assessments.access.may_agree_dates: own_firm": OWN_ROWS,
    "condition: assessments.access.may_mark_milestone: user.side in": (
        "at FDA may_agree_dates() admits the coordinator alone, who was let in before"
    ),
    "condition: assessments.access.is_engaged: members.exists()": (
        "the assessment was found by visible_to(), which shows engaged ones alone"
    ),
    "condition: assessments.access.is_lead: user.has_role": ROLE_TAKEN,
    "condition: assessments.access.is_engaged: user.has_role": ROLE_TAKEN,
    "rows: applications.models.snapshot.PublicDataQuerySet.visible_to": PUBLIC,
    "call of visible_to: applications.views.imports.": PUBLIC,
    "rows: qmm_pilot.records.models.trail.TrailEntryQuerySet.visible_to": TRAIL,
    "call of visible_to: qmm_pilot.records.views.trail: TrailEntry": TRAIL,
    "call of visible_to: applications.views.facilities.facility_detail: ParticipationRequest": (
        "the requests of a facility that the firm sees are the firm's own"
    ),
    "call of visible_to: applications.views.requests._standing_request": TYPED,
    "call of visible_to: assessments.operations.dates.clashes_of": ASKED,
    "refusal: assessments.views.overview.deadline_board: chosen and program is None": ASKED,
    "call of visible_to: applications.views.queue._programs: Program": REAL,
    "call of visible_to: applications.operations.officers.assign_requests": TYPED,
    "call of visible_to: qmm_pilot.programs.views.program_list: Program": REAL,
    "call of visible_to: applications.views.selection.program_or_404": STAFF_READ_ALL,
    "call of visible_to: applications.views.selection.selection: Program": STAFF_READ_ALL,
    "call of visible_to: applications.views.selection.selection: Participation": HANDED_IN,
    "call of visible_to: assessments.overview.programs_in_counts: Participation": HANDED_IN,
    "call of visible_to: assessments.overview.programs_in_counts": STAFF_READ_ALL,
    "call of visible_to: assessments.overview._milestones": STAFF_READ_ALL,
    "call of visible_to: assessments.overview.board_for": STAFF_READ_ALL,
    "call of visible_to: assessments.views.overview.deadline_board": STAFF_READ_ALL,
    "call of visible_to: assessments.views.findings.topic_list: Report": INSIDE,
    "refusal: assessments.views.reports.report_pdf: edition is None": (
        "without an edition there is nothing to hand out"
    ),
    "call of visible_to: assessments.views.visits.leave_team: TeamMember": WITHIN,
    "call of visible_to: assessments.views.visits.confirm_dates: DateProposal": WITHIN,
    "call of visible_to: assessments.views.visits.complete_milestone: Milestone": WITHIN,
    "rows: metrics.models.OfVisibleSubmission.visible_to": WITHIN,
    "call of visible_to: metrics.models.OfVisibleSubmission.visible_to": WITHIN,
    "call of visible_to: metrics.models.VersionQuerySet.visible_to: super()": WITHIN,
    "call of visible_to: metrics.views.version: MetricsVersion": (
        "submitted() beneath it hides drafts, and the submission was found by visible_to()"
    ),
    "call of visible_to: metrics.views.note: MetricsVersion": (
        "note_correction() refuses a version that was not submitted"
    ),
    # --- messages, printed sheets, letters: two locks that ask the same ------------------------
    "rows: applications.models.mailed.MailedRequestQuerySet.visible_to": EITHER,
    "condition: applications.models.mailed.MailedRequestQuerySet.visible_to: if": EITHER,
    "refusal: applications.views.mailed._open: may_review_requests": EITHER,
    "refusal: applications.views.mailed._of_request: may_review_requests": EITHER,
    "rows: applications.models.sheet.VerdictSheetQuerySet.visible_to": EITHER,
    "refusal: applications.views.printed._sheet_or_404: may_read_requests": EITHER,
    "rows: qmm_pilot.records.models.letter.LetterQuerySet.visible_to": EITHER,
    "refusal: qmm_pilot.records.letter_views._letter_or_404: not may_resend_letters": EITHER,
    "call of visible_to: applications.views.mailed._open: MailedRequest": REVIEWERS,
    "call of visible_to: applications.views.mailed._of_request: MailedRequest": REVIEWERS,
    "call of visible_to: applications.views.mailed.mailed_list: MailedRequest": REVIEWERS,
    "call of visible_to: applications.views.mailed.mailed_list: Program": REAL,
    "call of visible_to: applications.views.printed._sheet_or_404: VerdictSheet": READERS,
    "call of visible_to: applications.views.printed.sheet_detail: VerdictSheet": WITHIN,
    "call of visible_to: qmm_pilot.records.letter_views._letter_or_404: Letter": RESENDING,
    # --- FDA's other pages -----------------------------------------------------------------------
    "rows: applications.models.recheck.VerdictChangeQuerySet.visible_to": READERS,
    "call of visible_to: applications.views.rechecks.recheck_list": READERS,
    "call of visible_to: applications.views.asking.question_": READERS,
    "call of visible_to: applications.views.evidence.": WITHIN,
    "call of visible_to: applications.models.evidence.StatedInspectionQuerySet.": WITHIN,
    "call of visible_to: applications.views.authority.with_signers_letters": (
        "beside requests that visible_to() has found, each with its own firm's letters"
    ),
    "call of visible_to: applications.views.authority.letter_list": OWN_OFFICIALS,
    "call of visible_to: applications.views.signing._without_letter": OWN_OFFICIALS,
    "decorator: applications:kept_copy, layer 2: firm_page": (
        "KeptCopy's visible_to() shows nothing to whoever is of no firm"
    ),
    "rows: qmm_pilot.records.models.hold.LegalHoldQuerySet.visible_to": TRAIL,
    "call of visible_to: assessments.views.holds.hold_": TRAIL,
    "call of visible_to: assessments.views.holds._held_nouns: Program": REAL,
    "call of visible_to: assessments.views.holds._held_nouns: Participation.": HANDED_IN,
    "rows: qmm_pilot.records.models.trail.TrailExportQuerySet.visible_to": TRAIL,
    "call of visible_to: qmm_pilot.records.export_views.": TRAIL,
    "condition: qmm_pilot.records.models.register.RecordAccessQuerySet.visible_to: if lists": (
        BEHIND.format("tests/assessments/test_register.py")
    ),
    "call of visible_to: assessments.views.reports.report_detail: Report": (
        "the firm's page names no other version, and who sees the other page reads every one"
    ),
    # --- letters of decisions, and dossiers ----------------------------------------------------
    "call of visible_to: applications.views.letter_texts._program: Program": STAFF_READ_ALL,
    "call of visible_to: applications.views.letter_texts._pending_letter: ": BARRED_WRITER,
    "belonging: applications.views.letter_texts._pending_letter: program=program": (
        "the refusal beneath it: of another program's requests none is in this release"
    ),
    "call of visible_to: applications.views.letters_sent.letters_sent: Program": STAFF_READ_ALL,
    "call of visible_to: applications.views.firm_letters.letter_read: DecisionLetter": WITHIN,
    "call of visible_to: applications.operations.selection.refuse_taken_rank: ": BEHIND.format(
        "tests/applications/test_drafts.py"
    ),
    "rows: applications.models.dossier.SelectionDossierQuerySet.visible_to": EITHER,
    "refusal: applications.views.dossiers._dossier_or_404: may_read_dossiers": EITHER,
    "call of visible_to: applications.views.dossiers._dossiers: SelectionDossier": (
        "tests/applications/test_dossiers.py tries the pages for who is barred from a site"
    ),
    "call of visible_to: applications.views.dossiers.dossier_list: Program": STAFF_READ_ALL,
    "call of visible_to: applications.views.dossiers.dossier_make: Program": STAFF_READ_ALL,
    # --- an `if` that closes at once -------------------------------------------------------------
    "closing: applications.access.engaged_participations: if": DEACTIVATED,
    "closing: applications.models.engagement.DeclarationQuerySet.visible_to: if": DEACTIVATED,
    "closing: qmm_pilot.accounts.access.firms_of: if": DEACTIVATED,
    "closing: applications.models.recheck.VerdictChangeQuerySet.visible_to: if": READERS,
    "closing: applications.models.sheet.VerdictSheetQuerySet.visible_to: if": READERS,
    "closing: applications.models.dossier.SelectionDossierQuerySet.visible_to: if": (
        "may_read_dossiers() closes the page before any row is read"
    ),
    "closing: qmm_pilot.records.models.register.RecordAccessQuerySet.visible_to: if": (
        "the page opens to a firm's own people and to records officers alone"
    ),
    "closing: qmm_pilot.accounts.access.represents: if": (
        "spares a query: nobody else holds an authority in force"
    ),
    "predicate: applications.access.may_read_means": BEHIND.format(
        "tests/applications/test_hidden_scores.py"
    ),
    # --- accounts --------------------------------------------------------------------------------
    "predicate: qmm_pilot.accounts.access.may_administer": BEHIND.format(
        "tests/qmm_pilot/accounts/test_people.py"
    ),
    "condition: qmm_pilot.accounts.access.may_administer: ": BEHIND.format(
        "tests/qmm_pilot/accounts/test_people.py"
    ),
    "call of visible_to: qmm_pilot.accounts.operations.invitations.may_invite": BEHIND.format(
        "tests/qmm_pilot/accounts/test_invitations.py"
    ),
    "call of visible_to: qmm_pilot.accounts.views.factors.reset_factors: User": EVERY_ACCOUNT,
    "call of visible_to: qmm_pilot.accounts.views.people.person_find: User": EVERY_ACCOUNT,
    "call of visible_to: qmm_pilot.accounts.views.people._people_of": OF_ONE,
    # --- the standing of a participation ----------------------------------------------------------
    "rows: applications.models.standing.OfFDA.visible_to": FOR_FDA,
    "closing: applications.models.standing.OfFDA.visible_to": FOR_FDA,
    "call of visible_to: assessments.views.standing.standing": FOR_FDA,
    "call of visible_to: assessments.views.standing.decide_standing": FOR_FDA,
    "call of visible_to: assessments.views.standing._decision_or_404": FOR_FDA,
    # --- a form that was open when access ended --------------------------------------------------
    "decorator: assessments:topic_rate, layer 2: kept_when_lapsed": KEEPS,
    "decorator: assessments:record_strength, layer 2: kept_when_lapsed": KEEPS,
    "decorator: assessments:record_opportunity, layer 2: kept_when_lapsed": KEEPS,
    "decorator: assessments:topic_attach, layer 2: kept_when_lapsed": KEEPS,
    "decorator: assessments:finding_amend, layer 2: kept_when_lapsed": KEEPS,
    "decorator: assessments:report_render, layer 2: kept_when_lapsed": KEEPS,
}

# Locks of which each hides that the other is gone: taken away together they must be noticed.
TOGETHER = [
    (f"refusal: {refusal}", f"rows: {rows}.visible_to")
    for refusal, rows in [
        ("applications.views.mailed._open", "applications.models.mailed.MailedRequestQuerySet"),
        (
            "applications.views.mailed._of_request",
            "applications.models.mailed.MailedRequestQuerySet",
        ),
        (
            "applications.views.printed._sheet_or_404",
            "applications.models.sheet.VerdictSheetQuerySet",
        ),
        (
            "applications.views.dossiers._dossier_or_404",
            "applications.models.dossier.SelectionDossierQuerySet",
        ),
        (
            "qmm_pilot.records.letter_views._letter_or_404",
            "qmm_pilot.records.models.letter.LetterQuerySet",
        ),
    ]
]


def reason_for(guard) -> str:
    """The reviewed reason why nobody notices that this guard is gone; empty where none is."""
    return next((why for begins, why in REASONS.items() if str(guard).startswith(begins)), "")
