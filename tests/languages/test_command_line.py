"""What the command line says is in catalogues, in both languages, and nowhere else."""

import ast
import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import bot
from bot.languages.catalogue import catalogue, command_line_catalogue
from bot.languages.po_file import Catalogue, read_catalogue
from bot.languages.registry import language_of, tags
from bot.store.db.migrate import DevelopmentDatabase, NewerDatabase
from tests.conversation.test_words import fields
from tests.support.command_line import olievlek
from tests.support.processes import command, environment
from tests.support.toy_language import speaking_frisian

SOURCE = Path(bot.__file__).parent
# Where something is printed for a person who types commands, or raised and printed there.
SPEAKING = (
    *sorted((SOURCE / "cli").rglob("*.py")),
    *sorted((SOURCE / "store" / "admin").glob("*.py")),
    *sorted((SOURCE / "channels").glob("*/service.py")),
    *sorted((SOURCE / "channels").glob("*/specification.py")),
    *(
        SOURCE / name
        for name in (
            "app.py",
            "channel_factory.py",
            "channels/registry.py",
            "config/environment.py",
            "operation/check.py",
            "operation/health.py",
            "operation/machine.py",
            "operation/replica.py",
            "config/settings.py",
            "startup.py",
            "store/db/migrate.py",
            "store/db/locks/single_instance.py",
        )
    ),
)
# A text of two words or more, and why it is none that an operator reads.
ALLOWED = {
    "SELECT ": "a statement of SQL",
    "DELETE ": "a statement of SQL",
    "INSERT ": "a statement of SQL",
    "REPEATABLE READ": "a term of SQL",
    "/start ": "what people type to the bot, in any language",
    "a row of ": "a fault of a file in the words of the database, which are English",
    " refers to nothing": "as above",
    "BEGIN ": "a statement of SQL",
    "DROP TABLE ": "a statement of SQL",
    "CREATE TABLE ": "a statement of SQL",
    " AS TABLE ": "as above",
    "olievlek db ": "a command to run",
    "PRAGMA ": "a statement of SQL",
    " AND application_name = ": "as above",
    " EXCEPT SELECT ": "as above",
    "SHOW ": "a statement of SQL",
    "olievlek ": "the name of the program, before its version",
    "Python ": "a name, before its version",
    "SQLite ": "as above",
    ", SQLite ": "as above",
    "PostgreSQL ": "as above",
    ", PostgreSQL ": "as above",
    "\nSELECT ": "a statement of SQL",
    "%Y-%m-%d ": "how a moment is written",
    "COMMAND [ARGS]...": "Typer's own, the name of a message in `typer.po`",
    "Show this message": "Typer's own, as above",
    "Try '": "Typer's own, as above",
    " --help' for help.": "Typer's own, as above",
    "Error: ": "Typer's own, as above",
    "there are no ": "a mistake of a programmer",
    " for ": "as above",
    ".specification.SPECIFICATION is no ": "a mistake of a programmer",
    "there is a channel ": "a mistake of a programmer",
    " already": "as above",
}
PROSE = re.compile(r"[A-Za-z’']{2,}[,;:.]? [A-Za-z’']{2,}|[A-Za-z]{2,} $|^ [a-z]{2,}")


def bare_sentences(source: str) -> Iterator[str]:
    """Texts in Python source that look like prose, outside docstrings and log calls."""
    tree = ast.parse(source)
    silent: set[ast.AST] = set()
    for node in ast.walk(tree):
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_docstring or (isinstance(node, ast.Call) and _is_log_call(node)):
            silent.update(ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in silent:
            text = node.value
            if PROSE.search(text) and not text.startswith(tuple(ALLOWED)):
                yield text


def _is_log_call(call: ast.Call) -> bool:
    """`log.info(...)` and the like: log lines are English."""
    target = call.func
    return isinstance(target, ast.Attribute) and ast.unparse(target.value) == "log"


@pytest.mark.parametrize("file", SPEAKING, ids=lambda file: str(file.relative_to(SOURCE)))
def test_no_sentence_is_outside_the_catalogues(file: Path) -> None:
    assert list(bare_sentences(file.read_text())) == []


@pytest.mark.parametrize(
    "line",
    [
        'typer.echo("Something new")',
        'typer.echo(f"{file} is written")',
        'raise ConfigError([f"{name} should be otherwise"])',
        'Annotated[Path, typer.Option(help="Where to write it.")]',
        'table.add_column("last week")',
    ],
)
def test_a_bare_sentence_is_noticed(line: str) -> None:
    assert len(list(bare_sentences(f'"""A module."""\n{line}\n'))) == 1


def test_log_lines_and_docstrings_are_no_bare_sentences() -> None:
    assert not list(bare_sentences('"""A module that runs."""\nlog.info("set published", n=1)\n'))


def test_both_languages_say_the_same_with_the_same_fields() -> None:
    dutch, english = (command_line_catalogue(language_of(tag)).forms for tag in tags())
    assert list(dutch) == list(english)
    for key, forms in dutch.items():
        assert all(forms) and len(forms) == len(english[key]), key
        mine, theirs = (set().union(*map(fields, texts)) for texts in (forms, english[key]))
        assert mine == theirs, key


def test_what_the_code_names_is_there_and_nothing_is_left_over() -> None:
    source = "\n".join(file.read_text() for file in SOURCE.rglob("*.py"))
    known = command_line_catalogue(language_of("nl")).forms.keys()
    source += "\n".join(file.read_text() for file in SOURCE.rglob("*.html"))
    families = {key.partition(".")[0] for key in known}
    assert not families & {key.partition(".")[0] for key in catalogue(language_of("nl")).forms}
    named = {
        text
        for text in re.findall(r"[\"']([a-z_]+\.[a-z0-9_]+)[\"']", source)
        if text.partition(".")[0] in families
    }
    built = {key for key in known if key.startswith(("column.", "setting.", "unsupported."))}
    assert named - known == set()
    assert known - named - built == set()
    for error in (DevelopmentDatabase(), NewerDatabase()):
        assert str(error).startswith("the database was made by")


def test_every_column_of_a_table_has_a_heading() -> None:
    trees = [ast.parse(file.read_text()) for file in (SOURCE / "cli").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    lists = [node.elts for node in nodes if isinstance(node, ast.List)]
    lists += [[node.elt] for node in nodes if isinstance(node, ast.ListComp)]
    columns = {
        f"column.{ast.literal_eval(key)}"
        for row in itertools.chain.from_iterable(lists)
        if isinstance(row, ast.Dict)
        for key in row.keys
        if key is not None
    }
    known = command_line_catalogue(language_of("nl")).forms
    # `monday` and `mark` are in the board's JSON only; nothing is what an empty table says.
    assert columns - known.keys() == {"column.monday", "column.mark"}
    assert {key for key in known if key.startswith("column.")} - columns == {"column.nothing"}


@pytest.mark.parametrize(
    ("tag", "file"),
    [(tag, file) for tag in tags() for file in sorted(language_of(tag).folder.glob("*.po"))],
    ids=lambda value: value.stem if isinstance(value, Path) else value,
)
def test_a_catalogue_is_read_as_babel_reads_it(tag: str, file: Path) -> None:
    with file.open("rb") as opened:
        expected = {
            message.id[0] if isinstance(message.id, tuple) else message.id: (
                tuple(message.string)
                if isinstance(message.string, tuple | list)
                else (message.string,)
            )
            for message in read_po(opened, locale=tag)
            if message.id
        }
    assert dict(read_catalogue(file).forms) == expected


@pytest.mark.parametrize("line", ['msgtxt "a"', r'msgid "\x41"'])
def test_a_line_that_is_none_of_a_catalogue_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "bad.po").write_text(f'msgid ""\nmsgstr ""\n{line}\n')
    with pytest.raises(ValueError, match=r"bad\.po:3"):
        read_catalogue(tmp_path / "bad.po")


def test_a_number_picks_the_form() -> None:
    messages = Catalogue({"a": ("one", "many"), "b": ("all",)}, lambda n: int(n != 1))
    assert [messages.text("a", n) for n in (0, 1, 2)] == ["many", "one", "many"]
    assert messages.text("b", 3) == "all"


def test_a_language_without_these_texts_has_the_international_ones(tmp_path: Path) -> None:
    with speaking_frisian(tmp_path):
        code, _, err = olievlek(environment(tmp_path, LANGUAGE="fy"), tmp_path, "team")
    assert code == 2 and err.startswith("Usage: olievlek team") and "Create a team." in err


def test_the_language_is_that_of_the_environment_then_of_dotenv_then_dutch(tmp_path: Path) -> None:
    env = {"OLIEVLEK_LANGUAGE": ""}
    assert "Gebruik: olievlek" in olievlek(env, tmp_path, "--help")[1]
    (tmp_path / ".env").write_text("OLIEVLEK_LANGUAGE=en\n")
    assert "Usage: olievlek" in olievlek(env, tmp_path, "--help")[1]
    assert "Gebruik:" in olievlek({"OLIEVLEK_LANGUAGE": "nl"}, tmp_path, "--help")[1]
    (tmp_path / ".env").write_text("OLIEVLEK_LANGUAGE=klingon\n")
    assert "Gebruik: olievlek" in olievlek(env, tmp_path, "--help")[1]


@pytest.mark.parametrize(
    ("words", "last"),
    [
        ("", "  member     Wat er over één persoon bewaard wordt."),
        ("demmo", "Fout: De opdracht 'demmo' bestaat niet. Bedoel je 'demo'?"),
        ("xyzzy", "Fout: De opdracht 'xyzzy' bestaat niet."),
        ("--hepl", "Fout: De optie --hepl bestaat niet. Lijkt op: --help"),
        ("team create", "Fout: Het argument 'NAAM' ontbreekt."),
        ("team create a b", "Fout: Te veel argumenten: b"),
        ("team list --json=1", "Fout: Bij de optie '--json' hoort geen waarde."),
        ("team board x --png", "Fout: Bij de optie '--png' hoort een waarde."),
        ("team invite x --days 0", "Fout: De waarde van '--days' klopt niet: "),
        ("team invite x --days a", "Fout: De waarde van '--days' klopt niet: het moet een geheel"),
        ("team invite x --group --uses 2", "Fout: een code voor een groep werkt één keer, dus"),
        ("sets programme start x", "Fout: De optie '--team' ontbreekt."),
        ("role grant baas telegram:7", "olievlek: ‘baas’ is geen rol; kies member, lead, trainer"),
    ],
)
def test_a_mistake_is_answered_in_dutch(tmp_path: Path, words: str, last: str) -> None:
    env = environment(tmp_path, LANGUAGE="nl")
    code, out, err = olievlek(env, tmp_path, *words.split())
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith(last)
    assert not re.search(r"Usage|Error|Option|Try|Missing|Input|should", err)


@pytest.mark.parametrize("tag", tags())
def test_every_help_text_is_in_the_language(tmp_path: Path, tag: str) -> None:
    env = environment(tmp_path, LANGUAGE=tag)
    strange = {
        "nl": r"Usage|\[OPTIONS|Show this|required\]|default:|Example",
        "en": r"Gebruik|OPTIES|Opties|Voorbeeld",
    }
    pending: list[list[str]] = [[]]
    while pending:
        words = pending.pop()
        code, out, _ = olievlek(env, tmp_path, *words, "--help")
        assert code == 0 and not re.search(strange[tag], out), words
        assert not re.search(r"\b(overview|option|metavar)\.", out), words
        _, _, commands = out.partition({"nl": "Opdrachten:\n", "en": "Commands:\n"}[tag])
        names = re.findall(r"^  ([a-z]+) ", commands, re.MULTILINE)
        pending += [[*words, name] for name in names]


async def test_the_program_is_called_olievlek_however_it_is_started(tmp_path: Path) -> None:
    env = environment(tmp_path, LANGUAGE="nl")
    code, out, _ = await command(env, tmp_path, "--help")
    assert code == 0 and out.startswith("Gebruik: olievlek [OPTIES] OPDRACHT")


@pytest.mark.parametrize(("answer", "code"), [("j", 0), ("ja", 0), ("y", 0), ("", 1), ("nee", 1)])
def test_a_question_takes_a_dutch_answer(tmp_path: Path, answer: str, code: int) -> None:
    (tmp_path / ".env").write_text("")
    given = f"{answer}\n\nnl\nEurope/Amsterdam\n"
    result, out, _ = olievlek({"OLIEVLEK_LANGUAGE": "nl"}, tmp_path, "init", given=given)
    assert result == code and out.startswith(f"{tmp_path}/.env is er al. Aanpassen? De sleutel ")
    assert "er komt een kopie. [j/N]" in out


def test_an_answer_that_is_none_is_asked_again(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("")
    env = {"OLIEVLEK_LANGUAGE": "nl"}
    code, _, err = olievlek(env, tmp_path, "init", given="misschien\nn\n")
    assert (code, err) == (1, "Antwoord met j (ja) of n (nee).\n")


def test_tables_and_checks_are_dutch_and_json_is_not(tmp_path: Path) -> None:
    env = environment(tmp_path, LANGUAGE="nl")
    assert olievlek(env, tmp_path, "db", "upgrade")[1].startswith("bijgewerkt tot ")
    table = olievlek(env, tmp_path, "db", "status")[1]
    assert "verwacht" in table and "│ ja " in table
    assert '"up_to_date": true' in olievlek(env, tmp_path, "db", "status", "--json")[1]
    lines = olievlek(env, tmp_path, "check")[1].splitlines()
    assert lines[0].startswith("instellingen: ok (alleen uit de omgeving; ")
    wanted = {"sleutel: ok", "database: ok", "bijgewerkt: ok", "schrijven: ok", "klok: ok"}
    assert wanted <= set(lines)
    assert "sleutels van de database: ok" in lines
    assert lines[-3].startswith("kanalen: er is geen kanaal ingesteld: vul OLIEVLEK_TELEGRAM_TOKEN")


def test_help_loads_no_reader_of_catalogues(tmp_path: Path) -> None:
    import subprocess

    script = (
        "import sys, contextlib, io\nsys.argv = ['olievlek', '--help']\n"
        "from bot.cli.main import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()): main()\n"
        "print([name for name in ('babel', 'dotenv', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment(tmp_path, LANGUAGE="nl"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
