"""Takes in the components of NL Design System and htmx, at the versions in `package.json`.

`make assets` installs the packages below `build/assets`, and this writes `components.css`,
`htmx.js` and `LICENCES.txt` in `bot/web/static`. They are committed, so that nobody else needs npm.
"""

import json
import re
from pathlib import Path

from bot.web.pages.render.rendering import STATIC
from tests.support.paths import PROJECT

MODULES = PROJECT / "build" / "assets" / "node_modules"
STYLES = (
    "@nl-design-system-candidate/heading-css/dist/heading.css",
    "@nl-design-system-candidate/paragraph-css/dist/paragraph.css",
    "@nl-design-system-candidate/link-css/dist/link.css",
    "@nl-design-system-candidate/skip-link-css/dist/skip-link.css",
    "@nl-design-system-candidate/button-css/dist/button.css",
    "@utrecht/alert-css/dist/index.min.css",
    "@utrecht/form-field-css/dist/index.min.css",
    "@utrecht/textbox-css/dist/index.min.css",
    "@utrecht/table-css/dist/index.min.css",
)
SCRIPT = "htmx.org/dist/htmx.min.js"


def package_of(path: str) -> Path:
    """Returns the folder of the package that a file is in."""
    parts = path.split("/")
    return MODULES.joinpath(*parts[: 2 if path.startswith("@") else 1])


def named(path: str) -> str:
    """Returns a line with the name, the version and the licence of the package of a file."""
    about = json.loads((package_of(path) / "package.json").read_text())
    return f"{about['name']} {about['version']} ({about['license']})"


def without_map(text: str) -> str:
    """Returns a style sheet without the line that names its source map."""
    return re.sub(r"/\*# sourceMappingURL=.*", "", text).strip() + "\n"


def main() -> None:
    """Writes the three files."""
    styles = [
        f"/* {named(path)} */\n{without_map((MODULES / path).read_text())}" for path in STYLES
    ]
    (STATIC / "components.css").write_text("".join(styles))
    script = (MODULES / SCRIPT).read_text().strip()
    (STATIC / "htmx.js").write_text(f"/* {named(SCRIPT)} */\n{script}\n")
    licences: dict[str, list[str]] = {}
    for path in (*STYLES, SCRIPT):
        [file] = sorted(package_of(path).glob("LICENSE*"))[:1]
        licences.setdefault(file.read_text().strip(), []).append(named(path))
    texts = ["\n".join(names) + f"\n\n{text}\n" for text, names in licences.items()]
    (STATIC / "LICENCES.txt").write_text(f"\n{'-' * 80}\n\n".join(texts))


if __name__ == "__main__":
    main()
