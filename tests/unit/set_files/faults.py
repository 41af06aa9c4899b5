"""The faults of a file, as both languages tell them."""

import pytest

from bot.conversation.render.set_faults import fault_lines
from bot.conversation.words import Words
from bot.set_files.reader import read_bytes
from bot.set_files.validation import SetFaults


def told(content: bytes, name: str = "set.xlsx") -> list[tuple[int, str, str]]:
    """Line, field and kind of each fault, which both languages can tell."""
    with pytest.raises(SetFaults) as caught:
        read_bytes(name, content)
    said = [fault_lines(name, caught.value, Words(language)) for language in ("nl", "en")]
    assert said[0] != said[1]
    return [(fault.line, fault.field, fault.kind) for fault in caught.value.faults]
