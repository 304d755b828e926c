"""The accounts app: organizations, people, roles, sign-in."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "qmm_pilot.accounts"
    label = "accounts"
