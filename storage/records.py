"""Values to bytes and back: a version byte, then msgpack.

A field that is added to a value needs a default; a change that older records can't be read with needs a new version.
"""

from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from handlers.model import Address, Event

VERSION = b"\x01"
T = TypeVar("T")

_encoder = msgspec.msgpack.Encoder()
_decoders: dict[Any, msgspec.msgpack.Decoder[Any]] = {}


class Turn(Struct, frozen=True):
    """When it is an event's turn: `after` so many seconds, and before what is not urgent."""

    urgent: bool = False
    after: float = 0.0


AT_ONCE = Turn()


class Arrival(Struct, frozen=True):
    """One event at the door. `mark` is unique for ever to this event of this adapter: a copy is dropped by it.

    `fleeting`: its content must not be readable on disk once this process has ended.
    """

    mark: str
    address: Address
    event: Event
    fleeting: bool = False
    turn: Turn = AT_ONCE


class UnknownRecord(Exception):
    """A stored record was written by a newer version of Panah: upgrade before starting."""


def dump(value: Struct) -> bytes:
    """A value as a versioned record."""
    return VERSION + _encoder.encode(value)


def load(kind: type[T] | Any, record: bytes) -> T:
    """A record as a value of `kind` (a class or a union of tagged ones). Raises `UnknownRecord`."""
    if record[:1] != VERSION:
        raise UnknownRecord
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.msgpack.Decoder(kind)
    try:
        return decoder.decode(memoryview(record)[1:])  # type: ignore[no-any-return]
    except msgspec.DecodeError:
        raise UnknownRecord from None
