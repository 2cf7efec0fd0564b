"""Reads YAML of unknown origin into plain values, and remembers the line of every key.

Only plain data: mappings with text keys, lists, text, numbers, booleans, null. Numbers follow
YAML 1.2, so that ``1e-3`` is a number and ``2024-01-01`` and ``no`` are text. Size, depth and
what anchors unfold to are bounded.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from workspace_schema.errors import KeyPath, Problems, show

MAX_BYTES = 256_000  # PyYAML reads about 20 kB a second
MAX_NODES = 100_000
MAX_DEPTH = 24

_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(inf|Inf|INF|nan|NaN|NAN)")
_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_PLAIN_TAG = "tag:yaml.org,2002:"
_PLAIN_TYPES = ("str", "int", "float", "bool", "null", "timestamp", "seq", "map", "merge", "value")


def read_yaml(file: Path) -> tuple[dict[str, Any], Problems]:
    """Read a YAML file whose top is a mapping.

    Parameters
    ----------
    file : Path

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
    problems = Problems(file)
    try:
        if file.stat().st_size > MAX_BYTES:
            problems.add((), f"the file is larger than {MAX_BYTES} bytes")
            problems.raise_if_any()
        text = file.read_bytes().decode("utf-8")
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
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        quoted = isinstance(node, yaml.ScalarNode) and bool(node.style)
        return node.value if quoted else plain_scalar(node.value)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.add(path, "a key must be text", line)
                continue
            key = key_node.value  # as written: a particle type may be called No or 1e3 elsewhere
            if key in result:
                self.problems.add((*path, key), "this key stands here twice", line)
                continue
            self.lines[(*path, key)] = line
            result[key] = self.build(value_node, (*path, key))
        return result


def plain_scalar(text: str) -> str | int | float | bool | None:
    """Return the value of an unquoted scalar by the core schema of YAML 1.2 (decimal numbers)."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text) and len(text) <= 400:
        return int(text)
    if _NUMBER.fullmatch(text) or _SPECIAL.fullmatch(text):
        return float(_SPECIAL.sub(r"\1\2", text))
    return text
