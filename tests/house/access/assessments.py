"""Doors of assessments: home and boards, visits, findings and their files, reports.

A contractor comes in by an engagement in force alone: colleagues, those who left, those whose
engagement ended and those whose agreement lapsed find nothing. Topics and findings do not exist
for the firm; a report exists for it once it is released.
"""

from .doors import Door
from .people import (
    ADMINISTRATOR_ONE,
    APPROVER,
    APPROVERS,
    CASE_STAFF,
    CONFLICTED_STAFF,
    COORDINATOR,
    FIRM_A,
    FIRM_B,
    LEAD_FIVE,
    LEAD_ONE,
    LEAD_TWO,
    MEMBERS,
    NOBODY,
    OF_A,
    OF_B,
    OFFICIAL_A,
    OFFICIAL_B,
    PREPARERS_A,
    PREPARERS_B,
    RECORDS_OFFICER,
    REPORT_A,
    REPORT_B,
    TEAM_ONE,
    TEAM_TWO,
    WITHOUT_CASES,
)

INSIDE_A = CASE_STAFF | TEAM_ONE  # who reads topics, findings, drafts of reports
INSIDE_B = CASE_STAFF | TEAM_TWO
SEE_A = INSIDE_A | FIRM_A  # who knows of the assessment
SEE_B = INSIDE_B | FIRM_B
READ_A = INSIDE_A | REPORT_A  # who reads the released report
READ_B = INSIDE_B | REPORT_B
AGREE_A = PREPARERS_A | COORDINATOR | LEAD_ONE
AGREE_B = PREPARERS_B | COORDINATOR | LEAD_TWO
LAPSED = "A's topic under a lapsed agreement"
FILE_HANDED_IN, TEXT_HANDED_IN = "five's file handed in", "five's text handed in"
LAPSED_REPORT = "A's submitted report under a lapsed agreement"


def fda_deed(methods, thing="visit"):
    """A deed of FDA's coordinator."""
    return [
        Door(methods, f"A's {thing}", yes=COORDINATOR, refused=SEE_A),
        Door(methods, f"B's {thing}", yes=COORDINATOR, refused=SEE_B),
    ]


def lead_deed(methods, thing, see_a=SEE_A, see_b=SEE_B):
    """A deed of the contractor's lead."""
    return [
        Door(methods, f"A's {thing}", yes=LEAD_ONE, refused=see_a),
        Door(methods, f"B's {thing}", yes=LEAD_TWO, refused=see_b),
    ]


def team_deed(methods, thing):
    """A deed of the contractor's team, on what the firm does not see."""
    return [
        Door(methods, f"A's {thing}", yes=TEAM_ONE, refused=INSIDE_A),
        Door(methods, f"B's {thing}", yes=TEAM_TWO, refused=INSIDE_B),
    ]


def approver_deed(methods, thing):
    """A deed of an FDA approver who was never on the team; one of the two was on A's."""
    return [
        Door(methods, f"A's {thing}", yes=APPROVER, refused=INSIDE_A),
        Door(methods, f"B's {thing}", yes=APPROVERS, refused=INSIDE_B),
    ]


def standing_deed(methods, *things):
    """A deed of FDA's coordinator on a participation; the page is FDA's case staff's alone."""
    return [
        Door(
            methods,
            tuple(f"{side}'s {thing}" for thing in things),
            yes=COORDINATOR,
            refused=CASE_STAFF,
        )
        for side in ("A", "B")
    ]


OWN_OFFICIAL_A, OWN_OFFICIAL_B = OF_A & OFFICIAL_A, OF_B & OFFICIAL_B


def member_deed(methods):
    """A deed of FDA's coordinator on one of the contractor's people."""
    return [
        Door(
            methods,
            (f"{side}'s visit", f"{side}'s assessor on the team"),
            yes=COORDINATOR,
            refused=sees,
        )
        for side, sees in (("A", SEE_A), ("B", SEE_B))
    ]


def settled_by(people, *things):
    """A deed on what is a contractor's own; its administrator sees it, another one does not."""
    sees = CASE_STAFF | ADMINISTRATOR_ONE
    return [
        Door("GET POST", tuple(f"one's {thing}" for thing in things), yes=people, refused=sees),
        Door(
            "GET POST",
            tuple(f"two's {thing}" for thing in things),
            yes=people - ADMINISTRATOR_ONE,
            refused=CASE_STAFF,
        ),
    ]


def hand_in_deed(methods):
    """A deed of FDA's coordinator on what was handed in; its author sees the receipt alone."""
    return [
        Door(methods, FILE_HANDED_IN, yes=COORDINATOR, refused=CASE_STAFF | LEAD_FIVE),
        Door(methods, TEXT_HANDED_IN, yes=COORDINATOR, refused=CASE_STAFF),
    ]


DOORS = {
    # --- legal holds --------------------------------------------------------------------------
    "assessments:hold_list": [Door("GET", yes=RECORDS_OFFICER)],
    "assessments:hold_participationrequest": [
        Door("GET POST", "A's submitted request", yes=RECORDS_OFFICER),
        Door("GET POST", "B's submitted request", yes=RECORDS_OFFICER),
        # What was not submitted does not exist for FDA.
        Door("GET POST", "A's draft request", yes=NOBODY),
    ],
    "assessments:hold_participation": [
        Door("GET POST", "A's place", yes=RECORDS_OFFICER),
        Door("GET POST", "B's place", yes=RECORDS_OFFICER),
    ],
    "assessments:hold_program": [
        Door("GET POST", "A's program", yes=RECORDS_OFFICER),
        Door("GET POST", "B's program", yes=RECORDS_OFFICER),
        Door("GET POST", "a rehearsal", yes=NOBODY),
    ],
    "assessments:hold_organization": [
        # Who is barred from all of its sites knows of this firm by none of them.
        Door("GET POST", "the organization of firm A", yes=RECORDS_OFFICER - CONFLICTED_STAFF),
        Door("GET POST", "the organization of firm B", yes=RECORDS_OFFICER),
    ],
    "assessments:hold_lift": [
        Door("GET POST", "A's legal hold", yes=RECORDS_OFFICER),
        Door("GET POST", "B's legal hold", yes=RECORDS_OFFICER),
    ],
    # --- archives -----------------------------------------------------------------------------
    "assessments:archive_list": [Door("GET", yes=RECORDS_OFFICER)],
    "assessments:archive_make": [
        Door("POST", "A's program", yes=RECORDS_OFFICER),
        Door("POST", "B's program", yes=RECORDS_OFFICER),
        # A rehearsal is no record.
        Door("POST", "a rehearsal", yes=NOBODY),
    ],
    "assessments:archive_detail": [
        Door("GET", "A's archive", yes=RECORDS_OFFICER),
        Door("GET", "B's archive", yes=RECORDS_OFFICER),
    ],
    "assessments:archive_retry": [
        Door("POST", "A's archive", yes=RECORDS_OFFICER),
        Door("POST", "B's archive", yes=RECORDS_OFFICER),
    ],
    "assessments:archive_download": [
        Door("GET", "A's archive", yes=RECORDS_OFFICER, leaves="records_download"),
        # B's is being made.
        Door("GET", "B's archive", yes=NOBODY),
    ],
    "home": [Door("GET", yes=MEMBERS)],
    "assessments:assessment_list": [Door("GET", yes=MEMBERS - WITHOUT_CASES)],
    "assessments:deadline_board": [Door("GET", yes=CASE_STAFF)],
    # --- visits -----------------------------------------------------------------------------
    "assessments:assessment_detail": [
        Door("GET", "A's visit in planning", yes=SEE_A),
        Door("GET", "A's visit", yes=SEE_A),
        Door("GET", "A's visit with the draft report", yes=SEE_A),
        Door("GET", "A's visit under a lapsed agreement", yes=FIRM_A | CASE_STAFF),
        Door("GET", "B's visit", yes=SEE_B),
    ],
    "assessments:participation_assessment": [
        Door("GET", "A's place without a team", yes=FIRM_A | CASE_STAFF),
        Door("GET", "A's place", yes=SEE_A),
        Door("GET", "B's place", yes=SEE_B),
    ],
    "assessments:assign_team": [
        Door("GET POST", "A's place without a team", yes=COORDINATOR, refused=FIRM_A | CASE_STAFF),
        Door("GET POST", "A's place", yes=COORDINATOR, refused=FIRM_A | CASE_STAFF),
        Door("GET POST", "B's place", yes=COORDINATOR, refused=FIRM_B | CASE_STAFF),
    ],
    "assessments:join_team": fda_deed("GET POST"),
    "assessments:leave_team": [
        Door(
            "GET POST",
            ("A's visit", "A's FDA person on the team"),
            yes=COORDINATOR,
            refused=SEE_A,
        ),
        Door(
            "GET POST", ("A's visit", "who left the team"), yes=NOBODY, refused=SEE_A - COORDINATOR
        ),
        Door(
            "GET POST",
            ("B's visit", "B's FDA person on the team"),
            yes=COORDINATOR,
            refused=SEE_B,
        ),
    ],
    "assessments:propose_dates": [
        Door("GET POST", "A's visit in planning", yes=AGREE_A, refused=SEE_A),
        Door("GET POST", "B's visit in planning", yes=AGREE_B, refused=SEE_B),
    ],
    "assessments:confirm_dates": [
        Door("POST", ("A's visit in planning", "A's proposal"), yes=AGREE_A, refused=SEE_A),
        Door("POST", ("B's visit in planning", "B's proposal"), yes=AGREE_B, refused=SEE_B),
    ],
    "assessments:record_consultation": [
        Door("GET POST", ("A's visit", "pre"), yes=COORDINATOR | LEAD_ONE, refused=SEE_A),
        Door("GET POST", ("B's visit", "pre"), yes=COORDINATOR | LEAD_TWO, refused=SEE_B),
    ],
    "assessments:complete_milestone": [
        Door(
            "GET POST",
            ("A's visit with agreed dates", "A's firm milestone"),
            yes=COORDINATOR | PREPARERS_A,
            refused=SEE_A,
        ),
        Door(
            "GET POST",
            ("A's visit with agreed dates", "A's contractor milestone"),
            yes=COORDINATOR | LEAD_ONE,
            refused=SEE_A,
        ),
        Door(
            "GET POST",
            ("A's visit with agreed dates", "A's fda milestone"),
            yes=COORDINATOR,
            refused=SEE_A,
        ),
        Door(
            "GET POST",
            ("B's visit with agreed dates", "B's firm milestone"),
            yes=COORDINATOR | PREPARERS_B,
            refused=SEE_B,
        ),
    ],
    "assessments:decide_go": fda_deed("GET POST", "visit with agreed dates"),
    "assessments:decide_no_go": fda_deed("GET POST", "visit with agreed dates"),
    "assessments:begin": lead_deed("GET POST", "visit"),
    "assessments:close_fieldwork": lead_deed("GET POST", "visit"),
    # --- topics and findings ----------------------------------------------------------------
    "assessments:topic_list": [
        Door("GET", "A's visit", yes=INSIDE_A),
        Door("POST", "A's visit", yes=TEAM_ONE, refused=INSIDE_A),
        Door("GET", "A's visit with a released report", yes=INSIDE_A),
        Door("GET", "A's visit under a lapsed agreement", yes=CASE_STAFF),
        Door("GET", "B's visit", yes=INSIDE_B),
        Door("POST", "B's visit", yes=TEAM_TWO, refused=INSIDE_B),
    ],
    "assessments:start_reporting": lead_deed("POST", "visit"),
    "assessments:topic_detail": [
        Door("GET", "A's topic", yes=INSIDE_A),
        Door("GET", "A's topic of a released report", yes=INSIDE_A),
        Door("GET", LAPSED, yes=CASE_STAFF),
        Door("GET", "B's topic", yes=INSIDE_B),
    ],
    "assessments:topic_rate": [
        *team_deed("GET POST", "topic"),
        Door("GET POST", LAPSED, yes=NOBODY, refused=CASE_STAFF),
        Door("GET POST", "five's topic", yes=NOBODY, refused=CASE_STAFF),
    ],
    "assessments:record_strength": team_deed("GET POST", "topic"),
    "assessments:record_opportunity": team_deed("GET POST", "topic"),
    "assessments:topic_attach": team_deed("POST", "topic"),
    "assessments:finding_amend": team_deed("GET POST", "finding"),
    "assessments:finding_withdraw": team_deed("GET POST", "finding"),
    "assessments:file_download": [
        Door("GET", "A's file about a topic", yes=INSIDE_A, leaves="records_download"),
        Door("GET", "A's file about a finding", yes=INSIDE_A, leaves="records_download"),
        Door("GET", "B's file about a topic", yes=INSIDE_B, leaves="records_download"),
        Door("GET", "A's withdrawn file", yes=NOBODY),
        Door("GET", "A's PDF of the draft report", yes=INSIDE_A, leaves="records_download"),
        Door("GET", "A's PDF of the released report", yes=INSIDE_A, leaves="records_download"),
        Door("GET", "A's released edition", yes=READ_A, leaves="records_download"),
        Door("GET", "B's released edition", yes=READ_B, leaves="records_download"),
        Door("GET", "the uploaded inspection file", yes=NOBODY),
    ],
    # --- the report -------------------------------------------------------------------------
    "assessments:report_detail": [
        Door("GET", "A's draft report", yes=INSIDE_A),
        Door("GET", "A's accepted report", yes=INSIDE_A),
        Door("GET", "A's returned report", yes=INSIDE_A),
        Door("GET", LAPSED_REPORT, yes=CASE_STAFF),
        Door("GET", "A's released report", yes=READ_A),
        Door("GET", "B's draft report", yes=INSIDE_B),
        Door("GET", "B's released report", yes=READ_B),
    ],
    "assessments:report_status": [
        Door("GET", "A's draft report", yes=INSIDE_A),
        Door("GET", "A's released report", yes=READ_A),
        Door("GET", "B's draft report", yes=INSIDE_B),
    ],
    "assessments:report_render": lead_deed("GET POST", "draft report", INSIDE_A, INSIDE_B),
    "assessments:report_retry": [
        Door("POST", "A's draft report", yes=COORDINATOR | APPROVERS | LEAD_ONE, refused=INSIDE_A),
        Door("POST", "B's draft report", yes=COORDINATOR | APPROVERS | LEAD_TWO, refused=INSIDE_B),
    ],
    "assessments:report_sign": lead_deed("GET POST", "draft report", INSIDE_A, INSIDE_B),
    "assessments:report_return": [
        *approver_deed("GET POST", "draft report"),
        Door("GET POST", LAPSED_REPORT, yes=APPROVER, refused=CASE_STAFF),
    ],
    "assessments:report_revise": lead_deed("POST", "draft report", INSIDE_A, INSIDE_B),
    "assessments:report_accept": [
        *approver_deed("GET POST", "draft report"),
        Door("GET POST", LAPSED_REPORT, yes=APPROVER, refused=CASE_STAFF),
    ],
    "assessments:report_release": approver_deed("GET POST", "accepted report"),
    "assessments:report_pdf": [
        Door("GET", "A's draft report", yes=INSIDE_A, leaves="records_download"),
        Door("GET", "A's accepted report", yes=INSIDE_A, leaves="records_download"),
        Door("GET", "A's released report", yes=READ_A, leaves="records_download"),
        Door("GET", "B's draft report", yes=INSIDE_B, leaves="records_download"),
        Door("GET", "B's released report", yes=READ_B, leaves="records_download"),
    ],
    # --- change of owner ---------------------------------------------------------------------
    "assessments:facility_offer": [
        Door("GET POST", "A's facility", yes=OWN_OFFICIAL_A, refused=FIRM_A),
        Door("GET POST", "B's facility", yes=OWN_OFFICIAL_B, refused=FIRM_B),
    ],
    "assessments:new_owner": [
        Door("GET POST", "A's draft request", yes=NOBODY),
        Door("GET POST", "A's eligible request", yes=COORDINATOR),
        Door("GET POST", "B's eligible request", yes=COORDINATOR),
    ],
    "assessments:ownership_detail": [
        Door("GET", "A's offer of a site", yes=OF_A | CASE_STAFF),
        Door("GET", "B's offer of a site", yes=OF_B | CASE_STAFF),
    ],
    "assessments:ownership_accept": [
        Door("POST", "A's offer of a site", yes=NOBODY, refused=OF_A | CASE_STAFF),
        Door("POST", "B's offer of a site", yes=NOBODY, refused=OF_B | CASE_STAFF),
        Door("POST", "the offer to A's official", yes=OWN_OFFICIAL_A, refused=CASE_STAFF),
    ],
    "assessments:ownership_decline": [
        Door("POST", "A's offer of a site", yes=NOBODY, refused=OF_A | CASE_STAFF),
        Door("POST", "B's offer of a site", yes=NOBODY, refused=OF_B | CASE_STAFF),
        Door("POST", "the offer to A's official", yes=OWN_OFFICIAL_A, refused=CASE_STAFF),
    ],
    "assessments:ownership_withdraw": [
        Door("POST", "A's offer of a site", yes=OWN_OFFICIAL_A, refused=OF_A | CASE_STAFF),
        Door("POST", "B's offer of a site", yes=OWN_OFFICIAL_B, refused=OF_B | CASE_STAFF),
    ],
    "assessments:ownership_declared": [
        Door("POST", "A's offer of a site", yes=COORDINATOR),
        Door("POST", "B's offer of a site", yes=COORDINATOR),
    ],
    # --- standing and early end of a participation --------------------------------------------
    "assessments:standing": [
        Door("GET", "A's place", yes=CASE_STAFF),
        Door("GET", "A's place that ends", yes=CASE_STAFF),
        Door("GET", "A's place without a team", yes=CASE_STAFF),
        Door("GET", "B's place", yes=CASE_STAFF),
    ],
    "assessments:mark_standing": standing_deed("GET POST", "place"),
    "assessments:decide_standing": standing_deed("GET POST", "place", "standing mark"),
    "assessments:propose_removal": standing_deed("GET POST", "place"),
    "assessments:confirm_decision": standing_deed(
        "GET POST", "place", "proposal about its standing"
    ),
    "assessments:take_back_decision": standing_deed("POST", "place", "proposal about its standing"),
    "assessments:withdraw_participation": [
        Door("GET POST", "A's place", yes=OFFICIAL_A, refused=FIRM_A | CASE_STAFF),
        Door("GET POST", "A's place without a team", yes=OFFICIAL_A, refused=FIRM_A | CASE_STAFF),
        Door("GET POST", "B's place", yes=OFFICIAL_B, refused=FIRM_B | CASE_STAFF),
    ],
    "assessments:close_withdrawal": standing_deed("GET POST", "place that ends"),
    "assessments:end_with_program": standing_deed("GET POST", "place"),
    # --- the contractor's team, for FDA ------------------------------------------------------
    "assessments:contractor_team": [
        Door("GET", "A's visit", yes=CASE_STAFF),
        Door("GET", "B's visit", yes=CASE_STAFF),
    ],
    "assessments:member_new": fda_deed("GET POST"),
    "assessments:member_end": member_deed("GET POST"),
    "assessments:declaration_ask": member_deed("POST"),
    "assessments:engagement_move": fda_deed("GET POST"),
    "assessments:engagement_end": fda_deed("GET POST"),
    "assessments:agreement_move": settled_by(COORDINATOR, "agreement"),
    "assessments:agreement_end": settled_by(COORDINATOR, "agreement"),
    # --- handed in after access has ended: in, never out ------------------------------------
    "assessments:hand_in": [
        Door("GET POST", "five's visit", yes=LEAD_FIVE),
        Door("GET POST", "A's visit", yes=NOBODY),
        Door("GET POST", "A's visit under a lapsed agreement", yes=NOBODY),
    ],
    "assessments:hand_in_list": [
        Door("GET", "five's visit", yes=CASE_STAFF),
        Door("GET", "A's visit", yes=CASE_STAFF),
    ],
    "assessments:hand_in_receipt": [
        Door("GET", FILE_HANDED_IN, yes=CASE_STAFF | LEAD_FIVE),
        Door("GET", TEXT_HANDED_IN, yes=CASE_STAFF),
    ],
    "assessments:hand_in_file": [
        Door("GET", FILE_HANDED_IN, yes=CASE_STAFF, leaves="records_download"),
        Door("GET", TEXT_HANDED_IN, yes=NOBODY),
    ],
    "assessments:hand_in_enter": hand_in_deed("POST"),
    "assessments:hand_in_set_aside": hand_in_deed("GET POST"),
    # --- copies taken along: names of files and dates, for FDA and the administrator --------
    "assessments:copy_list": [Door("GET", yes=CASE_STAFF | ADMINISTRATOR_ONE)],
    "assessments:copies": [
        Door("GET", "one's engagement", yes=CASE_STAFF | ADMINISTRATOR_ONE),
        Door("GET", "two's engagement", yes=CASE_STAFF),
    ],
    "assessments:copy_end": settled_by(COORDINATOR | ADMINISTRATOR_ONE, "engagement", "copy"),
    "assessments:certify_destruction": settled_by(COORDINATOR | ADMINISTRATOR_ONE, "engagement"),
    "assessments:certificate_file": [
        Door(
            "GET",
            "one's certificate",
            yes=CASE_STAFF | ADMINISTRATOR_ONE,
            leaves="records_download",
        ),
        Door("GET", "two's certificate", yes=CASE_STAFF, leaves="records_download"),
    ],
}
