"""What somebody could try when people sign in at their organisation: nothing of it is accepted."""

import json
import re
from base64 import urlsafe_b64encode
from functools import partial

import pytest
from joserfc.jwk import OctKey
from starlette.types import ASGIApp
from structlog.testing import capture_logs

from bot.languages.registry import language_of
from bot.organisation import provider_trouble
from bot.web.organisation.account import ProviderUnusable
from bot.web.organisation.addresses import is_safe
from bot.web.organisation.provider import Client, Provider
from tests.support.fakes import MONDAY, FakeMember, FixedClock
from tests.support.oidc import (
    CALLBACK,
    CLIENT,
    SECRET,
    Claims,
    ToyProvider,
    new_key,
    query_of,
)
from tests.web.conftest import ADDRESS, Browser, new_browser
from tests.web.organisation import Desk, application, desk, provider

__all__ = ["application", "desk", "provider"]  # fixtures


HOST = ADDRESS.removeprefix("https://")


def unsigned(provider: ToyProvider, claims: Claims) -> str:
    """A token with `none` for an algorithm, and without a signature."""
    parts = [json.dumps(each).encode() for each in ({"alg": "none"}, claims)]
    return ".".join([*(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), ""])


def with_public_key(provider: ToyProvider, claims: Claims) -> str:
    """A token signed with what everybody can read, as if it were a shared secret."""
    key = OctKey.import_key(json.dumps(provider.key.as_dict(private=False)), {"kid": "first"})
    return provider.signed(claims, key, "HS256")


def with_client_secret(provider: ToyProvider, claims: Claims) -> str:
    """A token signed with the secret of the client."""
    return provider.signed(claims, OctKey.import_key(SECRET * 2, {"kid": "first"}), "HS256")


def with_another_key(provider: ToyProvider, claims: Claims) -> str:
    """A token of a key with the right name."""
    return provider.signed(claims, new_key("first"))


NOW = int(MONDAY.timestamp())


WRONG_CLAIMS: dict[str, Claims] = {
    "another nonce": {"nonce": "x" * 43},
    "no nonce": {"nonce": None},
    "another issuer": {"iss": "https://evil.test"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "another"},
    "no audience": {"aud": None},
    "two audiences and no azp": {"aud": [CLIENT, "another"]},
    "another azp": {"azp": "another"},
    "expired": {"exp": NOW - 121},
    "no end": {"exp": None},
    "not valid yet": {"nbf": NOW + 300},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is no text": {"sub": 4711},
    "a subject that is too long": {"sub": "x" * 256},
    "of another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


SIGNERS = (unsigned, with_public_key, with_client_secret, with_another_key)


async def test_no_wrong_token_is_accepted(desk: Desk, member: FakeMember) -> None:
    await desk.links(member)
    provider = desk.provider

    async def is_refused(what: str) -> None:
        page = await desk.signs_in(502)
        assert "Aanmelden is niet gelukt" in page and not desk.browser.http.cookies, what
        provider.sign, provider.changed = None, {}

    with capture_logs() as logs:
        for what, provider.changed in WRONG_CLAIMS.items():
            await is_refused(what)
        for signer in SIGNERS:
            provider.sign = partial(signer, provider)
            await is_refused(signer.__name__)
    shown = str(logs)
    assert len(logs) == len(WRONG_CLAIMS) + len(SIGNERS)
    assert "4711" not in shown and "sanne" not in shown and SECRET not in shown
    provider.changed = {"exp": NOW - 119}  # clocks differ
    assert "Jouw pagina’s" in await desk.signs_in()
    provider.key = new_key("second")  # it has new keys
    assert "Jouw pagina’s" in await desk.signs_in()


async def test_no_wrong_answer_is_accepted(desk: Desk, member: FakeMember, site: ASGIApp) -> None:
    await desk.links(member)
    provider = desk.provider

    def cookies() -> set[str]:
        return set(desk.browser.http.cookies)

    answer = await desk.is_sent_back()
    changed = {
        "another state": re.sub("state=[^&]+", "state=" + "x" * 43, answer),
        "no state": re.sub("state=[^&]+&?", "", answer),
        "no code": re.sub("code=[^&]+&?", "", answer),
        "a code of nobody": re.sub("code=[^&]+", "code=x", answer),
        "refused": re.sub("code=[^&]+", "error=access_denied", answer),
        "another issuer": re.sub("iss=[^&]+", "iss=https://evil.test", answer),
        "no issuer": re.sub("&iss=[^&]+", "", answer),
        "endless": f"{answer}&x={'x' * 4_000}",
    }
    for what, url in changed.items():
        begun = desk.browser.http.cookies["__Host-olievlek-organisation"]
        assert "niet gelukt" in await desk.comes_back(url, 502), what
        assert cookies() == set(), what  # so that nothing is tried twice
        desk.browser.http.cookies.set("__Host-olievlek-organisation", begun, HOST)
    async with new_browser(site) as http:  # which was sent the address by somebody
        victim = Browser(http)
        assert "niet gelukt" in await victim.opens(answer.removeprefix(f"{ADDRESS}/web/"), 502)
        http.cookies.set("__Host-olievlek-organisation", "x" * 43, HOST)
        await victim.opens(answer.removeprefix(f"{ADDRESS}/web/"), 502)
        assert set(http.cookies) == set()
    begun = desk.browser.http.cookies["__Host-olievlek-organisation"]
    assert "Jouw pagina’s" in await desk.comes_back(answer)
    desk.browser.http.cookies.clear()
    desk.browser.http.cookies.set("__Host-olievlek-organisation", begun, HOST)
    await desk.comes_back(answer, 502)  # the code was used
    assert provider.requests.count("/.well-known/openid-configuration") == 1


async def test_the_request_has_what_the_standard_asks(desk: Desk) -> None:
    asked = query_of(await desk.leaves())
    assert asked["response_type"] == "code" and asked["redirect_uri"] == CALLBACK
    assert asked["code_challenge_method"] == "S256" and asked["scope"] == "openid profile email"
    cookie = desk.browser.http.cookies["__Host-olievlek-organisation"]
    secrets = [asked["state"], asked["nonce"], asked["code_challenge"], cookie]
    assert len(set(secrets)) == 4 and min(map(len, secrets)) == 43
    assert query_of(await desk.leaves())["state"] != asked["state"]


UNUSABLE: dict[str, Claims] = {
    "of another issuer": {"issuer": "https://evil.test"},
    "token_endpoint": {"token_endpoint": "http://192.0.2.1/token"},
    "jwks_uri": {"jwks_uri": None},
    "authorization_endpoint": {"authorization_endpoint": "javascript:alert(1)"},
    "PKCE": {"code_challenge_methods_supported": ["plain"]},
    "too large": {"filling": "x" * 300_000},
}


async def test_a_provider_that_cannot_be_used_is_not(
    desk: Desk, clock: FixedClock, provider: ToyProvider
) -> None:
    mine = Provider(Client(provider.url, CLIENT, SECRET))
    assert await provider_trouble(mine, clock()) is None
    for reason, provider.metadata in UNUSABLE.items():
        with pytest.raises(ProviderUnusable, match=reason):
            await Provider(Client(provider.url, CLIENT, SECRET)).metadata(clock())
        assert "niet gelukt" in await desk.browser.opens("organisation", 502)
    clock.passes(hours=1)
    trouble = await provider_trouble(mine, clock())
    assert trouble is not None and "OLIEVLEK_OIDC_ISSUER" in trouble.in_language(language_of("nl"))
    gone = Provider(Client("http://127.0.0.1:9", CLIENT, SECRET))
    assert await provider_trouble(gone, clock()) is not None
    assert SECRET not in repr(Client("https://x.test", CLIENT, SECRET))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://login.example.org/realm", True),
        ("http://127.0.0.1:8080", True),
        ("http://localhost", True),
        ("http://login.example.org", False),
        ("http://127.0.0.1.evil.test", False),
        ("https://", False),
        ("https://[", False),
        ("ftp://login.example.org", False),
        (None, False),
    ],
)
def test_which_addresses_are_safe(url: object, expected: bool) -> None:
    assert is_safe(url) is expected
