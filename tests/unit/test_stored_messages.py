"""Messages as bytes: what is read is what was written, whatever is in it."""

from dataclasses import fields
from datetime import date

import pytest

from bot.core.challenges.statistics import wilson_rate
from bot.core.streaks.rounds import Outcome, Round
from bot.core.streaks.team_board import Board, TeamWeek, WeekMark
from bot.delivery.outbox.stored_messages import (
    StoredMessage,
    UnreadableMessage,
    dump_message,
    load_message,
    relevant_for,
    subject,
)
from bot.messages import (
    FOR_A_DAY,
    FOR_A_MOMENT,
    FOR_MINUTES,
    Button,
    Drawing,
    File,
    NudgeReference,
    Outgoing,
    Picture,
    Purpose,
)
from bot.pictures.contents import Bar, BoardLegend, HeatmapLegend
from bot.pictures.drawings import BoardDrawing, Heatmap, QRCode, ThemesDrawing
from bot.pictures.registry import DRAWINGS, drawing_class, drawing_name

TODAY = date(2026, 11, 23)
MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
BOARD_WORDS = BoardLegend(
    **{part.name: part.name for part in fields(BoardLegend) if part.name != "marks"},
    marks={mark: mark.value for mark in WeekMark},
)
HEATMAP_WORDS = HeatmapLegend(**{name: name for name in HeatmapLegend.names()})
WEEK = TeamWeek(TODAY, WeekMark.MOST, frozenset({"nieuwsgierig", "durven"}))
BOARD = Board("Wijkteam Oost", (WEEK,), 5, TODAY)
ALL_DRAWINGS: list[Drawing] = [
    Heatmap([Round(TODAY, 2, Outcome.MISSED)], (TODAY,), TODAY, HEATMAP_WORDS, MONTHS, MONTHS[:7]),
    BoardDrawing(BOARD, BOARD_WORDS, {"durven": "Durf"}, MONTHS),
    ThemesDrawing([Bar("Durf", wilson_rate(3, 7), "43 %")], "Wat werkt", "Gedaan", "95 %"),
    QRCode("https://t.me/test_bot?start=K7QF"),
]


@pytest.mark.parametrize(
    "message",
    [
        Outgoing("Hoi"),
        Outgoing("", replaces="12"),
        Outgoing(
            "Wat hoorde je?\n“Ja, en”",
            ((Button("Overslaan", "nowords:3"),), (Button("Later", "later:3"),)),
            about=NudgeReference(3, Purpose.QUESTION, 2),
        ),
        Outgoing("Je gegevens", file=File("a.zip", bytes(range(256)))),
    ],
)
def test_a_message_is_read_as_it_was_written(message: Outgoing) -> None:
    assert load_message(dump_message(message)) == message


def test_a_new_field_of_a_message_is_not_forgotten() -> None:
    kept_elsewhere = {"relevant_for"}  # in the row
    names = {part.name for part in fields(Outgoing)}
    assert set(StoredMessage.model_fields) == names - kept_elsewhere


@pytest.mark.parametrize("drawing", ALL_DRAWINGS, ids=drawing_name)
def test_a_picture_is_drawn_the_same_after_it_was_stored(drawing: Drawing) -> None:
    message = Outgoing("Kijk", picture=Picture(drawing, "x.png"))
    picture = load_message(dump_message(message)).picture
    assert picture is not None and picture.name == "x.png"
    assert picture.drawing.draw() == drawing.draw()


def test_every_kind_of_drawing_is_tested_here() -> None:
    assert {type(drawing) for drawing in ALL_DRAWINGS} == {drawing_class(n) for n in DRAWINGS}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"{}",
        b'{"text":7}',
        b'{"text":"x","picture":{"drawing":"sculpture","values":{},"name":"x.png"}}',
        b'{"text":"x","picture":{"drawing":"qr","values":{},"name":"x.png"}}',
    ],
)
def test_what_no_version_wrote_is_refused_without_quoting_it(content: bytes) -> None:
    with pytest.raises(UnreadableMessage, match=r"^not a message of this version$"):
        load_message(content)


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        (Outgoing("Bewaard"), FOR_A_DAY),
        (Outgoing("Mooi", replaces="3"), FOR_A_DAY),
        (Outgoing("Typ /help", relevant_for=FOR_MINUTES), FOR_MINUTES),
        (Outgoing("", replaces="3"), FOR_MINUTES),
        (Outgoing("", replaces="3", relevant_for=FOR_A_MOMENT), FOR_A_MOMENT),
    ],
)
def test_how_long_it_makes_sense_to_send_it(message: Outgoing, wanted: object) -> None:
    assert relevant_for(message) == wanted


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        (Outgoing("Bewaard", about=NudgeReference(3, Purpose.THANKS)), None),
        (Outgoing("Wat hoorde je?", about=NudgeReference(3, Purpose.QUESTION)), "question 3"),
        (Outgoing("Mooi", replaces="12"), "edit 12"),
        (Outgoing("", replaces="12"), None),
    ],
)
def test_what_a_later_message_makes_pointless(message: Outgoing, wanted: str | None) -> None:
    assert subject(message) == wanted
