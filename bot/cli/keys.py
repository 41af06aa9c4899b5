"""`olievlek keys`: the key that seals reflections."""

import typer

from bot.cli.shared.lazy import command_group
from bot.store.members.vault import new_secret_key

app = command_group()


@app.command("new", help="overview.keys_new")
def keys_new() -> None:
    """Prints a fresh key."""
    typer.echo(f"OLIEVLEK_SECRET_KEY={new_secret_key()}")
