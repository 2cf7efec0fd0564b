"""Campaign files made wrong in many ways: honoured in every key, or refused in clear lines.

    pytest -m drill -s tests/init/test_faults.py

makes thousands and prints the counts. A key that is given in the file, and is neither in the jobs
nor refused, is a silent change; there must be none.
"""

from __future__ import annotations

import json
import math
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.campaign_files import run
from workspace_schema import expansion
from workspace_schema.json_schema import campaign_schema

BASES = [
    """name: forward
system: {dimensions: 2, particles: {A: 16}}
potential: {form: lennard_jones_gauss, epsilon: [0.8, 1.8], r0: {linspace: [1.2, 1.8, 3]}}
method: {name: forward, ensemble: nvt, number_density: 0.85, kT: {ramp: [1.0, 0.1]}, steps: 200000}
replicas: 2
axes: [potential.r0, potential.epsilon]
settings: {engine: lammps, frames: 10, walltime_hours: 2.5}
""",
    """name: at_a_pressure
system:
  dimensions: 3
  particles: {A: 27, B: 27}
potential:
  form: lennard_jones
  epsilon: 1.5
  truncation: xplor
  r_on: 2.0
  r_cut: 2.5
  types: {B: {sigma: 0.8}}
  pairs: {A-B: {epsilon: 1.25}}
method:
  name: forward
  ensemble: npt
  thermostat: langevin
  thermostat_time: 0.25
  pressure: {ramp: [0.5, 1.5]}
  cell: flexible
  barostat_time: 2.5
  number_density: 0.75
  dt: 0.004
  equilibration_steps: 10000
  kT: 0.75
  steps: 20000
  production_steps: 5000
""",
    """name: monte_carlo
system:
  dimensions: 3
  particles: {A: 32}
  building_blocks:
    A: {form: hard_polyhedron, family: truncated_cube, truncation: [0.25, 0.5], rounding: 0.125}
method: {name: monte_carlo, ensemble: npt, pressure: [6.5, 9], steps: 18000, production_steps: 250}
settings: {log_period: 200, device: cpu}
""",
    """name: patches
system:
  dimensions: 2
  particles: {A: 36}
  building_blocks:
    A: {form: kern_frenkel, patches: {P: {directions: square, half_angle: 0.3, range: 1.15}}}
method: {name: monte_carlo, number_density: 0.45, kT: {ramp: [0.8, 0.2]}, steps: 6000}
""",
    """name: bodies
system:
  dimensions: 2
  particles: {A: 100}
  building_blocks: {A: {form: sphere_union, centers: [[0, 0, 0], [1.5, 0, 0]], spacing: 0.75}}
potential: {form: morse, alpha: 5.5, r_cut: 2.25}
method: {name: forward, number_density: 0.125, kT: 0.5, steps: 1000}
""",
    """name: annealing
system: {dimensions: 3, particles: {A: 4}}
potential: {form: yukawa, kappa: 2.5, r_cut: 4.5}
method:
  - {name: annealing, dynamics: mc, pressure: 0.25, kT: {ramp: [1.5, 0.05]}, chains: 7, sweeps: 150}
  - {name: genetic, pressure: 0.5, population: 12, generations: 35, variation: {strain: 0.35}}
replicas: 3
""",
    """name: cluster
system: {dimensions: 3, boundary: open, particles: {A: {arange: [5, 9, 1]}}}
potential: {form: mie, n: 14, m: 7, r_cut: none}
method: {name: basin_hopping, hops: 2500, kT: 0.65, step: 0.4, walkers: 2, keep: 15}
""",
    """name: formula
system: {dimensions: 2, particles: {A: 25}}
potential:
  form: expression
  formula: "a / r**12 - b / r**6"
  parameters: {a: 1.25, b: [0.5, 1.5]}
  r_cut: 3.25
  truncation: force_shift
method: {name: forward, number_density: {between: [0.25, 0.75]}, kT: 0.3, steps: 50000}
sample: {sobol: 4, seed: 7}
""",
    """name: together
system: {dimensions: 3, boundary: periodic, particles: {A: 27, B: [5, 81]}}
potential: {form: lennard_jones, types: {B: {sigma: [1.1, 1.2]}}, pairs: {B-A: {epsilon: 0.5}}}
method: {name: forward, kT: {ramp: [1.0, 0.5, 0.1]}, number_density: 0.5, start: fcc, steps: 1000}
zip: [[system.particles.B, potential.types.B.sigma]]
axes: [potential.types.B.sigma]
""",
]

NUMBER = re.compile(r"(?<![\w.-])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.*/ ]*[\"\w/])")
KEY = re.compile(r"[A-Za-z_]\w*(?=:)")
VALUE = re.compile(r"(?<=: )[^\s,{}\[\]]+")


def replaced(text: str, pattern: re.Pattern[str], change: Callable[[str], str], dice: Any) -> str:
    """The text with one match of a pattern changed."""
    matches = list(pattern.finditer(text))
    if not matches:
        return text
    match = dice.choice(matches)
    return text[: match.start()] + change(match[0]) + text[match.end() :]


def thousands(number: str, mark: str) -> str:
    return re.sub(r"(\d)(?=(\d{3})+$)", rf"\1{mark}", number) if number.isdigit() else number


#: Ways to write a number.
NUMBERS: list[Callable[[str], str]] = [
    lambda n: thousands(n, ","),
    lambda n: thousands(n, "."),
    lambda n: thousands(n, "_"),
    lambda n: thousands(n, " "),
    lambda n: thousands(n, "'"),
    lambda n: n + ",000",
    lambda n: n + ".000",
    lambda n: n + "_000",
    lambda n: n.replace(".", ","),
    lambda n: f"'{n}'",
    lambda n: f"'{n.replace('.', ',')}'",
    lambda n: f"0{n}",
    lambda n: f"+{n}",
    lambda n: f"-{n}",
    lambda n: f"{n}e0",
    lambda n: f"{n}e3",
    lambda n: f"{n}E+02",
    lambda n: f"{n}d0",
    lambda n: f"{n} kT",
    lambda n: f"{n}%",
    lambda n: f"{n}*2",
    lambda n: f"{n}/3",
    lambda n: f"1/{n}",
    lambda n: f"0x{n}",
    lambda n: f"0o{n}",
    lambda n: f"{n}:30",
    lambda n: f"~{n}",
    lambda n: f"[{n}]",
    lambda n: f"[[{n}]]",
    lambda n: f"[{n}, {n}]",
    lambda n: f"[{n}, {n}0000000000000001]",
    lambda n: f"{{{n}}}",
    lambda n: f"{{value: {n}}}",
    lambda n: f"{{linspace: [{n}, {n}, 2]}}",
    lambda n: f"{{linspace: [{n}, 2{n}]}}",
    lambda n: f"{{linspce: [{n}, 2{n}, 2]}}",
    lambda n: f"{{logspace: [0, {n}, 3]}}",
    lambda n: f"{{arange: [0, {n}, 0]}}",
    lambda n: f"{{ramp: [{n}, 2{n}]}}",
    lambda n: f"{{ramp: [{n}]}}",
    lambda n: f"{{file: {n}}}",
    lambda n: f"{{between: [{n}, 1{n}]}}",
    lambda n: "１２",
    lambda n: "{arange: [0, 1e300, 1e-300]}",
    lambda n: f"{{linspace: [0, {n}, 1000000000]}}",
    lambda n: f"{{ramp: {{ramp: [{n}, 2]}}}}",
    lambda n: f"[{{ramp: [{n}, 2]}}, {{ramp: [.nan, 1]}}]",
    lambda n: "1e300",
    lambda n: "-1e300",
    lambda n: "1e-300",
    lambda n: "9" * 400,
    lambda n: "9" * 25,
    lambda n: ".nan",
    lambda n: "-.inf",
    lambda n: "nan",
    lambda n: "0",
    lambda n: "1e3",
    lambda n: "",
]

#: Ways to write any value.
VALUES: list[Callable[[str], str]] = [
    *(lambda v, word=word: word for word in ("yes", "no", "on", "off", "true", "False", "null")),
    *(lambda v, word=word: word for word in ("none", "~", "''", "' '", "[]", "{}", "2024-01-01")),
    lambda v: v.upper(),
    lambda v: v[:-1],
    lambda v: v + "s",
    lambda v: f"' {v}'",
    lambda v: f"[{v}, {v}]",
    lambda v: f"{{{v}: {v}}}",
    lambda v: f"!!str {v}",
    lambda v: f"!python {v}",
    lambda v: f"&a {v}",
    lambda v: "*nothing",
    lambda v: '"\\ud800"',
    lambda v: '"\\0"',
    lambda v: "ß" * 300,
    lambda v: "[" * 40 + "]" * 40,
    lambda v: "{a: {b: {c: {d: {e: {f: {}}}}}}}",
    lambda v: f"{list(range(50))}",
    lambda v: "[[], {}, [null]]",
    lambda v: "../..",
    lambda v: "@",
    lambda v: "%x",
    lambda v: "| text",
    lambda v: "",
]

WORDS = ["temperature", "T", "rho", "density", "P", "N", "timestep", "seed", "sigma", "epsilon"]
WORDS += ["kT", "steps", "form", "name", "file", "sha256", "base", "replica", "title", "000", "1"]
WORDS += ["yes", "no", "on", "null", "true", "~", "A-B", "<<", "extent", "form ", "Ω", "x y"]

#: Ways to write a key.
KEYS: list[Callable[[str], str]] = [
    lambda k: k + "s",
    lambda k: k[:-1] or "x",
    lambda k: k.upper(),
    lambda k: k.capitalize(),
    lambda k: k.replace("_", " "),
    lambda k: k.replace("_", "-"),
    lambda k: f"'{k}'",
    lambda k: f"{k} ",
    lambda k: f" {k}",
    lambda k: f"? {k}\n",
    lambda k: f"{k}: {k}",
    lambda k: f"[{k}]",
    lambda k: f'"{k}\\ud800"',
    *(lambda k, word=word: word for word in WORDS),
]

#: What may stand behind a whole file.
LINES = [
    "name: again",
    "a: &a [*a]",
    "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"a{i}: &a{i} [{', '.join(['*a' + str(i - 1) * (i > 0)] * 9)}]\n" for i in range(9)),
    "? [a, b]\n: 1",
    "<<: [name]",
    "x: !!python/object/apply:os.system [ls]",
    "x: !!binary aGVsbG8=",
    "- list",
    "---\nname: second",
    "\t",
    "x: " + "[" * 400,
    "x: " + "{a: " * 100,
    "\x07",
    '"\\UFFFFFFFF": 1',
    "1: 2",
    "null: 2",
    "method: {name: imported, files: [nothing.gsd]}",
    "replicas: 1000000000",
]
ENDS = ["", "~", "1", "0.5", "text", "[1, 2]", "{a: 1}", "true", "{linspace: [1, 2, 2]}", "''"]


def wrong(dice: random.Random) -> bytes:
    """A campaign file with one to three faults, some of which are none."""
    text = dice.choice(BASES)
    for _ in range(dice.choice([1, 1, 1, 2, 3])):
        match dice.randrange(13):
            case 0 | 1 | 2 | 3:
                text = replaced(text, NUMBER, dice.choice(NUMBERS), dice)
            case 4 | 5:
                text = replaced(text, VALUE, dice.choice(VALUES), dice)
            case 6 | 7:
                text = replaced(text, KEY, dice.choice(KEYS), dice)
            case 8:  # another key, with or without a value, in some flow mapping
                more = f"{{{dice.choice(WORDS)}{dice.choice([': ', ''])}{dice.choice(ENDS)}, "
                text = replaced(text, re.compile(r"\{"), lambda _, more=more: more, dice)
            case 9:  # another line at some depth
                lines = text.splitlines(keepends=True)
                indent = " " * dice.choice([0, 0, 2, 4])
                line = f"{indent}{dice.choice(WORDS)}: {dice.choice(ENDS)}\n"
                lines.insert(dice.randrange(len(lines) + 1), line)
                text = "".join(lines)
            case 10:  # punctuation lost or doubled
                mark = dice.choice([":", ",", "[", "]", "{", "}", " ", "\n", "- ", "'"])
                twice = dice.choice(["", mark * 2, " "])
                text = replaced(text, re.compile(re.escape(mark)), lambda _, t=twice: t, dice)
            case 11:  # a line lost or twice
                lines = text.splitlines(keepends=True)
                at = dice.randrange(len(lines))
                lines[at : at + 1] = lines[at : at + 1] * dice.choice([0, 2])
                text = "".join(lines)
            case 12:
                text += dice.choice(LINES) + "\n"
    content = text.encode("utf-8", "surrogatepass")
    match dice.randrange(25):
        case 0:
            at = dice.randrange(len(content))
            content = content[:at] + dice.randbytes(dice.randrange(1, 5)) + content[at:]
        case 1:
            content = content[: dice.randrange(len(content))]
        case 2:
            content = content.decode("utf-8", "replace").encode("latin-1", "replace")
        case 3:
            content = content.replace(b"  ", b"\t")
        case 4:
            content = content.replace(b"\n", b"\r\n")
        case 5:
            content = b"\xef\xbb\xbf" + content
    return content


def leaves(node: yaml.Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Keys and scalars of a file, read by another way than the program's."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from leaves(value, (*path, key.value))
        if not node.value:
            yield path, None
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from leaves(item, path)
    else:
        empty = not node.style and node.value in ("", "~", "null", "Null", "NULL")
        yield path, None if empty else node.value


def below(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """Everything a job has at a path, or nothing."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, list):
        for item in value:
            yield from below(item, ())
    elif value is not None:
        yield value


def same(text: str, value: Any) -> bool:
    """Whether a value is what was written."""
    if isinstance(value, str):
        return value.replace(" ", "") == re.sub(r"\s", "", text) or text.lower() == "none"
    try:
        return math.isclose(float(text), float(value), rel_tol=1e-11)
    except (TypeError, ValueError):
        return text.lower() == "none" and value == 100.0


EXTENTS = {"production_steps": 0, "hops": 10_000, "generations": 60}
SPACINGS = {"linspace", "logspace", "arange", "between"}


def known_keys(schema: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(schema, dict):
        found |= set(schema.get("properties") or {})  # a default has a key of this name, too
        found = found.union(*(known_keys(value) for value in schema.values()))
    if isinstance(schema, list):
        found = found.union(*(known_keys(value) for value in schema))
    return found


KNOWN = known_keys(campaign_schema()) | {"A", "B", "P", "A-B", "B-A", "A-A", "B-B"}


def silent_changes(content: bytes, root: Path) -> list[str]:
    """What the file says that neither jobs nor the campaign's document have."""
    document = json.loads((root / "signac_project_document.json").read_bytes())
    jobs = []
    for folder in (root / "workspace").iterdir():
        job = json.loads((folder / "signac_statepoint.json").read_bytes())
        notes = folder / "signac_job_document.json"
        extent = json.loads(notes.read_bytes()).get("extent", {}) if notes.exists() else {}
        jobs.append(job | {"method": job["method"] | extent})
    top = {"name": document["name"], "axes": document["axes"], "settings": document["settings"]}
    top["replicas"] = 1 + max(job["replica"] for job in jobs)
    lost = []
    for path, text in leaves(yaml.compose(content.decode("utf-8-sig"), Loader=yaml.SafeLoader)):
        unspaced = tuple(key for key in path if key not in SPACINGS | {"ramp"})
        if path[0] == "zip":
            honoured = any(True for job in jobs for _ in below(job, tuple(str(text).split("."))))
        elif path[0] == "sample":
            honoured = path[1:2] in (("sobol",), ("latin_hypercube",), ("seed",))
        elif text is None:
            honoured = set(path) <= KNOWN
        else:
            where = [top] if path[0] in top else jobs
            values = [value for job in where for value in below(job, unspaced)]
            if path[0] == "potential" and path[1:2] in (("pairs",), ("types",)):
                pair = "-".join(sorted(path[2].split("-"))) if len(path) > 2 else ""
                for other in ((*path[:2], pair, *path[3:]), ("potential", *path[3:])):
                    values += [value for job in jobs for value in below(job, other)]
            honoured = bool(values) and (
                bool(SPACINGS & set(path)) or any(same(text, value) for value in values)
            )
            honoured = honoured or same(text, EXTENTS.get(path[-1]))  # left out where default
        if not honoured:
            lost.append(f"{'.'.join(path)}: {text}")
    return lost


def outcomes(numbers: range, folder: Path) -> tuple[Counter[str], list[str]]:
    """Counts of what became of files, and what should not have."""
    counts: Counter[str] = Counter()
    faults: list[str] = []
    for number in numbers:
        content = wrong(random.Random(number))
        file, root = folder / "c.yaml", folder / "root"
        file.write_bytes(content)
        try:
            status, out, err = run(file, "--root", root)
        except BaseException as error:  # whatever it is, the user would see a traceback
            counts["traceback"] += 1
            faults.append(f"{number}: {type(error).__name__}: {error}\n{content!r}")
            shutil.rmtree(root, ignore_errors=True)
            continue
        lines = err.splitlines()
        if status == 0:
            counts["made"] += 1
            lost = silent_changes(content, root)
            if lost or not all(line.startswith("warning: ") for line in lines):
                counts["silent change"] += 1
                faults.append(f"{number}: {lost} {lines}\n{content.decode()}")
        else:
            counts["refused"] += 1
            pattern = re.compile(re.escape(str(file)) + r":[1-9]\d*: \S.*")
            clear = 1 <= len(lines) <= 20 and all(map(pattern.fullmatch, lines))
            if not (clear and status == 1 and out == "" and not root.exists()):
                counts["refused badly"] += 1
                faults.append(f"{number}: {status} {out!r} {err!r}\n{content!r}")
        shutil.rmtree(root, ignore_errors=True)
    return counts, faults


def test_the_files_are_right_before_they_are_made_wrong(tmp_path: Path) -> None:
    for number, text in enumerate(BASES):
        file, root = tmp_path / "c.yaml", tmp_path / str(number)
        file.write_text(text)
        assert run(file, "--root", root)[0] == 0, run(file, "--root", root)
        assert silent_changes(text.encode(), root) == []


def test_a_silent_change_would_be_seen(tmp_path: Path) -> None:
    file, root = tmp_path / "c.yaml", tmp_path / "root"
    file.write_text(BASES[1])
    run(file, "--root", root)
    for before, after in (("0.75", "0.8"), ("dt: 0.004", "dt: 0.004\n  extra: "), ("27", "28")):
        changed = BASES[1].replace(before, after)
        assert silent_changes(changed.encode(), root), after


@pytest.mark.parametrize("numbers", [range(400)])
def test_wrong_files(numbers: range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expansion, "MAX_JOBS", 300)  # those that are right are made quickly
    counts, faults = outcomes(numbers, tmp_path)
    assert not faults, "\n".join(faults)
    assert counts["refused"] > counts["made"] > 0


@pytest.mark.drill
def test_thousands_of_wrong_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expansion, "MAX_JOBS", 300)
    counts, faults = outcomes(range(1000, 4000), tmp_path)
    print(f"\n{counts.total()} files: {dict(counts)}")
    assert not faults, "\n".join(faults)
