"""Both pilots of 2020 as the notices describe them; every figure once, with its citation.

Words in quotation marks are the notices' own, the others their substance: both after the client
alert of 21 October 2020 that quotes them. What no source settles is marked as an assumption.
"""

from datetime import UTC, date, datetime

FDF_NOTICE = "85 FR 65824, docket FDA-2020-N-2031"
API_NOTICE = "85 FR 65828"
ASSUMED = "Assumption: the notice is silent"

# Through November 30, 2020, Eastern Time: the close is exclusive.
CLOSES_AT = datetime(2020, 12, 1, 5, 0, tzinfo=UTC)
# The notices' dates of effect were not seen; requests are taken from October 16, 2020, Eastern.
OPENS_AT = datetime(2020, 10, 16, 4, 0, tzinfo=UTC)
ENDS_ON = date(2021, 12, 31)
LOOK_BACK = (date(2015, 10, 1), date(2020, 10, 1))

FDF = {
    "slug": "fdf-2020",
    "name": "QMM Pilot Program for Finished Dosage Forms, 2020",
    "short_name": "FDF 2020",
    "pilot": "fdf",
    "facilities_are": "domestic",
    "notice_citation": FDF_NOTICE,
    "inspections_are_assumed": False,
    "metrics_visible_to_contractor": False,
}
API = {
    "slug": "api-2020",
    "name": "QMM Pilot Program for Active Pharmaceutical Ingredients, 2020",
    "short_name": "API 2020",
    "pilot": "api",
    "facilities_are": "foreign",
    "notice_citation": API_NOTICE,
    # The API notice says "over the last five years"; its reference date was not seen.
    "inspections_are_assumed": True,
    "metrics_visible_to_contractor": True,
}

CONSULTATION = (
    "We are available for consultation with the contractor and FDA before and after the "
    "assessment, about our existing quality management activities and the contractor’s "
    "recommendations."
)
ASSESSMENT = (
    "We agree to an assessment of our quality management maturity, on site or remote, by a "
    "contractor that FDA names and that FDA staff accompany."
)
FDF_CRITERIA = [
    (
        "a",
        "United States manufacturing facility",
        "“United States-based manufacturing facility of prescription and/or over-the-counter "
        "drug products”",
        "location",
        "",
    ),
    (
        "b",
        "Inspections classified NAI or VAI",
        "Final classification NAI or VAI “on all FDA inspection(s) of the manufacturing facility "
        "conducted within the five years prior to October 1, 2020”",
        "inspections",
        "",
    ),
    (
        "c",
        "Third-party assessment",
        "Agrees to a third-party assessment, on-site or remote; FDA names the contractor and joins",
        "commitment",
        ASSESSMENT,
    ),
    (
        "d",
        "Metrics before the assessment",
        "Agrees to collect and submit metrics data to FDA before the assessment",
        "commitment",
        "We agree to collect metrics data and to submit them to FDA before the assessment.",
    ),
    (
        "e",
        "Consultation before and after",
        "Available for consultation with contractor and FDA before and after, covering existing "
        "QMM activities and the contractor’s recommendations",
        "commitment",
        CONSULTATION,
    ),
]
API_CRITERIA = [
    (
        "a",
        "Facility outside the United States",
        "Facility outside the US making APIs or intermediates for APIs in FDA-regulated Rx and "
        "OTC products",
        "location",
        "",
    ),
    (
        "b",
        "Inspections classified NAI or VAI",
        "Final classification NAI or VAI “on all FDA inspection(s) over the last five years”",
        "inspections",
        "",
    ),
    (
        "c(1)",
        "Third-party assessment",
        "Agrees to a third-party assessment, on-site or remote; FDA names the contractor and joins",
        "commitment",
        ASSESSMENT,
    ),
    (
        "c(2)",
        "Metrics before the assessment",
        "Agrees to collect and submit metrics data to FDA and the contractor by an agreed date "
        "before the assessment",
        "commitment",
        "We agree to collect metrics data and to submit them to FDA and to the contractor by an "
        "agreed date before the assessment.",
    ),
    (
        "c(3)",
        "Consultation before and after",
        "Available for consultation with contractor and FDA before and after, covering existing "
        "QMM activities and the contractor’s recommendations",
        "commitment",
        CONSULTATION,
    ),
]
FDF_TOPICS = [
    "Supply chain management",
    "Manufacturing strategy and operations",
    "Safety, environmental and regulatory compliance",
    "Inventory management",
    "Performance management and continual improvement",
    "Risk management",
    "Management review and responsibility",
    "Planning",
    "Workforce management",
    "Quality culture",
    "Customer experience",
]
API_TOPICS = [
    "Supply chain management",
    "Manufacturing strategy and operations",
    "Safety, environmental and regulatory compliance",
    "Risk management",
    "Quality culture",
]
QA_2024 = "FDA questions and answers, March 15, 2024"
# key, title, anchor, days, unit, owner, source, assumed
MILESTONES = [
    ("orientation", "Orientation held", "start", -42, "calendar", "fda",
     f"{QA_2024}, item 2: at least six weeks before the first assessment", False),
    ("metrics", "Metrics submitted", "start", -21, "calendar", "firm",
     f"{ASSUMED} on the day; before the assessment", True),
    ("questionnaire", "Pre-interview questionnaire returned", "start", -14, "calendar", "firm",
     ASSUMED, True),
    ("pre_consultation", "Pre-assessment consultation held", "start", -14, "calendar", "contractor",
     f"{ASSUMED} on the day; before the assessment", True),
    ("agenda", "Agenda sent", "start", -10, "calendar", "contractor",
     f"{ASSUMED} on the day; {QA_2024}, item 4: in advance", True),
    ("go_no_go", "Go decided", "start", -10, "calendar", "fda", ASSUMED, True),
    ("assessment_start", "Assessment begins", "start", 0, "calendar", "contractor",
     "Agreed by firm, contractor and FDA", False),
    ("assessment_end", "Assessment ends", "end", 0, "calendar", "contractor",
     f"{QA_2024}, item 1: up to five days", False),
    ("draft_findings", "Draft findings delivered", "end", 15, "working", "contractor",
     ASSUMED, True),
    ("factual_review", "Factual review by the firm", "draft_findings", 10, "working", "firm",
     ASSUMED, True),
    ("final_report", "Final report", "end", 45, "calendar", "contractor", ASSUMED, True),
    ("post_consultation", "Post-assessment consultation held", "final_report", 30, "calendar",
     "contractor", f"{ASSUMED} on the day; after the assessment", True),
    ("survey", "Feedback survey answered", "post_consultation", 14, "calendar", "firm",
     ASSUMED, True),
]  # fmt: skip


def seed_programs(apps):
    """Make both pilots' rows where they are missing; called by migrations and by test fixtures.

    `apps` is the registry to take the models from: a migration's, or django.apps.apps.
    """
    for facts, criteria, topics, notice in (
        (FDF, FDF_CRITERIA, FDF_TOPICS, FDF_NOTICE),
        (API, API_CRITERIA, API_TOPICS, API_NOTICE),
    ):
        program, is_new = _model(apps, "Program").get_or_create(
            slug=facts["slug"],
            defaults={
                **facts,
                "ends_on": ENDS_ON,
                "inspections_since": LOOK_BACK[0],
                "inspections_before": LOOK_BACK[1],
            },
        )
        if is_new:
            _seed_rows(apps, program, criteria, topics, notice)


def _seed_rows(apps, program, criteria, topics, notice):
    _model(apps, "Opening").create(
        program=program, opens_at=OPENS_AT, closes_at=CLOSES_AT, source=notice
    )
    _model(apps, "Criterion").bulk_create(
        _model(apps, "Criterion").model(
            program=program,
            code=code,
            title=title,
            quotation=quotation,
            citation=f"{notice}, criterion {code}; its own words stand in quotation marks",
            check_kind=check,
            commitment_text=commitment,
            order=order,
        )
        for order, (code, title, quotation, check, commitment) in enumerate(criteria, 1)
    )
    _model(apps, "Topic").bulk_create(
        _model(apps, "Topic").model(program=program, name=name, order=order, citation=notice)
        for order, name in enumerate(topics, 1)
    )
    _model(apps, "MilestoneOffset").bulk_create(
        _model(apps, "MilestoneOffset").model(
            program=program,
            key=key,
            title=title,
            anchor=anchor,
            days=days,
            unit=unit,
            owner=owner,
            source=source,
            is_assumption=assumed,
            order=order,
        )
        for order, (key, title, anchor, days, unit, owner, source, assumed) in enumerate(
            MILESTONES, 1
        )
    )


def _model(apps, name):
    return apps.get_model("programs", name).objects
