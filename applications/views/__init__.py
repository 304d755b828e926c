"""Pages of intake, eligibility and selection, one module per noun."""
