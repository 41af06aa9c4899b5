"""The queries of the runbook, and connections to ask them."""

import re
from typing import Any

import asyncpg
from sqlalchemy import make_url

from tests.support.paths import PROJECT

BLOCK = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)


def queries(name: str) -> list[str]:
    """Returns what a page has an administrator ask PostgreSQL."""
    return BLOCK.findall((PROJECT / "docs" / name).read_text())


async def leaders(administrator: Any, url: str) -> list[Any]:  # noqa: ANN401 - asyncpg has no types
    """Returns who leads in the database that a setting names; other tests use the same server."""
    who_leads, _ = queries("runbook.md")
    rows = await administrator.fetch(who_leads)
    return [each for each in rows if each["datname"] == make_url(url).database]


async def connected(url: str, program: str) -> Any:  # noqa: ANN401 - asyncpg has no types
    """Returns a connection of another program to the database that a setting names."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.connect(plain, server_settings={"application_name": program})
