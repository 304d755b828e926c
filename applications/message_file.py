"""Reading a mail that was kept as a file (.eml): who, when, what, attached; imports no Django.

The file comes from outside, so everything about it is bounded before and while it is read. Nothing
of it is opened or carried out: attachments are counted and named, never taken apart.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr, parsedate_to_datetime
from typing import NamedTuple

MOST_BYTES = 25 * 1024 * 1024
MOST_PARTS = 100  # boundaries and messages within the message
MOST_HEADER_BYTES = 256 * 1024
LONGEST_HEADER = 4000  # characters of one header that are read
LONGEST_LINE = 300  # characters of a subject or name that are kept
LONGEST_TEXT = 20_000  # characters of the text that are shown
MOST_ATTACHMENTS = 50  # that are listed
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]+")


class NotAMessage(ValueError):  # noqa: N818 - a sentence for the person who uploaded it
    """The file is no mail, or one beyond the bounds; the text is a sentence for who uploaded it."""


class Attachment(NamedTuple):
    """A part with a name: the name, its declared type, its size as it lies in the mail in bytes."""

    name: str
    media_type: str
    size: int


class MessageFacts(NamedTuple):
    """What a mail says of itself. Moments are None where the header is missing or unreadable."""

    sender_name: str
    sender_address: str
    subject: str
    written_at: datetime | None  # the sender's own clock
    received_at: datetime | None  # by the newest Received header: the mailbox's own clock
    text: str
    attachments: tuple[Attachment, ...]


def read_message(content: bytes) -> MessageFacts:
    """Read a mail. Raises NotAMessage for anything else and for whatever is too large or deep."""
    head = re.split(rb"\r?\n\r?\n", content, maxsplit=1)[0]
    _check_bounds(content, head)
    try:
        message = message_from_bytes(content, policy=compat32)
        parts = list(_parts(message))
    except (MessageError, RecursionError, ValueError, LookupError) as fault:
        raise NotAMessage("The file cannot be read as a mail. Save it again as .eml.") from fault
    name, address = parseaddr(_header(message, "From"))
    if "@" not in address:
        raise NotAMessage("The file has no sender, so it is no mail. Save the mail again as .eml.")
    return MessageFacts(
        _one_line(name),
        _one_line(address),
        _one_line(_header(message, "Subject")),
        _moment(_header(message, "Date")),
        _moment(_header(message, "Received").rpartition(";")[2]),
        _text_of(parts),
        tuple(_attachments(parts)),
    )


def _check_bounds(content, head):
    if len(content) > MOST_BYTES:
        raise NotAMessage("The mail is larger than 25 MB. File it without its attachments.")
    if len(head) > MOST_HEADER_BYTES or b"\x00" in head:
        raise NotAMessage("The file does not begin as a mail does. Save the mail again as .eml.")
    lowered = content.lower()
    if lowered.count(b"boundary=") + lowered.count(b"message/rfc822") > MOST_PARTS:
        raise NotAMessage("The mail holds too many parts to be read safely. File its text alone.")


def _parts(message: Message) -> Iterator[Message]:
    """The parts that hold something, and messages within the message as one part each."""
    waiting = [message]
    while waiting:
        part = waiting.pop(0)
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting[:0] = [each for each in inner if isinstance(each, Message)]
        else:
            yield part


def _text_of(parts) -> str:
    """The first plain text that is no attachment, bounded; empty where the mail has none."""
    for part in parts:
        if part.get_content_type() == "text/plain" and not part.get_filename():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                text = _decoded(payload, part.get_content_charset())
                lines = (_CONTROLS.sub(" ", line) for line in text.replace("\r", "").split("\n"))
                return "\n".join(lines)[:LONGEST_TEXT].strip()
    return ""


def _attachments(parts) -> Iterator[Attachment]:
    named = [
        part for part in parts if part.get_filename() or part.get_content_type() == "message/rfc822"
    ]
    for part in named[:MOST_ATTACHMENTS]:
        payload = part.get_payload()
        size = len(payload) if isinstance(payload, str) else 0
        name = _one_line(_words(part.get_filename() or "message.eml"))
        yield Attachment(name, _one_line(part.get_content_type()), size)


def _header(message, name) -> str:
    """The first header of this name in words, bounded."""
    return _words(str(message.get(name, ""))[:LONGEST_HEADER])


def _words(text) -> str:
    try:
        pieces = decode_header(text)
    except (MessageError, ValueError):
        return text
    return "".join(
        _decoded(piece, charset) if isinstance(piece, bytes) else piece for piece, charset in pieces
    )


def _decoded(payload, charset) -> str:
    try:
        return payload.decode(charset or "utf-8", "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


def _one_line(text) -> str:
    return " ".join(_CONTROLS.sub(" ", text).split())[:LONGEST_LINE]


def _moment(text) -> datetime | None:
    """The moment that a header names, in UTC; None where it names none with a zone."""
    try:
        moment = parsedate_to_datetime(text.strip())
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
