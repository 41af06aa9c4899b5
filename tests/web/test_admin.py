"""The pages of an admin."""

import pytest
from sqlalchemy import select

from bot.app import Application, BuildOptions, build
from bot.config.reading import shown_values
from bot.config.settings import Settings
from bot.operation.health import readiness_checks
from bot.operation.replica import Replica
from bot.store.boxes import inbox
from bot.store.db.engine import Database
from bot.store.members import roles
from bot.store.members.vault import Vault
from bot.store.schema.audit import AuditEntryRow
from bot.store.schema.inbox import InboxRow
from bot.store.schema.teams import Role
from bot.store.teams import teams
from bot.web.operations import Operations
from bot.web.pages.registry import PAGES
from tests.conversation.teams import Team
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.web.conftest import ADDRESS, Browser, new_browser

PATHS = ["admin", "admin/roles", "admin/trail", "admin/retention", "admin/settings"]
SOMEBODY = "telegram:4711"


async def becomes(someone: FakeMember, role: Role, team_id: int | None = None) -> None:
    """They get a role."""
    async with someone.application.database.transaction() as session:
        await roles.grant(session, someone.address.pair, role, team_id, someone.clock())


@pytest.fixture
async def admin(signed_in: Browser, member: FakeMember) -> Browser:
    """A browser in which an admin is signed in."""
    await becomes(member, Role.ADMIN)
    return signed_in


@pytest.fixture
async def team(application: Application, fake_channel: FakeChannel, clock: FixedClock) -> Team:
    """A team without members."""
    griffie = Team(application, fake_channel, clock)
    await griffie.begins()
    return griffie


async def granted(database: Database) -> list[tuple[str, str, str | None]]:
    """Who has which role."""
    async with database.reading() as session:
        found = await roles.all_grants(session)
    return [(f"{grant.channel}:{grant.address}", grant.role, grant.team) for grant in found]


async def recorded(database: Database) -> list[tuple[str, str, str]]:
    """What was recorded, the oldest first."""
    async with database.reading() as session:
        rows = await session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.number))
        return [(row.actor, row.action, row.detail) for row in rows]


def test_all_of_these_pages_are_tried() -> None:
    assert {page.path for page in PAGES if page.path.startswith("admin")} == set(PATHS)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("role", [None, Role.LEAD, Role.TRAINER])
async def test_nobody_else_sees_them(
    signed_in: Browser, member: FakeMember, team: Team, path: str, role: Role | None
) -> None:
    if role is not None:
        team_id = (await team.row()).id if role is Role.LEAD else None
        await becomes(member, role, team_id)
    assert "Beheer" not in await signed_in.opens("")
    await signed_in.opens(path, 404)


async def test_nobody_else_gives_roles(
    signed_in: Browser, member: FakeMember, database: Database
) -> None:
    await becomes(member, Role.TRAINER)
    await signed_in.opens("sessions")
    fields = {"what": "give", "who": SOMEBODY, "role": "admin"}
    await signed_in.posts("admin/roles", 404, **fields)
    assert await granted(database) == [("paper:sanne", "trainer", None)]


@pytest.mark.parametrize("path", PATHS)
async def test_an_admin_sees_them(admin: Browser, path: str) -> None:
    await admin.opens(path)
    assert "Beheer" in admin.text and admin.html.count("<h1") == 1
    assert " style=" not in admin.html and "<script" not in admin.html


async def test_teams_and_their_sizes(admin: Browser, team: Team) -> None:
    joost = await team.member("joost")
    await team.led_by(joost)
    told = await admin.opens("admin")
    assert "Griffie 1 1" in told
    assert "team leden leiders" in told


@pytest.mark.parametrize(
    ("role", "has_team"), [("lead", True), ("trainer", False), ("admin", False)]
)
async def test_a_role_is_given_and_taken_back(
    admin: Browser, team: Team, database: Database, role: str, has_team: bool
) -> None:
    team_id = (await team.row()).id if has_team else ""
    fields = {"who": SOMEBODY, "role": role, "team": str(team_id)}
    await admin.opens("admin/roles")
    assert "De rol is gegeven" in await admin.posts("admin/roles", 200, what="give", **fields)
    assert SOMEBODY in admin.text
    assert (SOMEBODY, role, "Griffie" if has_team else None) in await granted(database)
    assert "had deze rol al" in await admin.posts("admin/roles", 200, what="give", **fields)
    assert "teruggenomen" in await admin.posts("admin/roles", 200, what="take", **fields)
    assert SOMEBODY not in str(await granted(database))
    detail = f"lead,team:{team_id}" if has_team else role
    own = await recorded(database)
    assert [entry[1:] for entry in own] == [("granted", detail), ("revoked", detail)]
    assert all(actor.startswith("member:") for actor, _, _ in own)
    assert "had deze rol" not in await admin.opens("admin/trail")
    assert "granted" in admin.text and "4711" not in admin.text


async def test_a_member_joins_a_team_and_leaves_it(
    admin: Browser, team: Team, database: Database
) -> None:
    team_id = (await team.row()).id
    fields = {"who": SOMEBODY, "role": "member", "team": str(team_id)}
    await admin.opens("admin/roles")
    assert "Op dat adres zit nog niemand" in await admin.posts(
        "admin/roles", 422, what="give", **fields
    )
    telegram = FakeChannel(name="telegram")
    joost = FakeMember(team.application, telegram, team.clock, "4711")
    await joost.says("/start")
    await joost.says("Nederlands")
    assert "gegeven" in await admin.posts("admin/roles", 200, what="give", **fields)
    async with database.reading() as session:
        [size] = await teams.all_teams(session)
    assert size.members == 1
    assert "teruggenomen" in await admin.posts("admin/roles", 200, what="take", **fields)
    async with database.reading() as session:
        [size] = await teams.all_teams(session)
    assert size.members == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"role": "boss"}, "Kies een rol uit de lijst."),
        ({"who": ""}, "is geen adres"),
        ({"who": "telegram:x"}, "“telegram:x” is geen adres"),
        ({"who": "post:7"}, "“post:7” is geen adres"),
        ({"role": "lead"}, "Kies een team bij deze rol"),
        ({"role": "member"}, "Kies een team bij deze rol"),
        ({"team": "1"}, "Kies geen team bij deze rol"),
        ({"role": "lead", "team": "9" * 40}, "Dat team is er niet meer"),
        ({"role": "lead", "team": "x"}, "Dat team is er niet meer"),
        ({"what": "take"}, "Die chat heeft deze rol niet"),
    ],
)
async def test_a_wrong_form_changes_nothing(
    admin: Browser, team: Team, database: Database, fields: dict[str, str], said: str
) -> None:
    before = await granted(database)
    await admin.opens("admin/roles")
    filled = {"what": "give", "who": SOMEBODY, "role": "trainer", "team": "", **fields}
    assert said in await admin.posts("admin/roles", 422, **filled)
    assert await granted(database) == before and await recorded(database) == []


async def test_what_is_set_aside_is_counted_and_not_told(
    admin: Browser, database: Database, clock: FixedClock
) -> None:
    assert "Alles wat binnenkwam, is verwerkt." in await admin.opens("admin")
    async with database.transaction() as session:
        for number in (1, 2):
            row = InboxRow(
                channel="telegram",
                key=str(number),
                address="4711",
                sealed=b"Geheim",
                received_at=clock(),
                attempts=1,
            )
            session.add(row)
            await session.flush()
            await inbox.set_aside(session, row.id, "ValueError", clock())
            clock.passes(minutes=5)
    told = await admin.opens("admin")
    assert "Telegram: 2 berichten, het oudste sinds maandag 23 november om 10:" in told
    assert "Geheim" not in told and "4711" not in told


async def test_health_and_settings_are_those_of_the_process(
    application: Application, member: FakeMember, fake_channel: FakeChannel
) -> None:
    await becomes(member, Role.ADMIN)
    settings = Settings(_env_file=None, database_url="sqlite+aiosqlite:///x.db?password=hidden")  # type: ignore[call-arg]  # as pydantic has it

    async def trouble() -> str | None:
        return "the disk is full"

    replica = Replica(
        application.database,
        application.listen,
        application.senders,
        {fake_channel.name},
        lambda: None,
    )
    sender = application.nudge_sender
    checks = readiness_checks(application.database, sender, [fake_channel], replica)
    site = application.site_with(Operations({**checks, "disk": trouble}, shown_values(settings)))
    assert site is not None
    async with new_browser(site) as http:
        browser = Browser(http)
        await browser.signs_in(member)
        told = await browser.opens("admin")
        assert "database : in orde" in told and "disk : the disk is full" in told
        told = await browser.opens("admin/settings")
        assert "OLIEVLEK_LANGUAGE nl" in told and "hidden" not in told
        assert "OLIEVLEK_DATABASE_URL staat hier niet" in told
        assert "OLIEVLEK_PUBLIC_URL leeg" in told


def test_without_pages_there_are_none(
    database: Database, vault: Vault, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    application = build(database, vault, [fake_channel], clock)
    assert application.site_with(Operations()) is None


async def test_what_is_too_old_is_counted(admin: Browser) -> None:
    told = await admin.opens("admin/retention")
    assert "soort aantal" in told and "reflections 0" in told


async def test_in_english(admin: Browser, member: FakeMember) -> None:
    await member.says("/language English")
    assert "Does everything work?" in await admin.opens("admin")
    assert "who role team since" in await admin.opens("admin/roles")


async def test_an_admin_stays_one(database: Database, vault: Vault, clock: FixedClock) -> None:
    telegram = FakeChannel(name="telegram")
    application = build(database, vault, [telegram], clock, BuildOptions(pages=ADDRESS))
    sanne = FakeMember(application, telegram, clock, "4711")
    await sanne.joins()
    await becomes(sanne, Role.ADMIN)
    assert application.site is not None
    async with new_browser(application.site.application()) as http:
        browser = Browser(http)
        await browser.signs_in(sanne)
        await browser.opens("admin/roles")
        fields = {"what": "take", "who": SOMEBODY, "role": "admin"}
        assert "Vraag het een andere admin" in await browser.posts("admin/roles", 422, **fields)
    assert await granted(database) == [(SOMEBODY, "admin", None)]
