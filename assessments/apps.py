"""The assessments app: visits, findings, reports."""

from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"

    def ready(self):
        from . import register, triggers

        triggers.declare_own()
        register.declare_own()
