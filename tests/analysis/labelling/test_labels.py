"""Files with labels that a stranger may have made."""

from __future__ import annotations

import os

import pytest

from analysis.labelling.labels import Labels


def test_a_pipe_in_the_place_of_labels_is_not_waited_for(tmp_path) -> None:
    os.mkfifo(tmp_path / "labels.json")
    with pytest.raises(OSError, match="not a regular file"):
        Labels.load(tmp_path)
