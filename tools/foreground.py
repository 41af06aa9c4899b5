"""Runs a program by itself in the foreground of the terminal, for `make run`.

Ctrl-C then reaches the program alone. Otherwise make gets it as well, and ends with 130 although
the program stopped in order.
"""

import os
import signal
import sys


def main() -> None:
    """Becomes the program that the arguments name; without a terminal nothing else is done."""
    if os.isatty(sys.stdin.fileno()):
        os.setpgid(0, 0)
        # Taking the terminal from the background would stop us; Ctrl-Z would leave make waiting.
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.tcsetpgrp(sys.stdin.fileno(), os.getpgrp())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
