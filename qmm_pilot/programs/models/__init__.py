"""A pilot round, when it takes requests, and the written agreements of its contractors."""

from .agreement import Agreement, Subcontractor
from .program import MOST_PLACES, Criterion, MilestoneOffset, Program, Topic
from .window import LateAdmission, Opening

__all__ = [
    "MOST_PLACES",
    "Agreement",
    "Criterion",
    "LateAdmission",
    "MilestoneOffset",
    "Opening",
    "Program",
    "Subcontractor",
    "Topic",
]
