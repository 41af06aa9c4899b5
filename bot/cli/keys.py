"""`olievlek keys`: the key that seals reflections, and those that sign the bot's devices."""

from typing import Annotated

import typer

from bot.channels.base import IdentityChannel, InvalidCredentials, SendError
from bot.cli.shared.common import asynchronous
from bot.cli.shared.lazy import command_group
from bot.cli.shared.options import OK, WRONG
from bot.cli.shared.output import confirmed, error_line, print_message, print_refusal
from bot.logs import set_up_logs
from bot.settings import read_settings
from bot.store.members.vault import new_secret_key

app = command_group()


@app.command("new", help="overview.keys_new")
def keys_new() -> None:
    """Prints a fresh key."""
    typer.echo(f"OLIEVLEK_SECRET_KEY={new_secret_key()}")


@app.command("reset-identity", help="overview.keys_reset_identity")
@asynchronous
async def keys_reset_identity(
    yes: Annotated[bool, typer.Option("--yes", help="option.yes")] = False,
) -> int:
    """Gives the bot's accounts new signing keys, on each channel where accounts have them."""
    # Here, as `keys new` needs no platform's settings and no database.
    from bot.app import now
    from bot.channel_factory import configured_channels
    from bot.store.db.engine import Database

    settings = read_settings()
    set_up_logs("ERROR", "console")
    channels = configured_channels(settings, Database(settings.database_url), now)
    try:
        signing = [channel for channel in channels if isinstance(channel, IdentityChannel)]
        if not signing:
            return print_refusal("missing.identity")
        codes = [await _reset_identity(channel, yes=yes) for channel in signing]
    finally:
        for channel in channels:
            await channel.close()
    return max(codes)


async def _reset_identity(channel: IdentityChannel, *, yes: bool) -> int:
    if not (yes or confirmed("ask.reset_identity", channel=channel.name)):
        return WRONG
    try:
        await channel.identity.reset()
    except InvalidCredentials as error:
        return print_refusal("check.refused", name=error)
    except SendError as error:
        return print_refusal("refused.identity", trouble=error_line(error))
    print_message("done.reset_identity", channel=channel.name)
    return OK
