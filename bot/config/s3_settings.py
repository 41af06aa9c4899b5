"""The settings of a bucket for encrypted backups."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, SecretStr

from bot.config.environment import SettingsSection, WebAddress


class S3Settings(SettingsSection):
    """The settings whose names begin with `OLIEVLEK_S3_`."""

    bucket: str = ""
    prefix: str = ""
    endpoint: Annotated[WebAddress, Field(description="obtain.s3_endpoint")] = ""
    region: str = "us-east-1"
    access_key_id: Annotated[SecretStr | None, Field(description="obtain.s3_key")] = None
    secret_access_key: Annotated[SecretStr | None, Field(description="obtain.s3_key")] = None

    def missing(self) -> Iterator[tuple[str, ...]]:
        """Yields what is not set, once there is a bucket."""
        if self.bucket:
            given = {
                "access_key_id": self.access_key_id,
                "secret_access_key": self.secret_access_key,
            }
            yield from ((name,) for name, value in given.items() if not value)
