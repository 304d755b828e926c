"""The programs app: rounds as rows, seeded from the notices."""

from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "qmm_pilot.programs"
    label = "programs"
