"""The settings of signing in at the organisation."""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from bot.config.environment import SettingsSection, WrongValue
from bot.languages.sentences import Sentence
from bot.web.organisation.addresses import is_safe


def _issuer(url: str) -> str:
    parts = urlsplit(url)
    if url and (not is_safe(url) or parts.query or parts.fragment or "@" in parts.netloc):
        raise WrongValue(Sentence("setting.issuer"))
    return url


class OidcSettings(SettingsSection):
    """The settings whose names begin with `OLIEVLEK_OIDC_`."""

    issuer: Annotated[str, AfterValidator(_issuer), Field(description="obtain.oidc_issuer")] = ""
    client_id: Annotated[str, Field(description="obtain.oidc_client")] = ""
    client_secret: Annotated[SecretStr | None, Field(description="obtain.oidc_client")] = None
    scope: str = "openid profile email"
    roles_claim: str = ""

    def missing(self) -> Iterator[tuple[str, ...]]:
        """Yields what is not set, once one of the three is."""
        given = {
            "issuer": self.issuer,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        if any(given.values()):
            yield from ((name,) for name, value in given.items() if not value)
