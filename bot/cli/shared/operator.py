"""What an operator does, as the audit trail has it."""

import getpass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.admin import audit
from bot.store.admin.audit import Action, NewEntry

OPERATOR = "operator"


def operator() -> str:
    """Returns how the trail calls whoever runs the command: with their user name if any."""
    try:
        return f"{OPERATOR}:{getpass.getuser()}"
    except (KeyError, ImportError, OSError):  # a container may run as a number without a name
        return OPERATOR


async def record(
    session: AsyncSession, action: Action, subject: str, at: datetime, detail: str = ""
) -> None:
    """Records what the operator does, in the transaction that does it."""
    await audit.record(session, NewEntry(operator(), action, subject, detail), at)
