"""The pages of reference that are made from the code, each as Markdown in one language."""

from collections.abc import Callable, Mapping

from tools.docs.reference import chat, command_line, metrics, set_format, settings

PAGES: Mapping[str, Callable[[str], str]] = {
    "reference/command-line": command_line.page,
    "reference/settings": settings.page,
    "reference/metrics": metrics.page,
    "reference/chat": chat.page,
    "reference/set-format": set_format.page,
}
