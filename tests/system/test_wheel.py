"""What is built is complete: prompts, migrations and words travel in the wheel."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.support.paths import PROJECT


def test_the_wheel_runs_outside_the_checkout(tmp_path: Path) -> None:
    # By the build backend itself: a `.venv` that uv made has no pip.
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*build, "--directory", str(tmp_path)], cwd=PROJECT, check=True, timeout=120)
    [wheel] = tmp_path.glob("olievlek-*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        names = set(archive.namelist())
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    version = (
        "import sys; sys.argv = ['olievlek', '--version']; from bot.cli.main import main; main()"
    )
    told = subprocess.run(
        [sys.executable, "-c", version], cwd=site, capture_output=True, text=True, check=True
    )
    assert told.stdout.endswith(f" ({head.stdout[:9]})\n") and told.stdout.startswith("olievlek 0.")
    assert "bot/prompts/nieuwsgierig.yaml" in names
    assert "bot/migrations/versions/0001_initial_schema.py" in names
    for name in ("en/messages.po", "nl/command_line.po", "nl/typer.po"):
        assert f"bot/languages/{name}" in names
    assert not [name for name in names if name.startswith(("tests/", "docs/"))]
    isolated = (
        f"import sys; sys.path.insert(0, {str(site)!r}); sys.argv = ['olievlek', 'demo']\n"
        "import bot; assert bot.__file__.startswith(sys.path[0])\n"
        "from bot.cli.main import main; main()"
    )
    story = "/start\n1\nma-zo 9:30\n/spring\n1\nIets\n/reeks\n"
    done = subprocess.run(
        [sys.executable, "-c", isolated],
        input=story,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "Je reeks: 1 ronde." in done.stdout
