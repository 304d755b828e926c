"""Registers the look of the product: form pack, components, style guide."""

from django.apps import AppConfig


class UswdsConfig(AppConfig):
    name = "qmm_pilot.uswds"
    label = "uswds"
