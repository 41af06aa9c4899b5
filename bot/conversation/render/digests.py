"""What a digest says: the team's week, the stories that members shared, a question for Monday."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.words import Words
from bot.store.members.vault import Vault
from bot.store.schema.teams import DigestRow
from bot.store.teams import digests
from bot.store.teams.digests import Story


def digest_text(week: str, stories: Sequence[Story], question: str, say: Words) -> str:
    """Returns the whole text of a digest.

    Args:
        week: how the week went.
        stories: what is shared now.
        question: to talk about on Monday.
        say: the words of the team's language.
    """
    parts = [week]
    if stories:
        parts.append(
            "\n\n".join([say("digest.stories"), *(_story(story, say) for story in stories)])
        )
    parts.append(say("digest.question", question=question))
    return "\n\n".join(parts)


def _story(story: Story, say: Words) -> str:
    name = (story.name or say("team.nameless")) if story.named else say("digest.nameless")
    # The quotation ends where we end it, or words could be put in somebody else's mouth.
    return say("digest.story", words=story.words.replace("”", "’"), name=name)


async def current_text(session: AsyncSession, vault: Vault, digest: DigestRow) -> str:
    """Returns a digest as it has to read now, with the stories that are still shared."""
    shared = await digests.stories_in(session, vault, digest.id)
    return digest_text(digest.body, shared, digest.question, Words(digest.language))
