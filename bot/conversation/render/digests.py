"""What a digest says: the team's week, the stories that members shared, a question for Monday."""

from collections.abc import Sequence

from bot.conversation.words import Words
from bot.store.schema.teams import DigestRow
from bot.store.teams.digests import Story


def digest_text(
    week: str, stories: Sequence[Story], question: str, say: Words, *, lost_nameless: bool = False
) -> str:
    """Returns the whole text of a digest.

    Args:
        week: how the team is doing.
        stories: what is shared now.
        question: to talk about on Monday.
        say: the words of the team's language.
        lost_nameless: whether there were stories without a name, which have left.
    """
    parts = [week]
    if stories:
        parts.append(
            "\n\n".join([say("digest.stories"), *(_story(story, say) for story in stories)])
        )
    if lost_nameless:
        parts.append(say("digest.nameless_gone"))
    parts.append(say("digest.question", question=question))
    return "\n\n".join(parts)


def _story(story: Story, say: Words) -> str:
    name = (story.name or say("team.nameless")) if story.named else say("digest.nameless")
    # The quotation ends where we end it, or words could be put in somebody else's mouth.
    return say("digest.story", words=story.words.replace("”", "’"), name=name)


def text_of(digest: DigestRow, stories: Sequence[Story]) -> str:
    """Returns a digest as it has to read with these stories.

    Once the group has it, it says of stories without a name only that there were some.
    """
    lost_nameless = digest.receipt is not None and digest.nameless > 0
    say = Words(digest.language)
    return digest_text(digest.body, stories, digest.question, say, lost_nameless=lost_nameless)


def lasting_text_of(digest: DigestRow, stories: Sequence[Story]) -> str:
    """Returns the text without the stories that leave with the next digest: those without a name.

    Only somebody whose name is in it can make it differ.
    """
    named = [story for story in stories if story.named]
    return digest_text(digest.body, named, digest.question, Words(digest.language))
