"""What is wrong with a file of challenges, in words."""

from bot.conversation.words import Words
from bot.set_files.reader import MAX_BYTES
from bot.set_files.validation import Fault, SetFaults

MEBIBYTE = 1024 * 1024
LIMITS = {"mebibytes": MAX_BYTES // MEBIBYTE}


def fault_sentence(fault: Fault, say: Words) -> str:
    """What is wrong, and what would be right, in a line."""
    return " ".join(say(f"fault.{fault.kind}", **LIMITS, **fault.details).split())


def fault_lines(name: str, found: SetFaults, say: Words) -> list[str]:
    """`FILE:LINE: field: message`, a line a fault; the last tells how many more there are."""
    all_told = [
        f"{name}:{fault.line}: {fault.field}: {fault_sentence(fault, say)}"
        for fault in found.faults
    ]
    if found.more:
        last = found.faults[-1].line
        all_told.append(f"{name}:{last}: file: {say('fault.more', n=found.more)}")
    return all_told
