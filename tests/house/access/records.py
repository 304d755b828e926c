"""Doors of the records: FDA's records officers alone read and export the trail."""

from .doors import Door
from .people import ADMINISTRATOR, COORDINATOR, MEMBERS, NOBODY, RECORDS_OFFICER

DEAL_WITH_LETTERS = COORDINATOR | ADMINISTRATOR

DOORS = {
    # --- letters that failed -----------------------------------------------------------------
    "records:letter": [
        Door("GET", "a letter that failed", yes=DEAL_WITH_LETTERS),
        Door("GET", "a letter on its way", yes=DEAL_WITH_LETTERS),
    ],
    "records:letter_resend": [
        Door("POST", "a letter that failed", yes=DEAL_WITH_LETTERS),
        Door("POST", "a letter on its way", yes=DEAL_WITH_LETTERS),
    ],
    "records:letter_bounce": [
        Door("POST", "a letter that failed", yes=DEAL_WITH_LETTERS),
        Door("POST", "a letter on its way", yes=DEAL_WITH_LETTERS),
    ],
    "records:letter_call": [
        Door("POST", "a letter that failed", yes=DEAL_WITH_LETTERS),
        Door("POST", "a letter on its way", yes=DEAL_WITH_LETTERS),
    ],
    "records:letter_tell": [
        Door("POST", "a letter that failed", yes=DEAL_WITH_LETTERS),
        Door("POST", "a letter on its way", yes=DEAL_WITH_LETTERS),
    ],
    # --- FDA's statement of use: everyone reads every version --------------------------------
    "records:statement": [Door("GET", yes=MEMBERS)],
    "records:statement_version": [
        Door("GET", "the first statement of use", yes=MEMBERS),
        Door("GET", "the next statement of use", yes=MEMBERS),
    ],
    "records:statement_publish": [Door("GET POST", yes=COORDINATOR, refused=MEMBERS)],
    # --- the trail ----------------------------------------------------------------------------
    "records:trail": [Door("GET", yes=RECORDS_OFFICER)],
    "records:verify": [Door("GET POST", yes=RECORDS_OFFICER)],
    "records:trail_entry": [
        Door("GET", "A's entry of the trail", yes=RECORDS_OFFICER),
        # What no firm has submitted does not exist for FDA (A13).
        Door("GET", "A's entry about a draft", yes=NOBODY),
    ],
    "records:export_trail": [Door("POST", yes=RECORDS_OFFICER)],
    "records:export_list": [Door("GET", yes=RECORDS_OFFICER)],
    "records:export_detail": [
        Door("GET", "an export of the trail", yes=RECORDS_OFFICER),
        Door("GET", "an export on its way", yes=RECORDS_OFFICER),
    ],
    "records:export_retry": [
        Door("POST", "an export of the trail", yes=RECORDS_OFFICER),
        Door("POST", "an export on its way", yes=RECORDS_OFFICER),
    ],
    "records:export_download": [
        Door("GET", "an export of the trail", yes=RECORDS_OFFICER, leaves="records_download"),
        # It has no file yet.
        Door("GET", "an export on its way", yes=NOBODY),
    ],
}
