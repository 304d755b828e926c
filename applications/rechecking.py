"""The verdicts by inspections of all live requests at once, by one statement for each kind.

Opening each request anew would cost about a hundred times as much (quality.md, P9).
"""

from collections import defaultdict
from itertools import chain, product

from django.db import connection
from django.db.models import Q

from applications.eligibility import (
    InWindow,
    Outcome,
    as_registered,
    manufactures_for_the_pilot,
    outcome_in_window,
)
from applications.models import CriterionResult, FacilityIdentifier, Recheck
from applications.registrations import operations_listed, registered_as
from qmm_pilot.programs.models import Criterion
from qmm_pilot.records.jobs import queue_job

RECHECK_JOB = "recheck_verdicts"
MOST_NAMED = 10_000  # FEIs in one query; SQLite takes up to 32,766 values

# Live: FDA may still act on the verdict. Not told, alternate, or holding a place; a request that
# was returned for information comes back with the verdicts that it had.
LIVE = """
    (request.status IN ('under_review', 'information_requested', 'eligible', 'alternate')
     OR (request.status = 'not_eligible' AND request.told_at IS NULL)
     OR (request.status = 'selected' AND EXISTS (
            SELECT 1 FROM applications_participation AS place
            WHERE place.participation_request_id = request.id
              AND place.status IN ('offered', 'active'))))
"""
IN_WINDOW = "{0}.ended_on >= {1}.since AND {0}.ended_on < {1}.until"
FORMER = "identifier.facility_id = live.facility_id AND identifier.withdrawn_at IS NULL"
ON_RECORD = """
               record.ended_on, 1 AS on_record,
               CASE WHEN record.classification = 'OAI' THEN 1 ELSE 0 END AS official,
               CASE WHEN record.classification IS NULL OR record.conflicting
                    THEN 1 ELSE 0 END AS unsettled
"""


def _outcomes() -> str:
    """The rule as cases of a statement, written from the function that alone knows it."""
    cases = [
        f"WHEN {number} THEN '{outcome_in_window(InWindow(*facts)).value}'"
        for number, facts in enumerate(product((False, True), repeat=3))
    ]
    return f"CASE official * 4 + unsettled * 2 + on_record {' '.join(cases)} END"


LATEST = """
    JOIN (SELECT known.id, MAX(known.ended_on) AS ended_on FROM known GROUP BY known.id) AS latest
      ON latest.id = known.id AND latest.ended_on = known.ended_on
"""
# Of every live verdict by inspections: how many there are, and those to be looked at.
STATEMENT = f"""
    WITH live AS MATERIALIZED (
        SELECT result.id, result.opinion, result.ruling, result.confirmed_by_id, request.fei_key,
               request.id AS request_id, request.facility_id,
               program.inspections_since AS since, program.inspections_before AS until
        FROM applications_criterionresult AS result
        JOIN programs_criterion AS criterion
          ON criterion.id = result.criterion_id AND criterion.check_kind = %s
        JOIN applications_participationrequest AS request
          ON request.id = result.participation_request_id
        JOIN programs_program AS program
          ON program.id = request.program_id AND program.rehearsal_of_id IS NULL
        WHERE {LIVE}),
    known AS (
        SELECT live.id, {ON_RECORD}
        FROM live
        JOIN applications_inspectionrecord AS record
          ON record.fei_key = live.fei_key AND record.closed_by_id IS NULL
             AND {IN_WINDOW.format("record", "live")}
        UNION ALL
        SELECT live.id, {ON_RECORD}
        FROM live
        JOIN applications_facilityidentifier AS identifier ON {FORMER}
        JOIN applications_inspectionrecord AS record
          ON record.fei_key = identifier.fei_key AND record.closed_by_id IS NULL
             AND {IN_WINDOW.format("record", "live")}
        UNION ALL
        SELECT live.id, said.ended_on, CASE WHEN said.origin = 'fda' THEN 1 ELSE 0 END,
               CASE WHEN said.classification = 'OAI' THEN 1 ELSE 0 END,
               CASE WHEN said.classification <> '' THEN 0
                    WHEN said.origin = 'fda' THEN 1
                    WHEN EXISTS (
                        SELECT 1 FROM applications_inspectionrecord AS record
                        WHERE record.fei_key = said.fei_key AND record.closed_by_id IS NULL
                          AND record.ended_on = said.ended_on
                          AND (said.fei_key = live.fei_key OR EXISTS (
                               SELECT 1 FROM applications_facilityidentifier AS identifier
                               WHERE {FORMER} AND identifier.fei_key = said.fei_key)))
                    THEN 0
                    WHEN EXISTS (
                        SELECT 1 FROM applications_statedinspection AS entered
                        WHERE entered.participation_request_id = live.request_id
                          AND entered.origin = 'fda' AND entered.withdrawn_at IS NULL
                          AND entered.fei_key = said.fei_key
                          AND entered.ended_on = said.ended_on) THEN 0
                    ELSE 1 END
        FROM live
        JOIN applications_statedinspection AS said
          ON said.participation_request_id = live.request_id AND said.withdrawn_at IS NULL
             AND {IN_WINDOW.format("said", "live")}),
    facts AS (
        SELECT known.id, MAX(known.official) AS official, MAX(known.unsettled) AS unsettled,
               MAX(known.on_record) AS on_record
        FROM known {{latest}} GROUP BY known.id),
    verdict AS (
        SELECT live.id, live.opinion, live.confirmed_by_id,
               CASE WHEN live.ruling = '' OR (live.ruling = 'meets' AND live.opinion = 'fails'
                                              AND live.confirmed_by_id IS NULL)
                    THEN live.opinion ELSE live.ruling END AS outcome,
               COALESCE({_outcomes()}, '{outcome_in_window(InWindow(False, False, False)).value}')
                   AS now
        FROM live LEFT JOIN facts ON facts.id = live.id)
    SELECT verdict.id, 0 FROM verdict
    WHERE {{chosen}}
    UNION ALL
    SELECT NULL, COUNT(*) FROM live
"""  # nosec B608 - names of our own columns and tables only
# What may speak against a verdict: another outcome than it has, or one more official action beside
# those that two people have set aside.
SUSPECT = """
    (verdict.now <> verdict.opinion AND verdict.now <> verdict.outcome)
    OR (verdict.confirmed_by_id IS NOT NULL AND verdict.opinion = 'fails' AND verdict.now = 'fails')
"""
KINDS = {"inspections": "", "latest": LATEST}


def suspect_verdicts() -> tuple[list, int]:
    """The ids of the live verdicts that have to be read with their evidence, and how many live."""
    suspects, live = [], 0
    asked = set(Criterion.objects.filter(check_kind__in=KINDS).values_list("check_kind", flat=True))
    with connection.cursor() as cursor:
        for kind, latest in KINDS.items():
            if kind not in asked:
                continue
            cursor.execute(STATEMENT.format(latest=latest, chosen=SUSPECT), [kind])
            for result_id, count in cursor.fetchall():
                if result_id is None:
                    live += count
                else:
                    suspects.append(result_id)
    return suspects, live


def outcomes_now() -> dict[str, str]:
    """What the data say now of every live verdict, by its id in hexadecimal; for comparison."""
    statement = STATEMENT.replace("verdict.id, 0 FROM", "verdict.id, verdict.now FROM")
    statement = statement[: statement.rindex("UNION ALL")]
    found = {}
    with connection.cursor() as cursor:
        for kind, latest in KINDS.items():
            cursor.execute(statement.format(latest=latest, chosen="1 = 1"), [kind])
            found |= {str(pk).replace("-", ""): now for pk, now in cursor.fetchall()}
    return found


def live_verdicts(kind):
    """The live verdicts on criteria of this kind, as a queryset; the same as LIVE says in SQL."""
    told = Q(participation_request__status="not_eligible", participation_request__told_at=None)
    seated = Q(
        participation_request__status="selected",
        participation_request__participation__status__in=["offered", "active"],
    )
    pending = Q(
        participation_request__status__in=[
            "under_review",
            "information_requested",
            "eligible",
            "alternate",
        ]
    )
    return CriterionResult.objects.filter(
        pending | told | seated,
        criterion__check_kind=kind,
        participation_request__program__rehearsal_of=None,
    )


def suspect_sites() -> tuple[list, int]:
    """The ids of the live verdicts on criterion a that have to be read anew, and how many live.

    Registrations move this criterion between *meets* and *undetermined* alone.
    """
    former = defaultdict(list)
    for facility_id, fei_key in FacilityIdentifier.objects.standing().values_list(
        "facility_id", "fei_key"
    ):
        former[facility_id].append(fei_key)
    rows = list(
        live_verdicts(Criterion.Check.LOCATION).values_list(
            "pk",
            "opinion",
            "participation_request__operations",
            "participation_request__program__pilot",
            "participation_request__fei_key",
            "participation_request__facility_id",
        )
    )
    searched = {row[0]: [row[4], *former[row[5]]] for row in rows}
    feis = list(chain.from_iterable(searched.values()))
    registered = {
        each.fei_key: each
        for start in range(0, len(feis), MOST_NAMED)
        for each in registered_as(feis[start : start + MOST_NAMED])
    }
    suspects = []
    for result_id, opinion, operations, pilot, _, _ in rows:
        known = [registered[fei] for fei in searched[result_id] if fei in registered]
        listed, is_published = operations_listed(known)
        now = manufactures_for_the_pilot(
            as_registered(operations), listed, pilot=pilot, is_published=is_published
        )
        if opinion not in (Outcome.FAILS, now.outcome):
            suspects.append(result_id)
    return suspects, len(rows)


def ask_for_recheck(cause: str, *, snapshot=None, by, at) -> Recheck:
    """Queue a recheck of all live verdicts, inside the caller's transaction."""
    recheck = Recheck.objects.create(cause=cause, snapshot=snapshot, asked_by=by, asked_at=at)
    queue_job(RECHECK_JOB, recheck, at=at, by=by)
    return recheck
