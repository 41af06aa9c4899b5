"""What suits a member's work, and how daring challenges may be."""

import pytest
from sqlalchemy import select, update

from bot.conversation.context import HandlerContext, OperatorPolicy
from bot.conversation.member.nudges import work
from bot.core.challenges.fit import CONTACTS, Tag, WorkProfile
from bot.core.streaks.rounds import Answer
from bot.messages import Pressed
from bot.store.challenges import selection
from bot.store.db.engine import Database
from bot.store.lifecycle.export import exported_columns
from bot.store.members.vault import Vault
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.nudges import NudgeRow
from tests.support.fakes import FakeMember, FixedClock

QUESTION = "Waar werk je, en met wie heb je contact?"


async def asked(member: FakeMember) -> int:
    """How often the question about their work came."""
    return sum(QUESTION in sent.text for sent in member.messages)


async def test_it_is_asked_once_after_the_second_challenge(member: FakeMember) -> None:
    for times in range(4):
        await member.round("Gedaan")
        assert await asked(member) == (times > 1)
        await member.presses("Overslaan")
        assert await asked(member) == (times > 0)
    assert await member.streak() == "Je reeks: 4 rondes."


async def test_who_set_it_before_is_not_asked(member: FakeMember) -> None:
    await member.says("/werk")
    for _ in range(3):
        await member.round("Gedaan")
        await member.presses("Overslaan")
    assert await asked(member) == 1


async def test_each_tap_is_kept_and_shown(member: FakeMember) -> None:
    await member.says("/werk")
    question = member.last
    for label in ("Kantoor", "Thuis", "Collega’s", "Niet lopen"):
        await member.presses(label, question)
    assert [label for label in question.labels if label.startswith("✓")] == [
        *("✓ Kantoor", "✓ Thuis", "✓ Collega’s", "✓ Niet lopen")
    ]
    chosen = frozenset({Tag.DESK, Tag.HOME}), frozenset({Tag.COLLEAGUES}), frozenset({Tag.WALKING})
    assert (await member.member()).work == WorkProfile(*chosen)
    await member.presses("Thuis", question)
    await member.presses("Klaar", question)
    assert question.text.startswith("Genoteerd: kantoor, niet lopen en collega’s.")
    assert question.labels == []


async def test_nothing_chosen_is_fine(member: FakeMember) -> None:
    await member.says("/work")
    await member.presses("Klaar")
    assert "kan alles langskomen" in member.last.text
    assert (await member.member()).work == WorkProfile()


@pytest.mark.parametrize("data", ["work:toggle:shoes", "work:", "work:fly", "daring:", "daring:9"])
async def test_a_button_that_nobody_made_changes_nothing(member: FakeMember, data: str) -> None:
    before = exported_columns(await member.member())
    await member.says("/werk")
    await member.does(Pressed(data, member.last.id))
    after = exported_columns(await member.member())
    assert {**after, "asked_about_work": False} == before


async def test_the_highest_daring_is_typed_or_tapped(member: FakeMember) -> None:
    assert (await member.member()).max_daring == 3
    await member.says("/lef 1")
    assert "lef 1 van 3" in member.last.text
    assert (await member.member()).max_daring == 1
    await member.says("/daring")
    assert "tot en met lef 1 van 3" in member.last.text
    await member.presses("2: ook iemand")
    assert (await member.member()).max_daring == 2
    await member.says("/lef vier")
    assert "getal van 1 tot 3" in member.last.text
    assert (await member.member()).max_daring == 2


async def next_challenges(
    database: Database, member: FakeMember, clock: FixedClock
) -> list[ChallengeRow]:
    """The next hundred challenges, which are more than all that are not bold."""
    member_id = (await member.member()).id
    rows: list[ChallengeRow] = []
    async with database.transaction() as session:
        for _ in range(100):
            selected = await selection.select_challenges(
                session, [member_id], clock(), {}, planned=True
            )
            rows.append(selected[member_id].challenge)
    return rows


async def test_what_does_not_fit_does_not_come(
    member: FakeMember, database: Database, clock: FixedClock
) -> None:
    await member.says("/werk")
    await member.presses("Geen overleg", member.last)
    assert all(
        Tag.MEETING not in row.fits for row in await next_challenges(database, member, clock)
    )


async def pressed_that_it_does_not_suit(
    member: FakeMember, database: Database, vault: Vault, clock: FixedClock, fits: list[Tag]
) -> tuple[str, list[str]]:
    """Says so of the last nudge, as if its challenge had these tags: text and buttons."""
    async with database.transaction() as session:
        nudge = await session.scalar(select(NudgeRow).order_by(NudgeRow.id.desc()).limit(1))
        row = await session.merge(await member.member())
        assert nudge is not None
        changed = update(ChallengeRow).where(ChallengeRow.id == nudge.challenge_id)
        await session.execute(changed.values(fits=fits))
        await session.refresh(nudge.challenge)
        policy = OperatorPolicy(row.language, row.zone, minimum=4)
        context = HandlerContext(
            session, row, member.address, clock(), vault, lambda *_: {}, policy
        )
        [said] = (await work.does_not_suit(context, nudge)).messages
        assert nudge.answer is Answer.UNSUITABLE
    return said.text, [button.action for line in said.buttons for button in line]


@pytest.mark.parametrize(
    ("fits", "learned", "actions"),
    [
        ([], WorkProfile(), []),
        ([Tag.DESK], WorkProfile(), []),
        ([Tag.DESK, Tag.MEETING], WorkProfile(avoids=frozenset({Tag.MEETING})), ["work:again:"]),
        ([Tag.RESIDENTS], WorkProfile(contacts=CONTACTS - {Tag.RESIDENTS}), ["work:again:"]),
        ([Tag.RESIDENTS, Tag.COLLEAGUES], WorkProfile(), []),
        (
            [Tag.MEETING, Tag.COLLEAGUES],
            WorkProfile(),
            ["work:without:", "work:without:", "work:only"],
        ),
    ],
)
async def test_what_does_not_suit_is_learned(
    member: FakeMember,
    clock: FixedClock,
    fits: list[Tag],
    learned: WorkProfile,
    actions: list[str],
) -> None:
    database, vault = member.application.database, member.application.vault
    await member.waits_for_nudge()
    [number] = [nudge.challenge.number for nudge in await member.nudges()]
    _, offered = await pressed_that_it_does_not_suit(member, database, vault, clock, fits)
    assert (await member.member()).work == learned
    assert len(offered) == len(actions)
    assert all(data.startswith(action) for data, action in zip(offered, actions, strict=True))
    for data in offered[:1]:
        await member.does(Pressed(data, member.last.id))
    again = (await member.member()).work
    assert again == (
        WorkProfile(avoids=frozenset({Tag.MEETING}))
        if len(actions) > 1
        else WorkProfile(contacts=CONTACTS if learned.contacts else frozenset())
    )
    assert number not in [row.number for row in await next_challenges(database, member, clock)]
