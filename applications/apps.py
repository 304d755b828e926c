"""The first floor: intake, eligibility, selection."""

from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "applications"

    def ready(self):
        from . import closed_sites, register, triggers

        triggers.declare_own()
        register.declare_own()
        closed_sites.declare_own()
