"""The primitives give the answers that their specifications print (tests/vectors/published.json names the sources)."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from mnemonic import Mnemonic

from storage import pairs, recovery
from storage.passphrase import _eff_words

# bitcoin/bips, bip-0039/english.txt, SHA-256 of the file
BIP39_ENGLISH = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
PUBLISHED: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "published.json").read_text())


def vectors(name: str) -> list[dict[str, Any]]:
    return PUBLISHED[name]["vectors"]  # type: ignore[no-any-return]


def opened(seed: bytes | bytearray, enc: bytes, ciphertext: bytes, info: bytes) -> bytes:
    return pairs._SUITE.decrypt(enc + ciphertext, pairs._private_key(seed), info=info)


def base64_of(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


def key_schedule(shared_secret: bytes, info: bytes) -> tuple[bytes, bytes]:
    """RFC 9180, section 5.1, base mode, for our suite: key and base nonce of a shared secret."""
    suite = b"HPKE" + bytes.fromhex("647a00010003")

    def extract(salt: bytes, label: bytes, secret: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + secret, "sha256")

    def expand(secret: bytes, label: bytes, context: bytes, length: int) -> bytes:
        labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context
        return hmac.digest(secret, labelled + b"\x01", "sha256")[:length]

    context = b"\0" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    secret = extract(shared_secret, b"secret", b"")
    return expand(secret, b"key", context, 32), expand(secret, b"base_nonce", context, 12)


@pytest.mark.parametrize("vector", vectors("xwing"))
def test_xwing_derives_the_published_public_key_and_shared_secret(vector: dict[str, str]):
    seed, enc = bytes.fromhex(vector["sk"]), bytes.fromhex(vector["ct"])
    assert pairs.public_of(seed).hex() == vector["pk"]
    key, nonce = key_schedule(bytes.fromhex(vector["ss"]), b"ours")
    assert opened(seed, enc, ChaCha20Poly1305(key).encrypt(nonce, b"word", None), b"ours") == b"word"


@pytest.mark.parametrize("vector", vectors("hpke"))
def test_hpke_derives_the_published_key_and_nonce(vector: dict[str, Any]):
    seed, info = bytes.fromhex(vector["skRm"]), bytes.fromhex(vector["info"])
    key, nonce = bytes.fromhex(vector["key"]), bytes.fromhex(vector["base_nonce"])
    assert pairs.public_of(seed).hex() == vector["pkRm"]
    assert key_schedule(bytes.fromhex(vector["shared_secret"]), info) == (key, nonce)
    first = vector["encryptions"][0]
    clear = bytes.fromhex(first["pt"])
    assert ChaCha20Poly1305(key).encrypt(nonce, clear, bytes.fromhex(first["aad"])).hex() == first["ct"]
    assert opened(seed, bytes.fromhex(vector["enc"]), ChaCha20Poly1305(key).encrypt(nonce, clear, None), info) == clear


@pytest.mark.parametrize("vector", vectors("age"))
def test_a_recovery_key_opens_the_stanza_of_the_age_specification(vector: dict[str, Any]):
    seed = recovery.parse_identity(vector["identity"])
    assert recovery.recipient_text(pairs.public_of(seed)) == vector["recipient"]
    enc, body = base64_of(vector["enc_base64"]), base64_of(vector["body_base64"])
    assert len(opened(seed, enc, body, vector["info"].encode())) == vector["file_key_bytes"]


@pytest.mark.parametrize("vector", vectors("argon2id"))
def test_argon2id_gives_the_published_tag(vector: dict[str, Any]):
    argon = Argon2id(
        salt=bytes.fromhex(vector["salt"]),
        length=32,
        iterations=vector["passes"],
        lanes=vector["lanes"],
        memory_cost=vector["memory_kib"],
        ad=bytes.fromhex(vector["ad"]),
        secret=bytes.fromhex(vector["secret"]),
    )
    assert argon.derive(bytes.fromhex(vector["password"])).hex() == vector["tag"]


def test_the_word_lists_are_the_published_ones():
    bip39 = "\n".join(Mnemonic("english").wordlist) + "\n"
    assert hashlib.sha256(bip39.encode()).hexdigest() == BIP39_ENGLISH
    assert (_eff_words()[0], _eff_words()[-1]) == ("abacus", "zoom")
