"""The metrics that each pilot asks for, with their sources, and how rounds inherit them.

Which metrics the 2020 pilots really requested is not public as far as found. These three follow
FDA's draft guidance of November 2016; every one is therefore marked as our assumption.
"""

from .models import MetricDefinition

SOURCE = (
    "FDA draft guidance “Submission of Quality Metrics Data”, revision 1, November 2016, "
    "as confirmed in secondary summaries."
)
BASIS_OF_API = (
    "The guidance counts dosage units, which an API site does not have: counting against kilograms "
    "is our assumption. Lots are the other basis in use."
)

LOT_ACCEPTANCE = {
    "code": "lot-acceptance",
    "name": "Lot acceptance rate",
    "numerator_label": "Lots accepted",
    "denominator_label": "Lots started",
    "unit": "percent",
    "basis": "",
    "definition": (
        "Lots accepted in the quarter, divided by lots started in the same quarter, in percent. "
        "A lot may be started in one quarter and accepted in the next, so a value above 100% is "
        "possible; it asks for an explanation. A lot whose disposition is pending is not accepted: "
        "say in the comment how many are pending."
    ),
    "source": SOURCE,
}
COMPLAINTS_PER_DOSAGE_UNIT = {
    "code": "complaint-rate",
    "name": "Product quality complaint rate",
    "numerator_label": "Product quality complaints received",
    "denominator_label": "Dosage units distributed",
    "unit": "per_million",
    "basis": "dosage units distributed",
    "definition": (
        "Product quality complaints received in the quarter, divided by dosage units distributed "
        "in the same quarter, per million dosage units."
    ),
    "source": SOURCE,
}
COMPLAINTS_PER_KILOGRAM = {
    "code": "complaint-rate",
    "name": "Product quality complaint rate",
    "numerator_label": "Product quality complaints received",
    "denominator_label": "Kilograms distributed",
    "unit": "per_million",
    "basis": "kilograms distributed",
    "definition": (
        "Product quality complaints received in the quarter, divided by kilograms distributed in "
        "the same quarter (rounded to whole kilograms), per million kilograms."
    ),
    "source": f"{SOURCE} {BASIS_OF_API}",
}
INVALIDATED_OOS = {
    "code": "invalidated-oos",
    "name": "Invalidated out-of-specification (OOS) rate",
    "numerator_label": "OOS results invalidated",
    "denominator_label": "All OOS results, confirmed and invalidated",
    "unit": "percent",
    "basis": "",
    "definition": (
        "Out-of-specification results of release and long-term stability tests that were "
        "invalidated because of a measurement error, divided by all such results of the quarter, "
        "confirmed and invalidated together, in percent. Neither confirmed results alone nor all "
        "tests performed are the basis here."
    ),
    "source": SOURCE,
}

# Keyed by the slug of the program: what its firms are asked for, in the order of the page.
METRICS_OF = {
    "fdf-2020": (LOT_ACCEPTANCE, COMPLAINTS_PER_DOSAGE_UNIT, INVALIDATED_OOS),
    "api-2020": (LOT_ACCEPTANCE, COMPLAINTS_PER_KILOGRAM, INVALIDATED_OOS),
}

COPIED = (
    "code",
    "name",
    "numerator_label",
    "denominator_label",
    "unit",
    "basis",
    "period",
    "definition",
    "source",
    "is_assumption",
    "order",
)


def seed_metric_definitions(apps) -> None:
    """Give both pilots their metrics; rows that exist already stay as they are.

    `apps` is a migration's registry or django.apps.apps. Programs that do not exist are passed by.
    """
    program_model = apps.get_model("programs", "Program")
    definition_model = apps.get_model("metrics", "MetricDefinition")
    for program in program_model.objects.filter(slug__in=METRICS_OF):
        for order, metric in enumerate(METRICS_OF[program.slug], start=1):
            definition_model.objects.get_or_create(
                program=program,
                code=metric["code"],
                defaults={**metric, "order": order, "is_assumption": True},
            )


def copy_metric_definitions(from_program, to_program) -> list[MetricDefinition]:
    """Copy the metrics of one program to a new round, which keeps its own rows from then on.

    Part of the deed that clones a program: call it inside that transaction. Raises IntegrityError
    where the new round already has a metric of the same code.
    """
    return MetricDefinition.objects.bulk_create(
        MetricDefinition(program=to_program, **{name: getattr(metric, name) for name in COPIED})
        for metric in from_program.metric_definitions.all()
    )
