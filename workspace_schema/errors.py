"""Errors of campaign files: one line each, with file, line, key, value and what was expected."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workspace_schema.suggestions import belongs_to, did_you_mean, listed, meant, stands_for

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

MAX_PROBLEMS = 20
_MAX_VALUE_LENGTH = 60
_MAX_MESSAGE_LENGTH = 300

# pydantic's way to say what was expected, and ours
_PHRASES = {
    "Input should be ": "",
    "Input should have ": "",
    "a valid dictionary": "a mapping of keys",
    "a valid list": "a list, [a, b, …]",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid string": "text",
    "a valid tuple": "a list, [a, b, …]",
    " or object to extract fields from": "",
    ", unable to parse string as an integer": "",
    ", unable to parse string as a number": "",
    "String should have": "text of",
    "Dictionary should have at most": "at most",
    "items after validation, not more": "keys",
}

#: What goes into a line of a submit script as it is: a value, and an option of sbatch.
WORD = r"^[\w.,:/=+@%&|()*\[\]-]+$"
OPTION = r"^--[a-z][\w-]*(=[\w.,:/=+@%&|()*\[\]-]+)?$"

# what pydantic calls a pattern
_PATTERNS = {
    "^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$": "letters, digits, _ . - and no blanks, at most 100",
    "^[A-Za-z][A-Za-z0-9_]*$": "a letter, then letters, digits or _, no blanks",
    "^[0-9a-f]{64}$": "64 hexadecimal digits",
    "^[0-9a-f]{32}$": "the id of a job, 32 hexadecimal digits",
    "^[^-]+-[^-]+$": "two types of particles, A-B",
    WORD: "text without blanks and quotes",
    OPTION: "--option or --option=value, without blanks and quotes",
}

#: Words of the ways to write many values, or a ramp, for one (`workspace_schema.axes`).
WORDS = ("linspace", "logspace", "arange", "between", "ramp", "free")

_DECIMAL_COMMA = re.compile(r"([-+]?[0-9]*),([0-9]+)")

KeyPath = tuple[str | int, ...]


class CampaignError(ValueError):
    """A campaign file that cannot become jobs.

    Attributes
    ----------
    problems : tuple of str
        One line each, ``FILE:LINE: key.path: got VALUE; expected WHAT``.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class RootError(ValueError):
    """A root that cannot take the campaign."""


class MigrationError(ValueError):
    """A data space whose schema version this code cannot read or change."""


def dotted(path: KeyPath) -> str:
    """Return a key path as text: ``("method", 0, "kT")`` → ``method[0].kT``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else _one_line(part, _MAX_VALUE_LENGTH)
    return text


def show(value: Any) -> str:
    """Return a value as one short line for an error message."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**18:
        return "an integer of more than 18 digits"
    if isinstance(value, Mapping) and len(value) > 20:
        return f"a mapping of {len(value)} keys"
    if isinstance(value, list) and len(value) > 20:
        return f"a list of {len(value)} values"
    if value is None:
        return "nothing"
    return _one_line(repr(value), _MAX_VALUE_LENGTH)


def encodable(path: str) -> str:
    """Return the name of a file as text that can be written: bytes that are no UTF-8 as Latin-1,
    which they mostly are."""
    return "".join(chr(ord(c) - 0xDC00) if "\udc80" <= c <= "\udcff" else c for c in path)


def at_most(value: float) -> str:
    """Return a positive bound with four digits, rounded down, so that it is within itself."""
    digits = 3 - math.floor(math.log10(value))
    # what is a round number but for its last bit stays it
    return f"{math.floor(value * 10.0**digits * (1.0 + 1e-12)) / 10.0**digits:.4g}"


@dataclass
class Problems:
    """Collects what is wrong with one campaign file.

    Parameters
    ----------
    file : Path
        The campaign file, named in every line.
    lines : dict
        Line (1-based) of each key path of the file; a path that is not there is
        shown at its nearest ancestor.
    """

    file: Path
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    messages: dict[str, None] = field(default_factory=dict)  # a dict keeps order and drops repeats
    paths: set[KeyPath] = field(default_factory=set)
    warnings: dict[str, None] = field(default_factory=dict)

    def add(self, path: KeyPath, message: str, line: int | None = None) -> None:
        """Add one problem at a key path of the file, unless one is known there or above."""
        if any(path[:n] in self.paths for n in range(1, len(path) + 1)):
            return
        self.paths.add(path)
        self.messages[self._line(path, message, line)] = None

    def warn(self, path: KeyPath, message: str) -> None:
        """Add what may not be meant as it is written; the first few are kept."""
        if len(self.warnings) < MAX_PROBLEMS:
            self.warnings[self._line(path, message)] = None

    def _line(self, path: KeyPath, message: str, line: int | None = None) -> str:
        if line is None:
            line = next(
                (self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines),
                1,
            )
        where = dotted(path)
        text = _one_line(f"{where}: {message}" if where else message, _MAX_MESSAGE_LENGTH)
        return f"{encodable(str(self.file))}:{line}: {text}"

    def add_validation_error(
        self,
        error: ValidationError,
        data: Any,
        known: Collection[str],
        locate: Callable[[KeyPath], KeyPath],
        blocks: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """Add every error pydantic found.

        Parameters
        ----------
        error : ValidationError
        data : object
            What was validated.
        known : collection of str
            The keys `data` may have, for suggestions.
        locate : callable
            Turns a key path inside `data` into one of the file.
        blocks : mapping, optional
            Blocks of the file and their keys, for suggestions; those of a campaign file.
        """
        details = error.errors(include_url=False, include_context=False)
        unknown = [d["loc"][-1] for d in details if d["type"] == "extra_forbidden"]
        instead = {meant(str(word), known) for word in unknown}
        instead |= {str(word).partition(" ")[0] for word in unknown}
        for detail in details:
            inner, message = explain(dict(detail), data, known, blocks)
            # a key is not missing too where it stands under another name
            if message.startswith("unknown key") or not instead & {*inner}:
                self.add(locate(inner), message)

    def add_sentence(self, sentence: str, data: Any, locate: Callable[[KeyPath], KeyPath]) -> None:
        """Add an error told as text, ``key.path: what is wrong`` or without a path of `data`."""
        inner, message = _leading_path(sentence, data)
        self.add(locate(inner), message)

    @property
    def full(self) -> bool:
        """Whether enough was found to stop looking."""
        return len(self.messages) >= MAX_PROBLEMS

    def raise_if_any(self) -> None:
        """Raise CampaignError with all that was found, if anything was."""
        if self.messages:
            raise CampaignError(list(self.messages)[:MAX_PROBLEMS])


def explain(
    detail: dict[str, Any],
    data: Any,
    known: Collection[str],
    blocks: Mapping[str, Collection[str]] | None = None,
) -> tuple[KeyPath, str]:
    """Return key path (inside `data`) and message of one pydantic error."""
    kind, message = detail["type"], detail["msg"]
    whole = data
    # pydantic's location also names union members and validators; the file knows only its own keys
    path: list[str | int] = []
    for part in detail["loc"]:
        in_mapping = isinstance(data, Mapping) and part in data
        if in_mapping or (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            data = data[part]
        elif not path and part in known:  # missing, and no default does
            data = None
        elif kind != "missing" or part != detail["loc"][-1]:
            continue
        path.append(part)
    if kind == "missing":
        return tuple(path), "missing; this key is required"
    if kind == "union_tag_not_found":
        return (*path, "form"), "missing; this key is required"
    if kind == "union_tag_invalid" and isinstance(data, Mapping):
        tags = re.findall(r"'(\w+)'", message.rpartition("expected tags:")[2])
        form = data.get("form")
        return (*path, "form"), f"got {show(form)}; {did_you_mean(str(form), tags)}"
    if kind == "extra_forbidden":
        return tuple(path), f"unknown key; {_unknown(path, data, whole, known, blocks)}"
    if kind == "string_pattern_mismatch":
        pattern = message.rpartition("pattern '")[2].removesuffix("'")
        word = data if isinstance(data, str) else str(path[-1])
        instead = "_".join(word.split())
        hint = f"; write {instead}" if instead != word and re.match(pattern, instead) else ""
        expected = _PATTERNS.get(pattern, pattern)
        return tuple(path), f"got {show(word)}; expected {expected}{hint}"
    if isinstance(data, Mapping) and len(data) == 1:
        (key,) = data
        near = difflib.get_close_matches(str(key), WORDS, n=1, cutoff=0.6)
        if near and key not in WORDS:
            return tuple(path), f"unknown key {key}; did you mean {near[0]}?"
    if kind == "value_error":
        inner, message = _leading_path(message.removeprefix("Value error, "), data)
        if inner:
            return (*path, *inner), message
        if isinstance(data, str) and (number := _DECIMAL_COMMA.fullmatch(data.strip())):
            message = f"a decimal comma? write {number[1]}.{number[2]}"
        # a whole block says nothing beside the sentence that tells what is wrong with it
        got = "" if isinstance(data, Mapping) else f"got {show(data)}; "
        return tuple(path), got + message
    for theirs, ours in _PHRASES.items():
        message = message.replace(theirs, ours)
    message = re.sub(r" or instance of \w+$", "", message)
    if isinstance(data, str) and (number := _DECIMAL_COMMA.fullmatch(data.strip())):
        return tuple(path), f"got {show(data)}; a decimal comma? write {number[1]}.{number[2]}"
    return tuple(path), f"got {show(data)}; expected {message}"


def _unknown(
    path: Sequence[str | int],
    value: Any,
    whole: Any,
    known: Collection[str],
    blocks: Mapping[str, Collection[str]] | None,
) -> str:
    """What to say of an unknown key: which one was meant, or in which block it stands."""
    word, block = str(path[-1]), whole
    for part in path[:-1]:
        block = block[part]
    if value is None and re.search(r"\S\s+\S", word):
        return "it has no value; expected KEY: VALUE, with a colon and a blank"
    form = block.get("form") if isinstance(block, Mapping) and blocks is None else None
    others = dict(keys_of_blocks() if blocks is None else blocks)
    if len(path) > 1:
        known = keys_of_form(form) or others.pop(str(path[0]), ())
    if form is not None:
        del others["potential"]
    of_method = blocks is None and len(path) == 1 and "name" in known and "system" not in known
    if of_method:
        del others["method"]  # that another one has it is of no use here
    hint = "" if stands_for(word, known) else belongs_to(word, others)
    if not hint and (near := meant(word, known)):
        hint = f"did you mean {near}?"
    if not hint and len(path) == 1:
        near = None if of_method else meant(word, chain(*others.values()))
        return (belongs_to(near, others) if near else "") or listed(known)
    return ((hint or "it has no meaning here;") + _those_of(form)).rstrip(";")


def _those_of(form: Any) -> str:
    """The keys of a potential or building block, behind a hint at one of them."""
    keys = keys_of_form(form) - {"form", "sha256"}
    return f" {form} takes {', '.join(sorted(keys))}" if keys else ""


def keys_of_form(form: Any) -> set[str]:
    """The keys of a potential or building block, by its form."""
    from workspace_schema.building_blocks import BUILDING_BLOCKS
    from workspace_schema.potentials import FORMS

    registry: dict[str, type[BaseModel]] = {**FORMS, **BUILDING_BLOCKS}
    return set(registry[form].model_fields) if isinstance(form, str) and form in registry else set()


def keys_of_blocks() -> dict[str, Collection[str]]:
    """The keys of each block of a campaign file, whatever its method and potential."""
    from workspace_schema.campaign_file import CampaignFile, Sample
    from workspace_schema.methods.design import WAYS
    from workspace_schema.methods.registry import PARAMETERS
    from workspace_schema.potentials import FORMS
    from workspace_schema.settings import Settings
    from workspace_schema.system import System

    return {
        "the campaign file": CampaignFile.model_fields,
        "system": System.model_fields,
        "method": {
            key for method in (*PARAMETERS.values(), *WAYS.values()) for key in method.model_fields
        },
        "settings": Settings.model_fields,
        "sample": Sample.model_fields,
        "potential": {key for form in FORMS.values() for key in form.model_fields},
    }


def _leading_path(sentence: str, data: Any) -> tuple[KeyPath, str]:
    """Split a sentence that begins with keys of `data`, such as ``pairs.A-B: …``."""
    match = re.match(r"([\w-]+)(\[\d+\])*(\.|: )", sentence)
    if match is None or not isinstance(data, Mapping) or match[1] not in data:
        return (), sentence
    inner, rest = _leading_path(sentence[match.end() :], data[match[1]])
    return (match[1], *inner), rest


def _one_line(text: str, length: int) -> str:
    text = "".join(
        character if character.isprintable() else " " for character in " ".join(text.split())
    )
    return text if len(text) <= length else f"{text[: length - 1]}…"
