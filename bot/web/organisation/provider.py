"""The OpenID provider of the organisation, as a client sees it: the code flow with PKCE.

authlib knows the protocol and joserfc the signatures; what is checked and in which order is here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from bot.channels.connection.proxies import proxy_for
from bot.web.organisation.account import Account, ProviderUnusable, SignInFailed
from bot.web.organisation.addresses import is_safe
from bot.web.organisation.attempt import Attempt

TIMEOUT = aiohttp.ClientTimeout(total=10)
MAX_BYTES, CHUNK_BYTES = 262_144, 16_384
KEEP_METADATA = timedelta(hours=1)
CLOCKS_DIFFER = timedelta(minutes=2)
MAX_NAME = 80  # characters
MAX_SUBJECT = 255  # characters, as the standard has it
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Those with a public key alone: with a shared secret, or with `none`, anybody may sign."""
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
NAME_CLAIMS = ("email", "preferred_username", "upn", "name")


@dataclass(frozen=True, slots=True)
class Client:
    """How this bot is known at the provider.

    Attributes:
        issuer: the address of the provider, as its ID tokens have it.
        id: of the client.
        secret: of the client.
        scope: what is asked for, separated by spaces.
        roles_claim: the claim with roles; empty: none are taken from there.
    """

    issuer: str
    id: str
    secret: str = field(repr=False)
    scope: str = "openid profile email"
    roles_claim: str = ""


class Provider:
    """The provider.

    Args:
        client: how this bot is known there.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._metadata: dict[str, Any] = {}
        self._keys: dict[str, Any] = {}
        self._read_at: datetime | None = None

    async def metadata(self, at: datetime) -> Mapping[str, Any]:
        """Returns what the provider says of itself; it is asked once an hour.

        Raises:
            ProviderUnusable: it does not answer, or is another one, or an address is not safe.
        """
        if self._read_at is None or at - self._read_at >= KEEP_METADATA:
            url = get_well_known_url(self._client.issuer, external=True)
            metadata = await self._json(url)
            if metadata.get("issuer") != self._client.issuer:
                raise ProviderUnusable("its discovery document is of another issuer")
            for name in ENDPOINTS:
                if not is_safe(metadata.get(name)):
                    raise ProviderUnusable(f"{name} is missing or is not https")
            methods = metadata.get("code_challenge_methods_supported", ["S256"])
            if "S256" not in methods:
                raise ProviderUnusable("it does not support PKCE with S256")
            self._metadata, self._keys, self._read_at = metadata, {}, at
        return self._metadata

    async def keys(self, at: datetime, *, again: bool = False) -> KeySet:
        """Returns the keys with which it signs.

        Raises:
            ProviderUnusable: it does not answer, or with something else.
        """
        metadata = await self.metadata(at)
        if again or not self._keys:
            self._keys = await self._json(metadata["jwks_uri"])
        try:
            return KeySet.import_key_set(self._keys)  # type: ignore[arg-type]  # it is checked there
        except (JoseError, ValueError, KeyError, TypeError) as error:
            self._keys = {}
            raise ProviderUnusable("its keys cannot be read") from error

    async def authorization_url(self, attempt: Attempt, redirect_uri: str, at: datetime) -> str:
        """Returns where the browser goes to sign in.

        Raises:
            ProviderUnusable: see `metadata`.
        """
        metadata = await self.metadata(at)
        url: str = prepare_grant_uri(
            metadata["authorization_endpoint"],
            self._client.id,
            "code",
            redirect_uri,
            self._client.scope,
            attempt.state,
            nonce=attempt.nonce,
            code_challenge=create_s256_code_challenge(attempt.code_verifier),
            code_challenge_method="S256",
        )
        return url

    async def account(
        self, attempt: Attempt, answer: Mapping[str, str], redirect_uri: str, at: datetime
    ) -> Account:
        """Returns who signed in, given what the browser came back with.

        Raises:
            SignInFailed: something is not as it should be, or they did not agree.
        """
        metadata = await self.metadata(at)
        if answer.get("state") != attempt.state:
            raise SignInFailed("another state")
        self._require_issuer(metadata, answer.get("iss"))
        if "error" in answer or not answer.get("code"):
            raise SignInFailed("the provider refused it")
        tokens = await self._exchange(metadata, attempt, answer["code"], redirect_uri)
        claims = await self._verified(metadata, attempt, tokens, at)
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT:
            raise SignInFailed("no usable subject")
        names = [claims[name] for name in NAME_CLAIMS if isinstance(claims.get(name), str)]
        roles = claims.get(self._client.roles_claim) if self._client.roles_claim else None
        # In one line: it stands in the question whether this is who somebody is.
        name = " ".join(next(iter(names), "").split())[:MAX_NAME]
        return Account(self._client.issuer, subject, name, _values(roles))

    def _require_issuer(self, metadata: Mapping[str, Any], issuer: str | None) -> None:
        """Checks who answered, so that no answer of another provider is taken for its (RFC 9207).

        Raises:
            SignInFailed: it was another one, or it does not say and should.
        """
        says = metadata.get("authorization_response_iss_parameter_supported") is True
        if (issuer is None and says) or issuer not in (None, self._client.issuer):
            raise SignInFailed("an answer of another issuer")

    async def _exchange(
        self, metadata: Mapping[str, Any], attempt: Attempt, code: str, redirect_uri: str
    ) -> Mapping[str, Any]:
        body = prepare_token_request(
            "authorization_code",
            redirect_uri=redirect_uri,
            code=code,
            code_verifier=attempt.code_verifier,
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if "client_secret_basic" in methods:
            # RFC 6749, 2.3.1: both are encoded first, which authlib leaves to its caller.
            names = (quote(self._client.id, safe=""), quote(self._client.secret, safe=""))
            auth = ClientAuth(*names, "client_secret_basic")
        else:
            auth = ClientAuth(self._client.id, self._client.secret, "client_secret_post")
        url, headers, body = auth.prepare("POST", metadata["token_endpoint"], headers, body)
        return await self._json(url, body, headers)

    async def _verified(
        self, metadata: Mapping[str, Any], attempt: Attempt, tokens: Mapping[str, Any], at: datetime
    ) -> Mapping[str, Any]:
        """Returns the claims of the ID token, all checked.

        Raises:
            SignInFailed: one of them is wrong, or the signature is.
        """
        supported = metadata.get("id_token_signing_alg_values_supported", ["RS256"])
        registry = JWSRegistry(
            algorithms=[name for name in ALGORITHMS if name in supported], strict_check_header=False
        )
        text = tokens.get("id_token")
        if not isinstance(text, str):
            raise SignInFailed("no ID token")
        try:
            try:
                token = jwt.decode(text, await self.keys(at), registry=registry)
            except InvalidKeyIdError:  # it has new keys since
                token = jwt.decode(text, await self.keys(at, again=True), registry=registry)
            claims = CodeIDToken(
                token.claims,
                token.header,
                {
                    "iss": {"essential": True, "value": self._client.issuer},
                    "aud": {"essential": True, "value": self._client.id},
                    "sub": {"essential": True},
                },
                {
                    "nonce": attempt.nonce,
                    "client_id": self._client.id,
                    "access_token": tokens.get("access_token"),
                },
            )
            claims.validate(int(at.timestamp()), int(CLOCKS_DIFFER.total_seconds()))
        except (JoseError, AuthlibBaseError, ValueError, TypeError) as error:
            raise SignInFailed(f"the ID token: {type(error).__name__}") from error
        return dict(claims)

    async def _json(
        self, url: str, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Returns the JSON object that an address answers with; nothing is followed elsewhere.

        Raises:
            ProviderUnusable: it does not answer, or refuses, or with something else.
        """
        if not is_safe(url):
            raise ProviderUnusable("an address that is not https")
        method = "GET" if body is None else "POST"
        try:
            async with (
                aiohttp.ClientSession(timeout=TIMEOUT) as session,
                session.request(
                    method,
                    url,
                    data=body,
                    headers={"Accept": "application/json", **(headers or {})},
                    allow_redirects=False,
                    proxy=proxy_for(url),
                ) as response,
            ):
                if response.status != 200:
                    raise ProviderUnusable(f"HTTP {response.status}")
                content = bytearray()
                async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                    content += chunk
                    if len(content) > MAX_BYTES:
                        raise ProviderUnusable("an answer that is too large")
            answer = json.loads(content)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise ProviderUnusable(type(error).__name__) from error
        if not isinstance(answer, dict):
            raise ProviderUnusable("an answer that is no JSON object")
        return answer


def _values(claim: object) -> frozenset[str]:
    """Returns the values of a claim, which is one text or a list of texts."""
    values: Sequence[object] = claim if isinstance(claim, list) else [claim]
    return frozenset(value for value in values if isinstance(value, str))
