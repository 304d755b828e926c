"""P5: the whole report as PDF/UA in a warm worker, against WeasyPrint's untagged default."""

import resource
import time

from assessments.reporting import report_html, report_pdf
from tests.assessments.report_samples import fdf_report

from .figure import Figure, interleaved, spread

RENDERS = 200
EARLY = 20
MOST_MEGABYTES = 130.0
MOST_GROWTH = 1.08


def resident_megabytes() -> float:
    """What this process holds now, in MB."""
    with open("/proc/self/statm") as facts:
        return int(facts.read().split()[1]) * resource.getpagesize() / 1e6


def figures() -> list[Figure]:
    from weasyprint import HTML

    from qmm_pilot.printing import packaged_assets_only

    content = fdf_report()
    html = report_html(content)
    mine, theirs = interleaved(
        lambda: report_pdf(content),
        lambda: HTML(string=html, url_fetcher=packaged_assets_only()).write_pdf(),
        repetitions=20,
        clock=time.process_time,
    )
    early = 0.0
    for turn in range(RENDERS):
        report_pdf(content)
        if turn == EARLY - 1:
            early = resident_megabytes()
    late = resident_megabytes()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return [
        Figure(
            "P5",
            "report as PDF/UA, against WeasyPrint's untagged write_pdf of the same HTML",
            min(mine),
            min(theirs),
            1.0,
            "ms of CPU, minimum",
            f"ours: {spread(mine)}; default: {spread(theirs)}",
        ),
        Figure("P5 peak", "most memory, both kinds of render", peak, None, MOST_MEGABYTES, "MB"),
        Figure(
            "P5 growth",
            f"memory after {RENDERS} renders, against after {EARLY}",
            late,
            early,
            MOST_GROWTH,
            "MB",
        ),
    ]
