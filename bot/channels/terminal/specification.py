"""The terminal, as a channel among others; `olievlek demo` opens it by itself."""

from bot.channels.specification import AddressForm, ChannelSpecification
from bot.channels.terminal import NAME

SPECIFICATION = ChannelSpecification(
    name=NAME, title="Terminal", address=AddressForm(r".+", "NAME")
)
