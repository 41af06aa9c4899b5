#!/bin/sh
# What make puts in .venv/bin/olievlek: runs the program of the checkout that this .venv is in.
bin=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd) || exit 1
root=${bin%/*/*}
if [ -e "$bin/../.run-ready" ] && [ "$root/requirements/run.txt" -nt "$bin/../.run-ready" ]; then
    echo "olievlek: what the program needs has changed; run make run-ready in $root first" >&2
    exit 2
fi
if ! [ -x "$bin/python" ]; then
    echo "olievlek: the Python of $bin is gone; run make run-ready in $root" >&2
    exit 2
fi
PYTHONPATH=$root${PYTHONPATH:+:$PYTHONPATH} exec "$bin/python" -m bot "$@"
