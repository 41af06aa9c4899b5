"""Tags of languages, as BCP 47 writes them: `fy`, `pap`, `en-GB`."""

import re

# A language, and after it a script, a region or variants.
SHAPE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*", re.IGNORECASE | re.ASCII)


def canonical_tag(text: str) -> str | None:
    """Returns the tag that `text` stands for, in the letter case of RFC 5646, section 2.1.1.

    None: it has not the shape of a tag. Whether there is such a language is not looked up.
    """
    if len(text) > 35 or SHAPE.fullmatch(text) is None:
        return None
    language, *subtags = re.split("[-_]", text.lower())
    return "-".join([language, *map(_with_case, subtags)])


def _with_case(subtag: str) -> str:
    if len(subtag) == 2:
        return subtag.upper()
    return subtag.title() if len(subtag) == 4 and subtag.isalpha() else subtag
