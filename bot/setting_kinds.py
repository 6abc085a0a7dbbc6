"""What a setting can be, and why a value won't do. No reason ever shows the value."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr, StringConstraints

from bot import partners

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
_LISTEN = re.compile(r"(?P<host>[^:\s]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")


class SecretFile(NamedTuple):
    """The file that a secret lies in; `twice`: the setting itself is there too."""

    path: str
    twice: bool


def _secret(value: object) -> object:
    if not isinstance(value, SecretFile):
        return value
    if value.twice:
        raise ValueError("is set twice, by itself and by its file; keep one")
    try:
        text = Path(value.path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"has a file that can't be read ({type(error).__name__})") from None
    if not text:
        raise ValueError("has an empty file")
    return text


def _token(secret: SecretStr) -> SecretStr:
    if not _TOKEN.fullmatch(secret.get_secret_value()):
        raise ValueError("is not a bot token (digits, a colon, letters and digits)")
    return secret


def _base_address(text: str) -> str:
    parts = address_parts(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or "@" in parts.netloc:
        raise ValueError("is not the base address of a server (https://host)")
    if parts.scheme == "http" and not _loopback(parts.hostname):
        raise ValueError("would carry the token and every report over a network in the clear; use https")
    return text.rstrip("/")


def _loopback(host: str) -> bool:
    """Whether what is sent to this host never leaves the machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def address_parts(text: str) -> Any:
    """Like `urlsplit`. Raises ValueError when it is none, or its port is none."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError("is not an address") from None
    return parts


def _listen(text: str) -> str:
    found = _LISTEN.fullmatch(text)
    if not found or not 0 < int(found["port"]) < 65536:
        raise ValueError("is not host:port")
    return text


def _inward(text: str | None) -> str | None:
    if text is not None and not _loopback(host_and_port(_listen(text))[0]):
        raise ValueError("would let others than this machine look in; use 127.0.0.1")
    return text


def host_and_port(listen: str) -> tuple[str, int]:
    """Of what `Listen` let through."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def _folder(path: Path | None) -> Path | None:
    if path is not None and not path.is_dir():
        raise ValueError("is not a folder that exists")
    return path


def _partners(path: Path | None) -> Path | None:
    if path is not None:
        partners.read(path)
    return path


Secret = Annotated[SecretStr, BeforeValidator(_secret)]
Token = Annotated[Secret, AfterValidator(_token)]
BaseAddress = Annotated[str, AfterValidator(_base_address)]
Listen = Annotated[str, AfterValidator(_listen)]
Inward = Annotated[str | None, AfterValidator(_inward)]
Folder = Annotated[Path | None, AfterValidator(_folder)]
PartnerList = Annotated[Path | None, AfterValidator(_partners)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR"],
    BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
]
