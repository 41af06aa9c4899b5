"""What is read in events, and how messages are written as events."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nio import Event

from bot.channels.choices import Choices, numbered
from bot.channels.matrix.events.content import (
    TEXT_BYTES,
    content_of,
    edit_content,
    receipt_of,
    text_content,
    text_size,
    thread_of,
)
from bot.channels.matrix.events.html import with_lists
from bot.channels.text_split import split
from bot.messages import Typed, Unreadable

ROOM = "!room:example.org"
MAX_EVENT = 65_536
AROUND = 3_000  # bytes of an event that are not its ciphertext, at most
CALL = {"call_id": "1", "version": 0}
LIKED = {"rel_type": "m.annotation", "event_id": "$event", "key": "👍"}
CHOICES = (("Gedaan", "done:1"), ("Geprobeerd", "tried:1"), ("Iets anders", "else:1"))
TEXTS = st.text(max_size=40).map(lambda text: text * 1500) | st.text(max_size=300)


def event(kind: str, content: dict[str, Any], **fields: object) -> Event:
    """An event as the library parses it."""
    base = {"event_id": "$event", "sender": "@sanne:example.org", "origin_server_ts": 1}
    parsed = Event.parse_event({"type": kind, "content": content, **base, **fields})
    assert isinstance(parsed, Event)
    return parsed


def said(body: str, **content: object) -> object:
    """What is read in a text."""
    return content_of(ROOM, event("m.room.message", {"msgtype": "m.text", "body": body, **content}))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("> <@bot:example.org> Hoe ging het?\n> Vertel.\n\nGoed.", "Goed."),
        ("> * <@bot:example.org> zwaait\n\nGoed.", "Goed."),
        ("> <@bot:example.org> Hoe?\n\n> Wie vraagt, leidt.\nDat zei ze.", None),
        ("> Wie vraagt, leidt.\nDat zei ze.", "> Wie vraagt, leidt.\nDat zei ze."),
        (">Wie vraagt, leidt.", ">Wie vraagt, leidt."),
        ("> <@bot:example.org> Hoe?", "> <@bot:example.org> Hoe?"),
    ],
)
def test_a_reply_loses_what_its_client_quoted_and_nothing_else(body: str, text: str | None) -> None:
    wanted = "> Wie vraagt, leidt.\nDat zei ze." if text is None else text
    found = said(body, **{"m.relates_to": {"m.in_reply_to": {"event_id": "$question"}}})
    assert isinstance(found, Typed) and found.text == wanted


@pytest.mark.parametrize(
    "odd", ["", "$" * 300, "$" + "e" * 60_000, "event", "$ééntje", "$\ud800", 5, None, ["$event"]]
)
def test_what_can_be_no_event_is_not_replied_to_and_has_no_thread(odd: object) -> None:
    replied = said("Goed.", **{"m.relates_to": {"m.in_reply_to": {"event_id": odd}}})
    assert replied == Typed("Goed.", receipt_of(ROOM, "$event"))
    relation = {"rel_type": "m.thread", "event_id": odd}
    content = {"msgtype": "m.text", "body": "Goed.", "m.relates_to": relation}
    assert thread_of(ROOM, event("m.room.message", content)) is None


@pytest.mark.parametrize(
    "before",
    [
        *("\u200b", "\ufeff", " ", "\u2060\u200d", "\u200e\n", "\u00a0", "\u200f"),
        *("\u202a", "\u2068", "\u00ad", "\u061c"),
    ],
)
def test_what_is_invisible_hides_no_command(before: str) -> None:
    found = said(f"{before}!ritme{before}")
    assert isinstance(found, Typed) and found.text.strip(before) == "/ritme"


@pytest.mark.parametrize(
    ("kind", "content", "what"),
    [
        (
            "m.room.message",
            {"msgtype": "m.location", "body": "hier", "geo_uri": "geo:1,2"},
            "other",
        ),
        ("m.room.message", {"msgtype": "org.example.new", "body": "iets"}, "other"),
        ("m.poll.start", {"m.poll": {}}, "other"),
        ("org.matrix.msc3381.poll.start", {}, "other"),
        ("org.example.whatever", {}, "other"),
        ("m.call.invite", {**CALL, "lifetime": 1, "offer": {"type": "offer", "sdp": ""}}, "call"),
        ("org.matrix.msc4075.rtc.notification", {}, "call"),
        ("org.matrix.msc4075.call.notify", {"application": "m.call"}, "call"),
        ("org.matrix.msc4310.rtc.decline", {}, None),
        ("org.matrix.call.sdp_stream_metadata_changed", CALL, None),
        ("io.element.call.encryption_keys", {}, None),
        ("m.call.hangup", CALL, None),
        ("m.poll.end", {}, None),
        ("m.key.verification.done", {}, None),
        ("m.room.message", {"msgtype": "m.notice", "body": "Ik ben ook een bot."}, None),
        ("m.room.message", {"msgtype": "m.key.verification.request", "body": "?"}, None),
        ("m.reaction", {"m.relates_to": LIKED}, None),
    ],
)
def test_what_the_bot_makes_nothing_of_is_answered_or_listed(
    kind: str, content: dict[str, Any], what: str | None
) -> None:
    assert content_of(ROOM, event(kind, content)) == (Unreadable(what) if what else None)


def test_a_position_that_is_shared_is_answered_once() -> None:
    for kind in ("m.beacon_info", "org.matrix.msc3672.beacon_info"):
        begins = event(kind, {"live": True, "timeout": 60_000}, state_key="@sanne:example.org")
        ends = event(kind, {"live": False}, state_key="@sanne:example.org")
        assert content_of(ROOM, begins) == Unreadable("other")
        assert content_of(ROOM, ends) is None


def test_a_change_of_the_room_and_what_was_removed_are_not_answered() -> None:
    assert content_of(ROOM, event("org.example.state", {}, state_key="")) is None
    removed = {"redacted_because": {"content": {}, "sender": "@sanne:example.org"}}
    assert content_of(ROOM, event("m.room.message", {}, unsigned=removed)) is None


@pytest.mark.parametrize(
    ("typed", "action"),
    [
        *((form, "done:1") for form in ("1", "1.", "1)", "(1)", "1:", "1️⃣", "gedaan", "Gedaan!")),
        *((form, "done:1") for form in ("✅", "✅ Gedaan", "1. ✅ Gedaan", "1 gedaan", "\u200b1.")),
        *(
            (form, "done:1")
            for form in ("1 .", "1.✅ Gedaan", "1️⃣✅", "✅\ufe0e", "\u2068GEDAAN\u2069")
        ),
        *((form, "else:1") for form in ("3", "iets anders", "3. Iets anders", "3️⃣ iets  anders")),
        *((form, None) for form in ("4", "0", "1 geprobeerd", "10", "1. Ik vroeg het", "", "!")),
        *((form, None) for form in ("1%", "1,5", "1-0", "€ 1", "1✅ Ik vroeg het")),
    ],
)
def test_a_choice_is_understood_in_each_form_in_which_it_is_shown(
    typed: str, action: str | None
) -> None:
    assert Choices("$event", CHOICES).by_text(typed) == action


def test_a_choice_with_accents_is_understood_however_they_are_written() -> None:
    assert Choices("$event", (("Eén keer", "once:1"),)).by_text("Ee\u0301n keer") == "once:1"


def test_each_line_that_is_shown_is_a_choice_when_it_is_typed() -> None:
    *_, first, second, third = numbered("Wat werd het?", CHOICES).split("\n")
    actions = [Choices("$event", CHOICES).by_text(line) for line in (first, second, third)]
    assert actions == [action for _, action in CHOICES]


def test_lists_are_lists_in_html_and_what_people_wrote_is_escaped() -> None:
    assert with_lists("Geen lijst.\nTwee regels <b>.") is None
    html = with_lists("Kies & typ:\n\n• <b>een</b>\n• twee\n\n1. ✅ Gedaan\n2. Later\n\n7. Zeven")
    assert html == (
        "Kies &amp; typ:<br><br><ul><li>&lt;b&gt;een&lt;/b&gt;</li><li>twee</li></ul><br>"
        '<ol><li>✅ Gedaan</li><li>Later</li></ol><br><ol start="7"><li>Zeven</li></ol>'
    )
    content = text_content("Kies:\n1. Ja\n2. Nee")
    assert content["body"] == "Kies:\n1. Ja\n2. Nee" and content["m.mentions"] == {}


def sealed_size(content: dict[str, Any]) -> int:
    """The bytes of an encrypted event with this content, as the library writes it."""
    plain = json.dumps({"type": "m.room.message", "room_id": "!" + "r" * 254, "content": content})
    return len(plain.encode()) * 4 // 3 + AROUND


@settings(max_examples=30)  # of up to sixty thousand characters
@given(text=TEXTS)
def test_each_part_of_a_long_text_fits_in_an_encrypted_event(text: str) -> None:
    parts = split(text, TEXT_BYTES, size=text_size)
    assert "".join("".join(parts).split()) == "".join(text.split())
    for part in parts:
        assert sealed_size(text_content(part)) <= MAX_EVENT
    assert sealed_size(edit_content("$" + "e" * 43, text)) <= MAX_EVENT


@pytest.mark.parametrize("sign", ["你", "😀", "a", "\n", "\x07", "• "])
def test_a_list_that_is_just_too_long_for_html_is_plain(sign: str) -> None:
    text = sign * (TEXT_BYTES // text_size(sign))
    for content in (text_content(text), text_content(f"• {text[:-9]}"), edit_content("$e", text)):
        assert sealed_size(content) <= MAX_EVENT


def test_a_chinese_text_is_cut_at_the_end_of_a_sentence() -> None:
    first, *_ = split("你好吗。" * 3000, TEXT_BYTES, size=text_size)
    assert first.endswith("。") and text_size(first) > TEXT_BYTES // 2
