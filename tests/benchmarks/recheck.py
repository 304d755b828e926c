"""P9: the recheck of 10,000 live requests after an import, against one set-based SQL statement."""

import random
import time
import uuid
from datetime import date, timedelta
from statistics import median

from django.db import connection, transaction

from .figure import Figure, interleaved, spread

REQUESTS = 10_000
CHANGED = 100  # verdicts that the new data speak against
PER_REQUEST = 3  # public rows of each site; about as many as the drug inspections of seven years
ONE_BY_ONE = 200  # requests that are examined one by one, for comparison

# The same comparison as one statement can make it, the rule written in SQL: which verdicts differ.
FLOOR = """
    SELECT verdict.id, verdict.now FROM (
        SELECT result.id, result.opinion,
            CASE WHEN MAX(CASE WHEN record.classification = 'OAI' THEN 1 ELSE 0 END) = 1
                   THEN 'fails'
                 WHEN MAX(CASE WHEN record.classification IS NULL OR record.conflicting
                          THEN 1 ELSE 0 END) = 1 OR COUNT(record.id) = 0 THEN 'undetermined'
                 ELSE 'meets' END AS now
        FROM applications_criterionresult AS result
        JOIN programs_criterion AS criterion
          ON criterion.id = result.criterion_id AND criterion.check_kind = 'inspections'
        JOIN applications_participationrequest AS request
          ON request.id = result.participation_request_id
        JOIN programs_program AS program ON program.id = request.program_id
        LEFT JOIN applications_inspectionrecord AS record
          ON record.fei_key = request.fei_key AND record.closed_by_id IS NULL
             AND record.ended_on >= program.inspections_since
             AND record.ended_on < program.inspections_before
        WHERE request.status IN ('under_review', 'information_requested', 'eligible', 'alternate')
        GROUP BY result.id, result.opinion) AS verdict
    WHERE verdict.now <> verdict.opinion
"""


def figures() -> list[Figure]:
    results = _many_requests()
    mine, floor = interleaved(_recheck, _one_statement, repetitions=20)
    alone = _one_by_one(results)
    ratio = alone / median(floor)
    return [
        Figure(
            "P9",
            f"recheck of {REQUESTS:,} requests, {CHANGED} of them changed, against one statement",
            median(mine),
            median(floor),
            3.5,
            "ms",
            f"ours: {spread(mine)}; statement: {spread(floor)}; one by one: {ratio:.0f} times",
        )
    ]


def _recheck() -> None:
    """A whole recheck with its tasks and its entry in the trail; undone for the next."""
    from applications.models import InspectionImport
    from applications.operations import recheck_verdicts
    from applications.rechecking import ask_for_recheck
    from tests.factories import AFTER_CLOSE

    with transaction.atomic():
        snapshot = InspectionImport.objects.get()
        recheck = ask_for_recheck("Benchmark", snapshot=snapshot, by=None, at=AFTER_CLOSE)
        done = recheck_verdicts(recheck.pk, at=AFTER_CLOSE)
        transaction.set_rollback(True)
    assert (done.checked, done.changed) == (REQUESTS, CHANGED), (done.checked, done.changed)


def _one_statement() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FLOOR)
        assert len(cursor.fetchall()) == CHANGED


def _one_by_one(results) -> float:
    """Milliseconds for all requests when each is examined by itself, from a part of them."""
    from applications.operations.verdicts import opinion_on

    begun = time.perf_counter()
    for result in results[:ONE_BY_ONE]:
        result.refresh_from_db()
        opinion_on(result.criterion, result.participation_request)
    return (time.perf_counter() - begun) * 1000 * REQUESTS / ONE_BY_ONE


def _many_requests() -> list:
    """Live requests and their verdicts as rows: copies of one that was made by its deeds."""
    from applications.models import (
        CriterionResult,
        Facility,
        InspectionImport,
        InspectionRecord,
        ParticipationRequest,
    )
    from tests import factories

    first = factories.participation_request(factories.Status.UNDER_REVIEW)
    verdict = first.criterion_results.get(criterion__check_kind="inspections")
    snapshot = InspectionImport.objects.create(
        number=1, file_name="bench.csv", sha256="0" * 64, bytes_read=1, row_rules=1,
        imported_at=factories.AFTER_CLOSE, rows_read=0, created=0, updated=0, unchanged=0,
        rejected=0, absent=0,
    )  # fmt: skip
    facilities, requests, results, records = [], [], [], []
    dice = random.Random(9)
    for number in range(REQUESTS):
        fei = str(2_000_000_000 + number)
        site = _copy(first.facility)
        site.pk, site.fei, site.fei_key = uuid.uuid4(), fei, fei
        row = _copy(first)
        row.pk, row.fei_key, row.facility_id = uuid.uuid4(), fei, site.pk
        row.receipt_number = f"BENCH-{number}"
        found = _copy(verdict)
        found.pk, found.participation_request_id = uuid.uuid4(), row.pk
        found.opinion = "meets"
        facilities.append(site)
        requests.append(row)
        results.append(found)
        for each in range(PER_REQUEST):
            official = number < CHANGED and each == 0
            records.append(
                InspectionRecord(
                    fei=fei,
                    fei_key=fei,
                    inspection_id=f"{number}-{each}",
                    ended_on=date(2016, 1, 1) + timedelta(days=dice.randrange(1_500)),
                    classification="OAI" if official else dice.choice(["NAI", "VAI"]),
                    project_area="Drug Quality Assurance",
                    product_type="Drugs",
                    first_import=snapshot,
                )
            )
    Facility.objects.bulk_create(facilities, batch_size=1_000)
    ParticipationRequest.objects.bulk_create(requests, batch_size=1_000)
    CriterionResult.objects.bulk_create(results, batch_size=1_000)
    InspectionRecord.objects.bulk_create(records, batch_size=1_000)
    # It is no copy, and has no public rows.
    ParticipationRequest.objects.filter(pk=first.pk).update(status="withdrawn")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return results


def _copy(row):
    """Another object of the same values."""
    made = type(row).__new__(type(row))
    made.__dict__ = {**row.__dict__, "_state": type(row._state)()}
    return made
