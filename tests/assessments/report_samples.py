"""Two realistic reports, one per pilot, for tests, benchmarks and looking at the pages."""

from datetime import UTC, date, datetime

from assessments.reporting import (
    NOT_APPLICABLE,
    NOT_ASSESSED,
    FindingLine,
    InterviewedFunction,
    MetricRates,
    QuarterRate,
    RecommendationLine,
    ReportContent,
    SignatureLine,
    TopicReport,
)

API_TOPICS = (
    "Supply chain management",
    "Manufacturing strategy and operations",
    "Safety, environmental, and regulatory compliance",
    "Risk management",
    "Quality culture",
)
FDF_TOPICS = (
    "Supply chain management",
    "Manufacturing strategy and operations",
    "Safety, environmental, and regulatory compliance",
    "Inventory management",
    "Performance management and continual improvement",
    "Risk management",
    "Management review and responsibility",
    "Planning",
    "Workforce management",
    "Quality culture",
    "Customer experience",
)
LEVELS = (3, 4, 3, None, 2, 4, 3, 5, None, 4, 3)


def topic(name: str, order: int, level: int | None) -> TopicReport:
    if level is None:
        state = NOT_APPLICABLE if order % 2 else NOT_ASSESSED
        reason = "The parent company performs this work at another site, outside this assessment."
        return TopicReport(name, order, without_level=state, reason=reason)
    subject = name.lower()
    return TopicReport(
        name,
        order,
        level=level,
        descriptor="Practices are defined, followed across departments, and reviewed on data.",
        rationale=(
            f"For {subject}, procedures exist for every step that the team sampled, and staff in "
            "four departments described them alike. Reviews look back on measured results. What "
            "holds the practice at this level is that signals are met one at a time: trends over "
            "several products were discussed only after a complaint.\n\n"
            "The site began a cross-product review in the second quarter. It was too young to "
            "show results during the assessment."
        ),
        evidence=(
            "Procedure QA-114 and the records of its last three annual reviews",
            "Dashboard of the monthly operations meeting, January to September",
            "Interviews in production, quality control, and planning",
        ),
        strengths=(
            "Operators stop the line on their own judgment, and the records show that they do.",
            "Second sources are qualified for all materials with a lead time ≥ 12 weeks.",
        ),
        opportunities=(
            "Lessons from deviations reach the shift concerned, but not the other shifts.",
            "Targets are set by department and sometimes pull against each other.",
        ),
        findings=(
            FindingLine(
                "Opportunity",
                "The risk register lists 41 risks; 12 had no owner at the time of the visit.",
                "Risk register, version 7",
            ),
        ),
        recommendations=(
            RecommendationLine(
                f"Review trends in {subject} across products each month, with one owner for each "
                "signal.",
                "high" if order % 2 else "medium",
                "low" if order % 3 else "medium",
            ),
            RecommendationLine("Share one page of lessons learned among all shifts.", "low", "low"),
        ),
        next_level=(
            ""
            if level == 5
            else f"At Level {level + 1}, signals from all products are read together, the site "
            "acts before a limit is reached, and each action is followed to its measured effect."
        ),
    )


def fdf_report(**changes) -> ReportContent:
    """An FDF report, version 1, released: eleven topics, no metrics shown."""
    values = {
        "program_name": "Quality Management Maturity for Finished Dosage Forms Pilot Program",
        "notice_citation": "85 FR 65824",
        "pilot": "Finished dosage forms (FDF)",
        "round_name": "2020",
        "facility_name": "Prairie Sterile Products, Rockford Plant",
        "facility_address": ("4100 Industrial Avenue", "Rockford, Illinois 61109", "United States"),
        "fei": "0003012345",
        "firm_name": "Prairie Sterile Products, Inc.",
        "contractor_name": "Lakeshore Quality Partners LLC",
        "mode": "Hybrid",
        "assessed_on": tuple(date(2021, 6, day) for day in range(14, 19)),
        "version": 1,
        "is_draft": False,
        "prepared_at": datetime(2021, 7, 28, 15, 4, tzinfo=UTC),
        "summary": (
            "The plant runs a steady quality system and is open about its weak points. Its "
            "strongest practice is planning: demand, capacity, and materials are read together "
            "each week, and the people who plan also close the loop on what came true.\n\n"
            "The largest step open to the site is to learn across products. Signals are seen and "
            "answered well one at a time; they are rarely put side by side."
        ),
        "topics": tuple(
            topic(name, order, LEVELS[order - 1]) for order, name in enumerate(FDF_TOPICS, 1)
        ),
        "metrics_submitted_on": date(2021, 5, 24),
        "method": (
            "Three assessors worked through the rubric by interviews, records, and a walk through "
            "the plant. Each topic was rated by each assessor alone; the team then agreed on one "
            "level. FDA staff were present and did not rate."
        ),
        "rubric_version": "QMM rubric FDF, version 1.2",
        "people_interviewed": (
            InterviewedFunction("Site leadership", 2),
            InterviewedFunction("Quality unit", 6),
            InterviewedFunction("Production", 9),
            InterviewedFunction("Planning and supply", 3),
            InterviewedFunction("Warehouse"),
        ),
        "firm_comments": (
            "We thank the team for the conversations on the floor. Section 3.5 describes the old "
            "target sheet; the joint sheet has been in use since July 1, 2021."
        ),
        "signatures": (
            SignatureLine(
                "Dana Whitfield",
                "Lead assessor, Lakeshore Quality Partners LLC",
                "Author of the report",
                datetime(2021, 7, 28, 19, 30, tzinfo=UTC),
            ),
            SignatureLine(
                "Miriam Okafor",
                "Approver, U.S. Food and Drug Administration",
                "Accepted as the deliverable",
                datetime(2021, 8, 2, 14, 5, tzinfo=UTC),
                datetime(2026, 3, 2, 15, 0, tzinfo=UTC),
            ),
        ),
        "trail_position": 1842,
        "trail_hash": "9f2c4a7be01d53886f1f0a4dd1c79e3b2a6f5c8d7e90b1a2c3d4e5f60718293a",
    }
    return ReportContent(**{**values, **changes})


def api_report(**changes) -> ReportContent:
    """An API report, draft 2: five topics, with the rates the contractor received."""
    quarters = ("2020 Q1", "2020 Q2", "2020 Q3", "2020 Q4")
    period = "January 1, 2020, to December 31, 2020"
    values = {
        "program_name": "Quality Management Maturity for Active Pharmaceutical Ingredients Pilot "
        "Program",
        "notice_citation": "85 FR 65828",
        "pilot": "Active pharmaceutical ingredients (API)",
        "facility_name": "Sahyadri Actives Private Limited, Unit 3",
        "facility_address": ("Plot 17, MIDC Industrial Area", "Taloja 410208", "India"),
        "fei": "3009876543",
        "firm_name": "Sahyadri Actives Private Limited",
        "mode": "Remote",
        "assessed_on": (date(2021, 9, 6), date(2021, 9, 8), date(2021, 9, 10)),
        "version": 2,
        "is_draft": True,
        "topics": tuple(topic(name, order, order) for order, name in enumerate(API_TOPICS, 1)),
        "metrics_submitted_on": date(2021, 8, 9),
        "metrics": (
            MetricRates(
                "Lot acceptance rate",
                "Lots accepted",
                "Lots started",
                "Lots accepted out of lots started, by the quarter of the decision.",
                period,
                tuple(
                    QuarterRate(quarter, 118 + place, 121 + place, f"{97.5 + place / 10} %")
                    for place, quarter in enumerate(quarters)
                ),
            ),
            MetricRates(
                "Product quality complaint rate",
                "Complaints",
                "Lots released",
                "Complaints received out of lots released in the quarter.",
                period,
                (
                    QuarterRate("2020 Q1", 0, 118, "0.0 %"),
                    QuarterRate("2020 Q2", 2, 119, "1.7 %"),
                    QuarterRate("2020 Q3", None, 120, "Not calculable"),
                    QuarterRate("2020 Q4", 1, 121, "0.8 %"),
                ),
                "The complaint register was moved in the third quarter; counts will follow.",
            ),
            MetricRates(
                "Invalidated out-of-specification (OOS) rate",
                "Invalidated OOS results",
                "OOS results",
                "OOS results invalidated as laboratory error out of all OOS results.",
                period,
                tuple(QuarterRate(quarter, 1, 4, "25.0 %") for quarter in quarters),
            ),
        ),
        "rubric_version": "QMM rubric API, version 2.0",
        "firm_comments": "",
        "signatures": (),
        "trail_position": None,
        "trail_hash": "",
    }
    return fdf_report(**{**values, **changes})
