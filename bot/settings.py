"""Settings: read once, at start, from the environment and a `.env` file; every fault is named at once.

Each field's description says what belongs there; it is the remedy in a fault and the line in `.env.example`.
No fault and no representation ever shows a value.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot import partners
from bot.setting_kinds import (
    BaseAddress,
    Folder,
    Inward,
    Listen,
    LogLevel,
    Name,
    PartnerList,
    Secret,
    SecretFile,
    Token,
    address_parts,
    host_and_port,
)
from handlers.model import Partner

PREFIX = "PANAH_"
TELEGRAM = "https://api.telegram.org"
SECRETS = ("telegram_token", "desk_token", "database_url", "webhook_secret")
"""Settings that may lie in a file named by NAME_FILE instead."""

_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")  # Telegram allows 1 to 256 of these; 16 keep guessing hopeless
_WEBHOOK_PORTS = (None, 443, 80, 88, 8443)  # the ports that Telegram delivers to
_DATABASES = ("sqlite+aiosqlite:///", "postgresql+asyncpg://")


class Fault(NamedTuple):
    """One setting that won't do: its name, what is wrong, and what belongs there."""

    name: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.name}: {self.wrong}. {self.remedy}"


class SettingsFaults(Exception):
    """The settings won't do. All faults at once, a line each; never a value."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


class Settings(BaseSettings):
    """Everything that an operator decides. Read it with `Settings.load()`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        dotenv_filtering="match_prefix",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    telegram_token: Token = Field(description="The bot's token, as @BotFather gives it.")
    telegram_token_file: str | None = Field(None, description="A file that holds the bot's token, instead.")
    organisation: Name = Field(
        description="The organisation behind this bot, as people should read it (1 to 64 characters)."
    )
    desk_token: Token | None = Field(
        None, description="The token of a second bot; when set, staff commands exist only there."
    )
    desk_token_file: str | None = Field(None, description="A file that holds the second bot's token, instead.")
    telegram_api: BaseAddress = Field(
        TELEGRAM,
        description="The base address of the Bot API server: https, or http to a server of your own on this machine.",
    )
    telegram_files: Folder = Field(
        None,
        description="The folder in which a Bot API server of your own (--local) keeps files: for those over 20 MB.",
    )
    state_dir: Path = Field(Path("state"), description="The folder of keys, files and the embedded database.")
    database_url: Secret | None = Field(
        None, description="sqlite+aiosqlite:///FILE or postgresql+asyncpg://…; by default SQLite in the state folder."
    )
    database_url_file: str | None = Field(None, description="A file that holds the database's address, instead.")
    webhook_url: str | None = Field(
        None, description="The public https address that Telegram delivers to; empty means long polling."
    )
    webhook_listen: Listen = Field(
        "127.0.0.1:8443", description="The host:port where the webhook's receiver listens, behind your TLS proxy."
    )
    webhook_secret: Secret | None = Field(
        None, description="Proves that a delivery is Telegram's: 16 to 256 of A-Z a-z 0-9 _ -; needed for a webhook."
    )
    webhook_secret_file: str | None = Field(None, description="A file that holds the webhook's secret, instead.")
    log_level: LogLevel = Field("INFO", description="DEBUG, INFO, WARNING or ERROR; no level ever shows content.")
    log_format: Literal["text", "json"] = Field(
        "text", description="text (key=value) or json; under systemd each line bears its level for the journal."
    )
    metrics_listen: Inward = Field(
        None, description="The loopback host:port of /health and /metrics (127.0.0.1:9464, say); empty means neither."
    )
    program_dir: Folder = Field(
        None, description="A folder with your own form, taxonomy, triage and guidance instead of the built-in ones."
    )
    retention_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        90, description="Days after closing until a case is erased (1 to 3650)."
    )
    backup_days: Annotated[int, Field(ge=0, le=365)] = Field(
        30, description="Days after which backups are removed (0 to 365); everybody who writes is told."
    )
    backup_dir: Path = Field(Path("backups"), description="The folder that `panah backup` writes to.")
    partners: PartnerList = Field(
        None, description="A TOML file that names partners and their keys: people are asked whether to share with them."
    )
    read_hours: Annotated[int, Field(ge=1, le=47)] = Field(
        12, description="Hours until an opened case leaves its reader's chat (1 to 47; Telegram deletes up to 48)."
    )
    sends_per_second: Annotated[float, Field(gt=0, le=1000)] = Field(
        30, description="Messages a second, all chats together; Telegram allows about 30."
    )
    paid_sends_per_second: Annotated[int, Field(gt=30, le=1000)] | None = Field(
        None,
        description="Advisories a second (31 to 1000) when you pay Telegram for each, in Stars; else none is paid.",
    )
    chat_sends_per_second: Annotated[float, Field(gt=0, le=1000)] = Field(
        1, description="Messages a second within one chat, after a short burst; Telegram allows about 1."
    )
    chat_events_per_minute: Annotated[float, Field(gt=0, le=100_000)] = Field(
        30, description="Messages and presses of one chat that are worked off in a minute, after 40 at once; more wait."
    )
    unlock_idle_minutes: Annotated[int, Field(ge=1, le=60)] = Field(
        15, description="Minutes without a word after which a member's keys lock themselves (1 to 60)."
    )
    unlock_hours: Annotated[int, Field(ge=1, le=24)] = Field(
        8, description="Hours after which a member's keys lock themselves in any case (1 to 24)."
    )
    max_file_mb: Annotated[int, Field(ge=1, le=2000)] = Field(
        20, description="The largest file taken in, in megabytes; over 20 only with PANAH_TELEGRAM_FILES."
    )

    dotenv: ClassVar[Path] = Path(".env")

    @classmethod
    def load(cls, dotenv: Path | None = dotenv) -> Self:
        """Read the environment, then `dotenv` for what it lacks. Raises `SettingsFaults`."""
        try:
            return cls(_env_file=dotenv)  # type: ignore[call-arg]  # the rest comes from the environment
        except ValidationError as error:
            raise SettingsFaults(list(_faults(error))) from None
        except (OSError, UnicodeDecodeError) as error:
            unreadable = f"can't be read ({type(error).__name__})"
            raise SettingsFaults([Fault(".env", unreadable, "Make it a UTF-8 text that this user may read.")]) from None

    @model_validator(mode="before")
    @classmethod
    def _files(cls, values: dict[str, Any]) -> dict[str, Any]:
        named = {name: values[f"{name}_file"] for name in SECRETS if values.get(f"{name}_file")}
        return values | {name: SecretFile(path, bool(values.get(name))) for name, path in named.items()}

    @field_validator("desk_token")
    @classmethod
    def _second_bot(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if token and token == info.data.get("telegram_token"):
            raise ValueError("is the first bot's token again")
        return token

    @field_validator("telegram_files")
    @classmethod
    def _of_own_server(cls, folder: Path | None, info: ValidationInfo) -> Path | None:
        if folder and info.data.get("telegram_api") == TELEGRAM:
            raise ValueError("is set, but PANAH_TELEGRAM_API names no server of your own")
        return folder

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: SecretStr | None) -> SecretStr | None:
        if url and not url.get_secret_value().startswith(_DATABASES):
            raise ValueError("names no database that Panah can use")
        return url

    @field_validator("webhook_url")
    @classmethod
    def _public_address(cls, url: str | None) -> str | None:
        parts = address_parts(url or "https://host")
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.port not in _WEBHOOK_PORTS:
            raise ValueError("is not an https address on port 443, 80, 88 or 8443")
        return url

    @field_validator("webhook_secret")
    @classmethod
    def _secret_of_webhook(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if secret is None and info.data.get("webhook_url"):
            raise ValueError("is missing, and there is a webhook")
        if secret and not _WEBHOOK_SECRET.fullmatch(secret.get_secret_value()):
            raise ValueError("is too short, too long or has other characters")
        return secret

    @property
    def database(self) -> str:
        """The database's address; holds a password on PostgreSQL."""
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite+aiosqlite:///{self.state_dir / 'panah.db'}"

    @property
    def partner_list(self) -> tuple[Partner, ...]:
        """The partners, one by one; none when nobody is asked."""
        return partners.read(self.partners) if self.partners else ()

    @property
    def unlock_limits(self) -> tuple[timedelta, timedelta]:
        """How long keys stay open: without a word, and in any case."""
        return timedelta(minutes=self.unlock_idle_minutes), timedelta(hours=self.unlock_hours)

    @property
    def webhook(self) -> bool:
        """Whether updates are delivered to us; otherwise we poll."""
        return self.webhook_url is not None

    @property
    def listen(self) -> tuple[str, int]:
        """Where the webhook's receiver listens: host and port."""
        return host_and_port(self.webhook_listen)

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        """Where health and metrics are shown: host and port; None when nowhere."""
        return host_and_port(self.metrics_listen) if self.metrics_listen else None

    @property
    def max_file(self) -> int:
        """The largest file taken in, in bytes."""
        return self.max_file_mb * 1_000_000


class FixedSettings(Settings):
    """Only what is given counts, no environment and no file: for rehearsals and tests."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *others: PydanticBaseSettingsSource,
        **named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def variable(field: str) -> str:
    """The name under which a field is set."""
    return f"{PREFIX}{field.upper()}"


def _faults(error: ValidationError) -> Iterator[Fault]:
    for found in error.errors(include_input=False, include_url=False):
        field = str(found["loc"][0])
        if found["type"] == "extra_forbidden":
            yield Fault(variable(field), "is not a setting", _nearest(field))
        else:
            description = Settings.model_fields[field].description or ""
            yield Fault(variable(field), _wrong(found["type"], found["msg"]), f"What belongs there: {description}")


def _wrong(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing"
    return message.removeprefix("Value error, ").replace("Input should be", "should be").removesuffix(".")


def _nearest(field: str) -> str:
    near = get_close_matches(field, Settings.model_fields, n=1)
    return f"Did you mean {variable(near[0])}?" if near else "Remove it, or see .env.example."
