"""Every deed of intake, eligibility and selection: one transaction each, recorded last."""

from .answers import missing_answers, save_answers
from .asking import answer_question, ask_question, correct_answer
from .authority import file_authority_letter, withdraw_authority_letter
from .changes import settle_change
from .claims import confirm_claim_ruling, rule_on_claims, take_back_claim_ruling
from .confidentiality import designate_answers, marks_of_request
from .confirming import confirm_mailed_request, mailed_by, take_mailed_request
from .contact import change_contact, find_unreachable
from .decision_letters import (
    edit_letter,
    keep_edited_letter,
    regenerate_letter,
    tell_later_decision,
    write_letter_text,
)
from .declarations import (
    ask_for_declaration,
    declare_interests,
    expire_declarations,
    rule_on_declaration,
)
from .dossiers import make_dossier, retry_dossier
from .drafts import change_decision, move_alternate
from .ending import (
    begin_withdrawal,
    end_participation,
    hold_what_ends,
    refuse_unless_goes_on,
)
from .engagements import (
    end_engagement,
    end_member,
    engage_contractor,
    move_engagement_end,
    name_member,
)
from .evidence import (
    declare_inspection,
    enter_inspection,
    take_back_declared,
    withdraw_inspection,
)
from .facilities import (
    add_identifier,
    change_facility,
    note_identifiers,
    register_facility,
    withdraw_identifier,
)
from .finding import make_findable
from .imports import (
    apply_upload,
    confirm_upload,
    discard_upload,
    read_upload,
    roll_back_public_data,
    take_back_public_data,
    upload_public_data,
)
from .information import (
    ask_for_information,
    extend_answer,
    save_answer_draft,
)
from .lapsing import find_overdue_answers, lapse_request, reinstate_request
from .letter_copies import (
    find_unopened_letters,
    mails_of,
    retry_letter_copy,
    send_letter_again,
    tell_by_telephone,
    unopened_letters,
    unspelled,
)
from .lifting import confirm_lifting, propose_lifting, take_back_lifting
from .mailed import (
    enter_mailed_request,
    file_message,
    resend_link,
    revoke_link,
    set_message_aside,
)
from .offers import extend_acceptance, lapse_offer, remind_of_acceptance
from .officers import assign_request, assign_requests
from .official_actions import mark_new_official_actions
from .ownership import (
    LIVE_PLACES,
    accept_facility,
    attest_anew,
    decline_facility,
    note_declarations,
    offer_facility,
    record_new_owner,
    withdraw_offer,
)
from .participation import accept_place, complete_participation, decline_place
from .persons_asked import asking_one_more, persons_asked
from .places import tell_of_free_place
from .promotion import (
    close_waiting_list,
    no_alternate_in_words,
    passed_over,
    pending_close,
    promote_alternate,
    proposal_for,
    waiting_decisions,
)
from .rechecks import recheck_by_hand, recheck_verdicts
from .reopening import confirm_reopening, propose_reopening, take_back_reopening
from .requests import as_it_ends, move_draft, start_request, submit_request, withdraw_request
from .resubmission import answer_information
from .reviews import (
    assign_reviewer,
    declare_conflict,
    end_assignment,
    hash_of,
    save_review_draft,
    serve_next,
    submit_review,
)
from .scoring_rules import change_scoring, scoring_is_frozen, switch_scoring
from .selection import (
    acceptance_day,
    decide_alternate,
    decide_not_selected,
    pending_release,
    release_decisions,
    select_participant,
    undo_decision,
)
from .sheets import print_sheet, retry_sheet
from .signing import hand_over, send_back, take_back
from .standing import (
    confirm_decision,
    mark_standing,
    propose_decision,
    take_back_decision,
)
from .verdicts import (
    confirm_ruling,
    determine_eligibility,
    examine_again,
    rule_on_criterion,
    take_up_request,
)
from .windows import (
    admit_late,
    change_opening,
    end_late_admission,
    open_window,
    remind_of_close,
)

__all__ = [
    "LIVE_PLACES",
    "accept_facility",
    "accept_place",
    "acceptance_day",
    "add_identifier",
    "admit_late",
    "answer_information",
    "answer_question",
    "apply_upload",
    "as_it_ends",
    "ask_for_declaration",
    "ask_for_information",
    "ask_question",
    "asking_one_more",
    "assign_request",
    "assign_requests",
    "assign_reviewer",
    "attest_anew",
    "begin_withdrawal",
    "change_contact",
    "change_decision",
    "change_facility",
    "change_opening",
    "change_scoring",
    "close_waiting_list",
    "complete_participation",
    "confirm_claim_ruling",
    "confirm_decision",
    "confirm_lifting",
    "confirm_mailed_request",
    "confirm_reopening",
    "confirm_ruling",
    "confirm_upload",
    "correct_answer",
    "decide_alternate",
    "decide_not_selected",
    "declare_conflict",
    "declare_inspection",
    "declare_interests",
    "decline_facility",
    "decline_place",
    "designate_answers",
    "determine_eligibility",
    "discard_upload",
    "edit_letter",
    "end_assignment",
    "end_engagement",
    "end_late_admission",
    "end_member",
    "end_participation",
    "engage_contractor",
    "enter_inspection",
    "enter_mailed_request",
    "examine_again",
    "expire_declarations",
    "extend_acceptance",
    "extend_answer",
    "file_authority_letter",
    "file_message",
    "find_overdue_answers",
    "find_unopened_letters",
    "find_unreachable",
    "hand_over",
    "hash_of",
    "hold_what_ends",
    "keep_edited_letter",
    "lapse_offer",
    "lapse_request",
    "mailed_by",
    "mails_of",
    "make_dossier",
    "make_findable",
    "mark_new_official_actions",
    "mark_standing",
    "marks_of_request",
    "missing_answers",
    "move_alternate",
    "move_draft",
    "move_engagement_end",
    "name_member",
    "no_alternate_in_words",
    "note_declarations",
    "note_identifiers",
    "offer_facility",
    "open_window",
    "passed_over",
    "pending_close",
    "pending_release",
    "persons_asked",
    "print_sheet",
    "promote_alternate",
    "proposal_for",
    "propose_decision",
    "propose_lifting",
    "propose_reopening",
    "read_upload",
    "recheck_by_hand",
    "recheck_verdicts",
    "record_new_owner",
    "refuse_unless_goes_on",
    "regenerate_letter",
    "register_facility",
    "reinstate_request",
    "release_decisions",
    "remind_of_acceptance",
    "remind_of_close",
    "resend_link",
    "retry_dossier",
    "retry_letter_copy",
    "retry_sheet",
    "revoke_link",
    "roll_back_public_data",
    "rule_on_claims",
    "rule_on_criterion",
    "rule_on_declaration",
    "save_answer_draft",
    "save_answers",
    "save_review_draft",
    "scoring_is_frozen",
    "select_participant",
    "send_back",
    "send_letter_again",
    "serve_next",
    "set_message_aside",
    "settle_change",
    "start_request",
    "submit_request",
    "submit_review",
    "switch_scoring",
    "take_back",
    "take_back_claim_ruling",
    "take_back_decision",
    "take_back_declared",
    "take_back_lifting",
    "take_back_public_data",
    "take_back_reopening",
    "take_mailed_request",
    "take_up_request",
    "tell_by_telephone",
    "tell_later_decision",
    "tell_of_free_place",
    "undo_decision",
    "unopened_letters",
    "unspelled",
    "upload_public_data",
    "waiting_decisions",
    "withdraw_authority_letter",
    "withdraw_identifier",
    "withdraw_inspection",
    "withdraw_offer",
    "withdraw_request",
    "write_letter_text",
]
