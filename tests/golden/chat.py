"""Somebody in a dialogue: what they do is noted, and so is what they see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store.schema.teams import Role
from tests.golden.record import Event, Kind
from tests.support.telegram.group import Group
from tests.support.telegram.message import Message
from tests.support.telegram.people import Person

if TYPE_CHECKING:
    from tests.golden.scene import Scene

ATTACHED = {
    "nl": {
        "voice": "🎤 spraakbericht, 3 s",
        "sticker": "sticker 👍",
        "photo": "🖼 foto",
        "file": "📎 verslag.docx",
    },
    "en": {
        "voice": "🎤 voice message, 3 s",
        "sticker": "sticker 👍",
        "photo": "🖼 photo",
        "file": "📎 minutes.docx",
    },
}


class Chat:
    """A chat, and whoever is in it.

    What is typed and tapped is given in Dutch and in English; where it is the same, once.

    Attributes:
        person: the person, or the group.
        place: what the chat is called in the picture; empty: there is but one.
    """

    def __init__(self, scene: Scene, person: Person, place: str = "") -> None:
        self.person, self.place = person, place
        self._scene = scene
        self._typed: Message | None = None

    async def types(
        self, dutch: str, english: str | None = None, reply_to: Message | None = None
    ) -> None:
        """They type."""
        text = self._scene.text(dutch, english)
        about = f"↩ {reply_to.words.splitlines()[0]}" if reply_to else ""
        self._scene.notes(self, Event(Kind.SAYS, text, self.person.name, attached=about))
        self._typed = self.person.types(text, reply_to)
        await self._scene.settled(self)

    async def taps(self, dutch: str, english: str | None = None, on: Message | None = None) -> None:
        """They tap a button, of this message or the newest that has it."""
        press = self.person.presses(self._scene.text(dutch, english), on)
        self._did(Kind.TAPS, press.button.text)
        await press.answered()
        await self._scene.settled(self)

    async def taps_twice(self, dutch: str, english: str | None = None) -> None:
        """They tap a button twice, before it goes."""
        for press in [self.person.presses(self._scene.text(dutch, english)) for _ in range(2)]:
            self._did(Kind.TAPS, press.button.text)
        await self._scene.settled(self)

    async def edits(self, dutch: str, english: str | None = None) -> None:
        """They change what they typed last."""
        assert self._typed is not None, "nothing was typed yet"
        text = self._scene.text(dutch, english)
        self._did(Kind.CHANGES, text)
        self.person.edits(self._typed, text)
        await self._scene.settled(self)

    async def reacts(self, emoji: str) -> None:
        """They put this under the newest message of the bot."""
        self._did(Kind.REACTS, emoji)
        self.person.reacts(self.last, emoji)
        await self._scene.settled(self)

    async def sends(self, what: str) -> None:
        """They send a `sticker`, a `voice`, a `photo` or a `file`."""
        attached = ATTACHED[self._scene.language][what]
        self._scene.notes(self, Event(Kind.SAYS, "", self.person.name, attached=attached))
        match what:
            case "sticker":
                self.person.sends_sticker()
            case "voice":
                self.person.sends_voice()
            case "file":
                self.person.sends_document(attached.partition(" ")[2], b"PK")
            case _:
                self.person.sends_photo()
        await self._scene.settled(self)

    async def sends_file(self, name: str, content: bytes) -> None:
        """They send a file."""
        attached = f"📎 {name}"
        self._scene.notes(self, Event(Kind.SAYS, "", self.person.name, attached=attached))
        self.person.sends_document(name, content)
        await self._scene.settled(self)

    async def says(self, who: Chat, dutch: str, english: str | None = None) -> None:
        """Somebody says this in the group."""
        text = self._scene.text(dutch, english)
        self._scene.notes(self, Event(Kind.SAYS, text, who.person.name))
        self._group.hears(text, who.person.user)
        await self._scene.settled(self)

    async def adds(self, who: Chat, seen: str) -> None:
        """Somebody brings the bot into the group; `seen` tells it in the picture."""
        self._scene.notes(self, Event(Kind.ELSEWHERE, seen))
        self._group.adds(who.person.user)
        await self._scene.settled(self)

    async def has_joined(self) -> None:
        """They take part on Tuesdays and Thursdays at half past nine; that is not shown."""
        await self.types("/start")
        await self.taps("Nederlands", "English")
        await self.types("di do 9:30", "tue thu 9:30")
        self._scene.record.starts_here()

    async def has_joined_with(self, code: str) -> None:
        """They take part on Tuesdays, in a team; that is not shown either."""
        await self.types(f"/start {code}")
        await self.taps("Nederlands", "English")
        await self.types("di 9:30", "tue 9:30")
        self._scene.record.starts_here()

    async def does(self) -> None:
        """They do the nudge that is there, without a word."""
        await self.taps("Gedaan", "Done")
        await self.taps("Overslaan", "Skip")

    async def trains(self) -> None:
        """They make challenges; somebody else gave them that role."""
        await self._scene.grants(int(self.person.user["id"]), Role.TRAINER)

    @property
    def last(self) -> Message:
        """The newest message of the bot."""
        return self.person.inbox[-1]

    def _did(self, kind: Kind, text: str) -> None:
        self._scene.notes(self, Event(kind, text, self.person.name))

    @property
    def _group(self) -> Group:
        assert isinstance(self.person, Group), "this is no group"
        return self.person
