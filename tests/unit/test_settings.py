"""Settings: what is secret is shown nowhere, whatever goes wrong."""

import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog

from bot.config.reading import Variable, read_settings, settings_model, variables
from bot.config.settings import ConfigError
from bot.languages.registry import language_of
from bot.masking import SecretMask, mask, url_passwords
from bot.operation.logs import set_up_logs
from tests.support.logs import logging_restored

GUARDED = [variable for variable in variables(settings_model()) if not variable.is_shown]
FORMATS = ["console", "json"]


@pytest.fixture
def _logs_as_before() -> Iterator[None]:
    """Puts back how this process logs."""
    with logging_restored():
        yield


def secret_of(variable: Variable) -> str:
    """A secret that is written differently in URLs, in JSON and in Python."""
    return f"geheim/{variable.name}-\"'é"


def value_of(variable: Variable) -> str:
    """What the environment says: the secret, or a URL that has it as its password."""
    secret = secret_of(variable)
    return secret if variable.is_secret else f"postgresql+asyncpg://me:{quote(secret, safe='')}@h/d"


def test_the_secrets_are_known_by_their_types() -> None:
    assert {variable.name.removeprefix("OLIEVLEK_") for variable in GUARDED} == {
        "SECRET_KEY",
        "BACKUP_RECIPIENT",
        "PUSH_KEY",
        "OIDC_CLIENT_SECRET",
        "S3_ACCESS_KEY_ID",
        "S3_SECRET_ACCESS_KEY",
        "DATABASE_URL",
        "KEYS_URL",
        "TELEGRAM_TOKEN",
        "TELEGRAM_WEBHOOK_SECRET",
        "MATRIX_PASSWORD",
        "MATRIX_ACCESS_TOKEN",
    }


@pytest.mark.parametrize("variable", GUARDED, ids=lambda variable: variable.name)
@pytest.mark.parametrize("log_format", FORMATS)
@pytest.mark.usefixtures("_logs_as_before")
def test_a_secret_is_in_no_error_and_no_log(
    variable: Variable,
    log_format: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    secret = secret_of(variable)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable.name, value_of(variable))
    monkeypatch.setenv("OLIEVLEK_HTTP_PORT", secret)  # pasted in the wrong place as well
    with pytest.raises(ConfigError) as error:
        read_settings()
    assert "geheim" not in str(error.value)
    assert "OLIEVLEK_HTTP_PORT is '***'" in str(error.value) or not variable.is_secret
    set_up_logs("INFO", log_format)
    log, library = structlog.get_logger("bot"), logging.getLogger("library")
    log.warning(f"sent {secret}", value=secret, nested={"list": [secret, (secret,)]})
    log.warning("an object", error=ValueError(secret), url=quote(value_of(variable)))
    library.warning("GET %s", value_of(variable))
    try:
        raise RuntimeError(secret)
    except RuntimeError as fault:
        log.error("a fault", exc_info=fault)
        library.exception("another fault")
    logged = capsys.readouterr().err
    assert "geheim" not in logged
    assert logged.count("***") >= 7 and logged.count("RuntimeError") >= 2


@pytest.mark.parametrize(
    "name", ["OLIEVLEK_MATRIX_HOMESERVER", "OLIEVLEK_TELEGRAM_API_URL", "OLIEVLEK_PUBLIC_URL"]
)
def test_a_password_in_any_address_is_not_shown(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, "ftp://me:geheim@example.org")
    with pytest.raises(ConfigError) as error:
        read_settings()
    assert list(map(str, error.value.lines)) == [
        f"{name} is 'ftp://me:***@example.org'; should begin with http:// or https://"
    ]


def test_a_secret_in_the_file_is_hidden_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("olievlek_matrix_password=uit-het-bestand\n")
    read_settings()
    assert mask("M_FORBIDDEN: uit-het-bestand") == "M_FORBIDDEN: ***"


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("postgresql+asyncpg://u:geheim@h:5432/d", "geheim"),
        ("postgresql+asyncpg://u:Se@geheim:x@h:5432/d", "Se@geheim:x"),
        ("postgresql+asyncpg://u:a/geheim@h/d", "a/geheim"),
        ("postgresql+asyncpg://:geheim@h/d", "geheim"),
        ("postgresql+asyncpg://h/d?user=u&password=geheim&ssl=require", "geheim"),
    ],
)
def test_a_password_is_found_in_a_url(url: str, password: str) -> None:
    assert password in list(url_passwords(url))


@pytest.mark.parametrize(
    "url", ["sqlite+aiosqlite:///olievlek.db", "https://example.org:8448/a", "telegram.org", ""]
)
def test_a_url_without_password_has_none(url: str) -> None:
    assert list(url_passwords(url)) == []


def test_a_secret_within_another_leaves_nothing_of_it() -> None:
    hidden = SecretMask()
    assert hidden("abc") == "abc"
    hidden.add(["abc", "abcdef", "x", ""])
    assert hidden("abcdef, abc and x") == "***, *** and x"


@pytest.mark.parametrize("size", [-1, 0, 1, 3])
def test_no_setting_makes_figures_of_fewer_than_four(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OLIEVLEK_MIN_GROUP_SIZE", f"{size}")
    with pytest.raises(ConfigError) as error:
        read_settings()
    assert str(error.value) == f"OLIEVLEK_MIN_GROUP_SIZE is '{size}'; should be at least 4"
    monkeypatch.setenv("OLIEVLEK_MIN_GROUP_SIZE", "4")
    assert read_settings().min_group_size == 4


def test_a_key_file_that_cannot_be_read_names_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OLIEVLEK_SECRET_KEY_FILE", str(tmp_path / "nowhere"))
    monkeypatch.delenv("OLIEVLEK_SECRET_KEY", raising=False)
    with pytest.raises(ConfigError) as refused:
        read_settings()
    [line] = refused.value.lines
    for language, step in (("nl", "geef het met `chown` aan"), ("en", "give it to the user of")):
        assert step in line.in_language(language_of(language))
