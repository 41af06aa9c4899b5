"""On Telegram the bot takes its messages along when it forgets somebody."""

from datetime import timedelta

from sqlalchemy import func, select

from bot.app import Application
from bot.store.schema.nudges import SentMessageRow
from tests.support.fakes import FixedClock
from tests.support.inbox import all_is_handled
from tests.support.telegram.bot_api import BotApiServer, Message, Person


async def _joins(server: BotApiServer) -> Person:
    person = server.person(7, last_name="de Vries")
    person.types("/start")
    await person.presses("Nederlands", await person.receives("In welke taal")).answered()
    await person.receives("Wanneer")
    person.types("ma-zo 9:30")
    await person.receives("elke dag om 9:30")
    return person


async def _is_forgotten(person: Person) -> Message:
    person.types("/vergeetmij")
    question = await person.receives("Weet je het zeker")
    await person.presses("Ja, wis alles", question).answered()
    return await person.sees_edit(question, "Alles is gewist")


async def _kept(application: Application) -> int:
    async with application.database.reading() as session:
        return await session.scalar(select(func.count()).select_from(SentMessageRow)) or 0


async def test_what_the_bot_said_and_the_export_are_taken_out_of_the_chat(
    server: BotApiServer, application: Application, clock: FixedClock
) -> None:
    sanne = await _joins(server)
    sanne.types("/nu")
    nudge = await sanne.receives("Lef:")
    await sanne.presses("Gedaan", nudge).answered()
    await sanne.receives("?")
    sanne.types("Zeldzaamwoord over de watertoren")
    await sanne.receives("Bewaard bij")
    sanne.types("/export")
    export = await sanne.receives("als JSON en CSV")
    assert export.document is not None
    sanne.types("/terugblik")
    await sanne.receives("Zeldzaamwoord")
    assert await _kept(application) > 3
    done = await _is_forgotten(sanne)
    assert [message.id for message in sanne.messages if message.from_bot] == [done.id]
    assert "Wat Telegram zelf bewaart" in str(done.text)
    assert await _kept(application) == 0


async def test_who_deleted_the_question_hears_it_in_a_new_message(
    server: BotApiServer, application: Application
) -> None:
    sanne = await _joins(server)
    sanne.types("/vergeetmij")
    question = await sanne.receives("Weet je het zeker")
    press = sanne.presses("Ja, wis alles", question)
    sanne.take_away(question)
    await press.answered()
    await sanne.receives("Alles is gewist")


async def test_of_a_stranger_and_of_the_farewell_nothing_is_kept(
    server: BotApiServer, application: Application
) -> None:
    stranger = server.person(8)
    stranger.types("/reeks")
    await stranger.receives("Ik ken je niet")
    sanne = await _joins(server)
    await _is_forgotten(sanne)
    sanne.types("/reeks")
    await sanne.receives("Ik ken je niet")
    await all_is_handled(server, application.inboxes["telegram"])
    assert await _kept(application) == 0


async def test_what_is_too_old_to_delete_is_not_tried_and_forgotten(
    server: BotApiServer, application: Application, clock: FixedClock
) -> None:
    sanne = await _joins(server)
    before = {message.id for message in sanne.messages if message.from_bot}
    await all_is_handled(server, application.inboxes["telegram"])
    clock.moment += timedelta(hours=49)
    await application.retention.run()
    assert await _kept(application) == 0
    await _is_forgotten(sanne)
    assert before <= {message.id for message in sanne.messages}
