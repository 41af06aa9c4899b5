"""Checks the parts of a spreadsheet before anything is built from them.

A file of Excel or OpenDocument is a ZIP of XML. A small one can unfold to gigabytes, point to other
files or carry a program; this module finds that out with bounded work, so that the spreadsheet
reader never sees it.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from bot.set_files.validation import Fault, SetFaults

MAX_PARTS = 200
MAX_UNPACKED = 8 * 1024 * 1024  # 500 challenges of the greatest length take some 2
MAX_ELEMENTS = 100_000  # those take some 40,000
MAX_ATTRIBUTES = 200_000  # those take some 60,000
BLOCK = 64 * 1024
ENCRYPTED = 0x1
# What `zipfile` raises for content that is no ZIP, is cut short, encrypted or compressed in a way
# that it does not know (RuntimeError covers the last two).
UNREADABLE = (BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError)
WORKBOOK, CONTENT = "xl/workbook.xml", "content.xml"
MANIFEST = "META-INF/manifest.xml"


@dataclass(frozen=True, slots=True)
class ZipFormat:
    """What files of a format are made of.

    Attributes:
        required: the part without which it is none.
        damaged: the kind of fault of a file that is not in order.
        refused: the parts that a set has no need of, each with the kind of fault.
        read: the parts that are unpacked; the reader looks at no others.
    """

    required: str
    damaged: str
    refused: tuple[tuple[re.Pattern[str], str], ...]
    read: re.Pattern[str]


EXCEL = ZipFormat(
    WORKBOOK,
    "not_xlsx",
    (
        (re.compile(r"(?i)vbaproject|(^|/)macrosheets/|(^|/)activex/"), "macros"),
        (re.compile(r"(?i)(^|/)externallinks/|(^|/)connections\.xml|(^|/)querytables/"), "links"),
        (re.compile(r"(?i)(^|/)embeddings/"), "embedded"),
    ),
    re.compile(""),
)
OPEN_DOCUMENT = ZipFormat(
    CONTENT,
    "not_ods",
    (
        (re.compile(r"^encrypted-package$"), "ods_password"),
        (re.compile(r"^(Basic|Scripts)/."), "macros"),
        (re.compile(r"^Object"), "embedded"),
    ),
    re.compile(f"^{re.escape(CONTENT)}$"),
)
MACROS = re.compile(rb"(?i)macroenabled|vbaproject")
LINKS = re.compile(rb"(?i)relationships/(externallink|connections|oleobject)")
XML = re.compile(r"(?i)\.(xml|rels|vml)$")


def checked_parts(content: bytes, kind: ZipFormat) -> dict[str, bytes]:
    """Returns the XML parts of the ZIP `content`, by their names in it.

    Raises:
        SetFaults: it is no file of this kind, or one that is not safe to open.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            return dict(_parts(archive, kind))
    except UNREADABLE as error:
        raise _refusal(kind.damaged) from error


def _refusal(*kinds: str) -> SetFaults:
    return SetFaults([Fault(1, "file", kind) for kind in kinds])


def _parts(archive: ZipFile, kind: ZipFormat) -> Iterator[tuple[str, bytes]]:
    infos = archive.infolist()
    _check_directory(infos, kind)
    _check_manifest(archive)
    left, elements, attributes = MAX_UNPACKED, 0, 0
    for info in infos:
        if not kind.read.search(info.filename):
            continue
        part = _unpacked(archive, info, left)
        left -= len(part)
        if not XML.search(info.filename):
            continue
        elements += part.count(b"<")
        attributes += part.count(b'="') + part.count(b"='")
        if elements > MAX_ELEMENTS or attributes > MAX_ATTRIBUTES:
            raise _refusal("zip_bomb")
        _check_xml(part, kind)
        yield info.filename, part


def _check_directory(infos: list[ZipInfo], kind: ZipFormat) -> None:
    """Checks the list of contents, before anything is unpacked.

    Raises:
        SetFaults: it names what a set does not need, or too much.
    """
    names = [info.filename for info in infos]
    kinds = [fault for part, fault in kind.refused if any(map(part.search, names))]
    if sum(info.file_size for info in infos) > MAX_UNPACKED or len(infos) > MAX_PARTS:
        kinds.append("zip_bomb")
    if kind.required not in names or len(set(names)) < len(names):
        kinds.append(kind.damaged)
    if any(info.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for info in infos):
        kinds.append(kind.damaged)
    if any(info.flag_bits & ENCRYPTED for info in infos):
        kinds.append(kind.damaged)
    if kinds:
        raise _refusal(*dict.fromkeys(kinds))


def _check_manifest(archive: ZipFile) -> None:
    """Refuses a file whose list of contents says that parts are encrypted.

    Raises:
        SetFaults: it is one of OpenDocument with a password.
    """
    if MANIFEST in archive.namelist():
        manifest = _unpacked(archive, archive.getinfo(MANIFEST), MAX_UNPACKED)
        if b"encryption-data" in manifest:
            raise _refusal("ods_password")


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


def _check_xml(part: bytes, kind: ZipFormat) -> None:
    """Refuses other XML than these programs write: UTF-8, no declarations, macros or links."""
    if part[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in part:
        raise _refusal(kind.damaged)
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise _refusal("entities")
    if MACROS.search(part[:BLOCK]):
        raise _refusal("macros")
    if LINKS.search(part[:BLOCK]):
        raise _refusal("links")
