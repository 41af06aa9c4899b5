"""A real homeserver: Synapse, on loopback, for as long as the tests run."""

import asyncio
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import signal
import socket
import ssl
import sys
import time as clock
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

NAME = "olievlek.test"
START_SECONDS = 60.0
STOP_SECONDS = 10.0
SECRET = "for the tests alone"
# What a run of tests does in a minute, a person does in years. What limits messages is Synapse's
# own, because the bot has to live with that.
GENEROUS = {"per_second": 1_000, "burst_count": 1_000}
# It speaks plain HTTP, and reading the certificates that httpx trusts by default costs more than
# what is asked of it with them.
TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Synapse:
    """A homeserver with a folder of its own; all processes that name the same folder share it.

    Args:
        folder: where it keeps everything.
        name: the part of user ids behind the colon.
        joins: how fast anybody may come into rooms.
    """

    def __init__(
        self, folder: Path, name: str = NAME, joins: Mapping[str, float] = GENEROUS
    ) -> None:
        self._folder, self.name, self._joins = folder, name, dict(joins)
        self._admin = ""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._kept()['port']}"

    def start(self) -> None:
        """Starts it, if no other process did; it ends with `stop`.

        Raises:
            RuntimeError: it does not start; with the end of its log.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            if not self._runs():
                self._launch()

    def stop(self) -> None:
        """Ends it, whoever started it."""
        with self._alone():
            kept = self._kept()
            if not self._runs():
                return
            os.kill(kept["pid"], signal.SIGTERM)
            until = clock.monotonic() + STOP_SECONDS
            while self._runs() and clock.monotonic() < until:
                clock.sleep(0.05)
            if self._runs():
                os.kill(kept["pid"], signal.SIGKILL)
            self._keep({**kept, "pid": 0})

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _launch(self) -> None:
        port = self._kept().get("port") or _free_port()
        config = self._folder / "homeserver.yaml"  # JSON is YAML too
        config.write_text(json.dumps(self._config(port)))
        command = [sys.executable, "-m", "synapse.app.homeserver", "--config-path", str(config)]
        with (self._folder / "out.log").open("ab") as out:
            # It outlives this process, which is one of several that use it.
            said = [(os.POSIX_SPAWN_DUP2, out.fileno(), number) for number in (1, 2)]
            pid = os.posix_spawn(
                sys.executable, command, os.environ, file_actions=said, setsid=True
            )
        self._keep({"port": port, "pid": pid})
        until = clock.monotonic() + START_SECONDS
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", verify=TRUSTS_NOBODY) as client:
            while clock.monotonic() < until and self._runs():
                try:
                    if client.get("/health").status_code == 200:
                        return
                except httpx.TransportError:
                    clock.sleep(0.1)
        log = (self._folder / "out.log").read_text()[-3000:]
        raise RuntimeError(f"Synapse does not start:\n{log}")

    def _config(self, port: int) -> dict[str, Any]:
        listener = {
            "port": port,
            "type": "http",
            "bind_addresses": ["127.0.0.1"],
            "resources": [{"names": ["client"]}],
        }
        return {
            "server_name": self.name,
            "public_baseurl": f"http://127.0.0.1:{port}/",
            "report_stats": False,
            "listeners": [listener],
            "database": {
                "name": "sqlite3",
                "args": {"database": str(self._folder / "homeserver.db")},
            },
            "media_store_path": str(self._folder / "media"),
            "signing_key_path": str(self._folder / "signing.key"),
            "log_config": self._log_config(),
            "pid_file": str(self._folder / "pid"),
            "registration_shared_secret": SECRET,
            "macaroon_secret_key": SECRET,
            "form_secret": SECRET,
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "enable_registration": False,
            "presence": {"enabled": False},
            "url_preview_enabled": False,
            # What it does for other programs than the bot and its people is a tenth of its work.
            "push": {"enabled": False},
            "user_directory": {"enabled": False},
            "stats": {"enabled": False},
            "dynamic_thumbnails": True,  # made when somebody asks for one, and nobody does
            "bcrypt_rounds": 4,
            "rc_login": dict.fromkeys(("address", "account", "failed_attempts"), GENEROUS),
            "rc_joins": dict.fromkeys(("local", "remote"), self._joins),
            "rc_invites": dict.fromkeys(("per_room", "per_user", "per_issuer"), GENEROUS),
            "rc_registration": GENEROUS,
            "rc_room_creation": GENEROUS,
            "rc_key_requests": GENEROUS,
        }

    def _log_config(self) -> str:
        file = self._folder / "log.yaml"
        handler = {"class": "logging.StreamHandler", "level": "WARNING"}
        file.write_text(
            json.dumps(
                {
                    "version": 1,
                    "handlers": {"out": handler},
                    "root": {"level": "WARNING", "handlers": ["out"]},
                }
            )
        )
        return str(file)

    def _runs(self) -> bool:
        pid = self._kept().get("pid")
        if not pid:
            return False
        with suppress(ChildProcessError):
            # One that has ended and was ours stays in the table until somebody asks.
            os.waitpid(pid, os.WNOHANG)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _kept(self) -> dict[str, Any]:
        try:
            kept: dict[str, Any] = json.loads((self._folder / "state.json").read_text())
        except OSError:
            return {}
        return kept

    def _keep(self, state: dict[str, Any]) -> None:
        draft = self._folder / f"state.{os.getpid()}"
        draft.write_text(json.dumps(state))
        draft.replace(self._folder / "state.json")

    async def register(self, name: str, password: str, *, limited: bool = False) -> str:
        """A new account, whose messages are not limited unless asked; its user id."""
        async with httpx.AsyncClient(base_url=self.url, timeout=60, verify=TRUSTS_NOBODY) as client:
            user = await self._register(client, name, password, admin=False)
            if not limited:
                await self._unlimit(client, user)
        return user

    async def _unlimit(self, client: httpx.AsyncClient, user: str) -> None:
        answer = await client.post(
            f"/_synapse/admin/v1/users/{user}/override_ratelimit",
            json={"messages_per_second": 0, "burst_count": 0},
            headers={"Authorization": f"Bearer {await self._admin_token(client)}"},
        )
        answer.raise_for_status()

    async def _admin_token(self, client: httpx.AsyncClient) -> str:
        if not self._admin:
            name, password = f"admin-{secrets.token_hex(4)}", secrets.token_hex(8)
            await self._register(client, name, password, admin=True)
            answer = await client.post(
                "/_matrix/client/v3/login",
                json={
                    "type": "m.login.password",
                    "identifier": {"type": "m.id.user", "user": name},
                    "password": password,
                },
            )
            self._admin = answer.raise_for_status().json()["access_token"]
        return self._admin

    async def _register(
        self, client: httpx.AsyncClient, name: str, password: str, *, admin: bool
    ) -> str:
        path = "/_synapse/admin/v1/register"
        nonce = (await client.get(path)).raise_for_status().json()["nonce"]
        parts = [nonce, name, password, "admin" if admin else "notadmin"]
        mac = hmac.new(SECRET.encode(), "\0".join(parts).encode(), hashlib.sha1).hexdigest()
        answer = await client.post(
            path,
            json={
                "nonce": nonce,
                "username": name,
                "password": password,
                "admin": admin,
                "mac": mac,
            },
        )
        return str(answer.raise_for_status().json()["user_id"])

    async def restart(self) -> None:
        """Stops and starts it, on the same port and with all it knows."""
        await asyncio.to_thread(self.stop)
        await asyncio.to_thread(self.start)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
