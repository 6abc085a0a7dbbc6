"""How the values of a request are read: one reader for each type, one declaration for each parameter.

The real server takes a word for a number (as 0) and anything for a boolean (as false). The sandbox refuses both with
400: what reaches it is our own program, and a wrong type there is a mistake to find, not to forgive.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec

from bot.sandbox.markup import checked_markup
from bot.sandbox.refusals import Refusal, bad_request

Reader = Callable[[str, Any], Any]

DIGITS = re.compile(r"-?[0-9]{1,19}")
TRUE = frozenset(("true", "1", "yes"))
FALSE = frozenset(("false", "0", "no", ""))


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came inside the request."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a method: its name, its type, and what Telegram says when it must be there and is not."""

    name: str
    read: Reader
    when_missing: str | None = None


def integer(name: str, value: Any) -> int:
    """A number, or a string of digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and DIGITS.fullmatch(value):
        return int(value)
    _wrong(name, "an Integer")


def boolean(name: str, value: Any) -> bool:
    """True or False, also as words or digits."""
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word in TRUE or word in FALSE:
        return word in TRUE
    _wrong(name, "a Boolean")


def text(name: str, value: Any) -> str:
    """A string; a bare number of a JSON body counts as its digits."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    _wrong(name, "a String")


def chat(name: str, value: Any) -> int:
    """A person's id. A username of a person leads nowhere, as at Telegram."""
    try:
        return integer(name, value)
    except Refusal:
        raise bad_request("chat not found") from None


def array(name: str, value: Any) -> list[Any]:
    """A JSON array."""
    parsed = _json(name, value)
    if isinstance(parsed, list):
        return parsed
    _wrong(name, "an Array")


def thing(name: str, value: Any) -> dict[str, Any]:
    """A JSON object."""
    parsed = _json(name, value)
    if not isinstance(parsed, dict):
        raise bad_request(f"object expected as {_spoken(name)}")
    return parsed


def markup(name: str, value: Any) -> dict[str, Any] | None:
    """A `reply_markup`, checked; None when it is empty."""
    return checked_markup(thing(name, value))


def file(name: str, value: Any) -> str | Upload:
    """An upload, or a string: `attach://NAME`, a file_id, an address."""
    return value if isinstance(value, Upload) else text(name, value)


def anything(name: str, value: Any) -> Any:
    """For parameters that Telegram knows and the sandbox does not play: taken, not looked at."""
    return value


def accepted(*names: str) -> tuple[Parameter, ...]:
    """Parameters that are known and have no effect here."""
    return tuple(Parameter(name, anything) for name in names)


def read(declared: dict[str, Parameter], raw: dict[str, Any]) -> dict[str, Any]:
    """Every declared parameter of the request, read; those not given are absent.

    Raises:
        Refusal: one is missing or has the wrong type.
    """
    values = {}
    for name, parameter in declared.items():
        value = raw.get(name)
        if value is not None and value != "":
            values[name] = parameter.read(name, value)
        elif parameter.when_missing is not None:
            raise bad_request(parameter.when_missing)
    return values


def _json(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        raise bad_request(f"can't parse {_spoken(name)} JSON object") from None


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _wrong(name: str, expected: str) -> NoReturn:
    raise bad_request(f'parameter "{name}" must be {expected}')
