"""The phase diagram of a root by one command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.render.__main__ import main
from tests.analysis.phase_diagram.conftest import EPSILON, R0, make_campaign


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "results").mkdir()
    table = make_campaign((3, 3), 2)
    table.to_parquet(tmp_path / "results" / "phase_diagram.parquet", index=False)
    document = {"name": "a_campaign", "title": "Gauss wells"}
    (tmp_path / "signac_project_document.json").write_text(json.dumps(document))
    return tmp_path


def test_three_formats_at_once(root: Path, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.png", "a.pdf", "a.svg")]
    options = ["--width", "6", "--order", "square", "--colours", "square=#123456"]
    assert main([str(root), "-o", *map(str, files), *options]) == 0
    assert files[0].read_bytes().startswith(b"\x89PNG")
    assert files[1].read_bytes().startswith(b"%PDF")
    text = files[2].read_text()
    assert "<!-- Gauss wells -->" in text
    assert "#123456" in text


def test_axes_filter_and_title(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.svg"
    words = [str(root / "results" / "phase_diagram.parquet"), "-o", str(file)]
    words += ["--axes", EPSILON, "-f", R0, "1.1", "--title", "One line"]
    assert main(words) == 0
    text = file.read_text()
    assert "<!-- One line -->" in text
    assert "energy per particle" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "a.gif"], "expected a name ending in .png"),
        (["-o", "a.png", "-f", R0, "9"], "no job has"),
        (["-o", "a.png", "-f", "potential.r1", "9"], "no column potential.r1"),
        (["-o", "a.png", "-f", R0], "pairs of a name and a value"),
        (["-o", "a.png", "--colours", "square=red"], "PHASE=#RRGGBB"),
        (["-o", "a.png", "--width", "1000"], "0.5 to 100 inches"),
        (["-o", "a.png", "--axes", "nothing"], "are not columns"),
    ],
)
def test_what_is_wrong_is_said(
    root: Path,
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(root)
    assert main([str(root), *words]) == 2
    assert said in capsys.readouterr().err
    assert not (root / "a.png").exists()
