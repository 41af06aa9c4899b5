"""Which channels there are. A new one is a folder with a `specification.py`, and a line here."""

from collections.abc import Mapping
from importlib import import_module

from bot.channels.specification import ChannelSpecification
from bot.languages.sentences import Choice, Hint, Sentence

PACKAGES = (
    "bot.channels.telegram",
    "bot.channels.matrix",
    "bot.channels.terminal",
    "bot.channels.web",
)

_registered: dict[str, ChannelSpecification] = {}


def register(package: str) -> ChannelSpecification:
    """Adds the channel whose `SPECIFICATION` is in the package's module `specification`.

    Raises:
        TypeError: there is no specification in it.
        ValueError: there is a channel of that name.
    """
    specification = getattr(import_module(f"{package}.specification"), "SPECIFICATION", None)
    if not isinstance(specification, ChannelSpecification):
        raise TypeError(f"{package}.specification.SPECIFICATION is no ChannelSpecification")
    if specification.name in _registered:
        raise ValueError(f"there is a channel {specification.name} already")
    _registered[specification.name] = specification
    return specification


def unregister(name: str) -> None:
    """Removes the channel of that name."""
    del _registered[name]


def channels() -> list[ChannelSpecification]:
    """Returns all channels, in the order of registration."""
    return list(_registered.values())


def find_channel(name: str) -> ChannelSpecification | None:
    """Returns the channel of that name; None: there is none."""
    return _registered.get(name)


def channel_title(name: str) -> str:
    """Returns the name that members know a channel by; one that is not registered has its own."""
    channel = find_channel(name)
    return channel.title if channel else name


def address_examples(*, with_remarks: bool = False) -> Choice:
    """Returns `telegram:ID, matrix:@user:server or terminal:NAME`.

    Args:
        with_remarks: says as well, in parentheses, what is no address.
    """
    return Choice(
        Sentence(
            "address.with_remark",
            example=channel.example,
            remark=Hint(channel.address.remark),
        )
        if with_remarks and channel.address.remark
        else channel.example
        for channel in channels()
    )


def link_to_scan(links: Mapping[str, str]) -> str | None:
    """Returns the invitation link that is worth a QR code.

    Args:
        links: an invitation's links, by channel.

    Returns:
        The link to a page that offers all channels if there is one, otherwise one that carries the
        code, otherwise the first; None: there are none.
    """
    known = [(channel, link) for name, link in links.items() if (channel := find_channel(name))]
    offering = [link for channel, link in known if channel.link_offers_all]
    carrying = [link for channel, link in known if channel.link_carries_code]
    return next(iter([*offering, *carrying, *links.values()]), None)


for _package in PACKAGES:
    register(_package)
