"""The terminal, as a channel among others; `olievlek demo` opens it by itself."""

from bot.channels.specification import AddressForm, ChannelSpecification

SPECIFICATION = ChannelSpecification(
    name="terminal", title="Terminal", address=AddressForm(r".+", "NAME")
)
