"""The nouns of intake, eligibility and selection."""

from .eligibility import CriterionResult
from .facility import Facility
from .inspection import InspectionImport, InspectionRecord
from .inspection_upload import InspectionUpload
from .participation import Engagement, EngagementMember, Participation
from .request import Attestation, ParticipationRequest
from .selection import Decision, Seat

__all__ = [
    "Attestation",
    "CriterionResult",
    "Decision",
    "Engagement",
    "EngagementMember",
    "Facility",
    "InspectionImport",
    "InspectionRecord",
    "InspectionUpload",
    "Participation",
    "ParticipationRequest",
    "Seat",
]
