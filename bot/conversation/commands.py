"""The bot's commands. Dispatch, /help, the menus and "did you mean" all follow from this list."""

from bot.conversation.context import HandlerContext
from bot.conversation.member.linking import linking, pages
from bot.conversation.member.nudges import nudges, programmes, work
from bot.conversation.member.onboarding import onboarding
from bot.conversation.member.privacy import privacy
from bot.conversation.member.reflections import streaks
from bot.conversation.member.rhythm import absences, rhythm
from bot.conversation.parsing.spelling import ENDING
from bot.conversation.registry import Command, Help, Registry, Topic
from bot.conversation.team.commands import TEAM_COMMANDS, team
from bot.conversation.trainer.commands import SETS_COMMANDS, sets
from bot.conversation.words import Words
from bot.core.challenges.nerve import DARINGS
from bot.core.permissions import Audience
from bot.core.streaks.streak import JOKER_EVERY
from bot.messages import Outgoing, Reply
from bot.store.members.roles import Roles

MAX_NAME_SHOWN = 30
SLASHES = ("/", "／")
INTRODUCTIONS = {
    Audience.LEAD: "help.intro_lead",
    Audience.TRAINER: "help.intro_trainer",
}


async def show_help(context: HandlerContext, _: str) -> Reply:
    """Answers /help: says what the bot can do for this member, with the roles they have."""
    member_roles = await context.roles()
    return Reply([Outgoing(help_text(context.say, member_roles))])


def help_text(say: Words, member_roles: Roles) -> str:
    """Returns the text of /help: a part for each thing that one wants to do, and for each role."""
    for_roles = [
        "\n".join([say(introduction), *lines])
        for audience, introduction in INTRODUCTIONS.items()
        if member_roles.belongs_to(audience)
        and (lines := [line for command in COMMANDS for line in command.help_lines(say, audience)])
    ]
    return "\n\n".join([*(_about(topic, say) for topic in Topic), *for_roles])


def _about(topic: Topic, say: Words) -> str:
    """Returns the part of /help about a topic: its words explained, and its commands."""
    lines = [
        line
        for command in COMMANDS
        if command.help is not None and command.help.topic is topic
        for line in command.help_lines(say, Audience.MEMBER)
    ]
    explained = say(f"topic.{topic}", most=max(DARINGS), days=JOKER_EVERY.days)
    return "\n".join([explained, *lines])


async def run_command(context: HandlerContext, name: str, argument: str) -> Reply:
    """Runs the command of this name; says so when there is none, or when it is for others."""
    command = COMMANDS.find(name)
    if command is None:
        return unknown_command(context.say, name)
    if command.audience is not Audience.MEMBER:
        member_roles = await context.roles()
        if not member_roles.belongs_to(command.audience):
            return Reply([Outgoing(context.say(command.refusal))])
    return await command.handler(context, argument)


def unknown_command(say: Words, name: str) -> Reply:
    """Says that there is no such command, with the one that was probably meant."""
    shown, meant = name[:MAX_NAME_SHOWN], COMMANDS.closest_name(name)
    if meant is not None:
        suggestion = Outgoing(say("command.meant", name=shown, meant=meant))
        return Reply([suggestion], not_understood=True)
    return Reply([Outgoing(say("command.unknown", name=shown))], not_understood=True)


def parse_command(text: str) -> tuple[str, str] | None:
    """Returns the name and the argument of a command; None: the text is no command.

    `/Ritme@olievlek_bot di do` gives `("ritme", "di do")`, and `/ NU!` gives `("nu", "")`.
    """
    if not text.startswith(SLASHES):
        return None
    name, *rest = text[1:].split(maxsplit=1) or [""]
    name = name.partition("@")[0].lower().strip(ENDING)
    return name, rest[0].strip() if rest else ""


COMMANDS = Registry(
    [
        Command(id="start", handler=onboarding.start),
        Command(
            id="now",
            handler=nudges.now,
            help=Help("help.now", topic=Topic.CHALLENGE),
        ),
        Command(
            id="streak",
            handler=streaks.streak,
            help=Help("help.streak", topic=Topic.STREAK),
            subcommands=streaks.STREAK_COMMANDS,
        ),
        Command(
            id="rhythm",
            handler=rhythm.show,
            help=Help("help.rhythm", example="help.rhythm_example", topic=Topic.RHYTHM),
        ),
        Command(
            id="pause",
            handler=absences.pause,
            help=Help(
                "help.pause",
                example="help.pause_example",
                more="help.pause_more",
                topic=Topic.RHYTHM,
            ),
        ),
        Command(
            id="resume",
            handler=absences.resume,
            help=Help("help.resume", topic=Topic.RHYTHM),
        ),
        Command(
            id="review",
            handler=streaks.review,
            help=Help("help.review", topic=Topic.STREAK),
        ),
        Command(
            id="daring",
            handler=work.daring,
            help=Help("help.daring", example="help.daring_example", topic=Topic.CHALLENGE),
        ),
        Command(
            id="work",
            handler=work.work,
            help=Help("help.work", topic=Topic.CHALLENGE),
        ),
        Command(
            id="language",
            handler=onboarding.language,
            help=Help("help.language", example="help.language_example"),
        ),
        Command(
            id="team",
            handler=team,
            help=Help("help.team", topic=Topic.TEAM),
            lead_summary="menu.team_lead",
            subcommands=TEAM_COMMANDS,
        ),
        Command(
            id="sets",
            handler=sets,
            help=Help("help.sets"),
            audience=Audience.TRAINER,
            refusal="sets.not_for_you",
            subcommands=SETS_COMMANDS,
        ),
        Command(
            id="programme",
            handler=programmes.programme,
            help=Help("help.programme", topic=Topic.CHALLENGE),
        ),
        Command(
            id="link",
            handler=linking.link,
            help=Help("help.link"),
            runs_when_edited=False,
        ),
        Command(id="web", handler=pages.web, help=Help("help.web")),
        Command(id="privacy", handler=privacy.privacy, help=Help("help.privacy")),
        Command(id="export", handler=privacy.export, help=Help("help.export")),
        Command(
            id="forgetme",
            handler=privacy.forget,
            help=Help("help.forgetme"),
            runs_when_edited=False,
        ),
        Command(id="help", handler=show_help, help=Help("menu.help", only_in_menu=True)),
    ]
)


def is_way_in(text: str | None) -> bool:
    """Returns whether a text is a command with which somebody becomes a member, such as /start."""
    if text is None or (parsed := parse_command(text.strip())) is None:
        return False
    name, argument = parsed
    command = COMMANDS.find(name)
    return command is COMMANDS["start"] or (command is COMMANDS["link"] and bool(argument))
