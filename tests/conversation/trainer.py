"""Somebody who may push sets, and what they do in the chat."""

from dataclasses import dataclass, field

from bot.app import Application
from bot.core.challenges.challenge import ChallengeSet
from bot.messages import Attached
from bot.store.members import roles
from bot.store.schema.teams import Role
from tests.support.fakes import FakeMember, SentMessage


@dataclass
class Trainer:
    """Somebody who may push sets."""

    someone: FakeMember
    application: Application = field(init=False)

    def __post_init__(self) -> None:
        self.application = self.someone.application

    async def sends(self, given: ChallengeSet | bytes | str, name: str = "lef.yaml") -> SentMessage:
        """They send a file; what the bot says to it."""
        if isinstance(given, ChallengeSet):  # JSON is YAML
            given = given.model_dump_json()
        content = given.encode() if isinstance(given, str) else given

        async def read() -> bytes:
            return content

        await self.someone.does(Attached(name, len(content), read))
        return self.someone.last

    @property
    def sees(self) -> str:
        """The newest message."""
        return self.someone.last.text


async def become(someone: FakeMember) -> Trainer:
    """They are a trainer from now on."""
    async with someone.application.database.transaction() as session:
        await roles.grant(session, someone.address.pair, Role.TRAINER, None, someone.clock())
    return Trainer(someone)
