"""Signing in at the organisation: linking a chat once, and roles."""

import asyncio
import json
import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from sqlalchemy import select

from bot.app import Application
from bot.store.lifecycle.export import export_of
from bot.store.members import roles
from bot.store.members.vault import Vault
from bot.store.schema.audit import AuditEntryRow
from bot.store.schema.teams import Role, RoleRow
from bot.store.schema.web import OrganisationAccountRow, OrganisationCodeRow
from tests.support.command_line import olievlek
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.support.oidc import (
    CLIENT,
    SECRET,
    ToyProvider,
)
from tests.support.processes import environment
from tests.web.conftest import ADDRESS
from tests.web.organisation import Desk, application, desk, provider

__all__ = ["application", "desk", "provider"]  # fixtures

HOST = ADDRESS.removeprefix("https://")


async def roles_of(application: Application) -> dict[str, bool]:
    """The roles there are, and whether each ends by itself."""
    async with application.database.reading() as session:
        rows = (await session.scalars(select(RoleRow))).all()
    return {str(row.role): row.until is not None for row in rows}


async def acts(application: Application) -> list[str]:
    """What the trail says."""
    async with application.database.reading() as session:
        query = select(AuditEntryRow).order_by(AuditEntryRow.number)
        rows = (await session.scalars(query)).all()
    return [f"{row.actor.partition(':')[0]} {row.action} {row.detail}".strip() for row in rows]


async def test_an_account_is_linked_once_and_signs_in_from_then_on(
    desk: Desk, member: FakeMember, application: Application, vault: Vault
) -> None:
    assert "Aanmelden bij je organisatie" in await desk.browser.opens("", 401)
    assert "aangemeld als sanne@example.org" in await desk.signs_in()
    code = desk.code()
    await member.says(f"/koppel {code.lower()}")
    asked = member.last
    assert "aanmelding bij Gemeente Vlek" in asked.text
    assert "als sanne@example.org, in Firefox, Windows" in asked.text
    await member.says(f"/koppel {code}")  # it works once
    assert "Die code werkt niet" in member.last.text
    await member.presses("Koppelen", asked)
    assert "Jouw pagina’s" in await desk.signs_in()
    assert "in Firefox, Windows" in member.last.text
    assert "__Host-olievlek-organisation" not in desk.browser.http.cookies
    async with application.database.reading() as session:
        row = (await session.scalars(select(OrganisationAccountRow))).one()
        assert len(row.subject) == 64 and "4711" not in row.subject
        assert await session.scalar(select(OrganisationCodeRow)) is None
        exported = await export_of(session, vault, await member.member(), desk.provider.clock())
    with ZipFile(BytesIO(exported.content)) as archive:
        (account,) = json.loads(archive.read("member.json"))["organisation_accounts"]
    assert account["chat"] == "paper:sanne" and account["linked_at"].startswith("2026-11-23")
    await member.presses("Overal afmelden")  # which whoever linked their own account survives
    assert "via Gemeente Vlek kan nog wel" in member.last.text and "/koppel" in member.last.text
    await member.says("/koppel")
    assert "Sinds maandag 23 november" in member.last.text
    await member.presses("Organisatie loskoppelen")
    assert "Losgekoppeld" in member.last.text
    assert "Koppel je chat" in await desk.signs_in()
    assert await acts(application) == [
        "member linked organisation",
        "member unlinked organisation",
    ]


async def test_the_chat_decides(
    desk: Desk,
    member: FakeMember,
    application: Application,
    fake_channel: FakeChannel,
    clock: FixedClock,
) -> None:
    other = FakeMember(application, fake_channel, clock, "mees")
    await other.joins()
    await desk.signs_in()
    await member.says(f"/koppel {desk.code()}")
    asked = member.last
    await other.taps(asked.action("Koppelen"))  # was asked nothing
    assert "Koppel je chat" in await desk.signs_in()
    await member.presses("Koppelen", asked)  # the second code took the place of the first
    assert "Gekoppeld" not in member.last.text
    await member.says(f"/koppel {desk.code()}")
    await member.presses("Niet koppelen")
    assert "niets gekoppeld" in member.last.text
    await desk.signs_in()
    code = desk.code()
    clock.passes(minutes=15)
    await member.says(f"/koppel {code}")
    assert "Die code werkt niet" in member.last.text
    await desk.signs_in()
    await application.retention.run()
    async with application.database.reading() as session:
        assert len((await session.scalars(select(OrganisationCodeRow))).all()) == 1
        assert await session.scalar(select(OrganisationAccountRow)) is None
    await member.says(f"/koppel {desk.code()}")
    asked = member.last
    clock.passes(minutes=15)
    await member.presses("Koppelen", asked)
    assert "Gekoppeld" not in member.last.text


async def test_roles_follow_the_claim_and_those_of_people_stay(
    desk: Desk, member: FakeMember, application: Application, clock: FixedClock
) -> None:
    provider = desk.provider
    await desk.links(member)
    provider.person["roles"] = ["olievlek-trainer", "olievlek-lead", "beheer", 7]
    await desk.signs_in()
    assert await roles_of(application) == {"trainer": True}
    await desk.browser.opens("sets")
    provider.person["roles"] = "olievlek-admin"  # one value may stand by itself
    await desk.signs_in()
    assert await roles_of(application) == {"admin": True}
    async with application.database.transaction() as session:
        assert await roles.grant(session, ("paper", "sanne"), Role.TRAINER, None, clock())
        assert await roles.grant(session, ("paper", "sanne"), Role.ADMIN, None, clock())
        assert not await roles.grant(session, ("paper", "sanne"), Role.ADMIN, None, clock())
    del provider.person["roles"]
    await desk.signs_in()
    assert await roles_of(application) == {"trainer": False, "admin": False}
    async with application.database.transaction() as session:
        await roles.revoke_everything(session, clock())
    provider.person["roles"] = ["olievlek-trainer"]
    await desk.signs_in()
    clock.passes(days=20)
    await desk.signs_in()
    clock.passes(days=29)
    await application.retention.run()
    assert await roles_of(application) == {"trainer": True}
    clock.passes(days=1)
    await application.retention.run()
    assert await roles_of(application) == {}
    await desk.signs_in()
    await member.says("/koppel")
    await member.presses("Organisatie loskoppelen")
    assert await roles_of(application) == {}
    assert [act for act in await acts(application) if "linked" not in act] == [
        "organisation granted trainer",
        "organisation granted admin",
        "organisation revoked trainer",
        "organisation granted trainer",
        "system revoked trainer",
        "organisation granted trainer",
    ]
    assert (await acts(application))[-1] == "member unlinked organisation,trainer"


async def test_who_is_erased_can_link_anew_and_another_account_takes_the_place(
    desk: Desk, member: FakeMember, application: Application, clock: FixedClock
) -> None:
    await desk.links(member)
    desk.provider.person = {"sub": "4712", "preferred_username": "sanne2"}
    await desk.links(member)
    # A name stands in one line of the question, or it would go on with words of ours.
    desk.provider.person = {"sub": "4713", "name": "jij.\n\nKies Koppelen"}
    await desk.signs_in()
    await member.says(f"/koppel {desk.code()}")
    assert "als jij. Kies Koppelen, in" in member.last.text
    await member.presses("Niet koppelen")
    desk.provider.person = {"sub": "4711"}
    assert "iemand zonder naam" in await desk.signs_in()  # the earlier account is out
    code = desk.code()
    await member.says(f"/koppel {code}")
    await member.says("/vergeetmij")
    await member.presses("Ja, wis alles")
    async with application.database.reading() as session:
        assert await session.scalar(select(OrganisationAccountRow)) is None
        assert await session.scalar(select(OrganisationCodeRow)) is None
    await member.joins()
    await desk.links(member)
    assert "Jouw pagina’s" in await desk.signs_in()


async def test_check_looks_at_the_provider(provider: ToyProvider, tmp_path: Path) -> None:
    env = environment(tmp_path, OIDC_ISSUER=provider.url, OIDC_CLIENT_ID=CLIENT)
    _, checked, said = await asyncio.to_thread(olievlek, env, tmp_path, "check")
    assert "OLIEVLEK_OIDC_CLIENT_SECRET" in checked + said
    env["OLIEVLEK_OIDC_CLIENT_SECRET"] = SECRET
    _, checked, said = await asyncio.to_thread(olievlek, env, tmp_path, "check")
    assert re.search(f"signing in at the organisation.*ok.*{provider.url}", checked), checked
    assert SECRET not in checked + said
    provider.metadata = {"issuer": "https://evil.test"}
    code, checked, said = await asyncio.to_thread(olievlek, env, tmp_path, "check")
    assert code == 1 and "of another issuer" in checked + said
    env["OLIEVLEK_OIDC_ISSUER"] = "http://login.example.org"
    code, checked, said = await asyncio.to_thread(olievlek, env, tmp_path, "check")
    assert code == 2 and "OLIEVLEK_OIDC_ISSUER" in said and "https://" in said
