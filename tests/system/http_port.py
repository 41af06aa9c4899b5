"""The HTTP port of a program that runs."""

import json

from tests.support.processes import (
    Program,
)


async def port_of(started: Program, name: str = "http") -> int:
    await started.says(f"{name} port open")
    [line] = [line for line in started.log.splitlines() if f"{name} port open" in line]
    return int(json.loads(line)["port"])
