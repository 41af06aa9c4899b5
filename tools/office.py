"""Opens and saves the template in LibreOffice, as files for the tests to read.

A separate target (`make test-office`), because LibreOffice takes half a gigabyte. What it wrote is
kept in `tests/unit/set_files/fixtures`, and read by every run of the tests.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bot.set_files.reader import read_set
from bot.set_files.template import KINDS, example

FIXTURES = Path(__file__).parents[1] / "tests" / "unit" / "set_files" / "fixtures"
SECONDS = 180
SEPARATORS = {"comma": 44, "semicolon": 59, "tab": 9}
UTF_8 = 76  # as LibreOffice numbers encodings


def conversions() -> dict[str, tuple[str, list[str]]]:
    """Returns the kind of template and the options of LibreOffice for each file to be written."""
    files = {
        "xlsx-saved.xlsx": ("xlsx", ["--convert-to", "xlsx"]),
        "xlsx-saved.ods": ("xlsx", ["--convert-to", "ods"]),
        "ods-saved.ods": ("ods", ["--convert-to", "ods"]),
        "ods-saved.xlsx": ("ods", ["--convert-to", "xlsx"]),
    }
    for opened, before in SEPARATORS.items():
        for saved, after in SEPARATORS.items():
            for quoted in ("false", "true"):
                name = f"{opened}-{saved}{'-quoted' if quoted == 'true' else ''}.csv"
                target = f"csv:Text - txt - csv (StarCalc):{after},34,{UTF_8},1,,0,{quoted},true"
                options = [f"--infilter=CSV:{before},34,{UTF_8},1", "--convert-to", target]
                files[name] = ("csv", options)
    return files


def write(folder: Path, office: str) -> None:
    """Writes all fixtures.

    Raises:
        subprocess.CalledProcessError: LibreOffice failed.
    """
    for kind, content in KINDS.items():
        (folder / f"template.{kind}").write_bytes(content())
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    for name, (kind, options) in conversions().items():
        command = [office, profile, "--headless", *options]
        command += ["--outdir", str(folder / "saved"), str(folder / f"template.{kind}")]
        subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
        suffix = Path(name).suffix
        shutil.copyfile(folder / "saved" / f"template{suffix}", FIXTURES / name)


def main() -> int:
    """Writes the fixtures and reads them; returns the exit code."""
    office = shutil.which("soffice")
    if office is None:
        print("LibreOffice is not installed (Debian: libreoffice-calc)", file=sys.stderr)
        return 1
    FIXTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), office)
    wrong = [name for name in conversions() if read_set(FIXTURES / name) != example()]
    print(*(f"{name} is another set" for name in wrong), sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
