"""What a handler gets, and the errors that it raises."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.typed_codes import CodeGuesses, TypedCode
from bot.conversation.words import Words
from bot.core.privacy.retention import DEFAULT_PERIODS, Periods
from bot.messages import Address, InvitationLinks
from bot.store.admin import audit
from bot.store.admin.audit import Action, NewEntry
from bot.store.members import members, roles
from bot.store.members.reflections import Diary
from bot.store.members.roles import Roles
from bot.store.members.vault import Vault
from bot.store.schema.members import MemberRow

MAX_ROW_ID = 2**31


class NotUnderstood(Exception):
    """Something that was typed and cannot be followed; the message `key` says what to do."""

    def __init__(self, key: str, **values: Any) -> None:  # noqa: ANN401 - whatever format() takes
        super().__init__(key)
        self.key, self.values = key, values


class DeadButton(Exception):
    """A button that does nothing any more, or that this member may not press."""


def row_id_in(text: str) -> int:
    """Returns the id of a row, as the data of a button carries it.

    Raises:
        DeadButton: no row can have it.
    """
    if not (text.isdecimal() and 0 < int(text[:12]) < MAX_ROW_ID and len(text) < 12):
        raise DeadButton
    return int(text)


@dataclass(frozen=True, slots=True)
class PrivacyTerms:
    """What /privacy says that whoever runs the bot decides.

    Attributes:
        periods: how long things are kept.
        controller: the name of the organisation that is responsible; empty: it was not set.
        contact: where to reach it; empty: it was not set.
        pushes: whether browsers can be told that something waits.
    """

    periods: Periods = DEFAULT_PERIODS
    controller: str = ""
    contact: str = ""
    pushes: bool = False


@dataclass(frozen=True, slots=True)
class OperatorPolicy:
    """What whoever runs the bot decided, as far as conversations depend on it.

    Attributes:
        language: in which somebody is greeted whose platform does not tell their language.
        zone: the IANA zone of somebody who joins, until they choose; it needs no mention.
        minimum: how many members need to have had a round before a team has figures.
        terms: what was decided about privacy.
        pages: the address at which this program can be opened in a browser; empty: it has no pages.
    """

    language: str
    zone: str
    minimum: int
    terms: PrivacyTerms = PrivacyTerms()
    pages: str = ""


@dataclass(frozen=True, slots=True)
class HandlerContext:
    """What a handler needs to answer one incoming message.

    Attributes:
        session: the transaction of this message; it commits when the handler returns.
        member: whose message it is.
        sender: the chat it came from.
        at: when it came, aware.
        vault: seals and opens reflections.
        links: the addresses that carry an invitation.
        policy: what whoever runs the bot decided.
        source: the id of the message they typed.
        pressed: the id of the message they pressed a button under.
        guesses: the wrong codes that were typed so far.
    """

    session: AsyncSession
    member: MemberRow
    sender: Address
    at: datetime
    vault: Vault
    links: InvitationLinks
    policy: OperatorPolicy
    source: str = ""
    pressed: str | None = None
    guesses: CodeGuesses = field(default_factory=CodeGuesses)

    @property
    def say(self) -> Words:
        """Returns the bot's words in the member's language."""
        return Words(self.member.language)

    @property
    def today(self) -> date:
        """Returns the date where the member is."""
        return members.today(self.member, self.at)

    def typed_code(self, text: str) -> TypedCode:
        """Returns a code that was typed in this chat."""
        return TypedCode(text, self.sender, self.at, self.guesses)

    async def record(self, action: Action, subject: str, detail: str = "") -> None:
        """Adds what this member does to the audit trail; call it when all else is done."""
        act = NewEntry(audit.member(self.member.id), action, subject, detail)
        await audit.record(self.session, act, self.at)

    async def roles(self) -> Roles:
        """Returns what may be done in this chat: the roles of its own address.

        A chat that was linked to it may have others; those hold there alone.
        """
        return await roles.of_address(self.session, self.sender.pair, self.at)

    @property
    def diary(self) -> Diary:
        """Returns the member's reflections."""
        return Diary(self.session, self.vault, self.member.id)
