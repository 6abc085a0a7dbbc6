"""What an earlier version wrote, this version reads. The files are added to and never edited."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from storage.audit import Audit, Head, Line
from storage.blobs import Blobs, Stored
from storage.box import Format
from storage.keyring import RING_FILE, Keyring, Ring
from storage.pairs import fingerprint, public_of, spoken
from storage.recovery import identity_text, parse_identity, recipient_text
from storage.vault import Vault
from storage.volatile import VolatileKey

FOLDER = Path(__file__).parents[1] / "vectors"

FROZEN = {
    "01-row.json": "4c1989bdf5fb6ec2cb9aca65de1357214b22880d56be513c8cf477da8cbdf302",
    "02-volatile.json": "343bbb4fca1becb16cafd16e98191ecd7759ee71aadee34fc528a441efcf2eee",
    "11-letter.json": "159d0bce74d7be7691f246a1eb089fd88e8a7ff3b945b4396ec5dd2dc67aa765",
    "21-wrap.json": "97f1b54cc08b46786c1dba9e08189b9aa0dd226d578e04874f49109086c1b391",
    "31-blob.json": "6fac828767f982c930840fe119f97ab927f547b2d316543f219262161c79dce6",
    "41-ring.json": "a240d445ec7dc7a4c2ff556c6edc0d0ac1d17dc52865ef84dfbc504e04a6aaaa",
    "audit.json": "467ce464d957c03548c585ce8da8a25c5eb3f380e7f9a80eaaa680c7d8835569",
    "names.json": "9c4a05e95ab44e468349e92a5dd26bcd804c8f99b605ca5c66e4aeda3b6745bb",
    "published.json": "e79741b16b8e78678ba54b66a8fd137184407bccea6c8400c7629d6b5bec2bb3",
}
"""SHA-256 of each file at the time when it was frozen: an edit must be as loud as this."""


def vectors(name: str) -> list[Any]:
    frozen = json.loads((FOLDER / f"{name}.json").read_text())
    return [pytest.param(vector, id=f"{name}-{at}") for at, vector in enumerate(frozen)]


def hexed(vector: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(vector[name]) for name in names]


def vault(deployment: str, data: dict[int, bytes] | None = None, pepper: bytes = b"") -> Vault:
    ring = Keyring(Path("nowhere"), b"", Ring(deployment=deployment, static=bytes(32), data=data or {}, floor=0))
    ring.pepper = pepper
    return Vault(ring)


def place(vector: dict[str, Any]) -> tuple[str, str, str, int]:
    return vector["table"], vector["column"], vector["row"], vector["revision"]


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.json")))
def test_no_frozen_file_was_edited(name: str):
    assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == FROZEN[name]


def test_every_first_byte_has_frozen_vectors():
    frozen = {int(path.name[:2], 16) for path in FOLDER.glob("[0-9a-f][0-9a-f]-*.json")}
    assert frozen == set(Format)


def test_the_written_formats_name_every_first_byte():
    page = (FOLDER.parents[1] / "docs" / "formats.md").read_text()
    assert all(f"| `{kind:02x}` |" in page and f"\n## {kind:02x}: " in page for kind in Format)


@pytest.mark.parametrize("vector", vectors("01-row"))
def test_a_frozen_row_opens(vector: dict[str, Any]):
    key, content, sealed = hexed(vector, "key", "plaintext", "sealed")
    assert vault(vector["deployment"], {vector["kid"]: key}).open_row(*place(vector), sealed) == content


@pytest.mark.parametrize("vector", vectors("02-volatile"))
def test_a_frozen_volatile_row_opens(vector: dict[str, Any]):
    volatile = VolatileKey()
    volatile._key, life, content, sealed = hexed(vector, "key", "life", "plaintext", "sealed")
    volatile._head = b"\x02" + life
    assert volatile.open_row(*place(vector), sealed) == content


@pytest.mark.parametrize("vector", vectors("11-letter"))
def test_a_frozen_letter_opens(vector: dict[str, Any]):
    seed, content, sealed = hexed(vector, "seed", "plaintext", "sealed")
    assert public_of(seed).hex() == vector["public"]
    assert vault(vector["deployment"]).open_with(seed, sealed, *vector["info"]) == content


@pytest.mark.parametrize("vector", vectors("21-wrap"))
def test_a_frozen_wrap_opens(vector: dict[str, Any]):
    pepper, content, sealed = hexed(vector, "pepper", "plaintext", "sealed")
    opener = vault(vector["deployment"], pepper=pepper)
    assert opener.unwrap(sealed, vector["typed"], vector["member"]) == content


@pytest.mark.parametrize("vector", vectors("31-blob"))
async def test_a_frozen_attachment_opens(vector: dict[str, Any], tmp_path: Path):
    key, digest, content, sealed = hexed(vector, "key", "sha256", "plaintext", "sealed")
    (tmp_path / vector["blob"]).write_bytes(sealed)
    stored = Stored(vector["blob"], key, vector["size"], digest)
    assert b"".join([piece async for piece in Blobs(tmp_path).read(stored)]) == content


@pytest.mark.parametrize("vector", vectors("41-ring"))
def test_a_frozen_ring_opens_and_derives_the_same_keys(vector: dict[str, Any], tmp_path: Path):
    for name, content in zip((RING_FILE, "root.key"), hexed(vector, "sealed", "root"), strict=True):
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o400)
    ring = Keyring.open(tmp_path)
    assert ring.deployment == vector["deployment"]
    assert {str(kid): ring.data_key(kid).hex() for kid in map(int, vector["data"])} == vector["data"]
    derived = (ring.pepper, ring.audit_key, ring.recovery_public, ring.index(*vector["index"]["parts"]))
    assert [key.hex() for key in derived] == [
        *(vector[name] for name in ("pepper", "audit", "recovery")),
        vector["index"]["value"],
    ]


@pytest.mark.parametrize("vector", vectors("audit"))
def test_a_frozen_chain_holds(vector: dict[str, Any]):
    lines = [Line(line["number"], *hexed(line, "sealed", "commitment", "mac")) for line in vector["lines"]]
    assert Audit(bytes.fromhex(vector["key"]), vector["deployment"]).verify(lines, Head.parse(vector["head"])).ok


@pytest.mark.parametrize("vector", vectors("names"))
def test_frozen_names_of_a_key_are_the_same(vector: dict[str, Any]):
    seed, public = hexed(vector, "seed", "public")
    assert (public_of(seed), parse_identity(vector["identity"])) == (public, seed)
    assert (identity_text(seed), recipient_text(public)) == (vector["identity"], vector["recipient"])
    assert (fingerprint(public).hex(), spoken(public)) == (vector["fingerprint"], vector["spoken"])
