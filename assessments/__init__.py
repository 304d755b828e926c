"""Top floor: visits to the facilities, their findings and their reports."""
