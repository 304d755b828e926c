"""The second floor: metrics."""

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "metrics"
