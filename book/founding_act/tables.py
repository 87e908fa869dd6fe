"""The shared tables: ``load("events")`` gives one of them, checked, with typed columns.

The schema is ``data/datapackage.json`` (a Frictionless Data Package). Nothing here knows a chapter.
"""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
from pybtex.database import parse_file

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
REFERENCES = ROOT / "book" / "references.bib"
SEPARATOR = "|"  # between the keys of a list in one cell


def package(data: Path = DATA) -> dict[str, Any]:
    """Return the descriptor ``datapackage.json`` of the tables in the folder ``data``."""
    return json.loads((data / "datapackage.json").read_text(encoding="utf-8"))


def schema(table: str, data: Path = DATA) -> dict[str, Any]:
    """Return the resource of one table: its path, description and schema.

    Raises ``KeyError``, naming the tables there are, if there is none of that name.
    """
    resources = {resource["name"]: resource for resource in package(data)["resources"]}
    if table not in resources:
        raise KeyError(f"there is no table {table!r}; there are {', '.join(sorted(resources))}")
    return resources[table]


def fingerprint(data: Path = DATA, references: Path = REFERENCES) -> str:
    """Return a SHA-256 (hex) of the tables, the schema and the bibliography: equal if and only if their bytes are."""
    digest = hashlib.sha256()
    for path in [*sorted(data.glob("*.csv")), data / "datapackage.json", references]:
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def load(table: str) -> pd.DataFrame:
    """Return a shared table, one row a record, in the order of its keys.

    Columns have the types of the schema: dates are ``datetime64`` (read them with ``date_precision``), integers
    ``Int64`` and yes-or-no ``boolean`` (both can be missing), closed lists of values ``category`` in the schema's
    order, lists of keys tuples of strings (empty where the cell is), other text ``str`` (missing as ``NaN``).

    Raises ``founding_act.check.TableError`` if *any* table breaks the schema: a chapter that reads one sound table
    beside a broken one would be wrong without showing it.
    """
    _require_sound_tables()
    return _read(table)


@functools.cache
def _read_cached(table: str, _fingerprint: str) -> pd.DataFrame:
    return read(table)


def _read(table: str) -> pd.DataFrame:
    # A deep copy: what a chapter does to its table must not reach the next caller.
    return _read_cached(table, fingerprint()).copy(deep=True)


def read(table: str, data: Path = DATA) -> pd.DataFrame:
    """Read one table with its types and without any check (see ``load``)."""
    resource = schema(table, data)
    raw = pd.read_csv(data / resource["path"], dtype=str, keep_default_na=False, encoding="utf-8")
    return pd.DataFrame({field["name"]: _typed(raw[field["name"]], field) for field in resource["schema"]["fields"]})


def _typed(column: pd.Series, field: dict[str, Any]) -> pd.Series:
    if "listOf" in field:
        return column.map(lambda cell: tuple(cell.split(SEPARATOR)) if cell else ())
    column = column.mask(column == "")
    match field["type"]:
        case "date":
            return pd.to_datetime(column, format="%Y-%m-%d")
        case "integer":
            return pd.to_numeric(column).astype("Int64")
        case "number":
            return pd.to_numeric(column).astype("float64")
        case "boolean":
            return column.map({"true": True, "false": False}).astype("boolean")
    if "enum" in field.get("constraints", {}):
        return column.astype(pd.CategoricalDtype(field["constraints"]["enum"]))
    return column


def _require_sound_tables() -> None:
    """Check all tables, once for each state of their bytes: the last sound state is remembered beside the build."""
    stamp = ROOT / "_build" / ".tables-checked"
    state = fingerprint()
    if stamp.is_file() and stamp.read_text() == state:
        return
    from founding_act import check  # late, because the checker takes longer to import than to need again

    check.check()
    try:
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(state)
    except OSError:
        pass  # a read-only checkout: the tables are checked in every session, which costs a second


def sources() -> pd.DataFrame:
    """Return the bibliography as a table, one row a source, indexed by ``source_id``.

    Its columns are the fields of ``references.bib`` that the tables' rules need: ``kind``, ``perspective``,
    ``language`` and ``url``, all text.
    """
    return _sources(fingerprint()).copy()


@functools.cache
def _sources(_fingerprint: str) -> pd.DataFrame:
    entries = parse_file(str(REFERENCES), bib_format="bibtex").entries
    columns = ["kind", "perspective", "language", "url"]
    rows = {key: [entry.fields.get(column, "") for column in columns] for key, entry in entries.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("source_id")


def members(on: str | pd.Timestamp) -> tuple[str, ...]:
    """Return the actor keys of NATO's members on a day (ISO text or timestamp), in alphabetical order."""
    joined = load("memberships")
    return tuple(sorted(joined.loc[joined["date_acceded"] <= pd.Timestamp(on), "actor_id"]))
