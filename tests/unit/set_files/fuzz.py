"""Reading sets under atheris, by hand and for as long as you like.

Atheris is no dependency, for it does not install everywhere. From the root of a checkout:

    .venv/bin/python -m pip install atheris    # or: uv pip install atheris
    .venv/bin/python -m tests.unit.set_files.fuzz -max_total_time=600

It stops at the first file that is neither a set nor has faults that can be told, or that takes more
than two seconds, and leaves that file behind as `crash-…` or `timeout-…`.
"""

import sys

from bot.conversation.render.set_faults import fault_lines
from bot.conversation.words import Words
from bot.core.challenges.challenge import ChallengeSet
from bot.set_files import template
from bot.set_files.reader import read_bytes
from bot.set_files.validation import SetFaults

NAMES = ("a.yaml", "a.csv", "a.xlsx", "a.ods", "a")


def one_file(content: bytes) -> None:
    """The first byte picks the name; the rest is the file."""
    name = NAMES[content[0] % len(NAMES)] if content else NAMES[0]
    try:
        found = read_bytes(name, content[1:])
    except SetFaults as error:
        assert all(line.isprintable() for line in fault_lines(name, error, Words("nl")))
    else:
        assert isinstance(found, ChallengeSet)


def main() -> None:
    """Hands the files over, after the examples."""
    import atheris

    for number, kind in enumerate(("yaml", "csv", "xlsx", "ods")):
        one_file(bytes([number]) + template.KINDS[kind]())
    atheris.instrument_all()
    atheris.Setup([*sys.argv, "-timeout=2", "-max_len=65536", "-rss_limit_mb=700"], one_file)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
