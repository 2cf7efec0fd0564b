"""Reads YAML of unknown origin into plain values, and remembers the line of every key.

Only plain data: mappings with text keys, lists, text, numbers, booleans, null. Numbers follow
YAML 1.2, so that ``1e-3`` is a number and ``2024-01-01`` and ``no`` are text. Size, depth and
what anchors unfold to are bounded; ``<<: *name`` brings the keys of another mapping. A comma inside
a number ends the number, and YAML says nothing: where that can be seen it is refused here.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import yaml

from workspace_schema.bounded import read_bounded
from workspace_schema.errors import KeyPath, Problems, show
from workspace_schema.written import THOUSANDS, Written

MAX_BYTES = 256_000  # PyYAML reads about 20 kB a second
MAX_NODES = 100_000
MAX_DEPTH = 24
MAX_DIGITS = 30  # of an integer; a longer one is as good as a float

_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LIKE_A_NUMBER = re.compile(r"[-+]?[0-9][0-9_.]*([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(inf|Inf|INF|nan|NaN|NAN)")
_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_PLAIN_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_PLAIN_TAG}merge"
_PLAIN_TYPES = ("str", "int", "float", "bool", "null", "timestamp", "seq", "map", "merge", "value")


def read_yaml(file: Path, name: Path | None = None) -> tuple[dict[str, Any], Problems]:
    """Read a YAML file whose top is a mapping.

    Parameters
    ----------
    file : Path
    name : Path, optional
        What messages call it, where a user named it otherwise.

    Returns
    -------
    data : dict
    problems : Problems
        Empty, with the line of each key path, for whoever checks the data further.

    Raises
    ------
    CampaignError
        Where the file cannot be read, is not YAML, or holds more than plain data.
    """
    problems = Problems(name or file)
    try:
        text = read_bounded(file, MAX_BYTES).decode("utf-8")
    except OSError as error:
        problems.add((), f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        problems.add((), f"not UTF-8 text: {error.reason} at byte {error.start}")
    problems.raise_if_any()

    root: yaml.Node | None = None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        what = f"{error.problem or error.context}"
        if "'\\t'" in what:
            what = "a tab; expected spaces"
        elif what.startswith("expected ',' or"):
            what += "; a comma, a bracket or a quote is missing before"
        problems.add((), f"not YAML: {what}", line)
    except yaml.YAMLError as error:
        problems.add((), f"not YAML: {error}")
    except RecursionError:
        problems.add((), f"nested deeper than {MAX_DEPTH} levels")
    except (ValueError, OverflowError) as error:  # an escape beyond Unicode, "\\UFFFFFFFF"
        problems.add((), f"not YAML: {error}")
    problems.raise_if_any()
    if not isinstance(root, yaml.MappingNode):
        problems.add((), "expected a mapping of keys (name, system, potential, method, …)")
        problems.raise_if_any()
        raise AssertionError  # unreachable; tells type checkers that root is a mapping

    builder = _Builder(problems)
    data = builder.build(root, ())
    problems.raise_if_any()
    problems.lines = builder.lines
    return data, problems


class _Builder:
    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.lines: dict[KeyPath, int] = {}
        self.nodes = 0
        self.merging: set[int] = set()

    def build(self, node: yaml.Node, path: KeyPath) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        self.nodes += 1
        # aliases are followed, so they count each time: a few lines can unfold to billions
        if self.nodes > MAX_NODES or len(path) > MAX_DEPTH:
            what = f"nested deeper than {MAX_DEPTH} levels"
            if self.nodes > MAX_NODES:
                what = f"unfolds to more than {MAX_NODES} values"
            self.problems.add((), what, line)
            self.problems.raise_if_any()
        if node.tag.removeprefix(_PLAIN_TAG) not in _PLAIN_TYPES:
            self.problems.add(path, f"the tag {show(node.tag)} has no meaning here", line)
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            self._refuse_commas(node, path)
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        self._refuse_surrogates(node.value, path, line)
        quoted = isinstance(node, yaml.ScalarNode) and bool(node.style)
        return node.value if quoted else plain_scalar(node.value)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        # what is merged first: lines are those of keys that stand here, where they do
        for key_node, value_node in sorted(node.value, key=lambda pair: pair[0].tag != _MERGE):
            line = key_node.start_mark.line + 1
            if key_node.tag == _MERGE:
                merged = self._merged(value_node, path, line) | merged
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.add(path, "a key must be text", line)
                continue
            key = key_node.value  # as written: a particle type may be called No or 1e3 elsewhere
            if not self._refuse_surrogates(key, path, line):
                continue
            if key in result:
                self.problems.add((*path, key), "this key stands here twice", line)
                continue
            self.lines[(*path, key)] = line
            value = self.build(value_node, (*path, key))
            if value is None and not value_node.value and _LIKE_A_NUMBER.fullmatch(key):
                self._refuse_thousands(result, key, path, line)
                continue
            result[key] = value
        return {key: value for key, value in merged.items() if key not in result} | result

    def _merged(self, node: yaml.Node, path: KeyPath, line: int) -> dict[str, Any]:
        """What ``<<: *name`` or ``<<: [*one, *another]`` brings: of a key the first that has it."""
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        result: dict[str, Any] = {}
        for one in nodes:
            if not isinstance(one, yaml.MappingNode) or id(one) in self.merging:
                what = "<<: expected another mapping, or a list of them: *name"
                self.problems.add(path, what, line)
                return {}
            self.merging.add(id(one))
            result = self.build(one, path) | result
            self.merging.discard(id(one))
        return result

    def _refuse_thousands(self, before: dict[str, Any], key: str, path: KeyPath, line: int) -> None:
        """Refuse what YAML makes of ``{steps: 200,000}``: a key 000 without a value."""
        name, value = next(reversed(before.items()), ("", None))
        if isinstance(value, int | float) and not isinstance(value, bool):
            message = f"got {value!r},{key}; {_no_comma(repr(value), key)}"
            self.problems.add((*path, name), message, line)
        else:
            message = "a key without a value; a comma inside a number?"
            self.problems.add((*path, key), message, line)

    def _refuse_commas(self, node: yaml.SequenceNode, path: KeyPath) -> None:
        """Refuse ``[1,000, 2,000]`` and ``[0,5, 1,5]``, which YAML reads as four numbers each."""
        items = node.value
        if not node.flow_style or not all(_is_digits(item) for item in items):
            return
        pairs = list(itertools.pairwise(items))
        tight = [b.start_mark.index - a.end_mark.index == 1 for a, b in pairs]
        zeros = (
            is_tight and len(b.value) > 1 and b.value.startswith("0")
            for is_tight, (_, b) in zip(tight, pairs, strict=True)
        )
        # some commas with a blank and some without, these never side by side
        apart = sum(tight) >= 2 and not all(tight)
        apart = apart and not any(a and b for a, b in itertools.pairwise(tight))
        if any(zeros) or apart:
            a, b = pairs[tight.index(True)]
            self.problems.add(
                path,
                f"got {a.value},{b.value} in a list; {_no_comma(a.value, b.value)}, and a blank"
                " after each comma between numbers",
                a.start_mark.line + 1,
            )

    def _refuse_surrogates(self, text: str, path: KeyPath, line: int) -> bool:
        """Refuse text that cannot be written as UTF-8; return whether it can."""
        if text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text):
            return True
        self.problems.add(path, "half of a surrogate pair; expected Unicode text", line)
        return False


def _no_comma(before: str, after: str) -> str:
    thousands = f"{before}{after} or " if len(after) == 3 and not before.startswith("0") else ""
    return f"a comma inside a number? write {thousands}{before}.{after}"


def _is_digits(node: yaml.Node) -> bool:
    is_plain = isinstance(node, yaml.ScalarNode) and not node.style
    return is_plain and node.value.isdecimal() and node.value.isascii()


def plain_scalar(text: str) -> str | int | float | bool | None:
    """Return the value of an unquoted scalar by the core schema of YAML 1.2 (decimal numbers)."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text) and len(text) <= MAX_DIGITS:
        return int(text)
    if _NUMBER.fullmatch(text) and THOUSANDS.fullmatch(text):
        return Written(text)
    if _NUMBER.fullmatch(text) or _SPECIAL.fullmatch(text):
        return float(_SPECIAL.sub(r"\1\2", text))
    return text
