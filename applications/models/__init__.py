"""The nouns of intake, eligibility and selection."""

from .authority import AuthorityLetter, firms_known_to_fda, state_between
from .barring import Barring
from .claim import ClaimRuling
from .data_upload import DataUpload
from .dossier import SelectionDossier
from .eligibility import CriterionResult, EarlierVerdict
from .ending import ParticipationEnding
from .engagement import Declaration, Engagement, EngagementMember
from .evidence import StatedInspection
from .facility import Facility
from .finding import SearchWord
from .handover import Handover
from .hold import Hold, participation_is_held
from .identifier import FacilityIdentifier
from .information import AnswerDraft, InformationRequest
from .inspection import InspectionImport, InspectionRecord
from .letter import DecisionLetter, LetterOverride, LetterText
from .lifting import Lifting
from .mailed import MailedRequest
from .ownership import KeptCopy, OwnershipChange
from .participation import Participation
from .question import EarlierAnswer, ProgramQuestion
from .recheck import Recheck, VerdictChange
from .registration import Registration, RegistrationImport
from .reminder import AcceptanceReminder, CloseReminder
from .reopening import Reopening
from .request import Attestation, ParticipationRequest
from .review import Review, ReviewAssignment, ScoringCriterion
from .selection import Decision, Seat
from .sheet import VerdictSheet
from .standing import StandingDecision, StandingMark, participation_is_marked
from .version import RequestVersion

__all__ = [
    "AcceptanceReminder",
    "AnswerDraft",
    "Attestation",
    "AuthorityLetter",
    "Barring",
    "ClaimRuling",
    "CloseReminder",
    "CriterionResult",
    "DataUpload",
    "Decision",
    "DecisionLetter",
    "Declaration",
    "EarlierAnswer",
    "EarlierVerdict",
    "Engagement",
    "EngagementMember",
    "Facility",
    "FacilityIdentifier",
    "Handover",
    "Hold",
    "InformationRequest",
    "InspectionImport",
    "InspectionRecord",
    "KeptCopy",
    "LetterOverride",
    "LetterText",
    "Lifting",
    "MailedRequest",
    "OwnershipChange",
    "Participation",
    "ParticipationEnding",
    "ParticipationRequest",
    "ProgramQuestion",
    "Recheck",
    "Registration",
    "RegistrationImport",
    "Reopening",
    "RequestVersion",
    "Review",
    "ReviewAssignment",
    "ScoringCriterion",
    "SearchWord",
    "Seat",
    "SelectionDossier",
    "StandingDecision",
    "StandingMark",
    "StatedInspection",
    "VerdictChange",
    "VerdictSheet",
    "firms_known_to_fda",
    "participation_is_held",
    "participation_is_marked",
    "state_between",
]
