"""Sets made up for a test, with as little in them as may be."""

from bot.core.challenges.challenge import Challenge, ChallengeSet, ChallengeText, Title


def made(name: str, *slugs: str, says: str = "Stel een vraag", daring: int = 1) -> ChallengeSet:
    """A set with these challenges, which all begin with the same words."""
    return ChallengeSet(
        set=name,
        title=Title.of(nl=name.capitalize(), en=name.capitalize()),
        challenges=tuple(
            Challenge.of(
                id=slug,
                minutes=5,
                daring=daring,
                nl=ChallengeText(task=f"{says}: {slug}.", reflect="Wat hoorde je daar?"),
                en=ChallengeText(task=f"In English. {says}: {slug}.", reflect="What did you hear?"),
            )
            for slug in slugs
        ),
    )
