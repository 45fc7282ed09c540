"""What can be said of the images without building them."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from hydrophone.settings import Settings, load_settings
from hydrophone.settings.description import describe
from tests.containers.files import ROOT, Stage, stages
from tests.running import Shell, serving

STAGES = stages()
IMAGES = [STAGES["engine"], STAGES["gateway"]]
COMPOSED: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))


def sources(copied: str) -> list[str]:
    """What a COPY takes, without where it puts it."""
    *taken, _ = [word for word in copied.split() if not word.startswith("--")]
    return taken


def variables(stage: Stage) -> dict[str, str]:
    """What the image sets in the environment."""
    words = shlex.split(" ".join(stage.all("ENV")))
    return dict(word.split("=", 1) for word in words)


def test_the_gateway_is_what_is_built_when_no_target_is_named() -> None:
    assert list(STAGES)[-1] == "gateway"


def test_everything_that_is_copied_is_there_and_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    assert "*" in ignored
    taken = [
        path
        for stage in STAGES.values()
        for copied in stage.all("COPY")
        if not copied.startswith("--from")
        for path in sources(copied)
    ]
    assert taken
    for path in taken:
        assert (ROOT / path).exists(), path
        assert path.split("/")[0] in allowed, path
    assert {path.split("/")[0] for path in taken} == allowed


def test_secrets_and_data_stay_outside_of_every_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    allowed = [line[1:] for line in ignored if line.startswith("!")]
    for private in (".env", ".data", ".venv", ".git"):
        assert not any(fnmatch.fnmatch(private, pattern) for pattern in allowed)


def test_stages_copy_from_stages_before_them() -> None:
    before: list[str] = []
    for stage in STAGES.values():
        named = [
            word for copied in stage.all("COPY") for word in re.findall(r"--from=(\S+)", copied)
        ]
        assert set(named) <= set(before)
        before.append(stage.name)


def test_every_install_is_by_hash_or_of_our_own_wheel() -> None:
    installs = [
        command
        for stage in STAGES.values()
        for line in stage.all("RUN")
        for command in line.split(" && ")
        if "pip install" in command
    ]
    assert installs
    for command in installs:
        assert "--require-hashes" in command or "--no-deps /wheel/*.whl" in command, command


@pytest.mark.parametrize("image", IMAGES, ids=lambda stage: stage.name)
def test_images_run_python_3_14_as_a_user_with_a_volume(image: Stage) -> None:
    assert ":3.14-" in image.base
    (user,) = image.all("USER")
    assert user.split(":")[0] not in ("root", "0")
    assert image.all("VOLUME") == [variables(image)["HYDROPHONE_DATA_DIR"]]
    assert image.all("EXPOSE") == [variables(image)["PORT"]]


@pytest.mark.parametrize("image", IMAGES, ids=lambda stage: stage.name)
@pytest.mark.parametrize("name", ["PORT", "HYDROPHONE_PORT"])
def test_images_listen_where_they_are_told(
    image: Stage, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for other in ("HOST", "PORT", "HYDROPHONE_HOST", "HYDROPHONE_PORT"):
        monkeypatch.delenv(other, raising=False)
    for variable, value in variables(image).items():
        monkeypatch.setenv(variable, value)
    plain = load_settings()
    assert (plain.host, str(plain.port)) == ("0.0.0.0", *image.all("EXPOSE"))
    monkeypatch.setenv(name, "9123")
    assert load_settings().port == 9123


@pytest.mark.parametrize("image", IMAGES, ids=lambda stage: stage.name)
def test_images_set_what_are_settings(image: Stage) -> None:
    known = {line.variable for line in describe(Settings.model_construct())}
    ours = {name for name in variables(image) if name.startswith("HYDROPHONE_")}
    assert ours
    assert ours <= known


def test_who_may_ask_is_decided_for_every_image() -> None:
    assert variables(STAGES["gateway"])["HYDROPHONE_MODE"] == "session"
    assert variables(STAGES["engine"])["HYDROPHONE_MODE"] == "keys"


def test_the_health_check_passes_for_a_server_and_fails_without_one(tmp_path: Path) -> None:
    (check,) = {line for image in IMAGES for line in image.all("HEALTHCHECK")}
    command = json.loads(check.partition("CMD ")[2])
    assert command[0] == "python"
    shell = Shell(tmp_path, tmp_path / "data")
    with serving(shell, HYDROPHONE_MODE="session") as server:
        told = str(server.port)
        ports = ({"PORT": told}, {"PORT": "1", "HYDROPHONE_PORT": told})
        for port in ports:
            assert shell.run_argv(command, **port).code == 0
    for port in ports:
        assert shell.run_argv(command, **port).code != 0


@pytest.mark.parametrize("name", ["gateway", "engine"])
def test_composed_services_are_for_this_machine_alone_and_may_write_their_volume_only(
    name: str,
) -> None:
    service = COMPOSED["services"][name]
    (port,) = service["ports"]
    assert port.startswith("127.0.0.1:")
    assert port.endswith(f":{service['environment']['HYDROPHONE_PORT']}")
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    (volume,) = service["volumes"]
    assert volume == f"{name}:{service['environment']['HYDROPHONE_DATA_DIR']}"
    assert name in COMPOSED["volumes"]


@pytest.mark.parametrize("name", ["gateway", "engine"])
def test_composed_services_build_the_target_of_their_name(name: str) -> None:
    build = COMPOSED["services"][name]["build"]
    assert (ROOT / build["dockerfile"]).exists()
    assert build["target"] == name
    assert name in STAGES


def test_the_gateway_alone_starts_unless_the_engine_is_asked_for() -> None:
    assert "profiles" not in COMPOSED["services"]["gateway"]
    assert COMPOSED["services"]["engine"]["profiles"] == ["engine"]
