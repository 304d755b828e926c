"""How the log tells of a fault: where it happened and what kind it was, never what it said.

An exception's own words may quote a person: PostgreSQL names the values of a row that it refuses,
a mail server the addresses.
"""

import logging
import traceback


class FactsFormatter(logging.Formatter):
    """Writes a traceback with the class of each fault in place of its message."""

    def formatException(self, ei):  # noqa: N802 - logging's name
        """The frames and the class of each fault of the chain, the first one first."""
        told, fault = [], ei[1]
        while fault is not None:
            frames = "".join(traceback.format_tb(fault.__traceback__))
            told.append(f"Traceback:\n{frames}{type(fault).__qualname__}")
            fault = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
        return "\n".join(reversed(told))
