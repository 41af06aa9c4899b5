"""Updates brought to a webhook, as Telegram does: one by one, again until they are taken."""

import asyncio
from contextlib import suppress

from aiohttp import ClientError, ClientSession, TCPConnector

from tests.support.telegram.methods import Methods

AGAIN_SECONDS = 0.1
A_LONG_TIME = 3600.0


async def deliver(api: Methods) -> None:
    """Posts what waits for the bot to its webhook, whenever it has one, until cancelled."""
    # A connection for each: one that stays open reaches a port that was closed in the meantime.
    async with ClientSession(connector=TCPConnector(force_close=True)) as http:
        while True:
            await api.bell.until(lambda: api.webhook.get("url") and api.waiting, A_LONG_TIME)
            if not api.webhook.get("url") or not api.waiting:
                continue
            update = api.waiting[0]
            headers = {}
            if secret := api.webhook.get("secret_token"):
                headers["X-Telegram-Bot-Api-Secret-Token"] = str(secret)
            status = 0
            with suppress(ClientError, OSError):
                async with http.post(
                    str(api.webhook["url"]), json=update, headers=headers
                ) as answer:
                    status = answer.status
            api.deliveries.append((update["update_id"], status))
            if status == 200:
                api.taken(update["update_id"])
            else:
                await asyncio.sleep(AGAIN_SECONDS)
