"""Numbers in the notations of people."""

import numpy as np
import pytest

from analysis.formats.numbers import is_number, numbers


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["1", "2.5", "-3e2", "+.5"], [1, 2.5, -300, 0.5]),
        (["100,227", "99,373"], [100.227, 99.373]),
        (["100.227", "99.373"], [100.227, 99.373]),
        (["100.227", "99", "1.5"], [100.227, 99, 1.5]),
        (["0.125", "7"], [0.125, 7]),
        (["50", "49,5", "1234,5"], [50, 49.5, 1234.5]),
        (["1,234.5", "12.0"], [1234.5, 12]),
        (["1.234,5", "12,25"], [1234.5, 12.25]),
        (["1,234,567", "1,000"], [1234567, 1000]),
        (["1 234,5", "1\u202f234,5", "1'234,5"], [1234.5] * 3),
        (["1.5D+02", "2.5d-1"], [150, 0.25]),
        (["\u22123.5"], [-3.5]),
        ([" 7 ", '"8"'], [7, 8]),
    ],
)
def test_notations(words, values):
    np.testing.assert_allclose(numbers(words), values)


@pytest.mark.parametrize("word", ["", "nan", "inf", "None", "a", "1_000", "1,2,3.4.5", "12,34.5"])
def test_no_numbers(word):
    assert np.isnan(numbers(["1.5", word])).tolist() == [False, True]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["1,234", "50"], "may be 1234 or 1.234"),
        (["1.022", "272", "26"], "'1.022' beside '272' may be 1022"),
        (["1,234.5", "49,5"], "between thousands in '1,234.5', but not in '49,5'"),
        (["49,5", "49.5"], "'49,5' has a decimal comma, but '49.5' a point"),
    ],
)
def test_what_may_mean_two_things_is_refused(words, reason):
    with pytest.raises(ValueError, match=reason):
        numbers(words)


def test_is_number():
    assert all(map(is_number, ("1", "1,5", "1.234,5", "1,234.5", "-2e3")))
    assert not any(map(is_number, ("x", "", "nan", "a1", "ID5", "1.2.3.x")))
