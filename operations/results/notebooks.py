"""Run the notebooks on a campaign; executed copies and HTML go to results/notebooks/."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from html import escape
from pathlib import Path
from typing import Any

from operations.jobs.attempts import recorded, survived
from operations.jobs.files import check_file, replacing
from operations.jobs.isolation import REPOSITORY
from operations.jobs.locks import exclusive
from operations.results.aggregate import bring_up_to_date
from workspace_schema.root import check_links

SOURCES = REPOSITORY / "notebooks"
FOLDER = Path("results") / "notebooks"


def run_notebooks(root: Path, name: str, axes: list[str]) -> list[Path]:
    """Execute every notebook with the campaign's root as its parameter.

    Results that are out of date are made first. A notebook that fails is kept as far as it came
    and fails the operation.

    Returns
    -------
    list of Path
        The HTML pages, which need nothing else.
    """
    results = root / "results"
    pages: list[Path] = []
    with ExitStack() as stack:
        stack.enter_context(survived(results, "notebooks"))
        check_links(root)
        results.mkdir(exist_ok=True)
        bring_up_to_date(root, name, axes)
        busy = "another process runs the notebooks; waiting for it"
        (root / FOLDER).mkdir(exist_ok=True)
        stack.enter_context(exclusive(root / FOLDER, wait=busy))
        stack.enter_context(recorded(results, "notebooks", tries=1))
        for source in sorted(SOURCES.glob("*.ipynb")):
            pages.append(_execute(source, root))
            print(f"notebooks: {pages[-1]}", file=sys.stderr)
    return pages


def _execute(source: Path, root: Path) -> Path:
    """Run one notebook and write it as HTML."""
    import nbformat
    import papermill

    executed = root / FOLDER / source.name
    try:
        check_file(executed)
    except FileNotFoundError:
        pass
    except OSError:
        executed.unlink()  # a link, say
    with _environment(root):
        papermill.execute_notebook(
            str(source),
            str(executed),
            parameters={"root": str(root.resolve())},
            progress_bar=False,
            log_output=False,
            kernel_name="python3",
            cwd=str(SOURCES),  # the kernel takes its folder out of the module path
        )
    page = executed.with_suffix(".html")
    with replacing(page) as temporary:
        temporary.write_text(to_html(nbformat.read(executed, as_version=4)), encoding="utf-8")
    return page


@contextmanager
def _environment(root: Path) -> Iterator[None]:
    """Variables with which a kernel finds this code, and none in the root: a root is data.

    flow puts the current folder, which is the root, where Python looks for modules.
    """
    inside = os.path.realpath(root)
    before = {name: os.environ.get(name) for name in ("PYTHONPATH", "PYTHONSAFEPATH")}
    paths = [path for path in (before["PYTHONPATH"] or "").split(os.pathsep) if path]
    paths = [path for path in paths if not os.path.realpath(path).startswith(inside)]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(REPOSITORY), *paths])
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def to_html(notebook: Any) -> str:
    """A notebook as one page that fetches nothing and runs no script."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name="basic",
        embed_images=True,
        exclude_input_prompt=True,
        extra_template_basedirs=[],  # else templates of the current folder come first
    )
    body, _ = exporter.from_notebook_node(notebook)
    title = next(
        (cell.source.splitlines()[0].lstrip("# ") for cell in notebook.cells if cell.source), ""
    )
    return _PAGE.replace("@@TITLE@@", escape(title), 1).replace("@@BODY@@", body, 1)


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>@@TITLE@@</title>
<style>
body { margin: 0 auto; max-width: 52rem; padding: 2rem 1.2rem 4rem; color: #1d1d1f;
  font: 15px/1.55 system-ui, "Helvetica Neue", Arial, sans-serif; }
img { max-width: 100%; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid #ddd; text-align: right; }
.jp-OutputArea, .output { overflow-x: auto; margin: .5rem 0 1rem; }
pre { font: 12px/1.45 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; }
div.input pre, .jp-InputArea pre { background: #f5f6f7; padding: .6rem .8rem; border-radius: 5px; }
.anchor-link, .prompt, .jp-InputPrompt, .jp-OutputPrompt { display: none; }
</style>
</head>
<body>
@@BODY@@
</body>
</html>
"""
