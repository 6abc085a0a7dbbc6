"""Files in the age format (C2SP specification, version 1): what leaves the house for the recovery key or for a partner.

    with age.sealed(out, parse_partner("age1…")) as file:
        file.write(data)

One recipient for each file: X-Wing (`mlkem768x25519`), or X25519 where a partner has nothing newer. The format is
written out here because no maintained package for Python writes the post-quantum kind; each primitive is the
library's. A header names the recipient's kind and carries the wrapped file key; the payload is cut into chunks of
64 KiB, each under ChaCha20-Poly1305 with a counter that no other file shares, the last one marked as such. So a file
that was cut short is noticed at its end, not before: use nothing of it until reading has ended.
"""

import io
import secrets
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, BinaryIO, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.errors import NotAKey, Tampered, UnknownFormat
from storage.pairs import open_bare, seal_bare
from storage.recovery import X25519_BYTES

_VERSION = b"age-encryption.org/v1\n"
_XWING, _X25519 = "mlkem768x25519", "X25519"
_XWING_INFO, _X25519_INFO = b"age-encryption.org/mlkem768x25519", b"age-encryption.org/v1/X25519"
_XWING_SHARE = 1120
_FILE_KEY, _NONCE, _KEY, _TAG = 16, 16, 32, 16
_CHUNK = 64 * 1024
_COLUMNS = 64
_LINE = 4096
"""A longer line of the header is none of ours."""
_ZERO_NONCE = bytes(12)


@contextmanager
def sealed(out: BinaryIO, public: bytes) -> Iterator[BinaryIO]:
    """Write a file that only the holder of this key can read. Left by an error, it stays without its end.

    `public`: 1216 bytes (X-Wing) or 32 (X25519), as `storage.recovery` reads them. Raises NotAKey.
    """
    file_key = secrets.token_bytes(_FILE_KEY)
    head = _VERSION + _stanza(public, file_key) + b"---"
    out.write(head + b" " + _base64(_mac(file_key, head)) + b"\n")
    nonce = secrets.token_bytes(_NONCE)
    out.write(nonce)
    writer = _Writer(out, _payload_key(file_key, nonce))
    yield cast(BinaryIO, writer)
    writer.finish()


def opened(source: BinaryIO, seed: bytes | bytearray) -> BinaryIO:
    """Read a file that was sealed to the X-Wing key of this seed; its end proves that it is whole.

    Raises UnknownFormat when it is no such file, Tampered when it is damaged or sealed to somebody else; while it is
    read, too.
    """
    head, kind, share, body, mac = _header(source)
    if kind != _XWING or len(share) != _XWING_SHARE or len(body) != _FILE_KEY + _TAG:
        raise UnknownFormat
    file_key = open_bare(seed, share + body, _XWING_INFO)
    if len(file_key) != _FILE_KEY or not bytes_eq(_mac(file_key, head), mac):
        raise Tampered
    nonce = _exactly(source, _NONCE)
    return io.BufferedReader(cast(Any, _Reader(source, _payload_key(file_key, nonce))), _CHUNK)


def _stanza(public: bytes, file_key: bytes) -> bytes:
    if len(public) == X25519_BYTES:
        kind, share, body = _X25519, *_wrap_x25519(public, file_key)
    else:
        wrapped = seal_bare(public, file_key, _XWING_INFO)
        kind, share, body = _XWING, wrapped[:_XWING_SHARE], wrapped[_XWING_SHARE:]
    return b"-> " + kind.encode() + b" " + _base64(share) + b"\n" + _columns(_base64(body))


def _wrap_x25519(public: bytes, file_key: bytes) -> tuple[bytes, bytes]:
    """The ephemeral share, and the file key under what both sides derive. Raises NotAKey for a point of small order."""
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    try:
        shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        raise NotAKey from None
    wrapping = HKDF(SHA256(), _KEY, share + public, _X25519_INFO).derive(shared)
    return share, ChaCha20Poly1305(wrapping).encrypt(_ZERO_NONCE, file_key, None)  # the key is used once


def _columns(text: bytes) -> bytes:
    """Wrapped at 64; a last line that is full is followed by an empty one, as the format wants it."""
    lines = [text[at : at + _COLUMNS] for at in range(0, len(text) + 1, _COLUMNS)]
    return b"\n".join(lines) + b"\n"


def _header(source: BinaryIO) -> tuple[bytes, str, bytes, bytes, bytes]:
    """The header up to its mark, kind, share and body of its one stanza, and the mark's code. Raises UnknownFormat."""
    if source.readline(_LINE) != _VERSION:
        raise UnknownFormat
    first = source.readline(_LINE)
    arrow, _, rest = first.rstrip(b"\n").partition(b" ")
    kind, _, share = rest.partition(b" ")
    body = b""
    read = _VERSION + first
    while True:
        line = source.readline(_LINE)
        read += line
        body += line.rstrip(b"\n")
        if len(line) <= _COLUMNS:
            break
    mark, _, mac = source.readline(_LINE).rstrip(b"\n").partition(b" ")
    if arrow != b"->" or mark != b"---":
        raise UnknownFormat
    return read + b"---", kind.decode("ascii", "replace"), _unbase64(share), _unbase64(body), _unbase64(mac)


def _mac(file_key: bytes, head: bytes) -> bytes:
    mac = HMAC(HKDF(SHA256(), _KEY, None, b"header").derive(file_key), SHA256())
    mac.update(head)
    return mac.finalize()


def _payload_key(file_key: bytes, nonce: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(HKDF(SHA256(), _KEY, nonce, b"payload").derive(file_key))


def _base64(data: bytes) -> bytes:
    return b64encode(data).rstrip(b"=")


def _unbase64(text: bytes) -> bytes:
    try:
        data = b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except NotBase64:
        raise UnknownFormat from None
    if _base64(data) != text:
        raise UnknownFormat
    return data


def _exactly(source: BinaryIO, count: int) -> bytes:
    data = source.read(count)
    if len(data) != count:
        raise Tampered
    return data


def _chunk_nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class _Writer:
    """Holds back a full chunk until it is known whether it is the last one."""

    def __init__(self, out: IO[bytes], key: ChaCha20Poly1305) -> None:
        self._out, self._key, self._number, self._held = out, key, 0, bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        while len(self._held) > _CHUNK:
            self._seal(last=False)
        return len(data)

    def flush(self) -> None:
        """Nothing: a chunk leaves when it is full."""

    def finish(self) -> None:
        self._seal(last=True)

    def _seal(self, last: bool) -> None:
        chunk = bytes(self._held[:_CHUNK])
        self._out.write(self._key.encrypt(_chunk_nonce(self._number, last), chunk, None))
        del self._held[:_CHUNK]
        self._number += 1


class _Reader(io.RawIOBase):
    """Opens a chunk at a time; whether one is the last shows in whether anything follows it."""

    def __init__(self, source: BinaryIO, key: ChaCha20Poly1305) -> None:
        self._source, self._key, self._number = source, key, 0
        self._next = source.read(_CHUNK + _TAG)
        self._plain = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        if not self._plain and not self._ended:
            self._plain = self._open()
        count = min(len(into), len(self._plain))
        into[:count], self._plain = self._plain[:count], self._plain[count:]
        return count

    def _open(self) -> bytes:
        chunk, self._next = self._next, self._source.read(_CHUNK + _TAG)
        self._ended = not self._next
        try:
            plain = self._key.decrypt(_chunk_nonce(self._number, self._ended), chunk, None)
        except (InvalidTag, ValueError):
            raise Tampered from None
        if not plain and self._number:  # the format knows no empty last chunk, but for an empty file
            raise Tampered
        self._number += 1
        return plain
