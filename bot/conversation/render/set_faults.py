"""What is wrong with a file of challenges, in words."""

from bot.conversation.words import Words
from bot.set_files.reader import MAX_BYTES
from bot.set_files.validation import Fault, SetFaults

MEBIBYTE = 1024 * 1024
LIMITS = {"mebibytes": MAX_BYTES // MEBIBYTE}


def fault_sentence(fault: Fault, say: Words) -> str:
    """Says what is wrong and what would be right, in a line."""
    return " ".join(say(f"fault.{fault.kind}", **LIMITS, **fault.details).split())


def fault_lines(name: str, faults: SetFaults, say: Words) -> list[str]:
    """Returns `FILE:LINE: field: message` for each fault, and how many more there are."""
    lines = [
        f"{name}:{fault.line}: {fault.field}: {fault_sentence(fault, say)}"
        for fault in faults.faults
    ]
    if faults.more:
        last = faults.faults[-1].line
        lines.append(f"{name}:{last}: file: {say('fault.more', n=faults.more)}")
    return lines
