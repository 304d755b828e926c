"""A pilot round, and the written agreements of its contractors."""

from .agreement import Agreement, Subcontractor
from .program import MOST_PLACES, Criterion, MilestoneOffset, Opening, Program, Topic

__all__ = [
    "MOST_PLACES",
    "Agreement",
    "Criterion",
    "MilestoneOffset",
    "Opening",
    "Program",
    "Subcontractor",
    "Topic",
]
