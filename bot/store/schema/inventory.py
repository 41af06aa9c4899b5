"""The data inventory: why each column is kept, on which legal ground, and for how long.

It stands in the tables themselves, so that nobody adds a column without it: a test names those that
have none. The tables in the papers are made of `rows`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import MetaData

INFO_KEY = "kept"
NEVER_REUSE_IDS = {"sqlite_autoincrement": True}


class Purpose(StrEnum):
    """What a column is for."""

    CONTACT = "contact"  # recognising a member's chats, and reaching them there
    PLANNING = "planning"  # knowing when the next challenge comes
    CHOICE = "choice"  # choosing a challenge that suits
    CONVERSATION = "conversation"  # understanding what a message or a press is about
    PROGRESS = "progress"  # showing the member what they did, and their streak
    DIARY = "diary"  # letting the member look back at what they wrote
    TEAM = "team"  # building a streak as a team, with counts only
    SHARING = "sharing"  # letting a team read what a member chose to share
    ROLES = "roles"  # knowing who may do what
    INVITATION = "invitation"  # joining a team, or linking a chat, with a code
    DELIVERY = "delivery"  # handling and sending everything once, also after a crash
    SEALING = "sealing"  # keeping what members write unreadable for others
    RETENTION = "retention"  # erasing members of whom nothing is heard any more
    CONTENT = "content"  # the challenges, and which of them are live
    PAGES = "pages"  # opening the pages in a browser, for the chat that asked for it
    ACCOUNTABILITY = "accountability"  # showing who did what; erasing again in a restored backup


class Ground(StrEnum):
    """The legal ground, as in article 6 of the GDPR."""

    INTEREST = "interest"  # 6(1)(f): the employer helps staff practise; taking part is voluntary
    CONSENT = "consent"  # 6(1)(a): the member chose this very thing, and can take it back
    OBLIGATION = "obligation"  # 6(1)(c): deleting in time, and showing it (articles 5 and 17)
    NOT_PERSONAL = "not_personal"  # it says nothing about a person


class Retention(StrEnum):
    """How long a column is kept; for the figures see `bot.core.privacy.retention`."""

    MEMBERSHIP = "membership"  # until erasure, which also follows on a long silence
    TEAM = "team"  # as long as the team exists, or until the member leaves it
    WITHDRAWN = "withdrawn"  # until it is withdrawn or revoked
    REFLECTIONS = "reflections"
    DIGESTS = "digests"
    ABSENCES = "absences"
    RECEIPTS = "receipts"
    CHOICES = "choices"
    PROCESSED = "processed"
    INVITATIONS = "invitations"
    SET_ASIDE = "set_aside"  # until it was handled; if that fails, for so long
    LINK_CODES = "link_codes"
    GROUP_REQUESTS = "group_requests"
    LINKS = "links"  # as long as a link can be undone
    SIGN_INS = "sign_ins"  # until it was used; at most ten minutes
    MAILBOX = "mailbox"  # a day
    BROWSERS = "browsers"  # until erasure, or until it was not used for so long
    OPENINGS = "openings"  # as long as a platform's word on who opened the pages is believed
    SESSIONS = "sessions"  # until the browser signs out; at most twelve hours
    SENT = "sent"  # as long as the platform lets the bot delete a message
    DRAFTS = "drafts"
    ANSWERS = "answers"  # one by one for so long, then counts per member alone
    MINUTES = "minutes"  # to the minute for so long, then the day alone as long as `ANSWERS`
    ARRIVAL = "arrival"  # until it arrived, or has expired
    INSTALLATION = "installation"  # as long as the product is in use


class Readable(StrEnum):
    """Why a column about a person is not sealed."""

    ID = "id"  # a number or position that means nothing outside this database
    DIGEST = "digest"  # a hash, from which nothing can be read back
    LOOKUP = "lookup"  # the database searches by it
    ROUTE = "route"  # something is sent there
    DUE = "due"  # the database finds what is due with it, without opening every row
    RULE = "rule"  # a rule or a figure is computed from it, for many members at once
    PUBLISHED = "published"  # the member has others read it


@dataclass(frozen=True, slots=True)
class InventoryRow:
    """What one column is kept for.

    Attributes:
        table: the table that it is in.
        column: its name.
        purpose: what it is for.
        ground: the legal ground.
        retention: how long it is kept.
        personal: whether it says something about a person.
        readable_because: why a personal column is not sealed; None: it is sealed.
    """

    table: str
    column: str
    purpose: Purpose
    ground: Ground
    retention: Retention
    personal: bool
    readable_because: Readable | None

    @property
    def is_sealed(self) -> bool:
        """Whether only somebody with the keys can read it."""
        return self.personal and self.readable_because is None


@dataclass(frozen=True, slots=True)
class Kept:
    """What some columns of one table are kept for; see `InventoryRow`.

    Attributes:
        columns: the names of the columns, by why they are readable; None: they are not.
    """

    purpose: Purpose
    ground: Ground
    retention: Retention
    columns: dict[Readable | None, tuple[str, ...]]

    def rows(self, table: str) -> Iterator[InventoryRow]:
        """Yields a row for each of the columns."""
        personal = self.ground is not Ground.NOT_PERSONAL
        for readable_because, names in self.columns.items():
            for name in names:
                yield InventoryRow(
                    table=table,
                    column=name,
                    purpose=self.purpose,
                    ground=self.ground,
                    retention=self.retention,
                    personal=personal,
                    readable_because=readable_because,
                )


def kept(
    purpose: Purpose, ground: Ground, retention: Retention, *, sealed: str = "", **readable: str
) -> Kept:
    """Returns what columns about a person are kept for.

    Args:
        purpose: what they are for.
        ground: the legal ground.
        retention: how long they are kept.
        sealed: the names of the sealed ones, with spaces between.
        readable: the names of the others, by why they are readable, a value of `Readable`.
    """
    columns: dict[Readable | None, tuple[str, ...]] = {
        Readable(reason): tuple(names.split()) for reason, names in readable.items()
    }
    return Kept(purpose, ground, retention, columns | {None: tuple(sealed.split())})


def not_personal(
    columns: str, purpose: Purpose, retention: Retention = Retention.INSTALLATION
) -> Kept:
    """Returns what columns that say nothing about a person, with spaces between, are kept for."""
    return Kept(purpose, Ground.NOT_PERSONAL, retention, {None: tuple(columns.split())})


def inventory(*parts: Kept) -> dict[str, Any]:
    """Returns the option of a table that says what all of its columns are kept for."""
    return {"info": {INFO_KEY: parts}}


def rows(metadata: MetaData) -> list[InventoryRow]:
    """Returns the inventory of all tables, in the order in which they are declared."""
    return [
        row
        for table in metadata.tables.values()
        for part in table.info.get(INFO_KEY, ())
        for row in part.rows(table.name)
    ]
