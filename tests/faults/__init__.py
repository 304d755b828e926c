"""Drills: many processes, kills and planted faults, run by `make drill`."""
