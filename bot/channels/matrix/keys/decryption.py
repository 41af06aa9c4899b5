"""Decrypts events, and waits for keys that arrive after the event they decrypt."""

import asyncio

from nio import Event, MegolmEvent

from bot.channels.matrix.client.client import MatrixClient

# A key may arrive after the event it decrypts; for so long the rest of the room waits for it.
KEY_SECONDS = 8.0


class Decryption:
    """Decrypts the events of rooms.

    Args:
        client: logged in.
    """

    def __init__(self, client: MatrixClient) -> None:
        self._client = client
        self._keys_arrived = asyncio.Condition()
        self._requested_keys: set[str] = set()
        self._missing_keys: set[str] = set()

    async def keys_may_have_arrived(self) -> None:
        """Has events that wait for their key tried again; to be called after each sync."""
        async with self._keys_arrived:
            self._keys_arrived.notify_all()

    async def decrypted(self, room_id: str, event: Event) -> Event:
        """Returns the event decrypted, as soon as its key is there; encrypted if none arrives.

        Raises:
            UndecodableItem: nothing can be made of what was encrypted.
        """
        if not isinstance(event, MegolmEvent):
            return event
        event.room_id = room_id
        if (decrypted := self._client.decrypted(event)) is not None:
            return decrypted
        self._request_key(event)
        if event.session_id in self._missing_keys:
            return event
        try:
            async with asyncio.timeout(KEY_SECONDS), self._keys_arrived:
                while (decrypted := self._client.decrypted(event)) is None:
                    await self._keys_arrived.wait()
                return decrypted
        except TimeoutError:
            self._missing_keys.add(event.session_id)  # later events with this key do not wait
            return event

    def _request_key(self, event: MegolmEvent) -> None:
        """Requests the key from the sender's device; the library asks only our own devices."""
        if event.session_id not in self._requested_keys:
            self._requested_keys.add(event.session_id)
            self._client.olm.outgoing_to_device_messages.append(
                event.as_key_request(
                    event.sender, self._client.device_id, event.session_id, event.device_id
                )
            )
