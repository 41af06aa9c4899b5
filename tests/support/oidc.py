"""An OpenID provider on the loopback, by the server half of authlib, that can be told to misbehave.

It keeps the rules of the code flow as the library does: PKCE, codes that work once, the secret of
the client. What it signs is up to the test.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.models import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from joserfc.jws import JWSRegistry

CLIENT, SECRET = "olievlek", "a secret: with % and +"  # which have to be encoded
CALLBACK = "https://olievlek.test/web/organisation/callback"
Claims = dict[str, Any]


class KnownClient(ClientMixin):
    """The one client that is registered."""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Returns whether a browser may be sent there."""
        return redirect_uri == CALLBACK

    def check_client_secret(self, client_secret: str) -> bool:
        """Returns whether it is the client's."""
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, _: str) -> bool:
        """Returns whether the client may show itself like that."""
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        """Returns whether it is the code flow."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Returns whether it is the code flow."""
        return grant_type == "authorization_code"

    def get_allowed_scope(self, scope: str) -> str:
        """Returns what is asked for."""
        return scope


@dataclass
class Code(AuthorizationCodeMixin):
    """A code, with what belongs to it."""

    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    provider: "ToyProvider"

    def get_redirect_uri(self) -> str:
        """Returns where it was sent."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """Returns what was asked for."""
        return self.scope

    def get_nonce(self) -> str:
        """Returns the nonce of the request."""
        return self.nonce

    def get_auth_time(self) -> None:
        """Returns nothing: nobody asked."""


@dataclass
class ToyProvider:
    """The provider, and how it misbehaves.

    Attributes:
        clock: returns the present.
        url: its address; set once it runs.
        person: the claims about who is signed in there.
        changed: what is otherwise in the next ID tokens; None: that claim is not there.
        metadata: what is otherwise in the discovery document.
        sign: makes the token of its claims; None: as it should be.
        says_issuer: what `iss` in its answers is; None: itself.
        requests: the paths that were asked for.
    """

    clock: Callable[[], datetime]
    url: str = ""
    person: Claims = field(default_factory=lambda: {"sub": "4711", "email": "sanne@example.org"})
    changed: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[Claims], str] | None = None
    says_issuer: str | None = None
    requests: list[str] = field(default_factory=list)
    key: RSAKey = field(default_factory=lambda: new_key("first"))
    codes: dict[str, Code] = field(default_factory=dict)
    _server: "Server" = field(init=False)

    def __post_init__(self) -> None:
        self._server = Server(self)

    def id_token(self, code: Code) -> str:
        """Returns what it says about who signed in."""
        now = int(self.clock().timestamp())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": code.get_nonce(),
            **self.person,
            **self.changed,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return self.sign(claims) if self.sign else self.signed(claims)

    def signed(self, claims: Claims, key: RSAKey | OctKey | None = None, alg: str = "RS256") -> str:
        """Returns a token of its own key, or of another."""
        key = key or self.key
        registry = JWSRegistry(algorithms=[alg])
        return jwt.encode({"alg": alg, "kid": key.kid}, claims, key, registry=registry)

    # -- what it answers

    async def discovery(self, request: web.Request) -> web.Response:
        """Answers with what it is."""
        self.requests.append(request.path)
        return web.json_response(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "response_types_supported": ["code"],
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
                **self.metadata,
            }
        )

    async def jwks(self, request: web.Request) -> web.Response:
        """Answers with its public keys."""
        self.requests.append(request.path)
        return web.json_response(KeySet([self.key]).as_dict(private=False))

    async def authorize(self, request: web.Request) -> web.StreamResponse:
        """Signs in who asks, without a page, and sends them back."""
        asked = _request("GET", request, dict(request.query))
        grant = self._server.get_consent_grant(asked, end_user="somebody")
        response: web.Response = self._server.create_authorization_response(
            asked, "somebody", grant
        )
        iss = self.says_issuer or self.url
        response.headers["Location"] += f"&iss={iss}" if iss != "nobody" else ""
        return response

    async def token(self, request: web.Request) -> web.StreamResponse:
        """Exchanges a code."""
        posted = dict(await request.post())
        response: web.Response = self._server.create_token_response(
            _request("POST", request, posted)
        )
        return response


def new_key(kid: str) -> RSAKey:
    """Returns a key of its own name."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, private=True)


class Asked(OAuth2Request):
    """A request as the library has it; it takes the loopback for https."""

    @property
    def args(self) -> dict[str, str]:
        """Returns what stands in the address."""
        return self.values if self.method == "GET" else {}

    @property
    def form(self) -> dict[str, str]:
        """Returns what was posted."""
        return self.values if self.method == "POST" else {}

    values: dict[str, str]


def _request(method: str, request: web.Request, values: dict[str, Any]) -> Asked:
    asked = Asked(method, f"https://provider.test{request.path}", headers=dict(request.headers))
    asked.values, asked.payload = values, BasicOAuth2Payload(values)
    return asked


class Server(AuthorizationServer):
    """The library's server, on aiohttp.

    Args:
        provider: what it is of.
    """

    def __init__(self, provider: ToyProvider) -> None:
        super().__init__()
        self.provider = provider
        self.register_token_generator("default", BearerTokenGenerator(lambda **_: "a-token"))
        self.register_grant(_Grant, [_Challenge(required=True), _Tokens(require_nonce=True)])

    def query_client(self, client_id: str) -> KnownClient | None:
        """Returns the client; None: it is not known."""
        return KnownClient() if client_id == CLIENT else None

    def save_token(self, *_: object) -> None:
        """Does nothing: nobody uses the token."""

    def send_signal(self, *_: object, **__: object) -> None:
        """Does nothing: nobody listens."""

    def create_oauth2_request(self, request: Asked) -> Asked:
        """Returns the request, which is one already."""
        return request

    def handle_response(self, status: int, body: object, headers: list[Any]) -> web.Response:
        """Returns the answer as aiohttp has it."""
        if isinstance(body, dict):
            return web.json_response(body, status=status)
        return web.Response(text=str(body or ""), status=status, headers=dict(headers))


class _Challenge(CodeChallenge):
    """PKCE with S256 alone."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)


class _Tokens(OpenIDCode):
    def exists_nonce(self, *_: object) -> bool:
        return False

    def encode_id_token(self, _: object, request: Any) -> str:  # noqa: ANN401 - the library's
        code: Code = request.authorization_code
        return code.provider.id_token(code)


class _Grant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

    def save_authorization_code(self, code: str, request: Asked) -> None:
        asked = request.values
        kept = Code(
            asked["redirect_uri"],
            asked["scope"],
            asked["nonce"],
            asked["code_challenge"],
            asked["code_challenge_method"],
            self.server.provider,
        )
        self.server.provider.codes[code] = kept

    def query_authorization_code(self, code: str, _: KnownClient) -> Code | None:
        found: Code | None = self.server.provider.codes.get(code)
        return found

    def delete_authorization_code(self, authorization_code: Code) -> None:
        codes = self.server.provider.codes
        for code in [code for code, kept in codes.items() if kept is authorization_code]:
            del codes[code]

    def authenticate_user(self, _: Code) -> str:
        return "somebody"


@asynccontextmanager
async def toy_provider(clock: Callable[[], datetime]) -> AsyncIterator[ToyProvider]:
    """Runs a provider on a free port of the loopback."""
    provider = ToyProvider(clock)
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", provider.discovery)
    app.router.add_get("/jwks", provider.jwks)
    app.router.add_get("/authorize", provider.authorize)
    app.router.add_post("/token", provider.token)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    provider.url = f"http://{host}:{port}"
    try:
        yield provider
    finally:
        await runner.cleanup()


def query_of(url: str) -> dict[str, str]:
    """Returns what stands behind the question mark of an address."""
    return dict(parse_qsl(urlsplit(url).query))
