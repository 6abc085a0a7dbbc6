"""Reporters' codes, stretched with Argon2id: by what comes out they are kept and looked up, under a blind index.

One salt for the whole server, from the ring: a code must be found without knowing whose it is. Each guess at a code
costs its guesser as much as it costs us.
"""

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

MEMORY, PASSES, LANES = 7 * 1024, 5, 1
"""KiB, passes, lanes: among the least costs that OWASP's Password Storage Cheat Sheet recommends for Argon2id, all of
which it holds to be equal, the one with the least memory.

The low end is enough: a code is no password that somebody chose, but holds 80 random bits. About 20 ms on one core of
the reference machine, without the GIL; 19 MiB in 2 passes take twice as long.
"""
LENGTH = 32


def stretch(code: str, salt: bytes) -> str:
    """A canonical code as it is kept, in hex. Takes a moment: call it in a thread, never within a transaction."""
    argon = Argon2id(salt=salt, length=LENGTH, iterations=PASSES, lanes=LANES, memory_cost=MEMORY)
    return argon.derive(bytes.fromhex(code)).hex()
