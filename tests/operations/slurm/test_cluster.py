"""The cluster file: found, read, laid over a ready machine, refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.slurm import cluster
from workspace_schema.errors import CampaignError


@pytest.fixture(autouse=True)
def no_other_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CAMPAIGN_CLUSTER", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def test_where_it_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cluster.read(tmp_path) == cluster.Cluster()
    home = tmp_path / "home" / ".config" / "campaigns"
    home.mkdir(parents=True)
    (home / "cluster.yaml").write_text("account: of_home\n")
    assert cluster.read(tmp_path).account == "of_home"
    (tmp_path / "cluster.yaml").write_text("account: of_root\n")
    assert cluster.read(tmp_path).account == "of_root"
    (tmp_path / "named.yaml").write_text("account: named\n")
    monkeypatch.setenv("CAMPAIGN_CLUSTER", str(tmp_path / "named.yaml"))
    assert cluster.read(tmp_path).account == "named"
    monkeypatch.setenv("CAMPAIGN_CLUSTER", str(tmp_path / "absent.yaml"))
    with pytest.raises(CampaignError, match="expected a cluster file"):
        cluster.read(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("acount: a\n", "cluster.yaml:1: acount: unknown key; did you mean account?"),
        ("partition: a\n", "1: partition: unknown key; did you mean partition in cpu or gpu?"),
        ("partiton: a\n", "1: partiton: unknown key; did you mean partition in cpu or gpu?"),
        ("walltime: 8\n", "1: walltime: unknown key; did you mean max_hours in cpu or gpu?"),
        ("max_hours: 8\n", "1: max_hours: unknown key; did you mean max_hours in cpu or gpu?"),
        ("modules: [a]\n", "1: modules: unknown key; did you mean setup?"),
        ("cpu: {setup: a}\n", "cpu.setup: unknown key; did you mean setup in the first column?"),
        ("cpu: {gpus_per_node: 4}\n", "unknown key; did you mean gpus_per_node in gpu?"),
        ("cpu: {mem: 4}\n", "1: cpu.mem: unknown key; did you mean memory_gb?"),
        ("gpu: {cores: 4}\n", "1: gpu.cores: unknown key; did you mean cores_per_gpu?"),
        ("email: a\n", "1: email: unknown key; expected one of account, cpu, gpu, launcher"),
        ("cpu: 4\n", "1: cpu: got 4; expected a mapping of keys"),
        ("gpu:\n  gpus_per_node: 0\n", "cluster.yaml:2: gpu.gpus_per_node: got 0; expected"),
        ("cpu: {partition: 'a; rm -rf'}\n", "cluster.yaml:1: cpu.partition: got"),
        (
            "cpu: {options: [-p x]}\n",
            "cluster.yaml:1: cpu.options[0]: got '-p x'; expected --",
        ),
        ("launcher: ssh\n", "cluster.yaml:1: launcher: got 'ssh'; expected 'srun' or 'mpirun'"),
        ("machine: delt\n", "cluster.yaml:1: machine: got 'delt'; did you mean delta?"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "cluster.yaml").write_text(text)
    with pytest.raises(CampaignError) as error:
        cluster.read(tmp_path)
    assert message in str(error.value)


def test_lines_are_laid_over_a_machine(tmp_path: Path) -> None:
    (tmp_path / "cluster.yaml").write_text(
        "machine: delta\naccount: abc-delta-gpu\ngpu: {simulations_per_gpu: 8, mps: true}\n"
    )
    found = cluster.read(tmp_path)
    assert (found.account, found.gpu.partition) == ("abc-delta-gpu", "gpuA100x4")
    assert (found.gpu.simulations_per_gpu, found.gpu.mps) == (8, True)


@pytest.mark.parametrize("file", sorted(cluster.MACHINES.glob("*.yaml")), ids=lambda f: f.stem)
def test_every_ready_machine_is_valid(tmp_path: Path, file: Path) -> None:
    (tmp_path / "cluster.yaml").write_text(f"machine: {file.stem}\naccount: me\n")
    found = cluster.read(tmp_path)
    assert found.gpu.partition or found.gpu.qos or found.gpu.constraint
    assert file.read_text().startswith("# "), "says whose documentation it follows"
