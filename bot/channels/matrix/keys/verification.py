"""Declines verification: nobody sits at the bot's side to compare emoji or scan a code.

A request gets a cancellation with the reason, so that the client of whoever asked stops waiting;
see <https://spec.matrix.org/latest/client-server-api/#key-verification-framework>.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from nio import AsyncClient, Event
from nio.event_builders import ToDeviceMessage
from nio.events import ToDeviceEvent

from bot.channels.base import Unreachable
from bot.channels.matrix.client.api import checked_response
from bot.channels.matrix.events.content import object_in

REQUEST, START = "m.key.verification.request", "m.key.verification.start"
CANCEL = "m.key.verification.cancel"
REASON = {"code": "m.user", "reason": "This is a bot: it cannot compare emoji or scan a code."}


def decline_on_device(client: AsyncClient, is_allowed: Callable[[str], bool]) -> None:
    """Has requests that come to the bot's device cancelled, with what else the client has to send.

    Args:
        client: logged in, on a device with keys.
        is_allowed: tells whether somebody may talk with the bot; others get no answer.
    """

    def decline(event: ToDeviceEvent) -> None:
        content = object_in(event.source, "content")
        transaction, device = content.get("transaction_id"), content.get("from_device")
        is_asked = event.source.get("type") in (REQUEST, START) and is_allowed(event.sender)
        if not is_asked or not isinstance(transaction, str) or not isinstance(device, str):
            return
        client.olm.key_verifications.pop(transaction, None)  # else the library waits for the rest
        cancellation = {"transaction_id": transaction, **REASON}
        client.olm.outgoing_to_device_messages.append(
            ToDeviceMessage(CANCEL, event.sender, device, cancellation)
        )

    client.add_to_device_callback(decline, ToDeviceEvent)


def is_request(event: Event) -> bool:
    """Returns whether an event in a room asks somebody there to verify."""
    source: dict[str, Any] = event.source
    is_message = source.get("type") == "m.room.message"
    return is_message and object_in(source, "content").get("msgtype") == REQUEST


async def decline_in_room(client: AsyncClient, room_id: str, request: Event) -> None:
    """Cancels a request in a room if it is for the bot; a repeat is the same event.

    Raises:
        SendError: it could not be sent, but may be later.
    """
    if object_in(request.source, "content").get("to") != client.user_id:
        return
    relation = {"rel_type": "m.reference", "event_id": request.event_id}
    with suppress(Unreachable):  # the bot was removed from the room in the meantime
        if client.should_query_keys:
            await checked_response(client.keys_query())
        await checked_response(
            client.room_send(
                room_id,
                CANCEL,
                {**REASON, "m.relates_to": relation},
                tx_id=f"{request.event_id}-cancel",
                ignore_unverified_devices=True,
            )
        )
