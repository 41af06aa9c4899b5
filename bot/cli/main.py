"""The `olievlek` commands: parse, call, print. What takes long to load is loaded by its command."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import WRONG, AsJson, SetName, Who
from bot.cli.options import run_command as perform
from bot.cli.teams import role, team
from bot.languages.registry import choices, default_tag

app = typer.Typer(
    help="Olievlek: a chatbot that trains civil servants in the habits of participation.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
keys = typer.Typer(help="The key that seals reflections.", no_args_is_help=True)
db = typer.Typer(help="The database.", no_args_is_help=True)
sets = typer.Typer(help="Challenge sets.", no_args_is_help=True)
programme = typer.Typer(help="Programmes of some weeks, for a team.", no_args_is_help=True)
member = typer.Typer(help="What is kept about one person.", no_args_is_help=True)
app.add_typer(keys, name="keys")
app.add_typer(db, name="db")
app.add_typer(sets, name="sets")
sets.add_typer(programme, name="programme")
app.add_typer(team, name="team")
app.add_typer(role, name="role")
app.add_typer(member, name="member")


def main() -> None:
    """Runs the command on the command line; what is misconfigured is told in a line each."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)


@app.command()
def demo(
    database: Annotated[
        Path | None, typer.Option(help="A SQLite file to keep; otherwise all is forgotten.")
    ] = None,
    language: Annotated[
        str, typer.Option(help=f"The language to greet in: {choices()}.")
    ] = default_tag(),
) -> None:
    """Chat in the terminal; no account needed. Example: olievlek demo --database try.db."""
    from bot.cli.commands import demo

    perform(lambda: demo(database, language))


@app.command()
def run() -> None:
    """Run all configured channels until SIGTERM. Example: olievlek run."""
    from bot.cli.commands import run

    perform(run)


@app.command()
def init(
    file: Annotated[Path, typer.Option(help="Where to write the settings.")] = Path(".env"),
) -> None:
    """Ask a few questions and write .env, with a fresh key. Example: olievlek init."""
    from bot.cli.commands import write_env

    if file.exists() and not typer.confirm(f"{file} is there already. Overwrite it?"):
        raise typer.Exit(WRONG)
    token = typer.prompt("Telegram token (from @BotFather; empty for none)", default="")
    language = typer.prompt(f"Language to greet in ({choices()})", default=default_tag())
    zone = typer.prompt("Time zone", default="Europe/Amsterdam")
    typer.echo(write_env(file, token.strip(), language.strip(), zone.strip()))


@app.command()
def check() -> None:
    """Check configuration, database and log-ins, a line each. Example: olievlek check."""
    from bot.cli.commands import check

    perform(check)


@keys.command("new")
def keys_new() -> None:
    """Print a fresh key. Example: olievlek keys new >> .env."""
    from bot.store.members.vault import new_secret_key

    typer.echo(f"OLIEVLEK_SECRET_KEY={new_secret_key()}")


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database up to date. Example: olievlek db upgrade."""
    from bot.cli.commands import db_upgrade

    perform(db_upgrade)


@db.command("status")
def db_status(as_json: AsJson = False) -> None:
    """Tell whether the database is up to date. Example: olievlek db status."""
    from bot.cli.commands import db_status

    perform(lambda: db_status(as_json))


@db.command("backup")
def db_backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE.")] = False,
) -> None:
    """Make a copy, also while the bot runs. Example: olievlek db backup monday.db."""
    from bot.cli.commands import db_backup

    perform(lambda: db_backup(file, overwrite))


@db.command("restore")
def db_restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put a backup back; stop the bot first. Example: olievlek db restore monday.db."""
    from bot.cli.commands import db_restore

    perform(lambda: db_restore(file, yes))


@db.command("copy")
def db_copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The URL of the database.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The URL of an empty one.")],
    as_json: AsJson = False,
) -> None:
    """Move to another database; stop the bot first.

    Example: olievlek db copy sqlite+aiosqlite:///olievlek.db postgresql+asyncpg://me@host/olievlek.
    """
    from bot.cli.commands import db_copy

    perform(lambda: db_copy(source, target, as_json))


@sets.command("check")
def sets_check(
    files: Annotated[list[Path], typer.Argument(help="Challenge sets: YAML, XLSX or CSV.")],
) -> None:
    """Validate challenge sets, a line a fault. Example: olievlek sets check prompts/*.yaml."""
    from bot.cli.set_file_commands import sets_check

    raise typer.Exit(sets_check(files))


@sets.command("template")
def sets_template(
    xlsx: Annotated[Path | None, typer.Option(help="Where to write it for Excel.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Where to write it as CSV.")] = None,
    yaml: Annotated[Path | None, typer.Option(help="Where to write it as YAML.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
) -> None:
    """Write an example to begin with. Example: olievlek sets template --xlsx mijn-set.xlsx."""
    from bot.cli.set_file_commands import sets_template

    files = {"xlsx": xlsx, "csv": csv, "yaml": yaml}
    wanted = {kind: file for kind, file in files.items() if file is not None}
    if not wanted:
        raise typer.BadParameter("name a file: --xlsx FILE, --csv FILE or --yaml FILE")
    raise typer.Exit(sets_template(wanted, overwrite))


@sets.command("schema")
def sets_schema() -> None:
    """Print the JSON Schema of a set, for editors. Example: olievlek sets schema > set.json."""
    from bot.set_files.json_schema import schema_text

    typer.echo(schema_text(), nl=False)


@sets.command("push")
def sets_push(
    file: Annotated[Path, typer.Argument(help="A challenge set: YAML, XLSX or CSV.")],
    team_names: Annotated[
        list[str] | None, typer.Option("--team", help="For this team alone; may be repeated.")
    ] = None,
    starts: Annotated[str, typer.Option("--from", help="The day on which it begins.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what changes.")] = False,
) -> None:
    """Tell what changes, and publish. Example: olievlek sets push set.xlsx --from 2027-01-31."""
    from bot.cli.commands_sets import sets_push

    perform(lambda: sets_push(file, team_names or [], starts, dry_run))


@sets.command("rollback")
def sets_rollback(name: SetName) -> None:
    """Go back to the version before. Example: olievlek sets rollback nieuwsgierig."""
    from bot.cli.commands_sets import sets_rollback

    perform(lambda: sets_rollback(name))


@sets.command("list")
def sets_list(
    everything: Annotated[
        bool, typer.Option("--all", help="All that was ever published, the live ones marked.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the sets that are live. Example: olievlek sets list --json."""
    from bot.cli.commands_sets import sets_list

    perform(lambda: sets_list(everything, as_json))


@sets.command("show")
def sets_show(
    name: SetName,
    version: Annotated[int | None, typer.Option(help="An earlier or later version.")] = None,
    team_name: Annotated[str | None, typer.Option("--team", help="What this team gets.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the challenges of a live set. Example: olievlek sets show nieuwsgierig."""
    from bot.cli.commands_sets import sets_show

    perform(lambda: sets_show(name, version, team_name, as_json))


@sets.command("stats")
def sets_stats(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One set alone.")] = None,
    as_json: AsJson = False,
    table: Annotated[
        Path | None, typer.Option("--csv", help="Where to write a row a challenge.")
    ] = None,
    png: Annotated[Path | None, typer.Option(help="Where to draw the sets.")] = None,
) -> None:
    """Tell what works, never about few people. Example: olievlek sets stats --csv figures.csv."""
    from bot.cli.commands_sets import sets_stats

    perform(lambda: sets_stats(name, as_json, table, png))


@programme.command("list")
def programme_list(as_json: AsJson = False) -> None:
    """List the programmes. Example: olievlek sets programme list --json."""
    from bot.cli.commands_sets import programme_list

    perform(lambda: programme_list(as_json))


@programme.command("start")
def programme_start(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The programme's name.")],
    team_name: Annotated[str, typer.Option("--team", help="The team that begins.")],
    starts: Annotated[str, typer.Option("--from", help="The day on which it begins.")] = "",
) -> None:
    """Have a team begin. Example: olievlek sets programme start olievlek-in-6-weken --team Griffie.

    It begins today, or on the day that --from names.
    """
    from bot.cli.commands_sets import programme_start

    perform(lambda: programme_start(name, team_name, starts))


@programme.command("stop")
def programme_stop(
    team_name: Annotated[str, typer.Option("--team", help="The team that stops.")],
) -> None:
    """Have a team stop. Example: olievlek sets programme stop --team Griffie."""
    from bot.cli.commands_sets import programme_stop

    perform(lambda: programme_stop(team_name))


@member.command("export")
def member_export(
    who: Who,
    file: Annotated[Path | None, typer.Option(help="Where to write the ZIP.")] = None,
) -> None:
    """Write all that is kept about someone to a ZIP. Example: olievlek member export telegram:7."""
    from bot.cli.commands import member_export

    perform(lambda: member_export(who, file))


@member.command("erase")
def member_erase(
    who: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Destroy someone's key and all their data. Example: olievlek member erase telegram:7."""
    from bot.cli.commands import member_erase

    if not yes and not typer.confirm(f"Erase everything about {who}? This cannot be undone."):
        raise typer.Exit(WRONG)
    perform(lambda: member_erase(who))
