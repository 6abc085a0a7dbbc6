"""Reporters' codes, stretched with Argon2id: by what comes out they are kept and looked up, under a blind index.

One salt for the whole server, from the ring: a code must be found without knowing whose it is. Each guess at a code
costs its guesser as much as it costs us.
"""

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

MEMORY, PASSES, LANES = 19 * 1024, 2, 1
"""KiB, passes, lanes: the least that OWASP's Password Storage Cheat Sheet recommends for Argon2id (read in 2025).

The low end is enough: a code is no password that somebody chose, but holds 80 random bits. About 40 ms on one core of
the reference machine, without the GIL.
"""
LENGTH = 32


def stretch(code: str, salt: bytes) -> str:
    """A canonical code as it is kept, in hex. Takes a moment: call it in a thread, never within a transaction."""
    argon = Argon2id(salt=salt, length=LENGTH, iterations=PASSES, lanes=LANES, memory_cost=MEMORY)
    return argon.derive(bytes.fromhex(code)).hex()
