"""Signing in at a certified provider, on its own pages."""

import asyncio
import re
from pathlib import Path

from sqlalchemy import select

from bot.app import Application
from bot.store.schema.teams import RoleRow
from tests.oidc.conftest import CLIENT, SECRET, Certified, Person
from tests.support.command_line import olievlek
from tests.support.fakes import FakeMember
from tests.support.processes import environment


async def test_a_person_of_the_organisation(
    colleague: Person, certified: Certified, member: FakeMember, application: Application
) -> None:
    assert "Aanmelden is niet gelukt" in await colleague.signs_in(agrees=False)
    page = await colleague.signs_in()
    assert "aangemeld als sanne@example.org" in page
    found = re.search(r"/koppel [A-Z0-9-]+", page)
    assert found is not None
    await member.says(found[0])
    await member.presses("Koppelen")
    await certified.gives(sanne=["olievlek-trainer"])
    assert "Jouw pagina’s" in await colleague.signs_in()  # one click: the provider asks nothing
    assert "Sets" in await colleague.browser.opens("")
    async with application.database.reading() as session:
        assert (await session.scalars(select(RoleRow.role))).all() == ["trainer"]
    await certified.gives()
    await colleague.signs_in()
    async with application.database.reading() as session:
        assert (await session.scalars(select(RoleRow.role))).all() == []


async def test_check_looks_at_it(certified: Certified, tmp_path: Path) -> None:
    env = environment(
        tmp_path, OIDC_ISSUER=certified.issuer, OIDC_CLIENT_ID=CLIENT, OIDC_CLIENT_SECRET=SECRET
    )
    _, checked, _ = await asyncio.to_thread(olievlek, env, tmp_path, "check")
    assert re.search(f"signing in at the organisation: ok .{certified.issuer}", checked), checked
