"""Pages of assessments, by noun."""
