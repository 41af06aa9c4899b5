"""How long the service runs: until it is told to stop or a part ends, and how it stops then."""

import asyncio
import signal
from collections.abc import Sequence

import structlog

from bot.channels.base import Channel, InvalidCredentials
from bot.config.settings import ConfigError
from bot.delivery.schedule.schedule import Schedule
from bot.operation import service_manager
from bot.operation.health import refused_credentials
from bot.operation.replica import FINISH_SECONDS, Replica

log = structlog.get_logger(__name__)

STOP_SECONDS = FINISH_SECONDS + 1


async def run_until_stopped(
    schedule: Schedule,
    replica: Replica,
    channels: Sequence[Channel],
    services: Sequence[asyncio.Task[None]],
) -> None:
    """Runs until a signal comes, or until a channel or one of the services ends.

    Raises:
        ConfigError: a platform does not accept our credentials.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    schedule.scheduler.start()
    running = [*services, asyncio.create_task(service_manager.keep_alive())]
    running += [asyncio.create_task(replica.run_channel(channel)) for channel in channels]
    log.info("running", channels=[channel.name for channel in channels])
    service_manager.notify(service_manager.READY)
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([stopped, *running], return_when=asyncio.FIRST_COMPLETED)
    finally:
        log.info("stopping")
        service_manager.notify(service_manager.STOPPING)
        # In this order: nothing new is begun, and then what is in flight may finish while the
        # channels end. The scheduler goes last, because its jobs are what is in flight.
        schedule.scheduler.pause()
        replica.stop_sending()
        for task in (stopped, *running):
            task.cancel()
        await asyncio.wait([stopped, *running], timeout=STOP_SECONDS)
        schedule.scheduler.shutdown(wait=False)
    for task in running:
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            raise _as_config_error(error)


def _as_config_error(error: BaseException) -> BaseException:
    if isinstance(error, InvalidCredentials):
        return ConfigError([refused_credentials(error)])
    return error
