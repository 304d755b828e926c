"""Doors of applications: the firm's requests and places, FDA's queue, selection and data.

A row: methods, the thing, who is let in, who is refused though she sees it. See doors.Door.
"""

from .doors import Door
from .people import (
    AUTHORITY,
    CASE_STAFF,
    COORDINATOR,
    EVERYBODY,
    FIRM_A,
    FIRM_B,
    FIRMS,
    LEAD_ONE,
    MEMBERS,
    NOBODY,
    OF_A,
    OF_B,
    OFFICIAL_A,
    OFFICIAL_B,
    PREPARERS,
    PREPARERS_A,
    PREPARERS_B,
    RECORDS_OFFICER,
    SELECTOR,
    UNDECLARED,
)

# An agent prepares requests; the firm alone adds its facilities.
REGISTRARS = (PREPARERS - frozenset(AUTHORITY)) | {"A administrator"}

WRITERS = COORDINATOR | SELECTOR  # of letters of decisions
REGISTRARS_A, REGISTRARS_B = REGISTRARS & FIRM_A, REGISTRARS & FIRM_B
ASKED = "the declaration of one's undeclared assessor"
DECLARED = "the declaration of one's lead"
# What FDA entered beside a request does not exist for its firm.
OF_FDA = ("A's request under review", "A's entered inspection")
HANDED_IN = ("A's request with an inspection", "A's submitted inspection")
WITHOUT_LETTER = "A's declared inspection without a letter"

DOORS = {
    # --- letters of authority ---------------------------------------------------------------
    "applications:authority_list": [Door("GET", yes=REGISTRARS | CASE_STAFF)],
    "applications:authority_new": [Door("GET POST", yes=REGISTRARS)],
    "applications:authority_file": [
        Door(
            "GET",
            "A's official's letter",
            yes=REGISTRARS_A | CASE_STAFF,
            leaves="records_download",
        ),
        Door(
            "GET",
            "B's official's letter",
            yes=REGISTRARS_B | CASE_STAFF,
            leaves="records_download",
        ),
    ],
    "applications:authority_withdraw": [
        Door("GET POST", "A's official's letter", yes=REGISTRARS_A),
        Door("GET POST", "B's official's letter", yes=REGISTRARS_B),
    ],
    "applications:authority_agent_file": [
        Door("GET", "A's letter of authority", yes=CASE_STAFF, leaves="records_download"),
        Door("GET", "B's letter of authority", yes=CASE_STAFF, leaves="records_download"),
    ],
    # --- the firm ---------------------------------------------------------------------------
    "applications:facility_list": [Door("GET", yes=FIRMS)],
    "applications:facility_new": [Door("GET POST", yes=REGISTRARS, refused=FIRMS)],
    "applications:facility_detail": [
        Door("GET", "A's facility", yes=FIRM_A),
        Door("GET", "B's facility", yes=FIRM_B),
    ],
    "applications:facility_edit": [
        Door("GET POST", "A's facility", yes=REGISTRARS_A, refused=FIRM_A),
        Door("GET POST", "B's facility", yes=REGISTRARS_B, refused=FIRM_B),
    ],
    "applications:identifier_new": [
        Door("GET POST", "A's facility", yes=REGISTRARS_A, refused=FIRM_A),
        Door("GET POST", "B's facility", yes=REGISTRARS_B, refused=FIRM_B),
    ],
    "applications:identifier_withdraw": [
        Door("GET POST", ("A's facility", "A's former FEI"), yes=REGISTRARS_A, refused=FIRM_A),
        Door("GET POST", ("B's facility", "B's former FEI"), yes=REGISTRARS_B, refused=FIRM_B),
    ],
    "applications:request_list": [Door("GET", yes=FIRMS)],
    "applications:request_new": [Door("GET POST", yes=PREPARERS, refused=FIRMS)],
    "applications:request_detail": [
        Door("GET", "A's draft request", yes=FIRM_A),
        Door("GET", "A's eligible request", yes=FIRM_A),
        Door("GET", "A's selected request", yes=FIRM_A),
        Door("GET", "B's submitted request", yes=FIRM_B),
    ],
    "applications:request_edit": [
        Door("GET", "A's draft request", yes=PREPARERS_A, refused=FIRM_A),
        Door("GET", "A's submitted request", yes=PREPARERS_A, refused=FIRM_A),
        Door("GET", "B's draft request", yes=PREPARERS_B, refused=FIRM_B),
    ],
    "applications:request_facility": [
        Door("GET", "A's draft request", yes=PREPARERS_A, refused=FIRM_A),
        Door("GET", "A's submitted request", yes=PREPARERS_A, refused=FIRM_A),
        Door("GET", "B's draft request", yes=PREPARERS_B, refused=FIRM_B),
    ],
    "applications:request_step": [
        Door("GET POST", ("A's draft request", "contact"), yes=PREPARERS_A, refused=FIRM_A),
        Door("GET POST", ("A's submitted request", "contact"), yes=PREPARERS_A, refused=FIRM_A),
        Door("GET POST", ("B's draft request", "contact"), yes=PREPARERS_B, refused=FIRM_B),
    ],
    "applications:request_autosave": [
        Door("POST", ("A's draft request", "contact"), yes=PREPARERS_A, refused=FIRM_A),
        Door("POST", ("A's submitted request", "contact"), yes=PREPARERS_A, refused=FIRM_A),
        Door("POST", ("B's draft request", "contact"), yes=PREPARERS_B, refused=FIRM_B),
    ],
    "applications:request_move": [
        Door("POST", "A's draft request", yes=PREPARERS_A, refused=FIRM_A),
        Door("POST", "A's submitted request", yes=PREPARERS_A, refused=FIRM_A),
        Door("POST", "B's draft request", yes=PREPARERS_B, refused=FIRM_B),
    ],
    "applications:request_attest": [
        Door("GET", "A's draft request", yes=FIRM_A),
        Door("GET", "A's submitted request", yes=FIRM_A),
        Door("GET", "B's draft request", yes=FIRM_B),
    ],
    "applications:request_submit": [
        Door("POST", "A's draft request", yes=OFFICIAL_A, refused=FIRM_A),
        Door("POST", "A's submitted request", yes=OFFICIAL_A, refused=FIRM_A),
        Door("POST", "B's draft request", yes=OFFICIAL_B, refused=FIRM_B),
    ],
    "applications:request_inspections": [
        Door("GET", "A's draft request", yes=FIRM_A),
        Door("POST", "A's draft request", yes=PREPARERS_A, refused=FIRM_A),
        Door("GET", "A's submitted request", yes=FIRM_A),
        Door("POST", "A's submitted request", yes=PREPARERS_A, refused=FIRM_A),
        Door("GET", "B's draft request", yes=FIRM_B),
        Door("POST", "B's draft request", yes=PREPARERS_B, refused=FIRM_B),
    ],
    "applications:inspection_take_back": [
        Door(
            "POST",
            ("A's draft request", "A's declared inspection"),
            yes=PREPARERS_A,
            refused=FIRM_A,
        ),
        Door(
            "POST",
            ("B's draft request", "B's declared inspection"),
            yes=PREPARERS_B,
            refused=FIRM_B,
        ),
        Door("POST", OF_FDA, yes=NOBODY, refused=FIRM_A - PREPARERS_A),
    ],
    "applications:inspection_letter": [
        Door(
            "GET",
            ("A's draft request", "A's declared inspection"),
            yes=FIRM_A,
            leaves="records_download",
        ),
        Door(
            "GET",
            ("B's draft request", "B's declared inspection"),
            yes=FIRM_B,
            leaves="records_download",
        ),
        Door("GET", OF_FDA, yes=NOBODY),
        Door("GET", HANDED_IN, yes=FIRM_A, leaves="records_download"),
        Door("GET", ("A's draft request", WITHOUT_LETTER), yes=NOBODY),
    ],
    "applications:request_designate": [
        Door("GET POST", "A's draft request", yes=PREPARERS_A, refused=FIRM_A),
        Door("GET POST", "A's eligible request", yes=PREPARERS_A, refused=FIRM_A),
        Door("GET POST", "B's submitted request", yes=FIRM_B),
    ],
    "applications:request_hand_over": [
        Door("GET POST", "A's draft request", yes=PREPARERS_A, refused=FIRM_A),
        Door("GET POST", "A's submitted request", yes=PREPARERS_A, refused=FIRM_A),
        Door("GET POST", "B's draft request", yes=PREPARERS_B, refused=FIRM_B),
    ],
    "applications:request_take_back": [
        Door("POST", "A's request with its signer", yes=PREPARERS_A, refused=FIRM_A),
        Door("POST", "A's submitted request", yes=PREPARERS_A, refused=FIRM_A),
        Door("POST", "B's request with its signer", yes=PREPARERS_B, refused=FIRM_B),
    ],
    "applications:request_send_back": [
        Door("GET POST", "A's request with its signer", yes=OFFICIAL_A, refused=FIRM_A),
        Door("GET POST", "A's submitted request", yes=OFFICIAL_A, refused=FIRM_A),
        Door("GET POST", "B's request with its signer", yes=OFFICIAL_B, refused=FIRM_B),
    ],
    "applications:request_contact": [
        Door("GET POST", "A's eligible request", yes=PREPARERS_A, refused=FIRM_A),
        Door("GET POST", "B's eligible request", yes=PREPARERS_B, refused=FIRM_B),
    ],
    "applications:request_attest_anew": [
        Door("GET POST", "A's request of a site bought", yes=OFFICIAL_A, refused=FIRM_A),
        Door("GET POST", "B's request of a site bought", yes=OFFICIAL_B, refused=FIRM_B),
    ],
    "applications:kept_copy": [
        Door("GET", "A's kept copy", yes=OF_A),
        Door("GET", "B's kept copy", yes=OF_B),
    ],
    "applications:request_answer": [
        Door("GET POST", "A's request asked about", yes=PREPARERS_A, refused=FIRM_A),
        Door("GET POST", "A's submitted request", yes=PREPARERS_A, refused=FIRM_A),
        Door("GET POST", "B's request asked about", yes=PREPARERS_B, refused=FIRM_B),
        Door("GET POST", "A's unconfirmed request", yes=PREPARERS_A, refused=FIRM_A),
    ],
    "applications:request_answer_sign": [
        Door("GET", "A's request asked about", yes=FIRM_A),
        Door("POST", "A's request asked about", yes=OFFICIAL_A, refused=FIRM_A),
        Door("GET", "A's unconfirmed request", yes=FIRM_A),
        Door("POST", "A's unconfirmed request", yes=OFFICIAL_A, refused=FIRM_A),
        Door("GET", "B's request asked about", yes=FIRM_B),
        Door("POST", "B's request asked about", yes=OFFICIAL_B, refused=FIRM_B),
    ],
    "applications:mailed_confirm": [
        # The token in the address is the key; who has none finds nothing.
        Door("GET POST", "A's token of a mailed request", yes=EVERYBODY),
        Door("GET POST", "B's token of a mailed request", yes=EVERYBODY),
    ],
    "applications:request_versions": [
        Door("GET", "A's submitted request", yes=FIRM_A),
        Door("GET", "B's submitted request", yes=FIRM_B),
    ],
    "applications:request_withdraw": [
        Door("GET POST", "A's draft request", yes=PREPARERS_A, refused=FIRM_A),
        Door("GET POST", "A's submitted request", yes=PREPARERS_A, refused=FIRM_A),
        Door("GET POST", "B's submitted request", yes=PREPARERS_B, refused=FIRM_B),
    ],
    "applications:letter_list": [Door("GET", yes=FIRMS)],
    "applications:letter_read": [
        Door("GET", "A's letter", yes=FIRM_A, leaves="records_letter"),
        Door("GET", "B's letter", yes=FIRM_B, leaves="records_letter"),
        Door("GET", "A's letter about a place", yes=FIRM_A, leaves="records_letter"),
        Door("GET", "B's letter about a place", yes=FIRM_B, leaves="records_letter"),
    ],
    "applications:participation_list": [Door("GET", yes=FIRMS)],
    "applications:participation_detail": [
        Door("GET", "A's offered place", yes=FIRM_A),
        Door("GET", "A's place", yes=FIRM_A),
        Door("GET", "B's place", yes=FIRM_B),
    ],
    "applications:participation_accept": [
        Door("GET POST", "A's offered place", yes=OFFICIAL_A, refused=FIRM_A),
        Door("GET POST", "B's offered place", yes=OFFICIAL_B, refused=FIRM_B),
    ],
    "applications:participation_decline": [
        Door("GET POST", "A's offered place", yes=OFFICIAL_A, refused=FIRM_A),
        Door("GET POST", "B's offered place", yes=OFFICIAL_B, refused=FIRM_B),
    ],
    # --- FDA: eligibility; what was not submitted does not exist there -----------------------
    "applications:queue": [Door("GET", yes=CASE_STAFF)],
    "applications:queue_search": [Door("POST", yes=CASE_STAFF)],
    "applications:queue_assign": [Door("POST", yes=COORDINATOR)],
    "applications:request_assign": [
        Door("GET POST", "A's draft request", yes=NOBODY),
        Door("GET POST", "A's submitted request", yes=COORDINATOR),
        Door("GET POST", "B's submitted request", yes=COORDINATOR),
    ],
    "applications:request_next": [
        Door("GET", "A's draft request", yes=NOBODY),
        Door("GET", "A's submitted request", yes=CASE_STAFF),
        Door("GET", "B's submitted request", yes=CASE_STAFF),
    ],
    "applications:request_review": [
        Door("GET", "A's draft request", yes=NOBODY),
        Door("GET", "A's submitted request", yes=CASE_STAFF),
        Door("GET", "A's request under review", yes=CASE_STAFF),
        Door("GET", "A's contested request", yes=CASE_STAFF),
        Door("GET", "A's unconfirmed request", yes=CASE_STAFF),
        Door("GET", "B's submitted request", yes=CASE_STAFF),
    ],
    "applications:request_take_up": [
        Door("POST", "A's draft request", yes=NOBODY),
        Door("POST", "A's submitted request", yes=COORDINATOR),
        Door("POST", "B's submitted request", yes=COORDINATOR),
    ],
    "applications:request_examine": [
        Door("POST", "A's draft request", yes=NOBODY),
        Door("POST", "A's request under review", yes=COORDINATOR),
        Door("POST", "B's request under review", yes=COORDINATOR),
    ],
    "applications:request_determine": [
        Door("POST", "A's draft request", yes=NOBODY),
        Door("POST", "A's request under review", yes=COORDINATOR),
        Door("POST", "B's request under review", yes=COORDINATOR),
    ],
    "applications:request_rule": [
        Door("GET POST", ("A's request under review", "A's criterion b"), yes=COORDINATOR),
        Door("GET POST", ("B's request under review", "B's criterion b"), yes=COORDINATOR),
    ],
    "applications:request_confirm_ruling": [
        Door("POST", ("A's request under review", "A's criterion b"), yes=COORDINATOR),
        Door("POST", ("B's request under review", "B's criterion b"), yes=COORDINATOR),
    ],
    "applications:result_history": [
        Door("GET", ("A's request under review", "A's criterion b"), yes=CASE_STAFF),
        Door("GET", ("B's request under review", "B's criterion b"), yes=CASE_STAFF),
    ],
    "applications:inspection_enter": [
        Door("GET POST", "A's draft request", yes=NOBODY),
        Door("GET POST", "A's request under review", yes=COORDINATOR),
        Door("GET POST", "B's eligible request", yes=COORDINATOR),
    ],
    "applications:inspection_withdraw": [
        Door("GET POST", ("A's request under review", "A's entered inspection"), yes=COORDINATOR),
        Door("GET POST", ("B's request under review", "B's entered inspection"), yes=COORDINATOR),
        # What the firm has said is the firm's to take back.
        Door("GET POST", HANDED_IN, yes=NOBODY),
    ],
    "applications:evidence_letter": [
        Door(
            "GET",
            ("A's request under review", "A's entered inspection"),
            yes=CASE_STAFF,
            leaves="records_download",
        ),
        Door("GET", ("A's draft request", "A's declared inspection"), yes=NOBODY),
        Door("GET", HANDED_IN, yes=CASE_STAFF, leaves="records_download"),
        Door("GET", ("A's request to reopen", "A's inspection without a letter"), yes=NOBODY),
        Door(
            "GET",
            ("B's request under review", "B's entered inspection"),
            yes=CASE_STAFF,
            leaves="records_download",
        ),
    ],
    "applications:request_reopen": [
        Door("GET POST", "A's draft request", yes=NOBODY),
        Door("GET POST", "A's eligible request", yes=COORDINATOR),
        Door("GET POST", "B's eligible request", yes=COORDINATOR),
    ],
    "applications:reopening_confirm": [
        Door("POST", ("A's request to reopen", "A's proposal to reopen"), yes=COORDINATOR),
        Door("POST", ("B's request to reopen", "B's proposal to reopen"), yes=COORDINATOR),
    ],
    "applications:reopening_take_back": [
        Door("POST", ("A's request to reopen", "A's proposal to reopen"), yes=COORDINATOR),
        Door("POST", ("B's request to reopen", "B's proposal to reopen"), yes=COORDINATOR),
    ],
    "applications:change_settle": [
        Door("GET POST", ("A's request to reopen", "A's newer data"), yes=COORDINATOR),
        Door("GET POST", ("B's request to reopen", "B's newer data"), yes=COORDINATOR),
    ],
    "applications:sheet_print": [
        Door("POST", "A's draft request", yes=NOBODY),
        Door("POST", "A's request under review", yes=CASE_STAFF),
        Door("POST", "B's request under review", yes=CASE_STAFF),
    ],
    "applications:sheet_detail": [
        Door("GET", ("A's request under review", "A's printed sheet"), yes=CASE_STAFF),
        Door("GET", ("B's request under review", "B's printed sheet"), yes=CASE_STAFF),
    ],
    "applications:sheet_retry": [
        Door("POST", ("A's request under review", "A's printed sheet"), yes=CASE_STAFF),
        Door("POST", ("B's request under review", "B's printed sheet"), yes=CASE_STAFF),
    ],
    "applications:sheet_download": [
        Door(
            "GET",
            ("A's request under review", "A's printed sheet"),
            yes=CASE_STAFF,
            leaves="records_download",
        ),
        Door(
            "GET",
            ("B's request under review", "B's printed sheet"),
            yes=CASE_STAFF,
            leaves="records_download",
        ),
        # It has no file yet.
        Door("GET", ("B's request under review", "B's sheet on its way"), yes=NOBODY),
    ],
    "applications:recheck_list": [Door("GET", yes=CASE_STAFF)],
    "applications:recheck_run": [Door("POST", yes=COORDINATOR)],
    "applications:request_identifier_new": [
        Door("GET POST", "A's draft request", yes=NOBODY),
        Door("GET POST", "A's eligible request", yes=COORDINATOR),
        Door("GET POST", "B's eligible request", yes=COORDINATOR),
    ],
    "applications:request_identifier_withdraw": [
        Door("GET POST", ("A's eligible request", "A's former FEI"), yes=COORDINATOR),
        Door("GET POST", ("B's eligible request", "B's former FEI"), yes=COORDINATOR),
    ],
    "applications:request_feis_noted": [
        Door("POST", "A's eligible request", yes=COORDINATOR),
        Door("POST", "B's eligible request", yes=COORDINATOR),
    ],
    "applications:request_ask": [
        Door("GET POST", "A's draft request", yes=NOBODY),
        Door("GET POST", "A's request under review", yes=COORDINATOR),
        Door("GET POST", "B's request under review", yes=COORDINATOR),
    ],
    "applications:request_extend": [
        Door("GET POST", "A's request asked about", yes=COORDINATOR),
        Door("GET POST", "B's request asked about", yes=COORDINATOR),
    ],
    "applications:request_lapse": [
        Door("GET POST", "A's request asked about", yes=COORDINATOR),
        Door("GET POST", "B's request asked about", yes=COORDINATOR),
    ],
    "applications:request_message": [
        Door("GET", "A's unconfirmed request", yes=COORDINATOR, leaves="records_download"),
        Door("GET", "B's unconfirmed request", yes=COORDINATOR, leaves="records_download"),
    ],
    "applications:request_link_resend": [
        Door("POST", "A's unconfirmed request", yes=COORDINATOR),
        Door("POST", "B's unconfirmed request", yes=COORDINATOR),
    ],
    "applications:request_link_revoke": [
        Door("POST", "A's unconfirmed request", yes=COORDINATOR),
        Door("POST", "B's unconfirmed request", yes=COORDINATOR),
    ],
    "applications:program_questions": [
        Door("GET", "A's program", yes=MEMBERS),
        Door("POST", "A's program", yes=OF_A | OF_B, refused=MEMBERS),
        Door("GET", "B's program", yes=MEMBERS),
        Door("POST", "B's program", yes=OF_A | OF_B, refused=MEMBERS),
        Door("GET", "a rehearsal", yes=CASE_STAFF),
    ],
    "applications:question_list": [Door("GET", yes=CASE_STAFF)],
    "applications:question_answer": [
        Door("GET", "A's question", yes=CASE_STAFF),
        Door("POST", "A's question", yes=COORDINATOR, refused=CASE_STAFF),
        Door("GET", "B's question", yes=CASE_STAFF),
        Door("POST", "B's question", yes=COORDINATOR, refused=CASE_STAFF),
    ],
    "applications:question_correct": [
        Door("GET POST", "A's answered question", yes=COORDINATOR),
        Door("GET POST", "B's answered question", yes=COORDINATOR),
    ],
    "applications:mailed_list": [Door("GET POST", yes=COORDINATOR)],
    "applications:mailed_enter": [
        Door("GET POST", "a mailed message", yes=COORDINATOR),
        Door("GET POST", "another mailed message", yes=COORDINATOR),
        # Led on to the request, or back to the list.
        Door("GET POST", "A's entered message", yes=COORDINATOR),
        Door("GET POST", "a message set aside", yes=COORDINATOR),
    ],
    "applications:mailed_message": [
        # Once it is entered, the page of its request hands it out, and the register says so.
        Door("GET", "A's entered message", yes=NOBODY),
        Door("GET", "a message set aside", yes=COORDINATOR, leaves="records_download"),
        Door("GET", "a mailed message", yes=COORDINATOR, leaves="records_download"),
        Door("GET", "another mailed message", yes=COORDINATOR, leaves="records_download"),
    ],
    "applications:mailed_set_aside": [
        Door("GET POST", "a mailed message", yes=COORDINATOR),
        Door("GET POST", "another mailed message", yes=COORDINATOR),
        Door("GET POST", "A's entered message", yes=NOBODY),
        Door("GET POST", "a message set aside", yes=NOBODY),
    ],
    "applications:request_reinstate": [
        Door("GET POST", "A's draft request", yes=NOBODY),
        Door("GET POST", "A's withdrawn request", yes=COORDINATOR),
        Door("GET POST", "B's withdrawn request", yes=COORDINATOR),
    ],
    "applications:review_versions": [
        Door("GET", "A's draft request", yes=NOBODY),
        Door("GET", "A's request asked about", yes=CASE_STAFF),
        Door("GET", "B's request asked about", yes=CASE_STAFF),
    ],
    "applications:claims": [
        Door("GET", "A's draft request", yes=NOBODY),
        Door("GET", "A's contested request", yes=CASE_STAFF),
        Door("POST", "A's contested request", yes=COORDINATOR),
        Door("GET", "B's contested request", yes=CASE_STAFF),
        Door("POST", "B's contested request", yes=COORDINATOR),
    ],
    "applications:claims_confirm": [
        Door("POST", "A's contested request", yes=COORDINATOR),
        Door("POST", "B's contested request", yes=COORDINATOR),
    ],
    "applications:claims_take_back": [
        Door("POST", "A's contested request", yes=COORDINATOR),
        Door("POST", "B's contested request", yes=COORDINATOR),
    ],
    # --- FDA: selection ---------------------------------------------------------------------
    "applications:selection": [Door("GET", yes=CASE_STAFF)],
    "applications:selection_board": [
        Door("GET", "A's program", yes=CASE_STAFF),
        Door("GET", "B's program", yes=CASE_STAFF),
        Door("GET", "a rehearsal", yes=CASE_STAFF),
    ],
    "applications:selection_decide": [
        Door("GET POST", ("A's program", "A's draft request"), yes=NOBODY),
        Door("GET POST", ("A's program", "A's eligible request"), yes=SELECTOR),
        Door("GET POST", ("B's program", "B's eligible request"), yes=SELECTOR),
    ],
    "applications:selection_undo": [
        Door("POST", ("A's program", "A's drafted decision"), yes=SELECTOR),
        Door("POST", ("B's program", "B's drafted decision"), yes=SELECTOR),
    ],
    "applications:selection_move": [
        Door("POST", ("A's program", "A's drafted decision"), yes=SELECTOR),
        Door("POST", ("B's program", "B's drafted decision"), yes=SELECTOR),
    ],
    "applications:selection_compare": [
        Door("GET", "A's program", yes=CASE_STAFF),
        Door("GET", "B's program", yes=CASE_STAFF),
    ],
    "applications:selection_beside": [
        Door(
            "GET",
            ("A's program", "A's eligible request", "A's selected request"),
            yes=CASE_STAFF,
        ),
        Door(
            "GET",
            ("B's program", "B's eligible request", "B's selected request"),
            yes=CASE_STAFF,
        ),
    ],
    "applications:selection_alternate": [
        Door("GET", ("A's program", "A's draft request"), yes=NOBODY),
        Door("GET", ("A's program", "A's request of an alternate"), yes=SELECTOR),
        Door("GET", ("B's program", "B's request of an alternate"), yes=SELECTOR),
    ],
    "applications:selection_promote": [
        Door("GET POST", ("A's program", "A's draft request"), yes=NOBODY),
        Door("GET POST", ("A's program", "A's request of an alternate"), yes=SELECTOR),
        Door("GET POST", ("B's program", "B's request of an alternate"), yes=SELECTOR),
    ],
    "applications:selection_close_list": [
        Door("GET POST", "A's program", yes=SELECTOR),
        Door("GET POST", "B's program", yes=SELECTOR),
    ],
    "applications:selection_release": [
        Door("GET POST", "A's program", yes=SELECTOR),
        Door("GET POST", "B's program", yes=SELECTOR),
    ],
    # --- FDA: letters of decisions, and offers -----------------------------------------------
    "applications:letter_texts": [
        Door("GET", "A's program", yes=CASE_STAFF),
        Door("GET", "B's program", yes=CASE_STAFF),
        Door("GET", "a rehearsal", yes=CASE_STAFF),
    ],
    "applications:letters_sent": [
        Door("GET", "A's program", yes=CASE_STAFF),
        Door("GET", "B's program", yes=CASE_STAFF),
        Door("GET", "a rehearsal", yes=CASE_STAFF),
    ],
    "applications:letter_text": [
        Door("GET", ("A's program", "decision_selected"), yes=CASE_STAFF),
        Door("POST", ("A's program", "decision_selected"), yes=WRITERS),
        Door("GET", ("B's program", "decision_selected"), yes=CASE_STAFF),
        Door("POST", ("B's program", "decision_selected"), yes=WRITERS),
    ],
    "applications:letter_edit": [
        Door("GET POST", ("A's program", "A's draft request"), yes=NOBODY),
        # Nothing is decided about it, so no letter waits.
        Door("GET POST", ("A's program", "A's eligible request"), yes=NOBODY),
        Door("GET POST", ("A's program", "A's request with a draft"), yes=WRITERS),
        Door("GET POST", ("B's program", "B's request with a draft"), yes=WRITERS),
    ],
    "applications:letter_keep": [
        Door("POST", ("A's program", "A's request with a draft"), yes=WRITERS),
        Door("POST", ("B's program", "B's request with a draft"), yes=WRITERS),
    ],
    "applications:letter_regenerate": [
        Door("POST", ("A's program", "A's request with a draft"), yes=WRITERS),
        Door("POST", ("B's program", "B's request with a draft"), yes=WRITERS),
    ],
    "applications:decision_letter": [
        Door("GET", "A's decision letter", yes=CASE_STAFF),
        Door("GET", "B's decision letter", yes=CASE_STAFF),
    ],
    "applications:decision_letter_again": [
        Door("POST", "A's decision letter", yes=COORDINATOR),
        Door("POST", "B's decision letter", yes=COORDINATOR),
    ],
    "applications:decision_letter_call": [
        Door("POST", "A's decision letter", yes=COORDINATOR),
        Door("POST", "B's decision letter", yes=COORDINATOR),
    ],
    "applications:decision_letter_retry": [
        Door("POST", "A's decision letter", yes=COORDINATOR),
        Door("POST", "B's decision letter", yes=COORDINATOR),
    ],
    "applications:decision_letter_file": [
        Door("GET", "A's decision letter", yes=FIRM_A | CASE_STAFF, leaves="records_download"),
        Door("GET", "B's decision letter", yes=FIRM_B | CASE_STAFF, leaves="records_download"),
        # It has no file yet.
        Door("GET", "A's letter without a PDF", yes=NOBODY),
    ],
    "applications:offer": [
        Door("GET", "A's offered place", yes=CASE_STAFF),
        Door("GET", "A's place", yes=CASE_STAFF),
        Door("GET", "B's offered place", yes=CASE_STAFF),
    ],
    "applications:offer_lapse": [
        Door("GET POST", "A's offered place", yes=COORDINATOR),
        Door("GET POST", "B's offered place", yes=COORDINATOR),
    ],
    "applications:offer_extend": [
        Door("GET POST", "A's offered place", yes=COORDINATOR),
        Door("GET POST", "B's offered place", yes=COORDINATOR),
    ],
    # --- who has read a firm's records ------------------------------------------------------
    "applications:access_register": [Door("GET", yes=OF_A | OF_B | RECORDS_OFFICER)],
    "applications:access_register_export": [Door("GET", yes=OF_A | OF_B | RECORDS_OFFICER)],
    # --- FDA: its public data ---------------------------------------------------------------
    "applications:import_list": [Door("GET", yes=COORDINATOR)],
    "applications:import_new": [Door("GET POST", yes=COORDINATOR)],
    "applications:import_detail": [Door("GET", "an inspection file", yes=COORDINATOR)],
    "applications:import_roll_back": [Door("GET POST", "an inspection file", yes=COORDINATOR)],
    "applications:import_take_back": [Door("GET POST", "an inspection file", yes=COORDINATOR)],
    "applications:import_job": [
        Door("GET", "an upload of inspections", yes=COORDINATOR),
        Door("GET", "an upload without rejects", yes=COORDINATOR),
    ],
    "applications:import_apply": [Door("POST", "an upload of inspections", yes=COORDINATOR)],
    "applications:import_discard": [Door("POST", "an upload of inspections", yes=COORDINATOR)],
    "applications:import_rejects": [
        Door("GET", "an upload of inspections", yes=COORDINATOR, leaves="records_download"),
        Door("GET", "an upload without rejects", yes=NOBODY),
    ],
    # --- declarations of interest: the person herself, while she is on the team, and FDA ---------
    "applications:declaration": [
        Door("GET", ASKED, yes=CASE_STAFF | UNDECLARED),
        Door("POST", ASKED, yes=UNDECLARED, refused=CASE_STAFF),
        Door("GET", DECLARED, yes=CASE_STAFF | LEAD_ONE),
        Door("POST", DECLARED, yes=LEAD_ONE, refused=CASE_STAFF),
    ],
    "applications:declaration_rule": [
        Door("GET POST", ASKED, yes=COORDINATOR, refused=CASE_STAFF | UNDECLARED),
        Door("GET POST", DECLARED, yes=COORDINATOR, refused=CASE_STAFF | LEAD_ONE),
    ],
}
