"""The one check of the tables: ``make check``, the tests, the build and every ``load`` use it.

Frictionless reads the schema and finds what a Data Package can express: types, required cells, allowed values,
keys and foreign keys. What it cannot express is found here: keys inside lists, sources that stand in the
bibliography, dates in order, the order of rows. Either way the reader gets one sentence that names the table,
the row, the column, the value and the remedy.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from founding_act import tables


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one table. ``row`` is the line of the file, counted from 1 (the header)."""

    table: str
    row: int | None
    column: str | None
    value: str | None
    what: str
    remedy: str

    def __str__(self) -> str:
        place = [f"data/{self.table}"]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column}")
        value = "" if self.value is None else f" {self.value!r}"
        return f"{', '.join(place)}:{value} {self.what}. Remedy: {self.remedy}."


class TableError(ValueError):
    """The shared tables break their schema. ``problems`` holds all that was found, in the order of the tables."""

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        more = f" ({len(problems) - 1} more: run `make check`)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}")


def check(data: Path = tables.DATA, references: Path = tables.REFERENCES) -> None:
    """Raise ``TableError`` unless every table in ``data`` keeps the schema and cites only what ``references`` holds."""
    if problems := find_problems(data, references):
        raise TableError(problems)


def find_problems(data: Path = tables.DATA, references: Path = tables.REFERENCES) -> list[Problem]:
    """Return everything that is wrong, an empty list where nothing is."""
    # What cannot be read is reported alone: everything else would only follow from it.
    return list(_unreadable(data, references)) or [*_against_schema(data), *_beyond_schema(data, references)]


# --- files that cannot be read ---------------------------------------------------------------------------------------


def _unreadable(data: Path, references: Path) -> Iterator[Problem]:
    try:
        resources = tables.package(data)["resources"]
    except (OSError, ValueError, KeyError) as error:
        yield Problem("datapackage.json", None, None, None, f"the schema cannot be read ({error})", "restore the file")
        return
    try:
        _citation_keys(references)
    except Exception as error:  # pybtex raises its own kinds, all of which mean the same here
        yield Problem(
            "../book/references.bib", None, None, None, f"cannot be read ({error})", "mend the entry named there"
        )
    for resource in resources:
        path = data / resource["path"]
        if not path.is_file():
            yield Problem(resource["path"], None, None, None, "the file is missing", "restore the file")
            continue
        try:
            path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            line = path.read_bytes()[: error.start].count(b"\n") + 1
            yield Problem(resource["path"], line, None, None, "is not UTF-8", "save the file as UTF-8")


# --- what the schema says --------------------------------------------------------------------------------------------

_REMEDIES = {
    "type-error": "write it in the form that the schema asks for (dates as YYYY-MM-DD, yes or no as true or false)",
    "foreign-key": "use a key of the other table, or add the row there first",
    "primary-key": "give the row a key of its own, or take out the repeated row",
    "unique-error": "give the row a value of its own, or take out the repeated row",
    "missing-cell": "complete the row: a field is missing, perhaps a comma",
    "extra-cell": "put quotation marks around a cell that holds a comma",
    "blank-row": "take out the empty row",
    "missing-label": "restore the header of the schema",
    "extra-label": "restore the header of the schema",
    "incorrect-label": "restore the header of the schema",
}


def _against_schema(data: Path) -> Iterator[Problem]:
    import frictionless

    # The folder of the tables is trusted, and an absolute one is needed for tables that stand elsewhere (in tests).
    with frictionless.system.use_context(trusted=True):
        report = frictionless.Package(os.fspath(data / "datapackage.json")).validate()
    for error in report.errors:
        yield Problem("datapackage.json", None, None, None, error.note, "mend the schema")
    for task in report.tasks:
        for error in task.errors:
            yield _from_frictionless(Path(task.place).name, error)


def _from_frictionless(table: str, error: Any) -> Problem:
    remedy = _REMEDIES.get(error.type, "mend the cell or the row")
    cell = getattr(error, "cell", None)
    what = error.note
    if error.type == "constraint-error":
        name, _, allowed = error.note.removeprefix('constraint "').partition('" is "')
        allowed = allowed.removesuffix('"')
        what = {
            "required": "the cell is empty, but required",
            "enum": "is not an allowed value",
            "pattern": "has not the form of such a key",
            "unique": "stands twice",
        }.get(name, f"breaks the rule {name} = {allowed}")
        remedy = {
            "required": "fill it from a source, or take out the row",
            "enum": f"use one of {allowed}",
            "pattern": f"write it as {allowed}",
        }.get(name, f"keep {name} = {allowed}")
    column = getattr(error, "field_name", None) or ", ".join(getattr(error, "field_names", []) or []) or None
    if error.type == "foreign-key":
        cell, what = ", ".join(map(str, error.field_cells)), "is not a key of the other table"
    return Problem(table, getattr(error, "row_number", None), column, cell or None, what, remedy)


# --- what the schema cannot say --------------------------------------------------------------------------------------


def _beyond_schema(data: Path, references: Path) -> Iterator[Problem]:
    resources = tables.package(data)["resources"]
    rows = {resource["name"]: _rows(data / resource["path"]) for resource in resources}
    keys: dict[str, set[str]] = {
        resource["name"]: {_key(row, resource) for row in rows[resource["name"]].values()} for resource in resources
    }
    keys["references"] = _citation_keys(references)
    for resource in resources:
        yield from _unsorted(resource, rows[resource["name"]])
        for line, row in rows[resource["name"]].items():
            for field in resource["schema"]["fields"]:
                cell = row.get(field["name"]) or ""
                for what, remedy in _cell_problems(cell, field, row, keys):
                    yield Problem(resource["path"], line, field["name"], cell or None, what, remedy)


def _cell_problems(cell: str, field: dict[str, Any], row: dict[str, str], keys: dict[str, set[str]]) -> Iterator[Any]:
    if cell != cell.strip():
        yield "has blanks at its ends", "take them out"
    if cell and "listOf" in field:
        items = cell.split(tables.SEPARATOR)
        if len(set(items)) < len(items):
            yield "names the same key twice", "take out the repeated key"
        for item in items:
            table, key = item.partition(":")[::2] if field["listOf"] == "rows" else (field["listOf"], item)
            if key not in keys.get(table, ()):
                where = "book/references.bib" if table == "references" else f"data/{table}.csv"
                yield f"names {item!r}, which is not in {where}", f"correct the key, or add it to {where}"
    if other := field.get("atLeast"):
        # ISO dates compare as text; numbers do not.
        left, right = (
            (cell, row.get(other, "")) if field["type"] == "date" else (_number(cell), _number(row.get(other)))
        )
        if left and right and left < right:
            yield f"is before or below {other} ({row[other]})", "correct one of the two"
    if condition := field.get("onlyWhen"):
        holds = all(row.get(name) == value for name, value in condition.items())
        wanted = " and ".join(f"{name} is {value}" for name, value in condition.items())
        if holds and not cell:
            yield f"is empty, though {wanted}", "fill it in"
        if cell and not holds:
            yield f"is filled, though it may be only where {wanted}", "empty it, or correct the other cell"
    if field["name"].endswith("precision") and cell in ("month", "year"):
        date = row.get("date_start") or row.get("date") or ""
        if not date.endswith("-01-01" if cell == "year" else "-01"):
            yield f"says that only the {cell} is known, but the date is {date}", "write 01 for what is not known"


def _number(cell: str | None) -> float | None:
    try:
        return float(cell or "nan")
    except ValueError:
        return None  # its type is wrong, which the schema reports


def _unsorted(resource: dict[str, Any], rows: dict[int, dict[str, str]]) -> Iterator[Problem]:
    previous = ""
    for line, row in rows.items():
        key = _key(row, resource)
        if key < previous:
            column = resource["schema"]["primaryKey"][0]
            yield Problem(
                resource["path"],
                line,
                column,
                key,
                f"stands after {previous!r}",
                "move the row: tables are sorted by key",
            )
            return
        previous = key


def _rows(path: Path) -> dict[int, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {number: row for number, row in enumerate(csv.DictReader(file), start=2)}


def _key(row: dict[str, str], resource: dict[str, Any]) -> str:
    return "/".join(row.get(name) or "" for name in resource["schema"]["primaryKey"])


def _citation_keys(references: Path) -> set[str]:
    from pybtex.database import parse_file

    return set(parse_file(os.fspath(references), bib_format="bibtex").entries.keys())


def main() -> int:
    """Print every problem; return the number of the exit status."""
    problems = find_problems()
    for problem in problems:
        print(problem)
    count = sum(1 for _ in tables.package()["resources"])
    print(f"{count} tables checked, {len(problems)} problems." if problems else f"{count} tables checked: all is well.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
