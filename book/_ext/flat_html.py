"""Publish ``book/origins.md`` as ``/origins.html``.

The sources live in ``book/``, beside ``data/`` and ``tests/``, but an address that people cite should
not carry the name of a folder. Sphinx derives a page's address from its document name in three places
(the link, the file, the search index); this builder shortens it in all three, so that every way of
building the book gives the same addresses.
"""

from __future__ import annotations

import io
import posixpath
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.search import IndexBuilder

FOLDER = "book/"


def address(docname: str) -> str:
    """The name under which a document is published: ``book/origins`` gives ``origins``."""
    return docname.removeprefix(FOLDER)


class FlatIndex(IndexBuilder):
    """A search index whose results lead to the published addresses."""

    def freeze(self) -> dict[str, Any]:
        frozen = super().freeze()
        frozen["docnames"] = [address(name) for name in frozen["docnames"]]
        return frozen

    def load(self, stream: io.TextIOBase, format: Any) -> None:
        # An index read back from an earlier build must speak of documents again, not of addresses.
        reader = self.formats[format] if isinstance(format, str) else format
        frozen = reader.load(stream)
        frozen["docnames"] = [posixpath.splitext(name)[0] for name in frozen["filenames"]]
        as_new = io.StringIO()
        reader.dump(frozen, as_new)
        as_new.seek(0)
        super().load(as_new, format)


class FlatHTMLBuilder(StandaloneHTMLBuilder):
    """Sphinx's HTML builder with addresses free of the source folder's name."""

    # Figures reach the page as data in a notebook's output; Sphinx then writes each to a file of its own.
    supported_data_uri_images = False

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        return super().get_target_uri(address(docname), typ)

    def get_outfilename(self, pagename: str) -> str:
        return super().get_outfilename(address(pagename))

    def load_indexer(self, docnames: Any) -> None:
        self.indexer.__class__ = FlatIndex
        super().load_indexer(docnames)


def warn_of_collision(app: Sphinx) -> None:
    """Two documents must not claim one address."""
    seen: dict[str, str] = {}
    for docname in sorted(app.env.found_docs):
        other = seen.setdefault(address(docname), docname)
        if other != docname:
            raise ValueError(f"{docname}.md and {other}.md would both become {address(docname)}.html")


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_builder(FlatHTMLBuilder, override=True)
    app.connect("builder-inited", warn_of_collision)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
