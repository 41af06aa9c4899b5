"""Joining in: two questions, which language and when."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.context import DeadButton, HandlerContext
from bot.conversation.member.rhythm import rhythm
from bot.conversation.parsing.spelling import plain
from bot.conversation.parsing.vocabulary import vocabulary
from bot.conversation.team import invitations
from bot.conversation.typed_codes import TypedCode
from bot.conversation.words import Words
from bot.languages.registry import greeting_tag, languages, tags
from bot.messages import Address, Button, ButtonRows, Incoming, Outgoing, Reply
from bot.store.members import members
from bot.store.schema.members import Expecting


async def welcome_stranger(
    session: AsyncSession, incoming: Incoming, language: str, zone: str, code: TypedCode
) -> Reply:
    """Makes somebody new a member, and asks the first question.

    Their name is not kept yet: it comes with what they do next, once they were offered to read what
    is kept.
    """
    sender: Address = incoming.sender
    language = greeting_tag(incoming.language, language)
    member = await members.add_member(session, *sender.pair, language, zone, incoming.at)
    member.expects(Expecting.LANGUAGE)
    say = Words(language)
    joins = [await invitations.join_team(session, member, code, say)] if code.text else []
    return Reply([*joins, _hello(say)])


async def start(context: HandlerContext, code: str) -> Reply:
    """Answers /start from a member: joins the team of a code, or goes on where they were."""
    say, member = context.say, context.member
    joined = (
        [await invitations.join_team(context.session, member, context.typed_code(code), say)]
        if code
        else []
    )
    if joined and member.welcomed:
        return Reply(joined)
    if member.expecting is Expecting.LANGUAGE:
        return Reply([*joined, _hello(say)])
    if not member.welcomed:
        return Reply([*joined, *(await ask_when(context)).messages])
    text = say(
        "welcome.back",
        rhythm=say.rhythm(member.rhythm, context.policy.zone),
        coming=rhythm.next_nudge_sentence(context),
    )
    return Reply([Outgoing(text)])


def _hello(say: Words) -> Outgoing:
    """Returns the first message: who the bot is, and in all languages which one to speak."""
    question = say.before_others("language.ask", " / ")
    return Outgoing(say("welcome.hello", question=question), buttons=_language_buttons())


def _language_buttons() -> ButtonRows:
    """Returns a button for each language, under its own name."""
    return (tuple(Button(each.name, f"language:{each.tag}") for each in languages()),)


def _unknown_language(say: Words) -> str:
    """Returns which languages there are, for a reader of any of them."""
    others = [Words(tag) for tag in tags() if tag != say.language]
    return " / ".join(
        each("language.unknown", choices=each.choice(tags())) for each in (say, *others)
    )


async def ask_when(context: HandlerContext) -> Reply:
    """Asks the second question: when nudges may come."""
    context.member.expects(Expecting.RHYTHM)
    return Reply([Outgoing(context.say("welcome.when"), buttons=await rhythm.presets(context))])


async def language(context: HandlerContext, argument: str) -> Reply:
    """Answers /taal: sets the language that is named, or asks for it with buttons."""
    if not argument:
        return Reply([Outgoing(context.say("language.ask"), buttons=_language_buttons())])
    return await set_language(context, argument)


async def set_language(context: HandlerContext, words: str) -> Reply:
    """Sets the member's language.

    A language that the bot does not speak changes nothing; the reply names those it speaks.
    """
    chosen = vocabulary().languages.get(plain(words).lower())
    if chosen is None:
        return Reply([Outgoing(_unknown_language(context.say))], not_understood=True)
    context.member.language = chosen
    done = Outgoing(context.say("language.set"))
    if context.member.expecting is Expecting.LANGUAGE:
        question = await ask_when(context)
        return Reply([done, *question.messages])
    return Reply([done])


async def press_language(context: HandlerContext, argument: str) -> Reply:
    """Answers a language button: the question above it becomes the confirmation."""
    if argument not in tags():
        raise DeadButton
    reply = await set_language(context, argument)
    confirmation, *question = reply.messages
    settled = Outgoing(confirmation.text, replaces=context.pressed)
    return Reply([settled, *question], notice=None if question else confirmation.text)
