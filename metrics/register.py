"""Which addresses of this floor open a firm's metrics, for its access register (A13)."""

from qmm_pilot.records.register import declare_list, declare_record

from .models import MetricsSubmission


def declare_own():
    """Declare submissions with everything under them, and their list."""
    declare_record(
        "metrics.metricssubmission",
        "Metrics",
        firm="participation__organization_id",
        site="participation__facility__name",
        program="participation__program__short_name",
        addresses={"metrics/<uuid:pk>/": "pk"},
    )
    declare_list(
        "metrics/",
        "List of metrics",
        firms=lambda user: MetricsSubmission.objects.visible_to(user).values_list(
            "participation__organization_id", flat=True
        ),
    )
