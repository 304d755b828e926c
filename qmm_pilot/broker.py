"""The broker on folders, for machines without Redis: a message appears whole or not at all.

kombu makes a message's file first and writes it then; a worker that looks in between reads nothing
and ends itself with "Unrecoverable error". Here a file gets its name when it is written.
"""

import os
import uuid
from pathlib import Path
from queue import Empty
from time import monotonic

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """kombu's channel on folders, without its moments of half-written files."""

    def _put(self, queue, payload, **kwargs):
        """Put a message onto a queue; raises OSError where the folder cannot be written."""
        folder = Path(self.data_folder_out)
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        _write_draft(folder, dumps(payload)).replace(folder / name)

    def _get(self, queue):
        """Take the next message; one that a power cut left in pieces is dropped, not fatal.

        Messages are hints: the sweeper finds the job that a dropped one was about.
        """
        try:
            return super()._get(queue)
        except ValueError:
            raise Empty from None

    def _queue_bind(self, exchange, routing_key, pattern, queue):
        """Bind a queue; the exchange's table exists whole before anybody opens it."""
        table = self._exchange_file(exchange)
        if not table.exists():
            table.parent.mkdir(parents=True, exist_ok=True)
            draft = _write_draft(table.parent, "[]")
            try:
                os.link(draft, table)
            except FileExistsError:
                pass  # another process was first
            finally:
                draft.unlink()
        super()._queue_bind(exchange, routing_key, pattern, queue)


def _write_draft(folder: Path, text: str) -> Path:
    """Write a file under a name that no reader looks for, and return its path."""
    draft = folder / f"draft-{uuid.uuid4()}"
    draft.write_text(text)
    return draft


class Transport(filesystem.Transport):
    """Named by CELERY_BROKER_TRANSPORT."""

    Channel = Channel
