"""The assessments app: visits, findings, reports."""

from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"

    def ready(self):
        from . import closed_sites, register, triggers

        triggers.declare_own()
        register.declare_own()
        closed_sites.declare_own()
