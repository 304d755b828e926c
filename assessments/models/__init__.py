"""The nouns of a visit: assessment, dates, milestones, people, topics, findings, reports."""

from .archive import ProgramArchive
from .assessment import MODES, Assessment, TeamMember
from .closing import CopyEnd, DestructionCertificate, HandIn
from .finding import COVERAGES, AssessedTopic, Extent, Finding
from .report import Report
from .schedule import Consultation, DateConfirmation, DateProposal, Milestone

__all__ = [
    "COVERAGES",
    "MODES",
    "AssessedTopic",
    "Assessment",
    "Consultation",
    "CopyEnd",
    "DateConfirmation",
    "DateProposal",
    "DestructionCertificate",
    "Extent",
    "Finding",
    "HandIn",
    "Milestone",
    "ProgramArchive",
    "Report",
    "TeamMember",
]
