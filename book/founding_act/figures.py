"""One style for all figures, and ``show``, the one call that publishes a figure.

Colours are those of Okabe and Ito (2008, "Color Universal Design"), which readers with any common kind of colour
blindness can tell apart.
"""

from __future__ import annotations

import base64
import io
import urllib.parse

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Each colour has one meaning throughout the book.
COLOURS = {
    "nato": "#0072B2",
    "russia": "#D55E00",
    "both": "#009E73",
    "neighbours": "#CC79A7",
    "highlight": "#E69F00",
    "ink": "#222222",
    "muted": "#767676",
    "faint": "#D9D9D9",
}

# In inches. At this width, letters of 10 points stay legible when a phone shows the figure 360 pixels wide.
WIDTH = 5.6


def set_style() -> None:
    """Set the style of all figures. Nothing in it depends on the machine, so that two builds draw the same bytes."""
    matplotlib.rcParams.update(
        {
            "figure.figsize": (WIDTH, 3.5),
            "figure.constrained_layout.use": True,
            "font.family": "DejaVu Sans",  # comes with matplotlib
            "font.size": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": COLOURS["muted"],
            "axes.labelcolor": COLOURS["ink"],
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": COLOURS["faint"],
            "grid.linewidth": 0.6,
            "xtick.color": COLOURS["ink"],
            "ytick.color": COLOURS["ink"],
            "xtick.major.size": 0,
            "ytick.major.size": 0,
            "legend.frameon": False,
            "lines.linewidth": 2,
            "svg.hashsalt": "founding-act",
            "svg.fonttype": "path",
            "savefig.facecolor": "white",
        }
    )


def new(height: float = 3.5, rows: int = 1, **options: object) -> tuple[Figure, Axes]:
    """Return a figure of the book's width, ``height`` inches high, and its axes (an array of them for ``rows`` > 1)."""
    return plt.subplots(rows, figsize=(WIDTH, height), **options)


def label(ax: Axes, x: object, y: object, text: str, colour: str = "ink", **options: object) -> None:
    """Write a direct label at a point of the data, in one of ``COLOURS`` by name."""
    options = {"fontsize": 9, "color": COLOURS[colour], "xytext": (4, 4), "textcoords": "offset points"} | options
    ax.annotate(text, (x, y), **options)


def show(fig: Figure, *, name: str, title: str, caption: str, alt: str, data: pd.DataFrame) -> None:
    """Publish a figure and close it.

    On a page of the book it becomes a numbered figure that ``{numref}`` can cite, with the exact rows that it draws
    to download; in a notebook it is shown with the same title and caption.

    Parameters
    ----------
    fig
        The figure, without a title of its own: the title is text, so that it stays sharp and can be read aloud.
    name
        Its anchor for ever, ``fig-<chapter>-<subject>``.
    title, caption
        The finding in one sentence, then what is drawn, from where, and what it cannot show. Markdown.
    alt
        What a reader who cannot see the figure needs: the kind of chart, what it compares, what it shows.
    data
        The rows that the figure draws, with units in the names of the columns.
    """
    buffer = io.StringIO()
    fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Title": title})
    plt.close(fig)
    image = f"data:image/svg+xml;base64,{base64.b64encode(buffer.getvalue().encode()).decode()}"
    download = _download_link(data, name)
    text = f"**{title}** {caption}"
    page = f"```{{figure}} {image}\n:name: {name}\n:alt: {_one_line(alt)}\n\n{_one_line(text)}\n\n{download}\n```"
    notebook = f'<figure><img src="{image}"><figcaption>{text} {download}</figcaption></figure>'
    display({"text/html": notebook, "text/markdown": page, "text/plain": f"{title} {alt}"}, raw=True)


def _download_link(data: pd.DataFrame, name: str) -> str:
    # The rows travel inside the page: they work offline and can never be those of another build.
    rows = urllib.parse.quote(data.to_csv(index=False, lineterminator="\n", float_format="%.6g"))
    return f'<a class="data-download" download="{name}.csv" href="data:text/csv;charset=utf-8,{rows}">Data (CSV)</a>'


def _one_line(text: str) -> str:
    return " ".join(text.split())
