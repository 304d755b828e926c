"""Every deed on metrics (states.md): asked for, entered, reviewed, frozen, closed."""

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
    "freeze_metrics",
    "is_ready_to_begin",
    "note_correction",
    "promise_metric",
    "query_metric",
    "request_metrics",
    "review_draft",
    "save_metrics_draft",
    "submit_metrics",
    "waive_metric",
]
