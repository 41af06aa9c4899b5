"""The look of an organisation: its own design tokens and logo, out of a folder."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from bot.languages.sentences import Sentence

TOKENS = "tokens.css"
LOGOS = ("logo.svg", "logo.png")
MAX_BYTES = 200_000


class UnusableTheme(Exception):
    """The folder cannot be used; `reason` says what to change."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Theme:
    """What an organisation adds to the look.

    Attributes:
        files: by name, `tokens.css`, and `logo.svg` or `logo.png`; empty: nothing is added.
    """

    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def tokens(self) -> str | None:
        """Returns the name of the style sheet with tokens; None: there is none."""
        return TOKENS if TOKENS in self.files else None

    @property
    def logo(self) -> str | None:
        """Returns the name of the logo; None: there is none."""
        return next((name for name in LOGOS if name in self.files), None)

    def version(self, name: str) -> str:
        """Returns a digest of a file's content, for its address."""
        return sha256(self.files[name]).hexdigest()[:12]


NO_THEME = Theme()


def read_theme(folder: Path | None) -> Theme:
    """Returns the theme in a folder; without a folder, one that adds nothing.

    Raises:
        UnusableTheme: there is no such folder, or none of the files, or one that is too large.
    """
    if folder is None:
        return Theme()
    try:
        files = {
            name: (folder / name).read_bytes()
            for name in (TOKENS, *LOGOS)
            if (folder / name).is_file()
        }
    except OSError as error:
        trouble = error.strerror or type(error).__name__
        raise UnusableTheme(
            Sentence("config.theme_unreadable", folder=folder, trouble=trouble)
        ) from error
    if not files:
        raise UnusableTheme(Sentence("config.theme_empty", folder=folder))
    for name, content in files.items():
        if len(content) > MAX_BYTES:
            raise UnusableTheme(Sentence("config.theme_large", name=name, most=MAX_BYTES // 1000))
    return Theme(files)
