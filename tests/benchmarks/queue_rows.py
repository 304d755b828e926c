"""Fills the queue with any number of requests as rows, the same each time, for the benchmarks."""

import random
import uuid
from datetime import timedelta

from applications.finding import all_words, folded
from applications.models import (
    CriterionResult,
    Facility,
    Hold,
    ParticipationRequest,
    SearchWord,
)
from qmm_pilot.accounts.models import Organization, RoleGrant, User
from qmm_pilot.accounts.roles import Role
from qmm_pilot.clock import real_now

NOW = real_now()
FIRST_WORDS = ("Blue", "Lake", "Stone", "North", "River", "Golden", "Silver", "Green", "Cedar")
SECOND_WORDS = ("Ridge", "Shore", "Bridge", "Valley", "Point", "Harbor", "Field", "Creek")
KINDS = ("Pharma", "Laboratories", "Therapeutics", "Generics", "Drug Products", "Health")
STATES = ["submitted"] * 4 + ["under_review"] * 6 + ["eligible"] * 3 + ["not_eligible", "withdrawn"]
OUTCOMES = ["meets"] * 8 + ["undetermined"] * 2 + ["fails"]
BATCH = 500


def people() -> list[User]:
    """Six coordinators of FDA; the first one looks at the queue."""
    office = Organization.objects.create(kind="fda", name="FDA", address_line_1="1", city="1")
    made = [
        User(email=f"officer{n}@fda.example", name=f"Officer {n}", organization=office)
        for n in range(6)
    ]
    User.objects.bulk_create(made)
    RoleGrant.objects.bulk_create(
        RoleGrant(user=user, role=Role.FDA_COORDINATOR, granted_at=NOW) for user in made
    )
    return made


def fill(count: int, programs, officers) -> None:
    """Write `count` received requests with firm, facility, verdicts, holds and words."""
    chance = random.Random(11)
    criteria = {program.pk: list(program.criteria.all()) for program in programs}
    firms, sites, requests, results, holds, words = [], [], [], [], [], []
    for number in range(count):
        program = chance.choice(programs)
        name = f"{chance.choice(FIRST_WORDS)} {chance.choice(SECOND_WORDS)} {chance.choice(KINDS)}"
        firm = Organization(
            id=_id(chance), kind="firm", name=f"{name}, Inc.", address_line_1="1", city="Ames"
        )
        fei = str(3_000_000_000 + number)
        site = Facility(
            id=_id(chance), organization=firm, name=f"{name} Plant {number}", fei=fei, fei_key=fei,
            duns=str(100_000_000 + number), address_line_1="1 Road", city="Ames", country="US",
            time_zone="America/Chicago",
        )  # fmt: skip
        status = chance.choice(STATES)
        submitted_at = NOW - timedelta(minutes=chance.randrange(60 * 24 * 60))
        request = ParticipationRequest(
            id=_id(chance), program=program, organization=firm, facility=site, fei_key=fei,
            status=status, started_by=officers[0], started_at=submitted_at, saved_at=submitted_at,
            submitted_at=submitted_at, submitted_by=officers[0],
            receipt_number=f"FDF-{number:04X}-{chance.randrange(16**4):04X}",
            officer=chance.choice([None, *officers]), sort_name=folded(site.name),
        )  # fmt: skip
        firms.append(firm)
        sites.append(site)
        requests.append(request)
        if status not in ("submitted", "withdrawn"):
            results += [
                CriterionResult(
                    id=_id(chance), participation_request=request, criterion=criterion,
                    opinion=chance.choice(OUTCOMES), opinion_reason="As found.",
                    examined_at=NOW,
                )
                for criterion in criteria[program.pk]
            ]  # fmt: skip
        if chance.random() < 0.01:
            holds.append(
                Hold(
                    id=_id(chance), participation_request=request, cause="contested",
                    why="Rival claims.", placed_at=NOW, review_on=NOW.date(),
                )
            )  # fmt: skip
        words += [
            SearchWord(id=_id(chance), participation_request=request, word=word)
            for word in all_words(
                [site.name, firm.name], [fei, site.duns, request.receipt_number or ""]
            )
        ]
    for model, rows in (
        (Organization, firms), (Facility, sites), (ParticipationRequest, requests),
        (CriterionResult, results), (Hold, holds), (SearchWord, words),
    ):  # fmt: skip
        model._default_manager.bulk_create(rows, batch_size=BATCH)


def _id(chance):
    return uuid.UUID(int=chance.getrandbits(128), version=4)
