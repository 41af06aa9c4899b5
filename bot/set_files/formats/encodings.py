"""Decodes the text of a file, or refuses it: no set is published with garbled letters.

UTF-8 and UTF-16 are recognised by their own rules. Any bytes are text in an 8-bit encoding, so
there the letters decide: a reading counts if each of them can stand where it stands, and a file is
only read if it has one such reading.
"""

import codecs
import re
from collections.abc import Iterator
from functools import cache

from bot.set_files.plausibility import WHERE, misplaced
from bot.set_files.validation import Fault, SetFaults, printable

BOM = "\ufeff"
UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
MISTAKEN = ("cp1252", "mac_roman", "cp850", "cp437")
"""The encodings that UTF-8 is mistaken for when text is encoded twice."""
# What then comes of its letters and signs: those of Western Europe, and emoji.
EXPECTED = re.compile(
    "[\xa0-\xffŒœŠšŽžŸ–—‘’‚“”„†•…€™\u2190-\u21ff\u2600-\u27bf\U0001f300-\U0001faff]"
)
NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# What a letter becomes that is encoded twice: all bytes of it are outside ASCII.
TWO_IN_A_ROW = re.compile(r"[^\x00-\x7f]{2}")
LOST = "\ufffd"
SEPARATOR = re.compile(r"[\s;,\"]")
AROUND = 25  # characters of a word that are shown on either side of what is odd in it


def decode(content: bytes) -> str:
    """Returns the text of a file, with one kind of line ends.

    Raises:
        SetFaults: its encoding is not clear beyond doubt, or it is no text.
    """
    text = _unicode(content)
    if text is None:
        return _eight_bit(content.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    return _decoded_once(text.replace("\r\n", "\n").replace("\r", "\n"))


def _unicode(content: bytes) -> str | None:
    """Returns the text of UTF-16 or UTF-8; None: it is neither.

    Raises:
        SetFaults: it is damaged UTF-16, or no text.
    """
    encoding = UTF_16.get(content[:2]) or _utf_16_without_mark(content)
    if b"\0" in content and encoding is None:
        raise SetFaults([Fault(1, "file", "binary")])
    try:
        text = content.decode(encoding or "utf-8").removeprefix(BOM)
    except UnicodeDecodeError as error:
        if encoding is None:
            return None
        raise SetFaults([Fault(1, "file", "not_text")]) from error
    if "\0" in text:
        raise SetFaults([Fault(1, "file", "binary")])
    return text


def _utf_16_without_mark(content: bytes) -> str | None:
    """Returns the encoding when nearly all high bytes are zero, and no low one is."""
    even, odd = content[::2].count(0), content[1::2].count(0)
    if len(content) % 2 or min(even, odd) or max(even, odd) < 0.9 * len(content) / 2:
        return None
    return "utf-16-le" if odd else "utf-16-be"


def _eight_bit(content: bytes) -> str:
    """Returns the only reading in which each letter can stand where it stands.

    Raises:
        SetFaults: there is none, or more than one.
    """
    readings: list[str] = []
    for encoding in WHERE:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text not in readings and not misplaced(encoding).search(text):
            readings.append(text)
    match readings:
        case [text]:
            return text
        case []:
            raise _misplaced_letter(content)
        case [text, other, *_]:
            at = next(n for n, pair in enumerate(zip(text, other, strict=True)) if len({*pair}) > 1)
            raise _refusal("unclear_letters", text, at, other=_word(other, at))
    raise AssertionError(readings)  # pragma: no cover - the cases are all there are


def _misplaced_letter(content: bytes) -> SetFaults:
    likeliest = next(iter(WHERE))
    text = content.decode(likeliest, errors="replace")
    odd = misplaced(likeliest).search(text)
    return _refusal("odd_letters", text, odd.start() if odd else 0)


def _decoded_once(text: str) -> str:
    """Returns the text, decoded once more if all of it was clearly encoded twice.

    Raises:
        SetFaults: a part of it was, or a letter in it is lost.
    """
    if LOST in text:
        raise _refusal("lost_letter", text, text.index(LOST))
    if not TWO_IN_A_ROW.search(text):
        return text
    mistakes = {encoding: next(_mistakes(text, encoding), None) for encoding in MISTAKEN}
    for encoding in (encoding for encoding, mistake in mistakes.items() if mistake):
        decoded = _decoded(text, encoding)
        if decoded is not None and not _is_mistaken(decoded):
            return decoded
    for at, meant in filter(None, mistakes.values()):
        raise _refusal("encoded_twice", text, at, meant=printable(meant))
    return text


def _is_mistaken(text: str) -> bool:
    """Whether a text is not what a set is made of, so that decoding it was no repair."""
    if not all(EXPECTED.match(character) for character in {*NOT_ASCII.findall(text)}):
        return True
    return any(next(_mistakes(text, encoding), None) for encoding in MISTAKEN)


def _mistakes(text: str, encoding: str) -> Iterator[tuple[int, str]]:
    """Yields where characters stand that are the bytes of another one, and which that is."""
    for match in _byte_sequences(encoding).finditer(text):
        meant = _decoded(match[0], encoding)
        if meant is not None and EXPECTED.fullmatch(meant):
            yield match.start(), meant


def _decoded(text: str, encoding: str) -> str | None:
    """Returns the text whose UTF-8 bytes look like `text` in this encoding; None: there is none."""
    try:
        return bytes(map(_bytes_of(encoding).__getitem__, text)).decode()
    except (KeyError, UnicodeDecodeError):
        return None


@cache
def _bytes_of(encoding: str) -> dict[str, int]:
    """Returns the byte of each character; one that the encoding lacks stands for itself."""
    return {bytes([byte]).decode(encoding, "ignore") or chr(byte): byte for byte in range(256)}


@cache
def _byte_sequences(encoding: str) -> re.Pattern[str]:
    """Returns the pattern of the characters that two to four bytes of UTF-8 are mistaken for."""
    characters = {byte: re.escape(character) for character, byte in _bytes_of(encoding).items()}

    def span(first: int, last: int) -> str:
        return "".join(characters[byte] for byte in range(first, last + 1))

    more = f"[{span(0x80, 0xBF)}]"
    two, three, four = span(0xC2, 0xDF), span(0xE0, 0xEF), span(0xF0, 0xF4)
    return re.compile(f"[{two}]{more}|[{three}]{more}{{2}}|[{four}]{more}{{3}}")


def _refusal(kind: str, text: str, at: int, **details: str) -> SetFaults:
    line = text.count("\n", 0, at) + 1
    return SetFaults([Fault(line, "file", kind, {"word": _word(text, at), **details})])


def _word(text: str, at: int) -> str:
    """Returns the word around a place, for a line on a screen."""
    before = SEPARATOR.split(text[max(0, at - AROUND) : at])[-1]
    return printable(before + SEPARATOR.split(text[at : at + AROUND])[0])
