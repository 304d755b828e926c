"""The scoring criteria that a program begins with: FDA's setting, for the notices are silent.

Neither notice of October 2020 (85 FR 65824 and 65828) says by what FDA chooses among eligible
facilities. What is read elsewhere: FDA seeks a diverse group, and wants to learn how to assess.
"""

from applications.models import ScoringCriterion

SCORED = ("fdf-2020", "api-2020")
LOWEST, HIGHEST = 1, 5
SOURCE = "FDA’s setting: the notice is silent on scores"
# title, what a reviewer looks at, weight
CRITERIA = (
    ("What FDA can learn from the site",
     "How much the site’s products, processes and history would teach about assessing quality "
     "management maturity. 1: little that is new. 5: a case that no other request offers.", 3),
    ("Diversity that it adds",
     "Sector, size, country, sterile or not, kind of product, beside the other requests. 1: like "
     "several others. 5: unlike any other.", 3),
    ("Readiness for the assessment",
     "Whether contact, dates, metrics and people at the site let the assessment take place in "
     "time. 1: doubtful. 5: ready.", 2),
    ("Commitment of the management",
     "What the request says of who stands behind it. 1: nothing beyond the attestations. 5: the "
     "management takes part itself.", 2),
)  # fmt: skip


def rows_of_defaults() -> list[dict]:
    """The columns of the criteria that a new program begins with."""
    return [
        {
            "title": title,
            "guidance": guidance,
            "weight": weight,
            "lowest": LOWEST,
            "highest": HIGHEST,
            "source": SOURCE,
            "order": order,
        }
        for order, (title, guidance, weight) in enumerate(CRITERIA, 1)
    ]


def seed_scoring_criteria(apps) -> None:
    """Give both pilots their scoring criteria; rows that exist already stay as they are.

    `apps` is a migration's registry or django.apps.apps. Programs that do not exist are passed by.
    """
    program_model = apps.get_model("programs", "Program")
    criterion_model = apps.get_model("applications", "ScoringCriterion")
    for program in program_model.objects.filter(slug__in=SCORED):
        for row in rows_of_defaults():
            criterion_model.objects.get_or_create(program=program, title=row["title"], defaults=row)


def give_default_scoring(program) -> list[ScoringCriterion]:
    """Give a round that is set up from a preset its scoring criteria, within that deed."""
    return ScoringCriterion.objects.bulk_create(
        ScoringCriterion(program=program, **row) for row in rows_of_defaults()
    )
