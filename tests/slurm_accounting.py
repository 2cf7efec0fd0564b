"""The SLURM of the tests with accounting (slurmdbd on a MariaDB of its own) and memory limits that
hold (cgroups).

Needs the Debian packages slurmdbd and mariadb-server too, and cgroups of version 1.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

from tests.slurm import PATH, Slurm, free_ports

PROGRAMS = ("slurmdbd", "mariadbd", "mariadb-install-db", "sacctmgr", "sacct")
MEMORY = Path("/sys/fs/cgroup/memory")

DATABASE_DAEMON = """
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
DbdHost=localhost
DbdPort={port}
SlurmUser=root
PidFile={folder}/slurmdbd.pid
LogFile={folder}/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={database}
StorageUser=root
StoragePass=none
StorageLoc=accounting
"""

CGROUPS = """
CgroupMountpoint=/sys/fs/cgroup
CgroupPlugin=cgroup/v1
CgroupAutomount=no
ConstrainRAMSpace=yes
ConstrainSwapSpace=no
"""


def missing() -> str:
    """What accounting needs beside SLURM and is not here; empty if all is there."""
    absent = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
    if absent:
        return f"no {', '.join(absent)} (Debian packages slurmdbd and mariadb-server)"
    if not os.access(MEMORY / "memory.limit_in_bytes", os.R_OK):
        return f"no cgroups of version 1 at {MEMORY}"
    return ""


class AccountedSlurm(Slurm):
    """A cluster that keeps accounts.

    Parameters
    ----------
    folder : Path
    n_nodes, cores : int
        As `Slurm` has them.
    """

    def __init__(self, folder: Path, n_nodes: int = 1, cores: int = 4) -> None:
        self._port, self._database = free_ports(2)
        options = {
            "AccountingStorageType": "accounting_storage/slurmdbd",
            "AccountingStorageHost": "localhost",
            "AccountingStoragePort": self._port,
            "AccountingStoragePass": folder / "munge.socket",
            "ProctrackType": "proctrack/cgroup",
            "TaskPlugin": "task/cgroup",
            "JobAcctGatherParams": "UsePss",
        }
        super().__init__(folder, n_nodes, cores, options)

    def start_accounting(self) -> None:
        """Start the database and its daemon, and make the cluster known to them."""
        (self.folder / "cgroup.conf").write_text(CGROUPS)
        data = self.folder / "database"
        install = ("mariadb-install-db", "--no-defaults", f"--datadir={data}", "--user=root")
        subprocess.run(
            [*install, "--skip-test-db", "--auth-root-authentication-method=normal"],
            env=os.environ | {"PATH": PATH},
            check=True,
            capture_output=True,
            timeout=300,
        )
        self._daemon(
            "mariadbd",
            "--no-defaults",
            "--user=root",
            "--skip-grant-tables",
            f"--datadir={data}",
            f"--socket={self.folder}/mariadb.socket",
            "--bind-address=127.0.0.1",
            f"--port={self._database}",
            f"--pid-file={self.folder}/mariadb.pid",
            "--innodb-buffer-pool-size=64M",
        )
        self._wait((self.folder / "mariadb.socket").exists, "mariadbd", 120)
        configuration = self.folder / "slurmdbd.conf"
        text = DATABASE_DAEMON.format(folder=self.folder, port=self._port, database=self._database)
        configuration.write_text(text)
        configuration.chmod(0o600)
        self._daemon("slurmdbd", "-D")
        self._wait(self._known, "slurmdbd", 120)

    def _known(self) -> bool:
        self.command("sacctmgr", "-i", "add", "cluster", "test", check=False)
        listed = self.command("sacctmgr", "-n", "-P", "list", "cluster", check=False)
        return listed.startswith("test|")

    def stop(self) -> None:
        """End everything, and remove the control groups."""
        super().stop()
        for top in Path("/sys/fs/cgroup").glob("*/slurm*"):
            for folder in sorted(top.rglob("*"), reverse=True):
                if folder.is_dir():
                    with contextlib.suppress(OSError):
                        folder.rmdir()
            with contextlib.suppress(OSError):
                top.rmdir()
