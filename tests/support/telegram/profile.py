"""What the test server shows of the bot: menus of commands, and descriptions."""

from tests.support.telegram import rules
from tests.support.telegram.rules import Params, bad_request


class Profile:
    """Menus by scope and language, and descriptions by language."""

    def __init__(self) -> None:
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.descriptions: dict[tuple[str, str], str] = {}
        self.menu_button: dict[str, object] = {"type": "default"}

    async def set_commands(self, params: Params) -> object:
        """The menu in a scope and a language."""
        self.commands[_commands_key(params)] = rules.commands_of(params)
        return True

    async def delete_commands(self, params: Params) -> object:
        """Takes a menu away."""
        self.commands.pop(_commands_key(params), None)
        return True

    async def get_commands(self, params: Params) -> object:
        """The menu there is in a scope and a language."""
        return self.commands.get(_commands_key(params), [])

    async def set_description(self, params: Params) -> object:
        """What an empty chat shows."""
        return self._describe("description", params, rules.DESCRIPTION)

    async def get_description(self, params: Params) -> object:
        """What an empty chat shows now."""
        return {"description": self._described("description", params)}

    async def set_short_description(self, params: Params) -> object:
        """What the profile shows."""
        return self._describe("short_description", params, rules.SHORT_DESCRIPTION)

    async def get_short_description(self, params: Params) -> object:
        """What the profile shows now."""
        return {"short_description": self._described("short_description", params)}

    async def set_menu_button(self, params: Params) -> object:
        """The button beside the field for messages, in all private chats."""
        button = dict(params.get("menu_button") or {"type": "default"})
        if button["type"] == "web_app" and not button["web_app"]["url"].startswith("https://"):
            raise bad_request("menu button Web App URL is invalid: Only HTTPS links are allowed")
        self.menu_button = button
        return True

    async def get_menu_button(self, params: Params) -> object:
        """That button as it is now."""
        return self.menu_button

    def _describe(self, which: str, params: Params, most: int) -> object:
        text = str(params.get(which, ""))
        if len(text) > most:
            raise bad_request(f"{which} is too long")
        self.descriptions[which, str(params.get("language_code", ""))] = text
        return True

    def _described(self, which: str, params: Params) -> str:
        """In this language, or else in any."""
        of = self.descriptions
        return of.get((which, str(params.get("language_code", "")))) or of.get((which, ""), "")


def _commands_key(params: Params) -> tuple[str, str]:
    """For whom commands are: the words of the scope, and the language."""
    scope = params.get("scope") or {"type": "default"}
    whom = [scope["type"], *(scope[name] for name in ("chat_id", "user_id") if name in scope)]
    return " ".join(str(part) for part in whom), str(params.get("language_code", ""))
