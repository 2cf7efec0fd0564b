"""python -m analysis.learning.train_forest ROOT/labellers/forest.npz --class NAME FILE … …

Grows a random forest on configurations of classes of one's own. A campaign in ROOT whose `settings`
say `labeller: forest` is labelled by it; jobs that have labels are with `init.py --relabel`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from analysis.configuration import Configuration
from analysis.formats import read_configuration
from analysis.learning.forest import Forest, random_forest


def main(words: list[str] | None = None) -> int:
    """Train as the command line says; the exit status."""
    parser = argparse.ArgumentParser(
        "python -m analysis.learning.train_forest", description=__doc__
    )
    parser.add_argument("out", type=Path, help="ROOT/labellers/forest.npz")
    parser.add_argument(
        "--class",
        dest="classes",
        action="append",
        nargs="+",
        required=True,
        metavar="WORD",
        help="name of a class, then its files: every frame of GSD, one of CIF, extended XYZ, …",
    )
    parser.add_argument("--dimensions", type=int, choices=(2, 3), default=3, help="but for GSD")
    parser.add_argument("--trees", type=int, default=200)
    parser.add_argument("--sample", type=int, default=500, help="particles of each frame, at most")
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args(words)
    try:
        examples: dict[str, list[Configuration]] = {}
        for name, *files in told.classes:
            found = [each for file in files for each in frames(Path(file), told.dimensions)]
            examples.setdefault(name, []).extend(found)
        forest = random_forest(examples, trees=told.trees, sample=told.sample, seed=told.seed)
        told.out.parent.mkdir(parents=True, exist_ok=True)
        forest.save(told.out)
        print(f"{told.out}: {', '.join(examples)}; hash {Forest.load(told.out).hash}")
        print(f"right of the particles that a tree was not grown on: {forest.out_of_bag:.3f}")
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def frames(file: Path, dimensions: int) -> Iterator[Configuration]:
    """Every frame of a GSD file, or the one configuration of another."""
    import gsd.hoomd

    if file.suffix != ".gsd":
        yield read_configuration(file, dimensions)
        return
    with gsd.hoomd.open(str(file), "r") as trajectory:
        yield from map(Configuration.from_frame, trajectory)


if __name__ == "__main__":
    sys.exit(main())
