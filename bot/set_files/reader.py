"""Reads a challenge set from a file, whichever program wrote it."""

from pathlib import Path

from bot.core.challenges.challenge import ChallengeSet
from bot.set_files.formats import csv_file, yaml_file
from bot.set_files.formats.encodings import decode
from bot.set_files.validation import Fault, ParsedFile, SetFaults, validate

MAX_BYTES = yaml_file.MAX_BYTES
ZIP = b"PK"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # also what Excel wraps around a file with a password
OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument"  # first, and not compressed
EXCEL = {".xlsx", ".xlsm", ".xls", ".xlsb"}
ODS = {".ods", ".ots"}
# Formats of spreadsheets that are not read, and the kind of fault that says how to save.
NOT_READ = {".numbers": "numbers", ".fods": "flat_ods"}
CSV = {".csv", ".tsv"}
YAML = {".yaml", ".yml"}


def read_set(file: Path) -> ChallengeSet:
    """Returns the challenge set in `file`.

    Raises:
        SetFaults: all that is wrong with it, also when it cannot be read at all.
    """
    try:
        if file.is_dir():
            raise _refusal("is_a_folder")
        if not file.is_file():  # a pipe or a device would have us wait, or never end
            raise _refusal("unreadable_file")
        with file.open("rb") as source:
            content = source.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _refusal("unreadable_file") from error
    return read_bytes(file.name, content)


def read_bytes(name: str, content: bytes) -> ChallengeSet:
    """Returns the challenge set in a file that was sent.

    Args:
        name: the name of the file; its extension matters where the content leaves a doubt.
        content: all of it, or its first MiB and a byte.

    Raises:
        SetFaults: all that is wrong with it.
    """
    if len(content) > MAX_BYTES:
        raise _refusal("too_large")
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise _refusal("empty")
    return validate(_parsed(Path(name).suffix.lower(), content))


def _parsed(suffix: str, content: bytes) -> ParsedFile:
    """Returns what the file says; its content decides on the format, for text its extension."""
    if content.startswith(OLD_EXCEL):
        raise _refusal("old_excel")
    if refusal := NOT_READ.get(suffix):
        raise _refusal(refusal)
    if content.startswith(ZIP):
        return _parsed_spreadsheet(suffix, content)
    if suffix in EXCEL | ODS:
        raise _refusal("not_ods" if suffix in ODS else "not_xlsx")
    text = decode(content)
    if suffix in CSV or (suffix not in YAML and csv_file.has_columns(text)):
        return csv_file.parse(text)
    return yaml_file.parse_text(text)


def _parsed_spreadsheet(suffix: str, content: bytes) -> ParsedFile:
    if OPEN_DOCUMENT in content[:200] or (suffix in ODS and b"[Content_Types]" not in content):
        from bot.set_files.formats import ods_file  # here: most files are text

        return ods_file.parse(content)
    from bot.set_files.formats import xlsx_file  # here: openpyxl takes a sixth of a second to load

    return xlsx_file.parse(content)


def _refusal(kind: str) -> SetFaults:
    return SetFaults([Fault(1, "file", kind)])
