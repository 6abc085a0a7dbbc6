"""Settings: everything wrong is named at once, and no value is ever shown."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import SECRETS, Settings, SettingsFaults, variable

EXAMPLE = Path(__file__).parents[2] / ".env.example"
GOOD = {"PANAH_TELEGRAM_TOKEN": "100001:CANARY-token", "PANAH_ORGANISATION": "Example Relief"}
HOOKED = {**GOOD, "PANAH_WEBHOOK_URL": "https://bot.example.org/", "PANAH_WEBHOOK_SECRET": "CANARY_0123456789"}


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch):
    def load(values: Mapping[str, str], dotenv: Path | None = None) -> Settings:
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        return Settings.load(dotenv)

    return load


def faults(load, values: Mapping[str, str], dotenv: Path | None = None) -> dict[str, str]:
    with pytest.raises(SettingsFaults) as caught:
        load(values, dotenv)
    assert "CANARY" not in str(caught.value) + repr(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    return {fault.name: fault.wrong for fault in caught.value.faults}


def test_a_token_and_a_name_are_enough(load):
    settings = load(GOOD)
    assert settings.telegram_api == "https://api.telegram.org"
    assert settings.state_dir == Path("state")
    assert settings.database == "sqlite+aiosqlite:///state/panah.db"
    assert (settings.retention_days, settings.sends_per_second, settings.max_file) == (90, 30, 20_000_000)
    assert (settings.webhook, settings.listen) == (False, ("127.0.0.1", 8443))
    assert settings.desk_token is None and settings.program_dir is None


def test_given_nothing_when_loaded_then_all_that_is_needed_is_named_with_its_remedy(load):
    assert faults(load, {}) == {"PANAH_TELEGRAM_TOKEN": "is missing", "PANAH_ORGANISATION": "is missing"}
    with pytest.raises(SettingsFaults, match=r"PANAH_TELEGRAM_TOKEN: is missing\. .*@BotFather"):
        load({})


def test_given_everything_wrong_when_loaded_then_every_fault_is_named_and_no_value(load, tmp_path: Path):
    dotenv = tmp_path / "env"
    dotenv.write_text("PANAH_DESKTOKEN=CANARY\nPANAH_CANARY_ODD_NAME=1\nSOMEBODY_ELSES=1\n")
    wrong = {
        "PANAH_TELEGRAM_TOKEN": "CANARY",
        "PANAH_ORGANISATION": "CANARY" * 20,
        "PANAH_DESK_TOKEN": "CANARY",
        "PANAH_TELEGRAM_API": "ftp://CANARY",
        "PANAH_DATABASE_URL": "mysql://root:CANARY@db/x",
        "PANAH_WEBHOOK_URL": "https://CANARY:1234",
        "PANAH_WEBHOOK_LISTEN": "CANARY",
        "PANAH_WEBHOOK_SECRET": "CANARY",
        "PANAH_LOG_LEVEL": "CANARY",
        "PANAH_PROGRAM_DIR": "/CANARY",
        "PANAH_RETENTION_DAYS": "CANARY",
        "PANAH_SENDS_PER_SECOND": "0",
        "PANAH_MAX_FILE_MB": "1.5",
    }
    with pytest.raises(SettingsFaults) as caught:
        load(wrong, dotenv)
    named = {fault.name for fault in caught.value.faults}
    assert named == {*wrong, "PANAH_DESKTOKEN", "PANAH_CANARY_ODD_NAME"}
    assert len(str(caught.value).splitlines()) == len(named)
    assert "CANARY" not in str(caught.value).replace("PANAH_CANARY_ODD_NAME", "")


def test_given_a_misspelt_name_in_the_file_when_loaded_then_the_right_one_is_offered(load, tmp_path: Path):
    dotenv = tmp_path / "env"
    dotenv.write_text("PANAH_ORGANIZATION=x\n")
    with pytest.raises(SettingsFaults, match=r"ORGANIZATION: is not a setting\. Did you mean PANAH_ORGANISATION\?"):
        load(GOOD, dotenv)


def test_given_a_file_that_is_no_text_when_loaded_then_the_file_is_the_fault(load, tmp_path: Path):
    (tmp_path / "env").write_bytes(b"PANAH_ORGANISATION=CANARY\xff\n")
    assert faults(load, GOOD, tmp_path / "env") == {".env": "can't be read (UnicodeDecodeError)"}


def test_given_a_name_of_blanks_then_it_is_no_name(load):
    assert list(faults(load, {**GOOD, "PANAH_ORGANISATION": " \t "})) == ["PANAH_ORGANISATION"]


def test_the_environment_wins_over_the_file_and_empty_is_unset(load, tmp_path: Path):
    dotenv = tmp_path / "env"
    dotenv.write_text("PANAH_ORGANISATION=From file\nPANAH_LOG_LEVEL=debug\nPANAH_DESK_TOKEN=\n")
    settings = load({**GOOD, "PANAH_WEBHOOK_URL": ""}, dotenv)
    assert (settings.organisation, settings.log_level) == ("Example Relief", "DEBUG")
    assert settings.desk_token is None and not settings.webhook


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_may_lie_in_a_file(name: str, load, tmp_path: Path):
    values = {
        "telegram_token": "100002:from-file",
        "desk_token": "100003:from-file",
        "database_url": "postgresql+asyncpg://panah@db/panah",
        "webhook_secret": "0123456789abcdef",
    }
    path = tmp_path / "secret"
    path.write_text(values[name] + "\n")
    others = {key: value for key, value in GOOD.items() if key != variable(name)}
    settings = load({**others, f"{variable(name)}_FILE": str(path)})
    assert getattr(settings, name).get_secret_value() == values[name]


def test_given_secret_files_that_do_not_serve_then_each_is_named(load, tmp_path: Path):
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    wrong = {
        "PANAH_ORGANISATION": "x",
        "PANAH_TELEGRAM_TOKEN_FILE": str(tmp_path / "CANARY"),
        "PANAH_DESK_TOKEN_FILE": str(tmp_path / "empty"),
        "PANAH_DATABASE_URL_FILE": str(tmp_path / "binary"),
        "PANAH_WEBHOOK_SECRET_FILE": str(tmp_path / "empty"),
        "PANAH_WEBHOOK_SECRET": "CANARY_0123456789",
    }
    assert faults(load, wrong) == {
        "PANAH_TELEGRAM_TOKEN": "has a file that can't be read (FileNotFoundError)",
        "PANAH_DESK_TOKEN": "has an empty file",
        "PANAH_DATABASE_URL": "has a file that can't be read (UnicodeDecodeError)",
        "PANAH_WEBHOOK_SECRET": "is set twice, by itself and by its file; keep one",
    }


def test_two_bots_are_two_tokens(load):
    wrong = faults(load, {**GOOD, "PANAH_DESK_TOKEN": GOOD["PANAH_TELEGRAM_TOKEN"]})
    assert wrong == {"PANAH_DESK_TOKEN": "is the first bot's token again"}


def test_a_webhook_needs_its_secret(load):
    assert load(HOOKED).webhook
    assert faults(load, {**HOOKED, "PANAH_WEBHOOK_SECRET": ""}) == {
        "PANAH_WEBHOOK_SECRET": "is missing, and there is a webhook"
    }


@pytest.mark.parametrize("address", ["http://bot.example", "https://bot.example:99", "https://", "https://[x/", "x"])
def test_a_webhook_is_where_telegram_delivers(address: str, load):
    assert list(faults(load, {**HOOKED, "PANAH_WEBHOOK_URL": address})) == ["PANAH_WEBHOOK_URL"]


@pytest.mark.parametrize(
    ("text", "listen"), [("10.0.0.1:80", ("10.0.0.1", 80)), ("[::1]:8443", ("::1", 8443)), ("web:9", ("web", 9))]
)
def test_the_receiver_listens_on_a_host_and_a_port(text: str, listen: tuple[str, int], load):
    assert load({**GOOD, "PANAH_WEBHOOK_LISTEN": text}).listen == listen


@pytest.mark.parametrize("text", ["8443", "host:", "host:0", "host:70000", "::1:80"])
def test_given_no_host_and_port_then_the_listener_is_a_fault(text: str, load):
    assert list(faults(load, {**GOOD, "PANAH_WEBHOOK_LISTEN": text})) == ["PANAH_WEBHOOK_LISTEN"]


def test_a_server_of_ones_own_may_speak_for_telegram(load):
    assert load({**GOOD, "PANAH_TELEGRAM_API": "http://127.0.0.1:8081/"}).telegram_api == "http://127.0.0.1:8081"
    for near in ("http://localhost:8081", "http://[::1]:8081"):
        assert load({**GOOD, "PANAH_TELEGRAM_API": near}).telegram_api == near


def test_given_a_folder_of_files_without_a_server_of_ones_own_then_it_is_refused(load, tmp_path: Path):
    files = {**GOOD, "PANAH_TELEGRAM_FILES": str(tmp_path)}
    assert "no server of your own" in faults(load, files)["PANAH_TELEGRAM_FILES"]
    assert load({**files, "PANAH_TELEGRAM_API": "http://127.0.0.1:8081"}).telegram_files == tmp_path


@pytest.mark.parametrize("far", ["http://bots.example.org", "http://10.0.0.5:8081", "http://localhost.example.org"])
def test_given_a_server_elsewhere_without_tls_then_it_is_refused(load, far):
    assert "in the clear" in faults(load, {**GOOD, "PANAH_TELEGRAM_API": far})["PANAH_TELEGRAM_API"]


def test_the_state_folder_holds_the_database_by_default(load, tmp_path: Path):
    settings = load({**GOOD, "PANAH_STATE_DIR": str(tmp_path)})
    assert settings.database == f"sqlite+aiosqlite:///{tmp_path}/panah.db"


def test_settings_never_show_a_secret(load):
    settings = load({**HOOKED, "PANAH_DATABASE_URL": "postgresql+asyncpg://u:CANARY@db/x"})
    assert "CANARY" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_given_settings_made_by_hand_when_they_are_wrong_then_no_value_is_shown_either():
    with pytest.raises(ValidationError) as caught:
        Settings(telegram_token="CANARY", max_file_mb="CANARY", organisation="x" * 65)
    assert "CANARY" not in str(caught.value) + repr(caught.value)


def test_the_example_explains_every_setting_and_no_other():
    explained = re.findall(r"^# (.+)\n(?:# )?(PANAH_\w+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name: (line, default) for line, name, default in explained} == {
        variable(name): (field.description, "" if field.is_required() else str(field.default or ""))
        for name, field in Settings.model_fields.items()
    }


def test_the_example_alone_lacks_only_what_nobody_else_can_know(load):
    assert set(faults(load, {}, EXAMPLE)) == {"PANAH_TELEGRAM_TOKEN", "PANAH_ORGANISATION"}
