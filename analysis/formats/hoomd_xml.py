"""HOOMD-blue's XML format of versions 1 and 2."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np

from analysis.configuration import Configuration
from analysis.formats.file import File
from analysis.formats.frame import Frames, type_name, types_of


def read(file: File, dimensions: int) -> Frames:
    """The one frame of the file."""
    return {0: lambda: _read(file, dimensions)}


def _read(file: File, dimensions: int) -> Configuration:
    try:
        root = ElementTree.fromstring(file.content)
    except ElementTree.ParseError as error:
        raise ValueError(f"is no XML, or cut off: {error}") from error
    box_node, position_node = root.find(".//box"), root.find(".//position")
    if box_node is None or position_node is None:
        raise ValueError("no <box> or no <position>")
    box = []
    for key in ("lx", "ly", "lz"):
        value = box_node.get(key, box_node.get(key.upper()))
        if value is None:
            raise ValueError(f"<box> has no {key}")
        box.append(float(value))
    box += [float(box_node.get(key, "0")) for key in ("xy", "xz", "yz")]
    positions = np.array((position_node.text or "").split(), dtype=np.float64).reshape(-1, 3)
    type_node = root.find(".//type")
    names = (type_node.text or "").split() if type_node is not None else ["A"] * len(positions)
    if len(names) != len(positions):
        raise ValueError(f"<type> has {len(names)} words for {len(positions)} particles")
    announced = position_node.get("num")
    if announced and int(announced) != len(positions):
        raise ValueError(f"<position> has {len(positions)} particles, its num is {announced}")
    types, type_names = types_of([type_name(name) for name in names])
    node = root.find(".//configuration")
    found = int(node.get("dimensions", dimensions)) if node is not None else dimensions
    return Configuration(positions, np.array(box), found, types, type_names)
