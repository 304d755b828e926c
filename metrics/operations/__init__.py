"""Every deed on metrics (states.md): asked for, entered, reviewed, frozen, closed."""

from .confidentiality import designate_metrics, parts_of
from .entering import (
    Cell,
    DraftReview,
    Incomplete,
    review_draft,
    save_metrics_draft,
    submit_metrics,
)
from .reviewing import accept_metrics, note_correction, promise_metric, query_metric, waive_metric
from .term import close, freeze_metrics, is_ready_to_begin, request_metrics

__all__ = [
    "Cell",
    "DraftReview",
    "Incomplete",
    "accept_metrics",
    "close",
    "designate_metrics",
    "freeze_metrics",
    "is_ready_to_begin",
    "note_correction",
    "parts_of",
    "promise_metric",
    "query_metric",
    "request_metrics",
    "review_draft",
    "save_metrics_draft",
    "submit_metrics",
    "waive_metric",
]
