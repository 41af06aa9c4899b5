"""Which proxy a platform is reached through."""

import pytest

from bot.channels.connection.proxies import proxy_for


@pytest.fixture
def _behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "matrix.intern.example,127.0.0.1")
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.usefixtures("_behind_a_proxy")
@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://api.telegram.org/bot1:x/getMe", "http://proxy.example:3128"),
        ("https://matrix.example.org", "http://proxy.example:3128"),
        ("https://matrix.intern.example", None),
        ("http://127.0.0.1:8008", None),
    ],
)
def test_the_environment_says_which(url: str, proxy: str | None) -> None:
    assert proxy_for(url) == proxy
