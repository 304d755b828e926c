"""The second floor: metrics that a firm submits before its assessment can begin."""
