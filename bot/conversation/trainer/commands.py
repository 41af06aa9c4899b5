"""/sets and its subcommands: one list of what can be typed behind it."""

from bot.conversation.context import HandlerContext, NotUnderstood
from bot.conversation.registry import Handler, Help, Registry, Subcommand
from bot.conversation.trainer import sets as challenge_sets
from bot.core.permissions import Audience
from bot.messages import Reply


async def sets(context: HandlerContext, argument: str) -> Reply:
    """Answers /sets: says which sets are live, or does what stands behind it.

    Raises:
        NotUnderstood: it says something else.
    """
    name, _, rest = argument.partition(" ")
    if not name:
        return await challenge_sets.overview(context)
    command = SETS_COMMANDS.find(name)
    if command is None:
        raise NotUnderstood("sets.unclear")
    return await command.handler(context, rest.strip().lower())


SETS_COMMANDS: Registry[Subcommand[Handler]] = Registry(
    [
        Subcommand(
            parent="sets",
            id="back",
            handler=challenge_sets.ask_rollback,
            audience=Audience.TRAINER,
            help=Help("help.sets_back", example="help.sets_back_example"),
        ),
        Subcommand(
            parent="sets",
            id="figures",
            handler=challenge_sets.figures,
            audience=Audience.TRAINER,
            help=Help("help.sets_figures"),
        ),
    ]
)
