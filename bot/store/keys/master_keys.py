"""The master keys that a process knows: its own, and those that replaced it in a rotation."""

from collections.abc import Collection

from bot.store.keys.key_store import KeyStore, Successor, WrappedKey
from bot.store.keys.master_key import MasterKey, WrongKey

SUCCESSOR_LABEL = "master"  # under which a master key is wrapped by the one that it replaces


class MasterKeys:
    """The operator's key of this process and its successors, as far as it has met them.

    Args:
        secret_key: the operator's key.

    Attributes:
        own: that key.

    Raises:
        ValueError: `secret_key` is malformed or weak.
    """

    def __init__(self, secret_key: str) -> None:
        self.own = MasterKey(secret_key)
        self._known = {self.own.fingerprint: self.own}

    async def master_of(self, stored: WrappedKey, store: KeyStore) -> MasterKey:
        """Returns the master key that wraps a key; looks among the successors for an unknown one.

        Raises:
            WrongKey: it is neither this process's own nor a successor of it.
        """
        if stored.master not in self._known:
            self._learn(await store.successors())
        if stored.master not in self._known:
            raise WrongKey(f"the master key {stored.master} is unknown")
        return self._known[stored.master]

    def newest(self, successors: Collection[Successor]) -> MasterKey:
        """Returns the last successor of this process's own key; without successors that key."""
        self._learn(successors)
        following = {successor.predecessor: successor.fingerprint for successor in successors}
        newest = self.own.fingerprint
        while newest in following:
            newest = following[newest]
        return self._known[newest]

    def wrap_newest(self, label: str, key: bytes, successors: Collection[Successor]) -> WrappedKey:
        """Returns a key wrapped by the newest master key."""
        master = self.newest(successors)
        return WrappedKey(master.wrap(label, key), master.fingerprint)

    def _learn(self, successors: Collection[Successor]) -> None:
        """Opens the successors of known keys, the successors of those as well.

        Raises:
            WrongKey: one is not wrapped by its predecessor.
        """
        following = {successor.predecessor: successor for successor in successors}
        waiting = list(self._known)
        while waiting:
            predecessor = self._known[waiting.pop()]
            successor = following.get(predecessor.fingerprint)
            if successor is not None and successor.fingerprint not in self._known:
                secret_key = predecessor.unwrap(SUCCESSOR_LABEL, successor.wrapped)
                self._known[successor.fingerprint] = MasterKey(secret_key.decode())
                waiting.append(successor.fingerprint)
