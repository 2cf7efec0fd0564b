"""What is said where a command finds nothing, or nothing to do."""

from collections import Counter

import pytest

from operations.jobs.state import State
from operations.monitor.selection import check_operations, nothing_matches, nothing_to_do
from operations.monitor.survey import Survey
from workspace_schema.errors import CampaignError


def test_operations_that_there_are() -> None:
    check_operations(None, ["label"])
    check_operations(["la.*"], ["label"])
    with pytest.raises(CampaignError, match=r"-o lable: no such operation; did you mean label\?"):
        check_operations(["label", "lable"], ["label", "forward"])
    with pytest.raises(CampaignError, match="no regular expression"):
        check_operations(["("], ["label"])


def test_a_filter_that_nothing_matches() -> None:
    said = nothing_matches(["method.kT", "99"], ["method.kT"])
    assert said.startswith("no job matches -f method.kT 99; the axes are method.kT; ")


def test_nothing_to_do() -> None:
    known = Survey(counts=Counter({State.DONE: 2, State.FAILED: 1}))
    assert nothing_to_do(known, None, True) == (
        "nothing to do: of 3 jobs 1 failed, 2 done; status says why they failed"
    )
    assert nothing_to_do(known, ["aggregate"], True) == (
        "nothing to do: the files in results/ are up to date"
    )
    assert nothing_to_do(known, ["label"], True).startswith("nothing to do for label: ")
