"""Drafts that trainers edit together: one revision follows another, and none is lost."""

from bot.store.challenges import publications, set_drafts
from bot.store.challenges.set_drafts import NOT_SAVED, SetDraft, new_content
from bot.store.db.engine import Database
from tests.support.fakes import MONDAY
from tests.unit.set_files.examples import made


async def saved(database: Database, title: str, revision: int) -> bool:
    """Saves a draft with this title in the place of a revision; returns whether it was saved."""
    content = {**new_content("nieuw"), "title": {"nl": title}}
    async with database.transaction() as session:
        return await set_drafts.save(session, "nieuw", content, revision, MONDAY)


async def found(database: Database) -> SetDraft | None:
    """What there is to edit."""
    async with database.reading() as session:
        return await set_drafts.find_draft(session, "nieuw")


async def test_only_the_newest_revision_can_be_replaced(database: Database) -> None:
    assert await found(database) is None
    assert await saved(database, "een", NOT_SAVED)
    assert not await saved(database, "te laat", NOT_SAVED)
    assert await saved(database, "twee", 1)
    assert not await saved(database, "te laat", 1)
    assert not await saved(database, "te vroeg", 3)
    draft = await found(database)
    assert draft is not None and draft.revision == 2
    assert draft.content["title"] == {"nl": "twee"}


async def test_any_character_is_kept(database: Database) -> None:
    odd = "\x00 \ud83d \U0001f600 é"
    assert await saved(database, odd, NOT_SAVED)
    draft = await found(database)
    assert draft is not None and draft.content["title"] == {"nl": odd}


async def test_without_a_draft_it_is_the_newest_version(database: Database) -> None:
    async with database.transaction() as session:
        for given in (made("nieuw", "een"), made("nieuw", "een", "twee")):
            await publications.publish(session, given, MONDAY)
    draft = await found(database)
    assert draft is not None and draft.revision == NOT_SAVED
    assert [challenge["id"] for challenge in draft.challenges] == ["een", "twee"]


async def test_only_the_newest_revision_is_thrown_away(database: Database) -> None:
    await saved(database, "een", NOT_SAVED)
    await saved(database, "twee", 1)
    for revision, is_gone in ((NOT_SAVED, False), (1, False), (2, True), (2, False)):
        async with database.transaction() as session:
            assert await set_drafts.discard(session, "nieuw", revision) is is_gone
            assert (await set_drafts.draft_names(session) == []) is (is_gone or revision == 2)
