"""The accounts app: organizations, people, roles, sign-in."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "qmm_pilot.accounts"
    label = "accounts"

    def ready(self):
        from qmm_pilot.records.register import declare_record

        declare_record(
            "accounts.representation",
            "Letter of authority",
            firm="firm_id",
            addresses={"agents/<uuid:pk>/": "pk"},
            is_confidential=False,
        )
