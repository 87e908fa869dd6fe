"""Execute the chapters: only when something they depend on has changed, all at once, and all or nothing.

Before Sphinx reads a page, this extension checks the tables and executes, on all cores, every notebook whose result
is not in the cache yet. MyST-NB then finds each result there. The cache belongs to one state of the tables, of the
helper package and of the lock: when any of them changes, so does the cache, and with it every page that computes.

It also offers each executed notebook for download, and takes away the site of a strict build that failed.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor
from myst_nb.core.read import myst_nb_reader_plugin
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "book"))

from founding_act import check, tables  # noqa: E402  (the package lies in the book's folder, not among the installed)

logger = logging.getLogger(__name__)
CACHES = ROOT / "_build" / "executed"


def state() -> str:
    """A hash of everything besides its own cells that the result of a chapter depends on."""
    digest = hashlib.sha256(tables.fingerprint().encode())
    for path in [*sorted((ROOT / "book" / "founding_act").glob("*.py")), ROOT / "requirements.lock"]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def require_sound_tables(app: Sphinx, config: Config) -> None:
    """Stop before anything is built if the tables are not sound; choose the cache of their state."""
    try:
        check.check()
    except check.TableError as error:
        raise ExtensionError(f"The book was not built: {error}") from error
    cache = CACHES / state()
    for other in CACHES.glob("*"):
        if other != cache:
            shutil.rmtree(other)
    cache.mkdir(parents=True, exist_ok=True)
    # A changed value makes Sphinx read every page again, which is what a changed table asks for.
    config.nb_execution_cache_path = str(cache)


def notebooks(app: Sphinx) -> dict[str, Path]:
    """The documents that hold code to execute, and their files."""
    found = {name: Path(app.env.doc2path(name)) for name in sorted(app.env.found_docs)}
    excluded = app.config.nb_execution_excludepatterns
    return {
        name: path
        for name, path in found.items()
        if path.suffix == ".md"
        and "{code-cell}" in path.read_text(encoding="utf-8")
        and not any(path.match(pattern) for pattern in excluded)
    }


def execute(app: Sphinx) -> None:
    """Execute in parallel what the cache lacks; stop with chapter and message if a cell fails."""
    cache = get_cache(app.config.nb_execution_cache_path)
    records = [
        cache.add_nb_to_project(str(path), read_data={"type": "plugin", "name": "myst_nb_md"})
        for path in notebooks(app).values()
    ]
    waiting = {record.uri for record in cache.list_unexecuted()}
    waiting = [record.pk for record in records if record.uri in waiting]
    if not waiting:
        return
    logger.info("executing %d notebooks...", len(waiting))
    executor = load_executor("local-parallel", cache)
    result = executor.run_and_cache(filter_pks=waiting, timeout=app.config.nb_execution_timeout)
    if result.errored and not result.excepted:  # no cell failed: a kernel did not start, which a second try mends
        waiting = [record.pk for record in records if record.uri in result.errored]
        result = executor.run_and_cache(filter_pks=waiting, timeout=app.config.nb_execution_timeout)
    if failed := sorted([*result.excepted, *result.errored]):
        reasons = [cache.get_project_record(uri).traceback or "it could not be read" for uri in failed]
        plain = [re.sub(r"\x1b\[[0-9;]*m", "", reason) for reason in reasons]
        raise ExtensionError(
            "The book was not built: "
            + "\n".join(f"{Path(uri).name} failed.\n{reason}" for uri, reason in zip(failed, plain, strict=True))
        )


def offer_notebook(app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Write the executed notebook beside the page's source, where the theme's download button finds it."""
    path = notebooks(app).get(pagename)
    if path is None or app.builder.format != "html":
        return
    cache = get_cache(app.config.nb_execution_cache_path)
    plain = myst_nb_reader_plugin(str(path))
    _, executed = cache.merge_match_into_notebook(plain)
    executed.metadata.pop("source_map", None)
    for number, cell in enumerate(executed.cells, start=1):
        cell["id"] = f"{path.stem}-{number}"  # random otherwise, and so different in every build
    target = Path(app.outdir, "_sources", f"{pagename}.ipynb")
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(executed, target)
    context["ipynb_source"] = f"{pagename}.ipynb"


def withdraw(app: Sphinx, exception: Exception | None) -> None:
    """Leave no half-built site: a strict build that failed or warned takes its pages away."""
    strict = app.warningiserror or app.keep_going  # Sphinx notes -W with --keep-going as keep_going alone
    if strict and (exception or app._warncount):
        shutil.rmtree(app.outdir, ignore_errors=True)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", require_sound_tables, priority=100)  # before MyST-NB reads its configuration
    app.connect("env-before-read-docs", lambda app, _env, _names: execute(app))
    app.connect("html-page-context", offer_notebook, priority=400)  # before the theme lists its buttons
    app.connect("build-finished", withdraw, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
