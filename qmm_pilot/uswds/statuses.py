"""One look per status everywhere: the tone (shape and color) that a status code is shown in."""

# A tone is a shape before it is a color: ring, turning arrows, triangle, check, cross.
_CODES = {
    "neutral": """
        draft not_started planning open free closed lapsed withdrawn declined superseded removed
        not_selected not_rated not_applicable not_assessed not_calculable ended_early
        ended_by_program confidential made_here deactivated expired revoked not_in_force
        asked set_aside discarded overtaken told
    """,
    "active": """
        submitted under_review queued running rendering drafting reporting in_progress offered
        dates_agreed fieldwork_done consensus factual_review draft_ready withdrawing promised waived
        overridden proposed opportunity declared handed_in
    """,
    "attention": """
        awaiting_confirmation information_requested undetermined pending due queried returned
        suspended standing_review held alternate late waiting
    """,
    "good": """
        eligible selected active meets accepted ready released completed done clean confirmed signed
        valid frozen sent strength rated in_force entered answered opened
    """,
    "bad": """
        not_eligible fails failed overdue refused rejected missing bounced
    """,
}
# A house test asks that every status field's codes are named here.
_TONES = {code: tone for tone, codes in _CODES.items() for code in codes.split()}


def is_known(code: str) -> bool:
    """Tell whether a code was given its tone on purpose."""
    return code in _TONES


def tone_of(code: str) -> str:
    """Return "neutral", "active", "attention", "good" or "bad"; an unknown code is neutral."""
    return _TONES.get(code.lower(), "neutral")
