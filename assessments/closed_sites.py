"""Which records of this floor and of metrics are closed with a site (C2)."""

from qmm_pilot.records.closed_sites import declare_sites

PARTICIPATION = "participation__participation_request__fei_key"


def declare_own():
    """Declare where the FEI of the site stands for each kind of record."""
    declare_sites(
        {
            "metrics.metricssubmission": PARTICIPATION,
            "metrics.metricsversion": f"submission__{PARTICIPATION}",
            "assessments.assessment": PARTICIPATION,
            "assessments.milestone": f"assessment__{PARTICIPATION}",
            "assessments.assessedtopic": f"assessment__{PARTICIPATION}",
            "assessments.finding": f"topic__assessment__{PARTICIPATION}",
            "assessments.report": f"assessment__{PARTICIPATION}",
            "assessments.handin": f"assessment__{PARTICIPATION}",
            "assessments.destructioncertificate": f"engagement__{PARTICIPATION}",
        }
    )
