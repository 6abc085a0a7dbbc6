"""placeholder, replaced in a moment"""

from msgspec import Struct


class Program(Struct, frozen=True):
    version: str
