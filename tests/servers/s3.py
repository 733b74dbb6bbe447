"""A private S3 server with versions and Object Lock: Ceph's gateway over one monitor and one disk."""

import contextlib
import os
import signal
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers.processes import (
    HOST,
    exchange,
    free_port,
    private_folder,
    program,
    run,
    start,
    stop,
    wait_until,
)

# One copy of everything, one placement group a pool, no authentication between the daemons (loopback only).
# `ms_mon_client_mode = crc` and `tcp_nodelay=1` are needed: without keys the gateway otherwise finds no
# common mode with the monitor, and without the second each small request waits 40 ms.
_CONF = """\
[global]
fsid = {fsid}
mon_initial_members = a
mon_host = [v2:127.0.0.1:{mon_v2},v1:127.0.0.1:{mon_v1}]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
run_dir = {folder}/run
admin_socket = {folder}/run/$name.$pid.asok
pid_file = {folder}/run/$name.pid
log_file = {folder}/$name.log
crash_dir = {folder}/run
mon_cluster_log_file = {folder}/cluster.log
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_max_pg_per_osd = 1000
[mon]
mon_data = {folder}/mon
mon_data_avail_crit = 1
[osd]
osd_data = {folder}/osd
osd_objectstore = bluestore
bluestore_block_size = 4294967296
bluestore_block_path =
osd_memory_target = 939524096
osd_class_update_on_start = false
osd_op_num_shards = 2
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:{s3} tcp_nodelay=1
rgw_thread_pool_size = 32
ms_mon_client_mode = crc
rgw_enable_usage_log = false
"""


@dataclass(frozen=True)
class S3:
    """A running server; `endpoint` is host:port, without TLS."""

    endpoint: str
    access_key: str
    secret_key: str
    pid: int


class _Ceph:
    """The three daemons in their folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.mon_port = free_port()
        self.daemons: list[subprocess.Popen[bytes]] = []
        self._fsid = str(uuid.uuid4())
        self._conf = folder / "ceph.conf"
        self._env = dict(os.environ, CEPH_CONF=str(self._conf), HOME=str(folder))
        for part in ("mon", "osd", "run"):
            (folder / part).mkdir()
        self._mon_v1 = free_port()
        self._conf.write_text(
            _CONF.format(
                fsid=self._fsid, folder=folder, mon_v2=self.mon_port, mon_v1=self._mon_v1, s3=self.port
            )
        )

    def run(self, name: str, package: str, *arguments: str, seconds: float = 60) -> str:
        command = [program(name, package), "-c", str(self._conf), *arguments]
        return run(command, env=self._env, seconds=seconds)

    def daemon(self, name: str, package: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a daemon that stays in the foreground."""
        command = [program(name, package), "-c", str(self._conf), "-f", *arguments]
        process = start(command, self.folder / f"{name}.out", env=self._env)
        self.daemons.append(process)
        return process

    def monitor(self) -> None:
        map_ = self.folder / "monmap"
        addresses = f"[v2:{HOST}:{self.mon_port},v1:{HOST}:{self._mon_v1}]"
        make = [program("monmaptool", "ceph-common"), "--create", "--fsid", self._fsid]
        run([*make, "--addv", "a", addresses, str(map_)], env=self._env)
        self.run("ceph-mon", "ceph-mon", "--mkfs", "-i", "a", "--monmap", str(map_))
        self.daemon("ceph-mon", "ceph-mon", "-i", "a")

    def disk(self) -> None:
        name = str(uuid.uuid4())
        self.run("ceph", "ceph-common", "--connect-timeout", "30", "osd", "new", name)
        self.run("ceph-osd", "ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", name)
        self.daemon("ceph-osd", "ceph-osd", "-i", "0")

    def gateway(self) -> subprocess.Popen[bytes]:
        process = self.daemon("radosgw", "radosgw", "-n", "client.rgw")
        question = f"GET / HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode()
        wait_until(
            lambda: exchange(self.port, question).startswith(b"HTTP/1."),
            process,
            self.folder / "client.rgw.log",
            120,
        )
        return process

    def stop(self) -> None:
        # The gateway first; the data are thrown away, so nobody needs to tidy up.
        for process in reversed(self.daemons):
            stop(process, signal.SIGKILL)


@contextlib.contextmanager
def s3() -> Iterator[S3]:
    """Start a server with one user, stop it at the end.

    Raises:
        RuntimeError: Ceph is not installed or does not start.
    """
    for name, package in (
        ("monmaptool", "ceph-common"),
        ("ceph-mon", "ceph-mon"),
        ("ceph-osd", "ceph-osd"),
        ("radosgw", "radosgw"),
    ):
        program(name, package)
    with private_folder("s3") as folder:
        ceph = _Ceph(folder)
        try:
            ceph.monitor()
            ceph.disk()
            gateway = ceph.gateway()
            access, secret = "testaccess", "testsecret123"
            user = ["user", "create", "--uid=test", "--display-name=test"]
            ceph.run("radosgw-admin", "radosgw", *user, f"--access-key={access}", f"--secret={secret}")
            yield S3(f"{HOST}:{ceph.port}", access, secret, gateway.pid)
        finally:
            ceph.stop()
