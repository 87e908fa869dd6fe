"""Numbers, tables and claims in the text: what a chapter writes, it computes."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from IPython.display import Markdown, display

from founding_act import tables
from founding_act.figures import _download_link, _one_line


def say(**values: object) -> None:
    """Make values available to the text around, where ``{glue:text}`name``` prints them.

    Whole numbers get thousands separators; any other number must come as text, formatted, because how many digits
    are meant is for the author to say. Raises ``ValueError`` for a missing or empty value, which would leave a hole
    in a sentence.
    """
    for name, value in values.items():
        text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str) or not text.strip() or text in ("nan", "NaT", "<NA>"):
            raise ValueError(f"{name} = {value!r} cannot stand in a sentence: give a whole number or formatted text")
        metadata = {"scrapbook": {"name": name, "mime_prefix": "application/papermill.record/"}}
        # MyST-NB reads the text as a Python literal; without the quotation marks, 1,000 would become a pair of numbers.
        display({"application/papermill.record/text/plain": repr(text)}, raw=True, metadata=metadata)


def day(date: pd.Timestamp, precision: str = "day") -> str:
    """Write a date as far as it is known: ``27 May 1997``, ``May 1997`` or ``1997``."""
    return {"day": f"{date.day} {date:%B %Y}", "month": f"{date:%B %Y}", "year": f"{date:%Y}"}[precision]


def percent(share: float, digits: int = 0) -> str:
    """Write a share of 1 as per cent: ``percent(0.256)`` is ``26%``."""
    return f"{100 * share:.{digits}f}%"


def span(low: float, high: float) -> str:
    """Write a published range of whole numbers: ``1,000–2,000``, ``1,000`` where both are equal, ``–`` where none is."""
    known = sorted({int(value) for value in (low, high) if not pd.isna(value)})
    return "–".join(f"{value:,}" for value in known) or "–"


def listing(items: Iterable[str]) -> str:
    """Join words as a sentence does: ``a``, ``a and b``, ``a, b and c``."""
    *head, last = items
    return f"{', '.join(head)} and {last}" if head else last


def cite(keys: Iterable[str]) -> str:
    """Return MyST that cites entries of the bibliography, or nothing where there is no key."""
    keys = list(keys)
    return f"{{cite:p}}`{','.join(keys)}`" if keys else ""


def table(frame: pd.DataFrame, *, name: str, title: str, download: pd.DataFrame | None = None) -> None:
    """Publish a table: on a page numbered, with its rows to download; in a notebook as pandas shows it.

    ``frame`` holds text or numbers ready to print, and Markdown works in its cells; ``download`` is what the file
    holds, if that should differ. ``name`` is the anchor for ever, ``tab-<chapter>-<subject>``.
    """
    download = frame if download is None else download
    page = (
        f":::{{table}} {_one_line(title)}\n:name: {name}\n\n{_markdown(frame)}\n:::\n\n{_download_link(download, name)}"
    )
    display({"text/html": frame.to_html(index=False), "text/markdown": page, "text/plain": str(frame)}, raw=True)


def _markdown(frame: pd.DataFrame) -> str:
    numeric = [pd.api.types.is_numeric_dtype(frame[column]) for column in frame]
    lines = [
        list(frame.columns),
        ["---:" if right else ":---" for right in numeric],
        *([_cell(value) for value in row] for row in frame.itertuples(index=False)),
    ]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _cell(value: object) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    return _one_line(str(value)).replace("|", "\\|")


def events(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows of ``events`` as a table to print: date, what happened, sources."""
    return pd.DataFrame(
        {
            "Date": [day(d, p) for d, p in zip(frame["date_start"], frame["date_precision"], strict=True)],
            "What happened": frame["title"].to_numpy(),
            "Sources": [cite(keys) for keys in frame["sources"]],
        }
    )


def claims(chapter: int, *, anchors: bool = False) -> None:
    """Publish the document's claims that belong to a chapter (0 to 10), each with its verdict and evidence.

    With ``anchors`` each claim is a target of its own, which it can be on one page only: the ledger. Elsewhere the
    number of the claim links to it.
    """
    frame = tables.load("claims").query("chapter == @chapter")
    lines = []
    for claim in frame.itertuples():
        anchor = claim.claim_id.lower()
        number = f"({anchor})=\n**{claim.claim_id}** ({claim.kind})" if anchors else f"[{claim.claim_id}](#{anchor})"
        verdict = "not yet judged" if claim.verdict == "open" else f"{claim.verdict}, {claim.confidence} confidence"
        reasoning = "" if pd.isna(claim.reasoning) else f" {claim.reasoning}"
        lines.append(
            f"{number} {claim.claim}\n: **{verdict[0].upper()}{verdict[1:]}.**{reasoning}{_evidence(claim.evidence)}"
        )
    display(Markdown("\n\n".join(lines)))


def _evidence(keys: Iterable[str]) -> str:
    """Return a sentence that names the rows behind a verdict, each with its first source."""
    named = []
    for key in keys:
        table, row = key.split(":", 1)
        frame = tables.load(table)
        found = frame.set_index(frame.columns[0]).loc[row]
        named.append(f"{_describe(table, row, found)} {cite(found['sources'][:1])}".strip())
    return f" *Evidence:* {'; '.join(named)}." if named else ""


def _describe(table: str, key: str, row: pd.Series) -> str:
    """Return what a reader calls a row: an event's title and date, an author and year, a sentence's number."""
    match table:
        case "events":
            return f"{row['title']}, {day(row['date_start'], row['date_precision'])}"
        case "provisions":
            return f"sentence {key}"
        case "positions" | "proposals" | "readings":
            return f"{row['author']}, {day(row['date'], row['date_precision'])}"
        case "series":
            return str(row["title"])
        case _:
            return str(row["name"])
