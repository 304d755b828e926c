"""The records app: trail, signatures, letters, jobs, action items, files."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class RecordsConfig(AppConfig):
    name = "qmm_pilot.records"
    label = "records"

    def ready(self):
        from . import register, triggers

        triggers.declare_own()
        for route in ("trail/", "trail/entries/<slug:entry_hash>/", "trail/export/"):
            register.declare_list(route, "FDA’s audit trail", is_confidential=True)
        register.declare_list(
            "trail/exports/<uuid:pk>/file/", "Export of FDA’s audit trail", is_confidential=True
        )
        # The house's only signals: SQLite loses triggers when a migration rebuilds their table.
        pre_migrate.connect(triggers.before_migrations, dispatch_uid="drop triggers")
        post_migrate.connect(triggers.after_migrations, dispatch_uid="install triggers")
