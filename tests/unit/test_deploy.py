"""What is given to run the bot with keeps it without rights, and names the version that this is."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import cannot_start
from tests.support.paths import PROJECT
from tests.unit.test_public_code import VERSION

DEPLOY = PROJECT / "deploy"
UNIT = DEPLOY / "systemd" / "olievlek.service"
MOST_EXPOSED = 1.5  # of ten, as systemd counts


class Overriding(yaml.SafeLoader):  # type: ignore[misc]
    """A loader that knows the tag with which Compose replaces what an earlier file says."""


Overriding.add_constructor("!override", lambda loader, node: loader.construct_sequence(node))


def documents(file: Path) -> list[Any]:
    """Returns what is in a YAML file."""
    return list(yaml.load_all(file.read_text(), Overriding))


@pytest.fixture(scope="module")
def systemd_analyze() -> str:
    """Where systemd's tool is."""
    path = shutil.which("systemd-analyze")
    if path is None:
        cannot_start("systemd", FileNotFoundError("systemd-analyze; install Debian's systemd"))
    return path


def test_the_service_is_hardly_exposed(systemd_analyze: str) -> None:
    done = subprocess.run(
        [systemd_analyze, "security", "--offline=true", "--no-pager", str(UNIT)],
        capture_output=True,
        text=True,
    )
    [line] = [line for line in done.stdout.splitlines() if "Overall exposure level" in line]
    assert float(line.split(":")[1].split()[0]) <= MOST_EXPOSED


def test_the_service_is_one_that_systemd_understands(systemd_analyze: str, tmp_path: Path) -> None:
    program = tmp_path / "olievlek"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for each in sorted((DEPLOY / "systemd").glob("*.[st]*r*")):
        unit = tmp_path / each.name
        unit.write_text(each.read_text().replace("/opt/olievlek/bin/olievlek", str(program)))
    for unit in tmp_path.glob("olievlek*.*"):
        done = subprocess.run(
            [systemd_analyze, "verify", "--man=no", str(unit)], capture_output=True, text=True
        )
        assert (done.returncode, done.stdout + done.stderr) == (0, ""), unit.name


@pytest.mark.parametrize(("file", "kind"), [("olievlek", "Deployment"), ("restore", "Job")])
def test_a_pod_is_as_pod_security_restricted_wants_it(file: str, kind: str) -> None:
    [pod] = [
        document["spec"]["template"]["spec"]
        for document in documents(DEPLOY / "kubernetes" / f"{file}.yaml")
        if document["kind"] == kind
    ]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    [container] = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    volumes = {volume["name"] for volume in pod["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes


def test_compose_gives_no_rights() -> None:
    [compose] = documents(DEPLOY / "compose" / "compose.yaml")
    service = compose["services"]["olievlek"]
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_they_name_the_version_that_this_is() -> None:
    [compose] = documents(DEPLOY / "compose" / "compose.yaml")
    assert compose["services"]["olievlek"]["image"].endswith(f":{VERSION}")
    [kustomization] = documents(DEPLOY / "kubernetes" / "kustomization.yaml")
    assert [image["newTag"] for image in kustomization["images"]] == [VERSION]
    [job] = documents(DEPLOY / "kubernetes" / "restore.yaml")
    [container] = job["spec"]["template"]["spec"]["containers"]
    assert container["image"].endswith(f":{VERSION}")


def test_commands_have_what_the_service_has() -> None:
    command = (DEPLOY / "systemd" / "olievlek-command").read_text()
    subprocess.run(["sh", "-n"], input=command, text=True, check=True)
    unit = dict(line.split("=", 1) for line in UNIT.read_text().splitlines() if "=" in line)
    names = ("DynamicUser", "StateDirectory", "StateDirectoryMode", "UMask", "EnvironmentFile")
    for name in (*names, "LoadCredential"):
        assert f"--property {name}={unit[name]}" in command
    for setting in ("OLIEVLEK_DATABASE_URL", "OLIEVLEK_DATA_DIR"):
        [value] = [line for line in UNIT.read_text().splitlines() if f"={setting}=" in line]
        assert f"--setenv {value.partition('=')[2]} " in command
    assert unit["ExecStart"].removesuffix("run") + '"$@"' in command
