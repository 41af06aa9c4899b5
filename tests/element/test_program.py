"""The program itself, `olievlek run`, as somebody with Element sees it."""

from pathlib import Path

from tests.element.conftest import Stage, joins
from tests.support.matrix.people import PASSWORD
from tests.support.processes import environment, program


async def test_a_program_that_was_killed_goes_on_without_a_shield(
    stage: Stage, tmp_path: Path
) -> None:
    env = environment(
        tmp_path,
        MATRIX_HOMESERVER=stage.bot.server.url,
        MATRIX_USER=stage.bot.bot,
        MATRIX_PASSWORD=PASSWORD,
        DATA_DIR=str(tmp_path),
    )
    sanne = await stage.person(strict=True)
    async with program(env, tmp_path) as first:
        await joins(sanne)
        await first.is_killed()
    await sanne.types("!ritme")
    async with program(env, tmp_path) as second:
        answer = await sanne.receives("Je ritme is nu")
        assert await sanne.shield(answer) == ("NONE", None)
        assert list((await sanne.signed()).values()) == [True]
    assert "Traceback" not in first.log + second.log
