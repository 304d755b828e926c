"""A message put into the broker comes out again: on folders, and on Redis in the Redis leg."""

import uuid
from pathlib import Path
from queue import Empty

import pytest
from celery.beat import Service
from django.conf import settings
from kombu.transport import filesystem

from qmm_pilot.broker import Transport
from qmm_pilot.celery import app


@pytest.mark.broker
def test_a_message_put_into_the_broker_comes_out_again():
    hint = str(uuid.uuid4())
    with app.connection_for_write() as connection:
        queue = connection.SimpleQueue(f"house-{hint}")
        queue.put({"job": hint})
        message = queue.get(timeout=10)
        message.ack()
        assert message.payload == {"job": hint}
        queue.queue.delete()
        queue.close()


@pytest.mark.broker
def test_the_broker_is_the_one_that_the_leg_gives():
    if settings.REDIS_URL:
        assert settings.CELERY_BROKER_URL == settings.REDIS_URL
    else:
        assert settings.CELERY_BROKER_URL == "filesystem://"
        assert settings.VAR_DIR in settings.BROKER_DIR.parents


@pytest.fixture
def folders(tmp_path):
    """A channel of the broker on folders, and the folder of its messages."""
    messages, control = tmp_path / "messages", tmp_path / "control"
    messages.mkdir()
    with app.connection_for_write(
        url="filesystem://",
        transport="qmm_pilot.broker:Transport",
        transport_options={
            "data_folder_in": str(messages),
            "data_folder_out": str(messages),
            "control_folder": str(control),
        },
    ) as connection:
        assert isinstance(connection.transport, Transport)
        yield connection.default_channel, messages


def test_a_reader_never_meets_a_message_that_is_not_written_yet(folders, monkeypatch):
    """With kombu's own channel the reader finds the file empty and its worker ends itself."""
    channel, messages = folders
    queued = []
    write = Path.write_text

    def look_while_writing(draft, text):
        draft.touch()
        queued.append(list(messages.glob("*.msg")))
        return write(draft, text)

    monkeypatch.setattr(Path, "write_text", look_while_writing)
    channel._put("celery", {"job": "1"})
    assert queued == [[]]
    assert channel._get("celery") == {"job": "1"}
    assert list(messages.iterdir()) == []


@pytest.mark.parametrize("left", [b"", b'{"job": "1', b"\xff\xfe"])
def test_a_message_in_pieces_is_dropped_and_the_next_one_arrives(folders, left):
    channel, messages = folders
    (messages / "0_a.celery.msg").write_bytes(left)  # earlier than any moment since boot
    channel._put("celery", {"job": "2"})
    with pytest.raises(Empty):
        channel._get("celery")
    assert channel._get("celery") == {"job": "2"}


def test_a_table_of_queues_is_never_found_empty(folders, monkeypatch):
    channel, _ = folders
    found = []
    bind = filesystem.Channel._queue_bind

    def look_before_binding(self, exchange, *key):
        found.append(self.get_table(exchange))
        bind(self, exchange, *key)

    monkeypatch.setattr(filesystem.Channel, "_queue_bind", look_before_binding)
    channel._queue_bind("celery", "celery", "", "celery")
    channel._queue_bind("celery", "other", "", "other")
    assert found[0] == []
    assert [row.queue for row in channel.get_table("celery")] == ["other", "celery"]


def test_beat_keeps_its_schedule_in_memory_where_no_power_cut_can_break_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scheduler = Service(app, scheduler_cls=app.conf.beat_scheduler).scheduler
    assert set(settings.CELERY_BEAT_SCHEDULE) <= set(scheduler.schedule)
    scheduler.close()
    assert list(tmp_path.iterdir()) == []
    assert list(settings.VAR_DIR.glob("**/schedule*")) == []
