"""A real SLURM on this machine: daemons started by hand below a folder, no systemd.

Two nodes of loopback pose as 16 cores and 4 GPUs each; the GPUs are character devices that do
nothing. Needs the Debian packages slurm-wlm and munge, and root (for the devices and daemons).
"""

from __future__ import annotations

import contextlib
import getpass
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "srun")
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
CORES, GPUS, MEMORY_MB = 16, 4, 16000

CONFIGURATION = """
ClusterName=test
SlurmctldHost=localhost
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=10
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=500
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SchedulerType=sched/backfill
SchedulerParameters=sched_min_interval=100000,bf_interval=1
PriorityType=priority/basic
GresTypes=gpu
ReturnToService=2
KillWait=30
SlurmdTimeout=15
SlurmctldTimeout=30
InactiveLimit=0
MinJobAge=600
CompleteWait=0
BatchStartTimeout=10
MaxArraySize=1001
{nodes}
PartitionName=cpu Nodes=ALL Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes=ALL MaxTime=INFINITE State=UP
"""

NODE = (
    "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cores} Boards=1"
    " SocketsPerBoard=1 CoresPerSocket={cores} ThreadsPerCore=1 RealMemory={memory}"
    " Gres=gpu:{gpus} State=UNKNOWN"
)


def missing() -> str:
    """What a SLURM of one's own needs and is not here; empty if all is there."""
    absent = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
    if absent:
        return f"no {', '.join(absent)} (Debian packages slurm-wlm and munge)"
    return "" if os.geteuid() == 0 else "its daemons need root"


def free_ports(n: int) -> list[int]:
    """Ports that nobody listens at now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(n)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Slurm:
    """The cluster; `start` it, use `environment` for the commands, `stop` it.

    Parameters
    ----------
    folder : Path
        For configuration, state and logs; short, because a socket lies in it.
    n_nodes : int
    cores : int
        That a node says it has.
    options : mapping, optional
        Lines of slurm.conf, by key, instead of or beside those above.
    """

    def __init__(
        self,
        folder: Path,
        n_nodes: int = 2,
        cores: int = CORES,
        options: Mapping[str, object] | None = None,
    ) -> None:
        self.folder = folder
        self.nodes = [f"node{k}" for k in range(n_nodes)]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        controller, *ports = free_ports(1 + n_nodes)
        nodes = [
            NODE.format(
                name=name,
                host=socket.gethostname(),
                port=port,
                cores=cores,
                memory=MEMORY_MB,
                gpus=GPUS,
            )
            for name, port in zip(self.nodes, ports, strict=True)
        ]
        self.configuration = CONFIGURATION.format(
            port=controller, user=getpass.getuser(), folder=folder, nodes="\n".join(nodes)
        )
        for key, value in (options or {}).items():
            kept = re.sub(rf"^{key}=.*\n", "", self.configuration, flags=re.MULTILINE)
            self.configuration = f"{kept}{key}={value}\n"

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which SLURM's commands find this cluster."""
        return {"SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": PATH}

    def command(self, *words: str, check: bool = True) -> str:
        """Output of one of SLURM's commands."""
        return subprocess.run(
            words,
            env=os.environ | self.environment,
            check=check,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout

    def start(self) -> None:
        """Start the daemons; returns when all nodes are idle."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        (self.folder / "slurm.conf").write_text(self.configuration)
        devices = [self.folder / f"gpu{k}" for k in range(GPUS)]
        for device in devices:
            os.mknod(device, 0o20666, os.makedev(1, 3))
        (self.folder / "gres.conf").write_text(
            "".join(f"Name=gpu File={device}\n" for device in devices)
        )
        (self.folder / "state").mkdir()
        for name in self.nodes:
            (self.folder / f"spool.{name}").mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        self._daemon(
            "munged",
            "--foreground",
            "--force",
            f"--key-file={key}",
            *(f"--{what}-file={self.folder}/munge.{what}" for what in ("pid", "log", "seed")),
            f"--socket={self.folder}/munge.socket",
        )
        self._wait(lambda: (self.folder / "munge.socket").exists(), "munged", 10)
        self.start_accounting()
        self.start_controller()
        for name in self.nodes:
            self.start_node(name)
        self._wait(self._all_idle, "the nodes", 30)

    def start_accounting(self) -> None:
        """Nothing here; see `tests.slurm_accounting`."""

    def start_controller(self) -> None:
        """Start slurmctld, again after it was killed too."""
        self._daemon("slurmctld", "-D", "-i")
        self._wait(lambda: "UP" in self.command("scontrol", "ping", check=False), "slurmctld", 30)

    def start_node(self, name: str) -> None:
        """Start the slurmd of a node."""
        self._daemon("slurmd", "-D", "-N", name, key=name)

    def kill(self, daemon: str) -> None:
        """SIGKILL a daemon by its name: munged, slurmctld or that of a node."""
        process = self.processes.pop(daemon)
        process.kill()
        process.wait()

    def stop(self) -> None:
        """Cancel all jobs and end all daemons."""
        if "slurmctld" in self.processes:
            with contextlib.suppress(subprocess.SubprocessError, TimeoutError):
                self.command("scancel", "--user", getpass.getuser(), check=False)
                self.wait_until_empty(20)
        for process in reversed(self.processes.values()):
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    def queue(self, states: str = "all") -> dict[int, str]:
        """State of the scheduler jobs by id; `states` as squeue takes them."""
        lines = self.command("squeue", "-h", "-t", states, "-o", "%A %T").split("\n")
        return {int(line.split()[0]): line.split()[1] for line in lines if line}

    def wait_until_empty(self, seconds: float) -> None:
        """Wait until nothing is queued or runs.

        Raises
        ------
        TimeoutError
        """
        self._wait(
            lambda: not self.command("squeue", "-h", check=False).strip(), "an empty queue", seconds
        )

    def _all_idle(self) -> bool:
        states = self.command("sinfo", "-h", "-N", "-p", "cpu", "-o", "%T", check=False).split()
        return len(states) == len(self.nodes) and set(states) == {"idle"}

    def _daemon(self, program: str, *words: str, key: str | None = None) -> None:
        path = shutil.which(program, path=PATH)
        assert path is not None
        with open(self.folder / f"{key or program}.out", "ab") as log:
            self.processes[key or program] = subprocess.Popen(
                [path, *words],
                env=os.environ | self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait(self, condition: object, what: str, seconds: float) -> None:
        assert callable(condition)
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"{what} in {seconds} s; see the logs in {self.folder}")
            time.sleep(0.2)  # asking SLURM takes a process


@contextlib.contextmanager
def running(kind: type[Slurm] = Slurm, **options: object) -> Iterator[Slurm]:
    """A SLURM in a fresh folder, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp"))
    cluster = kind(folder, **options)  # type: ignore[arg-type]
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
