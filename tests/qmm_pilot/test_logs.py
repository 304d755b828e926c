"""The log names faults by place and kind and repeats none of their words."""

import logging
import logging.config
import sys

from django.conf import settings


def written_about(fault, cause):
    """What the product's own log line would say of a fault with its cause."""
    name = settings.LOGGING["handlers"]["console"]["formatter"]
    configured = logging.config.DictConfigurator({})
    formatter = configured.configure_formatter(dict(settings.LOGGING["formatters"][name]))
    try:
        raise fault from cause
    except type(fault):
        exc_info = sys.exc_info()
    return formatter.format(
        logging.LogRecord("qmm", logging.ERROR, __file__, 1, "job %s failed", ("7",), exc_info)
    )


def test_a_fault_is_told_by_place_and_kind_and_not_by_its_words():
    line = written_about(
        ConnectionError("refused: ann@example.test"), ValueError("Failing row contains (17 lots)")
    )
    assert "job 7 failed" in line
    assert "in written_about" in line
    assert line.index("ValueError") < line.index("ConnectionError")
    assert "ann@example.test" not in line
    assert "17 lots" not in line
