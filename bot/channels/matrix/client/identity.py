"""The identity of the bot's account: what an operator is told of it, and how it is replaced."""

from bot.channels.matrix.client.account import Account
from bot.channels.matrix.keys.cross_signing import (
    ForeignIdentity,
    NotOurs,
    own_device,
    own_keys,
    published_keys,
    replace_identity,
)
from bot.channels.matrix.keys.signature_chain import is_signed
from bot.languages.sentences import Sentence

REMEDIES = {
    NotOurs.REPLACED: Sentence("check.identity_replaced"),
    NotOurs.FOREIGN: Sentence("check.identity_foreign"),
    NotOurs.SEALED: Sentence("check.identity_sealed"),
}


class AccountIdentity:
    """The account's signing keys.

    Args:
        account: the account.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    async def trouble(self) -> Sentence | None:
        """Returns why strict clients do not believe the bot's device; None: they do.

        Nothing is changed. Without a device that has keys it returns whether the next start can
        sign one.

        Raises:
            SendError: the homeserver cannot be asked, or refuses the credentials.
        """
        async with self._account.session() as client:
            published = await published_keys(client)
            stored = await self._account.signing_keys.read(client)
            try:
                own_keys(stored, client.user_id, published)
            except ForeignIdentity as error:
                return REMEDIES[error.reason]
            if own_device(client, published) is None:
                return None
            if not is_signed(published, client.user_id, client.device_id or ""):
                return Sentence("check.identity_unsigned")
            return None

    async def reset(self) -> None:
        """Gives the account new signing keys, and signs the saved device with them.

        Raises:
            MessageRejected: the homeserver wants the password, and it is not set or wrong.
            SendError: the homeserver cannot be reached, or refuses the credentials.
        """
        account = self._account
        account.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        async with account.session() as client:
            await replace_identity(client, account.signing_keys, account.password)
