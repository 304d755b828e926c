"""The steps in which a firm answers a request, and which of them are open (B1). No Django here.

A step opens once each step before it was taken, or has nothing left open. Both follow from what is
stored with the draft, so they are the same at every desk.
"""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """Questions under one heading; `rows` are the names of answers that stand side by side."""

    heading: str
    anchor: str
    rows: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for row in self.rows for name in row)


@dataclass(frozen=True)
class Step:
    """One page of questions."""

    slug: str
    title: str
    sections: tuple[Section, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for section in self.sections for name in section.names)


STEPS = (
    Step(
        "contact",
        "Contact",
        (
            Section(
                "Contact",
                "contact",
                (
                    ("contact_name", "contact_title"),
                    ("contact_email", "contact_phone"),
                    ("contact_time_zone",),
                    ("deputy_name", "deputy_email"),
                ),
            ),
        ),
    ),
    Step(
        "operations",
        "Operations and products",
        (
            Section("Operations", "operations", (("operations",), ("size_band",), ("sector",))),
            Section(
                "Products",
                "products",
                (("products",), ("product_description",), ("makes_sterile",)),
            ),
        ),
    ),
    Step(
        "inspections",
        "Inspections and scheduling",
        (
            Section("Inspections", "inspections", (("declared_inspections",),)),
            Section(
                "Scheduling",
                "scheduling",
                (("preferred_mode",), ("blackout_dates",), ("interview_language",)),
            ),
        ),
    ),
    Step(
        "confidentiality",
        "Confidentiality",
        (Section("Confidentiality", "confidentiality", (("confidential_answers",),)),),
    ),
)
SECTIONS = tuple(section for step in STEPS for section in step.sections)


def sections_with(names: Collection[str]) -> list[Section]:
    """The sections that hold any of these answers, with no others in them."""
    found = []
    for section in SECTIONS:
        rows = [tuple(name for name in row if name in names) for row in section.rows]
        if any(rows):
            kept = tuple(row for row in rows if row)
            found.append(Section(section.heading, section.anchor, kept))
    return found


def step_named(slug: str) -> Step | None:
    """The step of this slug, or None."""
    return next((step for step in STEPS if step.slug == slug), None)


def step_asking(name: str) -> Step:
    """The step that asks for this answer. Raises StopIteration for a name that none asks."""
    return next(step for step in STEPS if name in step.names)


def unlocked(taken: Collection[str], gaps: Collection[str]) -> list[Step]:
    """The steps that are open, in their order.

    `taken` holds the slugs of the steps that were gone through, `gaps` the names of the answers
    that a submission still needs.
    """
    passed = [step for step in STEPS if is_passed(step, taken, gaps)]
    first_barrier = next((step for step in STEPS if step not in passed), STEPS[-1])
    return list(STEPS[: STEPS.index(first_barrier) + 1])


def is_passed(step: Step, taken: Collection[str], gaps: Collection[str]) -> bool:
    """Whether what comes after this step is open."""
    return step.slug in taken or not has_gaps(step, gaps)


def has_gaps(step: Step, gaps: Collection[str]) -> bool:
    """Whether this step lacks an answer that a submission needs."""
    return not set(gaps).isdisjoint(step.names)


def may_review(taken: Collection[str], gaps: Collection[str]) -> bool:
    """Whether the review is open: every step before it lets pass."""
    return all(is_passed(step, taken, gaps) for step in STEPS)


def first_open(taken: Collection[str], gaps: Collection[str]) -> Step | None:
    """Where a draft is continued: what lacks an answer, else what was never opened, else None."""
    lacking = [step for step in STEPS if has_gaps(step, gaps)]
    unseen = [step for step in STEPS if step.slug not in taken]
    return next(iter([*lacking[:1], *unseen[:1]]), None)
