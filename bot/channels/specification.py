"""What the program knows of a channel before it is built: enough to name it, and to build it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # its pydantic takes longer to load than `olievlek --help` to run
    from bot.channels.service import Service

NAME = re.compile(r"[a-z][a-z0-9]*")


@dataclass(frozen=True, slots=True)
class AddressForm:
    """What an address on one channel looks like.

    Attributes:
        pattern: a regular expression that matches all of an address.
        example: how help texts show one, such as `ID` or `@user:server`.
        remark: the message of the command line that says what is no address; empty: none.
    """

    pattern: str
    example: str
    remark: str = ""

    def matches(self, address: str) -> bool:
        """Returns whether `address` may be one on this channel."""
        return re.fullmatch(self.pattern, address) is not None


@dataclass(frozen=True, slots=True)
class ChannelSpecification:
    """One channel, in its folder's `specification.py`, where it is called `SPECIFICATION`.

    What a channel can do besides sending follows from the protocols of `bot.channels.base` that its
    class implements.

    Attributes:
        name: as it stands in addresses and in the names of settings: small letters and digits.
        title: the name that members know.
        address: what its addresses look like.
        service: loads how `olievlek run` starts it; None: only `olievlek demo` opens it.
        link_carries_code: whether following an invitation's link is enough to accept it; where it
            is not, the link only leads to the bot, and the code is typed there.
        link_offers_all: whether an invitation's link opens a page of ours that offers the other
            channels too, so that one QR code does for everybody.
        opens_chats: whether the bot can open a private chat with somebody who asks for it in a
            group.
        privacy_note: the message of the conversation that says whether the platform can read what
            is said in a private chat; empty: there is no platform in between.
        push_note: the message that says who sees that a browser is told something; empty: none is.
        clears_chats: whether the bot takes its messages out of the chat of somebody who is erased.
        leaves_chats: whether it leaves that chat too, so that they have to begin another.

    Raises:
        ValueError: the name cannot be part of a setting's name.
    """

    name: str
    title: str
    address: AddressForm
    service: "Callable[[], Service[Any]] | None" = None
    link_carries_code: bool = False
    link_offers_all: bool = False
    opens_chats: bool = False
    privacy_note: str = ""
    push_note: str = ""
    clears_chats: bool = False
    leaves_chats: bool = False

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name for a channel: small letters and digits")

    @property
    def example(self) -> str:
        """How help texts show an address with its channel, such as `telegram:ID`."""
        return f"{self.name}:{self.address.example}"
