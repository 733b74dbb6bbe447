"""A private RabbitMQ broker that can be killed and started again on the same data."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.servers.processes import (
    HOST,
    exchange,
    free_port,
    kill,
    private_folder,
    program,
    start,
    stop,
    wait_until,
)


class RabbitMQ:
    """A running broker; `url` stays the same over restarts."""

    def __init__(self, folder: Path) -> None:
        # The script behind Debian's wrapper: the wrapper changes to another user and reads /etc.
        self._server = program("rabbitmq-server", "rabbitmq-server", [Path("/usr/lib/rabbitmq/bin")])
        self._epmd = program("epmd", "erlang-base")
        self._folder = folder
        self.port = free_port()
        self._epmd_port = free_port()
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = {HOST}:{self.port}\n"
            "log.console = true\n"
            "vm_memory_high_watermark.relative = 0.3\n"
            "disk_free_limit.absolute = 50MB\n"
        )
        (folder / "enabled_plugins").write_text("[].\n")
        self._env = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": HOST,
            "RABBITMQ_NODENAME": f"akta{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "logs"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
        }
        self._mapper: subprocess.Popen[bytes] | None = None
        self._broker: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@{HOST}:{self.port}//"

    @property
    def pid(self) -> int:
        """The broker's process id; a new one after each restart."""
        assert self._broker
        return self._broker.pid

    def start(self) -> None:
        """Start the broker and wait until it accepts clients."""
        if self._mapper is None:
            # Our own port mapper, or Erlang would start one that outlives the broker.
            self._mapper = start([self._epmd], self._folder / "epmd.log", env=self._env)
            wait_until(lambda: self._mapped(), self._mapper, self._folder / "epmd.log", 10)
        log = self._folder / "log"
        self._broker = start([self._server], log, env=self._env)
        wait_until(self._answers, self._broker, log, 120)

    def kill(self) -> None:
        """kill -9: the broker gets no chance to write or to say goodbye."""
        assert self._broker
        kill(self._broker)

    def kill_and_restart(self) -> None:
        """A crash of the broker: kill -9, then start again on the same port and data."""
        self.kill()
        self.start()

    def stop(self) -> None:
        """End the broker and the port mapper."""
        for process in (self._broker, self._mapper):
            if process:
                stop(process)

    def _answers(self) -> bool:
        # The protocol header of AMQP 0-9-1; a ready broker answers with a method frame (type 1).
        return exchange(self.port, b"AMQP\x00\x00\x09\x01").startswith(b"\x01")

    def _mapped(self) -> bool:
        return exchange(self._epmd_port, b"\x00\x01n") != b""  # NAMES_REQ of epmd's protocol


@contextlib.contextmanager
def rabbitmq() -> Iterator[RabbitMQ]:
    """Start a broker, stop it at the end.

    Raises:
        RuntimeError: RabbitMQ is not installed or does not start.
    """
    with private_folder("rabbitmq") as folder:
        broker = RabbitMQ(folder)
        try:
            broker.start()
            yield broker
        finally:
            broker.stop()
