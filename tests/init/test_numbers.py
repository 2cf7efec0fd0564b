"""What people write for a number or a key: what they meant comes of it, or a clear line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.campaign_files import run

FORWARD = "{name: forward, kT: 0.5, number_density: 0.8, steps: 1000}"
SMALL = {
    "name": "small",
    "system": "{dimensions: 2, particles: {A: 16}}",
    "potential": "{form: lennard_jones}",
    "method": FORWARD,
}


def outcome(folder: Path, **blocks: str) -> Any:
    """The state point of the first job, or what init.py says: ``LINE: KEY: …``, a line a fault."""
    file, root = folder / "c.yaml", folder / "root"
    text = "".join(f"{name}: {block}\n" for name, block in (SMALL | blocks).items())
    file.write_text(text, encoding="utf-8")
    status, _, err = run(file, "--root", root)
    if status == 0:
        first = min((root / "workspace").iterdir())
        return json.loads((first / "signac_statepoint.json").read_bytes())
    assert not root.exists()
    return "\n".join(line.removeprefix(f"{file}:") for line in err.strip().split("\n"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("200000", 200_000),
        ("200_000", 200_000),
        ("2e5", 200_000),
        ("2.0e5", 200_000),
        ("2E+5", 200_000),
        ('"200000"', 200_000),
        ("200000.0", 200_000),
        ("010", 10),  # YAML 1.1 has 8
        ("200,000", "got 200,000; a comma inside a number? write 200000 or 200.000"),
        ("200,00", "got 200,00; a comma inside a number? write 200.00"),
        ("2,000,000", "got 2,000; a comma inside a number? write 2000 or 2.000"),
        ('"200,000"', "got '200,000'; a comma inside a number? write 200000"),
        ("200.000", "got '200.000'; a separator inside a number? write 200000"),
        ('"200.000"', "got '200.000'; a separator inside a number? write 200000"),
        ("200.000.000", "got '200.000.000'; a separator inside a number? write 200000000"),
        ("200 000", "got '200 000'; a separator inside a number? write 200000"),
        ("0x10", "got '0x10'; expected a whole number"),
        ("1:30", "got '1:30'; expected a whole number"),  # YAML 1.1 has 90
        ("yes", "got 'yes'; expected a whole number"),  # and True
        ("true", "True is a boolean, expected a number or text"),
        ("0.5", "got 0.5; expected a whole number, got a number with a fractional part"),
        ("", "missing; this key is required"),
        ("9" * 400, "got inf; expected a finite number"),
        ("9" * 25, "got an integer of more than 18 digits; expected"),
    ],
)
def test_whole_numbers(tmp_path: Path, text: str, expected: int | str) -> None:
    method = f"{{name: forward, kT: 0.5, number_density: 0.8, steps: {text}}}"
    found = outcome(tmp_path, method=method)
    if isinstance(expected, int):
        assert found["method"]["steps"] == expected
    else:
        assert found.startswith(f"4: method.steps: {expected}")
        assert "\n" not in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.000", 1.0),
        ("1e-1", 0.1),
        ("'0.5'", "kT: got '0.5'; expected a finite number"),
        (".5", 0.5),
        ("[0.5,0.6]", 0.5),
        ("[2,3]", 2.0),
        ("'0,5'", "kT: got '0,5'; a decimal comma? write 0.5"),
        ("0,5", "kT: got 0,5; a comma inside a number? write 0.5"),
        ("{ramp: [2,0, 0,1]}", "kT.ramp: got 2,0 in a list; a comma inside a number? write 2.0"),
        ("[1,000, 2,000]", "kT: got 1,000 in a list; a comma inside a number? write 1000 or 1.000"),
        ("[0,5, 1, 1,5]", "kT: got 0,5 in a list; a comma inside a number? write 0.5"),
        ("{linspace: [0,2, 2,0, 7]}", "kT.linspace: got 0,2 in a list; a comma inside"),
        ("1e300", "kT: got 1e+300; expected 0 or a size from 1e-32 to 1e+32"),
        ("1e-300", "kT: got 1e-300; expected 0 or a size"),
        (".nan", "kT: got nan; expected a finite number"),
    ],
)
def test_numbers(tmp_path: Path, text: str, expected: float | str) -> None:
    found = outcome(
        tmp_path, method=f"{{name: forward, kT: {text}, number_density: 0.8, steps: 10}}"
    )
    if isinstance(expected, float):
        assert found["method"]["kT"] in (expected, 0.6, 3.0)
    else:
        assert found.startswith(f"4: method.{expected}")
        assert "\n" not in found


@pytest.mark.parametrize(
    ("block", "text", "expected"),
    [
        ("system", "{dimensions: 2, particles: {A: 1,000}}", "2: system.particles.A: got 1,000; a"),
        ("system", "{dimensions: 2, particles: {A: 16}, boundry: }", "2: system.boundry: unknown"),
        ("potential", "{form: lennard_jones, r_cut: 2,5}", "3: potential.r_cut: got 2,5; a comma"),
        ("potential", "{form: lennard_jones, shift}", "3: potential.shift: unknown key"),
        ("potential", "{form: lennard_jones, types: {A: {sigmma}}}", "3: potential.types.A.sig"),
        ("method", "{name: annealing, number_density: 0.8, stepz}", "4: method.stepz: unknown key"),
        (
            "method",
            "{name: genetic, variation: {fresh: 0,5}}",
            "4: method.variation.fresh: got 0,5",
        ),
        (
            "method",
            "{name: forward, kT 0.5, number_density: 0.8, steps: 5}",
            "4: method.kT 0.5: unknown key; it has no value; expected KEY: VALUE",
        ),
        ("settings", "{frames: 1,000}", "5: settings.frames: got 1,000; a comma inside a number?"),
        (
            "settings",
            "{frames: 10, devise}",
            "5: settings.devise: unknown key; did you mean device",
        ),
        ("sample", "{sobol: 1,000}", "5: sample.sobol: got 1,000; a comma inside a number?"),
        ("replicas", "1,000", "5: replicas: got '1,000'; a comma inside a number? write 1000"),
        ("replicas", "1.000", "5: replicas: got '1.000'; a separator inside a number? write 1000"),
        ("caption", "", "5: caption: unknown key"),
        ("000", "", "5: 000: a key without a value; a comma inside a number?"),
    ],
)
def test_keys_without_a_value(tmp_path: Path, block: str, text: str, expected: str) -> None:
    assert outcome(tmp_path, **{block: text}).startswith(expected)


def test_nothing_is_the_default_of_a_known_key(tmp_path: Path) -> None:
    method = "{name: forward, kT: 0.5, number_density: 0.8, steps: 1000, dt: , thermostat: ~}"
    assert outcome(tmp_path, method=method)["method"] == {
        "name": "forward",
        "ensemble": "nvt",
        "kT": 0.5,
        "number_density": 0.8,
        "start": "random",
        "equilibration_steps": 0,
        "steps": 1000,
        "thermostat": "bussi",
        "thermostat_time": 0.5,
        "dt": 0.005,
    }


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        *((word, "did you mean kT?") for word in ("temperature", "T", "kt", "temperature_K")),
        *((word, "did you mean number_density?") for word in ("rho", "density", "N density")),
        *((word, "did you mean pressure?") for word in ("P", "p", "press")),
        *((word, "did you mean dt?") for word in ("timestep", "time_step", "Time step", "delta_t")),
        ("n_steps", "did you mean steps?"),
        ("N", "did you mean particles in system?"),
        ("dimension", "did you mean dimensions in system?"),
        ("epsilon", "did you mean epsilon in potential?"),
        ("seed", "did you mean replicas in the campaign file?"),
        ("walltime", "did you mean walltime_hours in settings?"),
        ("quux", "expected one of barostat_time, cell, dt, ensemble"),
    ],
)
def test_other_words_for_a_key_of_the_method(tmp_path: Path, key: str, expected: str) -> None:
    method = f"{{name: forward, kT: 0.5, number_density: 0.8, steps: 10, {key}: 1}}"
    found = outcome(tmp_path, method=method)
    assert found.startswith(f"4: method.{key}: unknown key; {expected}")
    assert "\n" not in found


def test_a_key_under_another_name_is_not_missing_too(tmp_path: Path) -> None:
    method = "{name: forward, temperature: 0.5, number_density: 0.8, steps: 10}"
    found = outcome(tmp_path, method=method)
    assert found == "4: method.temperature: unknown key; did you mean kT?"


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        (
            {"potential": "{form: lennard_jones, cutoff: 3}"},
            "3: potential.cutoff: unknown key; did you mean r_cut? lennard_jones takes epsilon,"
            " r_cut, r_on, sigma, truncation",
        ),
        ({"potential": "{form: LJ}"}, "3: potential.form: got 'LJ'; did you mean lennard_jones?"),
        ({"method": "{name: forwad}"}, "4: method: name: got 'forwad'; did you mean forward?"),
        ({"method": "{name: Monte Carlo}"}, "4: method: name: got 'Monte Carlo'; did you mean mon"),
        ({"method": "{name: md}"}, "4: method: name: got 'md'; did you mean forward?"),
        ({"system": "{dimensions: 2, N: 16}"}, "2: system.N: unknown key; did you mean particles?"),
        (
            {"system": "{dimensions: 2, particles: 16}"},
            "2: system.particles: got 16; expected a nu",
        ),
        (
            {"system": "{dimensions: 2, particles: {large one: 16}}"},
            "2: system.particles.large one: got 'large one'; expected a letter, then letters,",
        ),
        (
            {"name": "my campaign"},
            "1: name: got 'my campaign'; expected letters, digits, _ . - and no blanks,"
            " at most 100; write my_campaign",
        ),
        (
            {"axes": "[kT]"},
            "5: axes[0]: got 'kT', which is no value of the jobs; did you mean method.kT?",
        ),
        (
            {"axes": "[temperature]"},
            "5: axes[0]: got 'temperature', which is no value of the jobs; did you mean method.kT?",
        ),
        (
            {"potential": "{form: lennard_jones, pairs: {A-A: {epsilon: '1,5'}}}"},
            "3: potential.pairs.A-A.epsilon: got '1,5'; a decimal comma? write 1.5",
        ),
        ({"potential": "{form: lennard_jones\n  epsilon: 1}"}, "4: not YAML: expected ',' or '}'"),
        ({"kT": "1.0"}, "5: kT: unknown key; did you mean kT in method?"),
    ],
)
def test_words_for_humans(tmp_path: Path, blocks: dict[str, str], expected: str) -> None:
    assert outcome(tmp_path, **blocks).startswith(expected)
