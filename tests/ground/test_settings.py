"""The settings: where they come from, which place wins, what a wrong one says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hydrophone.errors import NotConfigured
from hydrophone.settings import Settings, load_settings
from hydrophone.settings.description import describe

SECRET = "a-very-secret-key"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty working folder, and none of our variables in the environment."""
    monkeypatch.chdir(tmp_path)
    older = {name for line in describe(Settings.model_construct()) for name in line.older}
    for name in list(os.environ):
        if name.upper().startswith("HYDROPHONE_") or name.upper() in older:
            monkeypatch.delenv(name)


def write_env(text: str) -> None:
    Path(".env").write_text(text, encoding="utf-8")


def test_everything_has_a_default() -> None:
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.default_model == "default"
    assert settings.data_dir.name == "hydrophone"
    assert settings.api_keys == ()
    assert not settings.offline


def test_the_default_body_fits_a_file_of_50_mb_in_base64() -> None:
    assert load_settings().max_body_bytes > 50_000_000 * 4 / 3


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYDROPHONE_PORT", "9000")
    monkeypatch.setenv("HYDROPHONE_OFFLINE", "1")
    monkeypatch.setenv("HYDROPHONE_DATA_DIR", "/srv/data")
    settings = load_settings()
    assert (settings.port, settings.offline, settings.data_dir) == (9000, True, Path("/srv/data"))


def test_the_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    write_env("HYDROPHONE_PORT=9000\nHYDROPHONE_HOST=localhost\nOTHER=x\n")
    monkeypatch.setenv("HYDROPHONE_PORT", "9001")
    settings = load_settings()
    assert (settings.port, settings.host) == (9001, "localhost")


def test_egress_addresses_become_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    given = "203.0.113.7, 198.51.100.0/24,2001:DB8::/48"
    monkeypatch.setenv("HYDROPHONE_EGRESS_ADDRESSES", given)
    networks = load_settings().egress_addresses
    assert networks == ("203.0.113.7/32", "198.51.100.0/24", "2001:db8::/48")


@pytest.mark.parametrize("given", ["example.com", "203.0.113.7/24", "203.0.113.0/33"])
def test_what_is_no_network_is_told(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("HYDROPHONE_EGRESS_ADDRESSES", given)
    with pytest.raises(NotConfigured, match=r"HYDROPHONE_EGRESS_ADDRESSES.*network|host bits"):
        load_settings()


@pytest.mark.parametrize("given", ["example.com", "https://a.example/ x", "ftp://a.example/"])
def test_operators_page_must_be_a_url(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("HYDROPHONE_OPERATOR_URL", given)
    with pytest.raises(NotConfigured, match="HYDROPHONE_OPERATOR_URL"):
        load_settings()


def test_arguments_win_over_all_and_none_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYDROPHONE_PORT", "9001")
    assert load_settings(port=9002).port == 9002
    assert load_settings(port=None).port == 9001
    assert load_settings(log_level="debug").log_level == "debug"
    assert load_settings(default_model="sonar").default_model == "sonar"


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        ("PORT", "9000", "port", 9000),
        ("LOG_LEVEL", "DEBUG", "log_level", "debug"),
        ("DEFAULT_MODEL", "sonar", "default_model", "sonar"),
        ("NEXT_PUBLIC_PRO_MODE_ENABLED", "false", "pro_search", False),
    ],
)
def test_older_names_count(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, field: str, expected: object
) -> None:
    monkeypatch.setenv(variable, value)
    assert getattr(load_settings(), field) == expected


@pytest.mark.parametrize(
    ("older", "field", "theirs", "ours"),
    [
        ("PORT", "port", "9000", "9001"),
        ("LOG_LEVEL", "log_level", "error", "debug"),
        ("DEFAULT_MODEL", "default_model", "theirs", "ours"),
    ],
)
def test_our_own_name_wins_over_the_older_one(
    monkeypatch: pytest.MonkeyPatch, older: str, field: str, theirs: str, ours: str
) -> None:
    monkeypatch.setenv(older, theirs)
    monkeypatch.setenv(f"HYDROPHONE_{older}", ours)
    assert str(getattr(load_settings(), field)) == ours


def test_our_own_name_in_the_environment_wins_over_the_older_one_in_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_env("PORT=9000\n")
    monkeypatch.setenv("HYDROPHONE_PORT", "9001")
    assert load_settings().port == 9001


def test_the_names_of_others_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "MODEL", "MODE", "MODEL_URL", "OFFLINE", "DEADLINE_S"):
        monkeypatch.setenv(name, "keys")
    settings = load_settings()
    assert (settings.host, settings.model, settings.mode) == ("127.0.0.1", None, "auto")


@pytest.mark.parametrize("variable", ["API_KEYS", "HYDROPHONE_API_KEYS"])
def test_keys_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, " one, two,,three ,")
    keys = [key.get_secret_value() for key in load_settings().api_keys]
    assert keys == ["one", "two", "three"]


def test_origins_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYDROPHONE_CORS_ORIGINS", "https://a.example,https://b.example")
    assert load_settings().cors_origins == ("https://a.example", "https://b.example")


def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYDROPHONE_PORT", "")
    monkeypatch.setenv("API_KEYS", "")
    monkeypatch.setenv("HYDROPHONE_MODEL_URL", "")
    settings = load_settings()
    assert (settings.port, settings.api_keys, settings.model_url) == (8000, (), None)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HYDROPHONE_PORT", "http"),
        ("HYDROPHONE_PORT", "70000"),
        ("HYDROPHONE_LOG_LEVEL", "loud"),
        ("HYDROPHONE_MODE", "closed"),
        ("HYDROPHONE_OFFLINE", "perhaps"),
        ("HYDROPHONE_MAX_BODY_BYTES", "1"),
        ("HYDROPHONE_DEADLINE_S", "0"),
        ("HYDROPHONE_DEADLINE_S", "soon"),
    ],
)
def test_a_wrong_setting_is_named_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(NotConfigured, match=variable):
        load_settings()


def test_all_wrong_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYDROPHONE_PORT", "http")
    monkeypatch.setenv("HYDROPHONE_DEADLINE_S", "-1")
    with pytest.raises(NotConfigured) as caught:
        load_settings()
    assert "HYDROPHONE_PORT" in caught.value.message
    assert "HYDROPHONE_DEADLINE_S" in caught.value.message


def test_a_file_that_is_no_text_is_named() -> None:
    Path(".env").write_bytes(b"HYDROPHONE_PORT=\xff\xfe\n")
    with pytest.raises(NotConfigured, match=r"\.env"):
        load_settings()


def test_secrets_never_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", f"{SECRET},{SECRET}2")
    monkeypatch.setenv("HYDROPHONE_MODEL_KEY", SECRET)
    settings = load_settings()
    for shown in (repr(settings), str(settings), repr(describe(settings)), str(settings.api_keys)):
        assert SECRET not in shown
    values = {line.field: line.value for line in describe(settings)}
    assert values["api_keys"] == "(2 set)"
    assert values["model_key"] == "(set)"


def test_a_secret_beside_a_wrong_setting_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYDROPHONE_MODEL_KEY", SECRET)
    monkeypatch.setenv("HYDROPHONE_PORT", "http")
    with pytest.raises(NotConfigured) as caught:
        load_settings()
    assert SECRET not in caught.value.message
    assert caught.value.__cause__ is None


def test_settings_are_listed_with_variable_value_and_description(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PORT", "9000")
    lines = {line.field: line for line in describe(load_settings())}
    assert list(lines) == list(Settings.model_fields)
    port = lines["port"]
    assert (port.variable, port.older, port.value, port.changed) == (
        "HYDROPHONE_PORT",
        ("PORT",),
        "9000",
        True,
    )
    assert not lines["host"].changed
    assert lines["offline"].value == "0"
    assert lines["model_url"].value == ""
    assert all(line.description for line in lines.values())


def test_a_setting_cannot_be_changed_later() -> None:
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1
