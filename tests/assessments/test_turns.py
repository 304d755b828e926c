"""No deed is possible out of its turn: every deed is tried at every stage of a visit."""

import pytest

from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.models import TrailHead
from tests.assessments.test_deeds import DEEDS
from tests.assessments.visits import STAGES, Visit


def span(first, last):
    return set(STAGES[STAGES.index(first) : STAGES.index(last) + 1])


# deed: the stages at which it is possible, and the first at which it can be tried at all
POSSIBLE = {
    "assign_team": (set(), "planning"),
    "propose_dates": (span("planning", "proposed"), "planning"),
    "confirm_dates": (span("proposed", "proposed"), "proposed"),
    "record_consultation": (span("planning", "settled"), "planning"),
    "decide_go": (span("consulted", "consulted"), "planning"),
    "decide_no_go": (span("dates_agreed", "consulted"), "planning"),
    "begin_assessment": (span("settled", "settled"), "planning"),
    "add_topic": (span("in_progress", "draft_ready"), "planning"),
    "rate_topic": (span("in_progress", "draft_ready"), "planning"),
    "record_finding": (span("in_progress", "draft_ready"), "planning"),
    "amend_finding": (span("rated", "draft_ready"), "rated"),
    "withdraw_finding": (span("rated", "draft_ready"), "rated"),
    "attach_file": (span("rated", "draft_ready"), "rated"),
    "close_fieldwork": (span("in_progress", "in_progress"), "planning"),
    "start_reporting": (span("rated", "rated"), "planning"),
    "render_report": ({"reporting", "draft_ready"}, "reporting"),
    "sign_report": (span("draft_ready", "draft_ready"), "reporting"),
    "return_report": (span("submitted", "submitted"), "reporting"),
    "accept_report": (span("submitted", "submitted"), "reporting"),
    "release_report": (span("printed", "printed"), "reporting"),
}


def refusal_of(call, visit, who):
    """The sentence of the refusal; empty when the deed was possible."""
    try:
        call(visit, getattr(visit, who))
    except Refusal as refusal:
        return str(refusal)
    return ""


@pytest.mark.django_db
def test_no_deed_is_possible_out_of_its_turn():
    visit = Visit()
    for stage in STAGES:
        getattr(visit, stage)()
        position = TrailHead.objects.get().position
        for name, (possible, first) in POSSIBLE.items():
            if stage in possible or STAGES.index(stage) < STAGES.index(first):
                continue
            _, who, _, call = DEEDS[name]
            assert refusal_of(call, visit, who).endswith("."), f"{name} at the stage {stage}"
        assert TrailHead.objects.get().position == position


def test_every_deed_but_the_timeless_ones_is_tried():
    assert set(DEEDS) - set(POSSIBLE) == {"join_team", "leave_team", "complete_milestone"}
