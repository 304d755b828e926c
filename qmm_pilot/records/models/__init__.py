"""What FDA can show later: trail, signatures, letters, jobs, tasks, files.

People are named by settings.AUTH_USER_MODEL and subjects by kind and id, so that every floor may
record without this one knowing any of them.
"""

from .action import ActionItem
from .demonstration import DemonstrationMoment
from .designation import Designation
from .hold import LegalHold
from .job import Job
from .letter import Letter, LetterCall, LocalMail
from .register import RecordAccess
from .signature import Signature
from .statement import StatementOfUse, StatementSeen
from .stored_file import Download, StoredFile
from .subject import LONGEST_LINE, AboutSubject
from .trail import TrailEntry, TrailExport, TrailHead, Withheld

__all__ = [
    "LONGEST_LINE",
    "AboutSubject",
    "ActionItem",
    "DemonstrationMoment",
    "Designation",
    "Download",
    "Job",
    "LegalHold",
    "Letter",
    "LetterCall",
    "LocalMail",
    "RecordAccess",
    "Signature",
    "StatementOfUse",
    "StatementSeen",
    "StoredFile",
    "TrailEntry",
    "TrailExport",
    "TrailHead",
    "Withheld",
]
