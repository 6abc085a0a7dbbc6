"""Vectors of every stored format, made by the product itself: keys, place, content and sealed bytes, all as hex.

The frozen ones beside this file are added to and never edited; fresh ones are made for the independent reader.
To freeze a new format: `python -m tests.vectors.make FOLDER`, and keep what is new.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

from storage import box
from storage.audit import Audit, Head, Line
from storage.blobs import Blobs
from storage.keyring import Keyring
from storage.pairs import fingerprint, new_pair, spoken
from storage.passphrase import FLOOR, new_passphrase
from storage.recovery import identity_text, recipient_text
from storage.vault import Vault
from storage.volatile import VolatileKey

Vectors = list[dict[str, Any]]

PLACES = (("cases", "header", "c0ffee", 7), ("inbox", "payload", "ряд", 0))
CONTENTS = (b"", "They waited at the bridge. Они ждали у моста.".encode(), b"\x80\0" * 8_300)
INFO = ("part", "case-1", "Ünïcode", "")
DAY = date(2026, 11, 23)


def all_vectors(folder: Path) -> dict[str, Vectors]:
    """Fresh vectors by file name; the folder takes a throw-away ring and blobs."""
    ring = Keyring.create(folder / "state", DAY)
    vault = Vault(ring, FLOOR, today=lambda: DAY)
    return {
        "01-row": _rows(vault),
        "02-volatile": _volatile(),
        "11-letter": _letters(vault),
        "21-wrap": _wraps(vault),
        "31-blob": [asyncio.run(_blob(folder, content)) for content in CONTENTS],
        "41-ring": _ring(folder / "state"),
        "audit": _audit(),
        "names": _names(),
    }


def write(folder: Path) -> None:
    """Write fresh vectors as JSON files."""
    with tempfile.TemporaryDirectory() as scratch:
        for name, vectors in all_vectors(Path(scratch)).items():
            (folder / f"{name}.json").write_text(json.dumps(vectors, indent=1, ensure_ascii=False) + "\n")


def _place(place: tuple[str, str, str, int]) -> dict[str, Any]:
    return dict(zip(("table", "column", "row", "revision"), place, strict=True))


def _rows(vault: Vault) -> Vectors:
    kid = vault.ring.current(DAY)
    keys = {"deployment": vault.ring.deployment, "kid": kid, "key": vault.ring.data_key(kid).hex()}
    return [
        keys | _place(place) | {"plaintext": content.hex(), "sealed": vault.seal_row(*place, content).hex()}
        for place, content in zip((*PLACES, PLACES[0]), CONTENTS, strict=True)
    ]


def _volatile() -> Vectors:
    volatile = VolatileKey()
    keys = {"key": volatile._key.hex(), "life": volatile._head[1:].hex()}
    return [
        keys | _place(place) | {"plaintext": content.hex(), "sealed": volatile.seal_row(*place, content).hex()}
        for place, content in zip(PLACES, CONTENTS, strict=False)
    ]


def _letters(vault: Vault) -> Vectors:
    with new_pair() as pair:
        keys = {"deployment": vault.ring.deployment, "seed": pair.seed.hex(), "public": pair.public.hex(), "info": INFO}
        return [
            keys | {"plaintext": content.hex(), "sealed": vault.seal_for(pair.public, content, *INFO).hex()}
            for content in CONTENTS
        ]


def _wraps(vault: Vault) -> Vectors:
    words = new_passphrase()
    with new_pair() as pair:
        return [
            {
                "deployment": vault.ring.deployment,
                "pepper": vault.ring.pepper.hex(),
                "member": "member-1",
                "typed": f" {words.upper()} ",
                "passphrase": words,
                "plaintext": pair.seed.hex(),
                "sealed": vault.wrap(pair.seed, words, "member-1").hex(),
            }
        ]


async def _blob(folder: Path, content: bytes) -> dict[str, Any]:
    async def once() -> AsyncIterator[bytes]:
        yield content

    stored = await Blobs(folder / "blobs").write(once())
    return {
        "blob": stored.blob,
        "key": stored.key.hex(),
        "size": stored.size,
        "sha256": stored.sha256.hex(),
        "plaintext": content.hex(),
        "sealed": (folder / "blobs" / stored.blob).read_bytes().hex(),
    }


def _ring(folder: Path) -> Vectors:
    ring = Keyring.open(folder)
    with new_pair() as pair:
        ring.adopt_recovery(pair.public)
    return [
        {
            "root": (folder / "root.key").read_bytes().hex(),
            "sealed": (folder / "ring.sealed").read_bytes().hex(),
            "deployment": ring.deployment,
            "data": {str(ring.current(DAY)): ring.data_key(ring.current(DAY)).hex()},
            "recovery": pair.public.hex(),
            "pepper": ring.pepper.hex(),
            "audit": ring.audit_key.hex(),
            "index": {"parts": ["address", "telegram:1"], "value": ring.index("address", "telegram:1").hex()},
        }
    ]


def _audit() -> Vectors:
    key = box.new_key()
    audit = Audit(key, "deployment")
    first = audit.next(None, b"first sealed entry")
    lines = [first, audit.next(first, b"second")]
    keys = {"key": key.hex(), "deployment": "deployment", "head": str(Head.of(lines[-1]))}
    return [keys | {"lines": [_line(line) for line in lines]}]


def _line(line: Line) -> dict[str, Any]:
    sealed = line.sealed.hex() if line.sealed else None
    return {"number": line.number, "sealed": sealed, "commitment": line.commitment.hex(), "mac": line.mac.hex()}


def _names() -> Vectors:
    with new_pair() as pair:
        return [
            {
                "seed": pair.seed.hex(),
                "public": pair.public.hex(),
                "fingerprint": fingerprint(pair.public).hex(),
                "spoken": spoken(pair.public),
                "identity": identity_text(pair.seed),
                "recipient": recipient_text(pair.public),
            }
        ]


if __name__ == "__main__":
    write(Path(sys.argv[1]))
