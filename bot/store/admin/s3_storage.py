"""A bucket of a service that speaks S3, for encrypted backups. Loaded only where one is set."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bot.languages.sentences import Sentence, Text
from bot.masking import mask
from bot.store.db.errors import OperationRefused

PACKAGE = "obstore"
EXTRA = "s3"
# What a service answers that refuses.
REFUSED = re.compile(r"status\scode:\s4\d\d")
DETAILS = re.compile(r"\s*Debug\ssource.*", re.DOTALL)
SAID = re.compile(r"<Code>([^<]*)</Code>\s*<Message>([^<]*)</Message>")
# One that is away is given up within a minute; the job tries again in an hour.
CONNECT_SECONDS, ANSWER_SECONDS, RETRY_SECONDS, RETRIES = 5, 60, 30, 3


def is_installed() -> bool:
    """Returns whether the package that speaks S3 is there."""
    return find_spec(PACKAGE) is not None


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, and how to get at it.

    Attributes:
        name: the bucket.
        prefix: what the names in it begin with, without a slash at the end; empty: nothing.
        endpoint: the address of the service; empty: that of Amazon.
        region: where it is.
        access_key_id: who we are.
        secret_access_key: proves it.
    """

    name: str
    prefix: str
    endpoint: str
    region: str
    access_key_id: str
    secret_access_key: str

    def __repr__(self) -> str:
        """Returns it without what is secret."""
        return f"Bucket({self.name!r}, {self.prefix!r}, {self.endpoint!r})"


@dataclass(frozen=True, slots=True)
class S3Storage:
    """Files in a bucket; a name is there when all of it is.

    Attributes:
        bucket: the bucket.
        folder: what the names of these files begin with there, besides its own prefix.
    """

    bucket: Bucket
    folder: str = ""

    @property
    def is_remote(self) -> bool:
        """Always."""
        return True

    def trouble(self) -> Text | None:
        """Returns why the bucket cannot be read; None: it can."""
        try:
            next(self.names(), None)
        except OperationRefused as error:
            return error.reason
        return None

    def add(self, name: str, write: Callable[[Path], None], work: Path) -> int:
        """Writes the file in `work`, and uploads it."""
        import obstore

        ready = work / name
        write(ready)
        with self._refusals():
            obstore.put(self._store(), name, ready)
        return ready.stat().st_size

    def names(self) -> Iterator[tuple[str, int]]:
        """Yields what is in the bucket below this prefix, not further down."""
        import obstore

        with self._refusals():
            for each in obstore.list_with_delimiter(self._store())["objects"]:
                yield each["path"].rpartition("/")[2], each["size"]

    def place_of(self, name: str) -> str:
        """Returns its address in the way of Amazon's tools."""
        return "/".join(part for part in ("s3:/", self.bucket.name, self._prefix, name) if part)

    def fetch(self, name: str, work: Path) -> Path:
        """Brings a file to the folder `work`."""
        import obstore

        target = work / name
        with self._refusals(), target.open("xb") as file:
            for chunk in obstore.get(self._store(), name).stream():
                file.write(chunk)
        return target

    def remove(self, name: str) -> None:
        """Deletes a file; that it is not there is no error in S3."""
        import obstore

        with self._refusals():
            obstore.delete(self._store(), name)

    def sweep(self, now: datetime) -> None:
        """Does nothing: what was not uploaded to its end is not there."""

    @property
    def _prefix(self) -> str:
        return "/".join(part for part in (self.bucket.prefix, self.folder) if part)

    def _store(self) -> Any:  # noqa: ANN401 - of a package that may not be there
        from obstore.store import S3Store

        bucket = self.bucket
        return S3Store(
            bucket.name,
            prefix=self._prefix or None,
            endpoint=bucket.endpoint or None,
            region=bucket.region,
            access_key_id=bucket.access_key_id,
            secret_access_key=bucket.secret_access_key,
            virtual_hosted_style_request=not bucket.endpoint,
            client_options={
                "allow_http": bucket.endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                "timeout": timedelta(seconds=ANSWER_SECONDS),
            },
            retry_config={
                "max_retries": RETRIES,
                "retry_timeout": timedelta(seconds=RETRY_SECONDS),
            },
        )

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Turns what the service or the network says into a refusal, in one line.

        One that may pass comes from a ConnectionError.
        """
        from obstore.exceptions import BaseError, GenericError

        try:
            yield
        except (BaseError, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # of a file of ours; what is not found in a bucket has no number
            trouble = mask(_said(str(error)))
            refused = OperationRefused(
                Sentence("refused.s3", bucket=self.place_of(""), trouble=trouble)
            )
            may_pass = isinstance(error, GenericError) and not REFUSED.search(str(error))
            raise refused from (ConnectionError(trouble) if may_pass else None)


def _said(error: str) -> str:
    """Returns what a service said, or else what the package says, in one line."""
    if said := SAID.search(error):
        return f"{said[1]}: {' '.join(said[2].split())}"
    return " ".join(DETAILS.sub("", error).split())
