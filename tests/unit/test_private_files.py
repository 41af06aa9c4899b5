"""Files that only their owner may read."""

import stat
from pathlib import Path

import pytest

from bot.private_files import write_private


@pytest.mark.parametrize("before", ["", "a.png", ".a.png.new"])
def test_nobody_else_may_read_it(tmp_path: Path, before: str) -> None:
    if before:
        (tmp_path / before).write_text("of yesterday, and readable for all")
        (tmp_path / before).chmod(0o666)
    write_private(tmp_path / "a.png", b"today")
    assert (tmp_path / "a.png").read_bytes() == b"today"
    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
