"""Opening the ports that the settings name, and the address of the pages on this machine."""

import socket

from bot.config.environment import PREFIX, split_networks
from bot.config.settings import ConfigError, Settings
from bot.languages.sentences import Sentence
from bot.web.server import Ports, bind_port


def own_address(http: socket.socket) -> str:
    """Returns the address of the HTTP port as this machine itself can open it."""
    host, port = http.getsockname()[:2]
    name = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"


def open_ports(settings: Settings) -> Ports:
    """Opens the HTTP port, and the one of the metrics if that is set.

    Raises:
        ConfigError: one of them cannot be opened.
    """
    http = _open_port("http", settings.http_host, settings.http_port)
    proxies = split_networks(settings.trusted_proxies)
    if settings.metrics_port is None:
        return Ports(http, trusted_proxies=proxies)
    try:
        metrics = _open_port("metrics", settings.metrics_host, settings.metrics_port)
        return Ports(http, metrics, proxies)
    except ConfigError:
        http.close()
        raise


def _open_port(name: str, host: str, port: int) -> socket.socket:
    """Opens the port of that name.

    Raises:
        ConfigError: it cannot be opened; says which setting it is, and why.
    """
    try:
        return bind_port(host, port, name)
    except OSError as error:
        variable = f"{PREFIX}{name.upper()}_PORT"
        refused = Sentence("config.port", name=variable, port=port, trouble=error.strerror)
        raise ConfigError([refused]) from error
