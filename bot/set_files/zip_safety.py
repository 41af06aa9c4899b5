"""Checks the parts of an Excel file before anything is built from them.

An Excel file is a ZIP of XML. A small one can unfold to gigabytes, point to other files or carry a
program; this module finds that out with bounded work, so that the spreadsheet reader never sees it.
"""

import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from bot.set_files.validation import Fault, SetFaults

MAX_PARTS = 200
MAX_UNPACKED = 8 * 1024 * 1024  # 500 challenges of the greatest length take some 2
MAX_ELEMENTS = 100_000  # those take some 40,000
BLOCK = 64 * 1024
ENCRYPTED = 0x1
# What `zipfile` raises for content that is no ZIP, is cut short, encrypted or compressed in a way
# that it does not know (RuntimeError covers the last two).
UNREADABLE = (BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError)
WORKBOOK = "xl/workbook.xml"
REFUSED = (
    (re.compile(r"(?i)vbaproject|(^|/)macrosheets/|(^|/)activex/"), "macros"),
    (re.compile(r"(?i)(^|/)externallinks/|(^|/)connections\.xml|(^|/)querytables/"), "links"),
    (re.compile(r"(?i)(^|/)embeddings/"), "embedded"),
)
MACROS = re.compile(rb"(?i)macroenabled|vbaproject")
LINKS = re.compile(rb"(?i)relationships/(externallink|connections|oleobject)")
XML = re.compile(r"(?i)\.(xml|rels|vml)$")


def checked_parts(content: bytes) -> dict[str, bytes]:
    """Returns the XML parts of the ZIP `content`, by their names in it.

    Raises:
        SetFaults: it is no Excel file, or one that is not safe to open.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            return dict(_parts(archive))
    except UNREADABLE as error:
        raise _refusal("not_xlsx") from error


def _refusal(*kinds: str) -> SetFaults:
    return SetFaults([Fault(1, "file", kind) for kind in kinds])


def _parts(archive: ZipFile) -> Iterator[tuple[str, bytes]]:
    infos = archive.infolist()
    _check_directory(infos)
    left, elements = MAX_UNPACKED, 0
    for info in infos:
        part = _unpacked(archive, info, left)
        left -= len(part)
        if not XML.search(info.filename):
            continue
        elements += part.count(b"<")
        if elements > MAX_ELEMENTS:
            raise _refusal("zip_bomb")
        _check_xml(part)
        yield info.filename, part


def _check_directory(infos: list[ZipInfo]) -> None:
    """Checks the list of contents, before anything is unpacked.

    Raises:
        SetFaults: it names what a set does not need, or too much.
    """
    names = [info.filename for info in infos]
    kinds = [kind for part, kind in REFUSED if any(part.search(name) for name in names)]
    if sum(info.file_size for info in infos) > MAX_UNPACKED or len(infos) > MAX_PARTS:
        kinds.append("zip_bomb")
    if WORKBOOK not in names or len(set(names)) < len(names):
        kinds.append("not_xlsx")
    if any(info.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for info in infos):
        kinds.append("not_xlsx")
    if any(info.flag_bits & ENCRYPTED for info in infos):
        kinds.append("not_xlsx")
    if kinds:
        raise _refusal(*dict.fromkeys(kinds))


def _unpacked(archive: ZipFile, info: ZipInfo, most: int) -> bytes:
    """Returns a part of at most `most` bytes, whatever the list of contents says.

    Raises:
        SetFaults: it is larger.
    """
    part = bytearray()
    with archive.open(info) as source:
        while block := source.read(BLOCK):
            part += block
            if len(part) > most:
                raise _refusal("zip_bomb")
    return bytes(part)


def _check_xml(part: bytes) -> None:
    """Refuses other XML than Excel writes: UTF-8, without declarations, macros or links."""
    if part[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in part:
        raise _refusal("not_xlsx")
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise _refusal("entities")
    if MACROS.search(part[:BLOCK]):
        raise _refusal("macros")
    if LINKS.search(part[:BLOCK]):
        raise _refusal("links")
