"""The tables keep their schema, and each kind of damage is named with its place and remedy."""

import csv
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from founding_act import check, tables


@pytest.fixture
def copy(tmp_path):
    """A copy of the tables and the bibliography that a test may damage."""
    data = shutil.copytree(tables.DATA, tmp_path / "data")
    references = Path(shutil.copy(tables.REFERENCES, tmp_path / "references.bib"))
    return data, references


def change(data, table, row, **cells):
    """Set cells of one row, counted from 0."""
    path = data / f"{table}.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rows[row] |= cells
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_tables_are_sound():
    assert check.find_problems() == []


@pytest.mark.parametrize(
    ("table", "cells", "column", "words"),
    [
        ("events", {"date_start": "1997-13-40"}, "date_start", "YYYY-MM-DD"),
        ("events", {"date_end": "1901-01-01"}, "date_end", "before"),
        ("events", {"title": ""}, "title", "empty"),
        ("events", {"kind": "party"}, "kind", "allowed value"),
        ("events", {"actors": "RUS|ATLANTIS"}, "actors", "ATLANTIS"),
        ("events", {"sources": "nobody-2000-nothing"}, "sources", "references.bib"),
        ("events", {"contested": "true"}, "dispute", "is empty"),
        ("events", {"importance": "9"}, "importance", "maximum"),
        ("events", {"title": " blank"}, "title", "blanks"),
        ("impacts", {"event_id": "1900-01-01-nothing"}, "event_id", "other table"),
        ("impacts", {"direction": "5"}, "direction", "maximum"),
        ("memberships", {"date_acceded": ""}, "date_acceded", "empty"),
        ("claims", {"evidence": "events:1900-01-01-nothing"}, "evidence", "data/events.csv"),
    ],
)
def test_damage_is_named(copy, table, cells, column, words):
    data, references = copy
    change(data, table, 0, **cells)
    with pytest.raises(check.TableError) as error:
        check.check(data, references)
    messages = [str(problem) for problem in error.value.problems]
    assert any(
        f"data/{table}.csv" in m and f"column {column}" in m and words in m and "Remedy" in m for m in messages
    ), messages
    assert "row 2" in "".join(messages)


def test_repeated_and_unsorted_rows(copy):
    data, references = copy
    lines = (data / "actors.csv").read_text().splitlines(keepends=True)
    (data / "actors.csv").write_text("".join([lines[0], lines[2], lines[1], lines[1], *lines[3:]]))
    text = "".join(map(str, check.find_problems(data, references)))
    assert "sorted by key" in text and "repeated row" in text


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda data: (data / "events.csv").unlink(), "missing"),
        (lambda data: (data / "events.csv").write_bytes(b"event_id\n\xff\xfe"), "UTF-8"),
        (lambda data: (data / "datapackage.json").write_text("{"), "cannot be read"),
        (lambda data: (data / "actors.csv").write_text("wrong,header\n"), "header"),
    ],
)
def test_broken_files(copy, damage, words):
    data, references = copy
    damage(data)
    with pytest.raises(check.TableError, match=words):
        check.check(data, references)


def test_types():
    events = tables.load("events")
    assert pd.api.types.is_datetime64_any_dtype(events["date_start"])
    assert events["importance"].dtype == "Int64" and events["contested"].dtype == "boolean"
    assert list(events["date_precision"].cat.categories) == ["day", "month", "year"]
    assert isinstance(events["sources"].iloc[0], tuple)


def test_load_gives_a_copy():
    events = tables.load("events")
    events["title"] = "changed"
    assert "changed" not in set(tables.load("events")["title"])


def test_unknown_table_names_the_known():
    with pytest.raises(KeyError, match="claims"):
        tables.load("nothing")


def test_members_at_dates():
    assert [len(tables.members(day)) for day in ("1997-05-27", "1999-03-12", "2004-03-29", "2024-03-07")] == [
        16,
        19,
        26,
        32,
    ]


def test_claims_are_complete():
    claims = tables.load("claims")
    assert len(claims) == 131 and set(claims["chapter"]) == set(range(11))


def test_the_signing():
    act = tables.load("events").set_index("event_id").loc["1997-05-27-founding-act-signed"]
    assert str(act.date_start.date()) == "1997-05-27" and act.importance == 1


def test_impact_follows_codings():
    from founding_act.measures import settled

    impacts = tables.load("impacts")
    assert (settled(impacts["coder_a"], impacts["coder_b"]) == impacts["direction"]).all()


def test_crises_and_meetings_agree():
    """The first meeting after a crisis is in the table of meetings, and none lies between the two."""
    meetings = tables.load("meetings")
    political = meetings[~meetings["level"].isin(["chiefs-of-staff", "military-representatives"])]
    for crisis in tables.load("crises").itertuples():
        later = political.loc[political["date"] >= crisis.date_onset, "date"]
        if pd.isna(crisis.date_council):
            assert later.empty, f"{crisis.crisis_id}: a meeting followed on {later.min()}"
        else:
            assert crisis.date_council == later.min(), crisis.crisis_id


def test_members_joined_in_the_rounds_that_history_knows():
    """Twelve founders, then two, one, one, three, seven, two, one, one, one and one: 32 in all."""
    rounds = tables.load("memberships")["round"].value_counts().sort_index()
    assert rounds.to_dict() == {
        1949: 12, 1952: 2, 1955: 1, 1982: 1, 1999: 3, 2004: 7, 2009: 2, 2017: 1, 2020: 1, 2023: 1, 2024: 1,
    }  # fmt: skip
    assert (tables.load("memberships")["date_acceded"].dt.year == tables.load("memberships")["round"]).all()


def evidence_sources(claim):
    """The bibliography's entries behind the rows that carry a verdict."""
    keys = set()
    for key in claim.evidence:
        table, row = key.split(":", 1)
        frame = tables.load(table)
        keys.update(frame.set_index(frame.columns[0]).loc[row, "sources"])
    return tables.sources().loc[sorted(keys)]


@pytest.mark.parametrize("claim", list(tables.load("claims").itertuples()), ids=lambda claim: claim.claim_id)
def test_verdicts_follow_the_rules(claim):
    """The codebook's rules, as far as a machine can apply them."""
    assert claim.verdict != "open" and not pd.isna(claim.confidence) and len(claim.evidence) > 0
    assert len(claim.reasoning) >= 40
    sources = evidence_sources(claim)
    if claim.verdict == "contradicted":
        assert sources["kind"].str.startswith("official").any(), "no primary source"
    if claim.verdict == "contested":
        perspectives = set(sources["perspective"])
        assert "russian" in perspectives and perspectives - {"russian"}, perspectives
    if claim.verdict == "not testable":
        assert re.search(r"settle|refute", claim.reasoning), "it does not say what would settle the claim"
    if claim.kind == "prospective" and claim.verdict == "contradicted":
        pytest.fail("a forecast cannot be contradicted yet")


def test_causal_claims_are_supported_only_where_the_cause_is_named():
    """Reviewed by hand: in each of these a text or a decision-maker names the cause."""
    claims = tables.load("claims").query("kind == 'causal' and verdict == 'supported'")
    assert set(claims["claim_id"]) == {"C23a", "C29b", "C40a"}


def test_contested_events_cite_both_accounts():
    """Two sources at least, or one that the row says reports both."""
    events = tables.load("events")
    single = events[events["contested"].fillna(False) & (events["sources"].map(len) < 2)]
    single = single[~single["dispute"].str.contains("both reported by")]
    assert single.empty, list(single["event_id"])


def test_events_of_first_importance_are_sourced_twice_or_officially():
    """A single report of a journalist carries no event that no chronology lacks."""
    events = tables.load("events").query("importance == 1")
    kinds = tables.sources()["kind"]
    weak = [
        event.event_id
        for event in events.itertuples()
        if len(event.sources) < 2 and not kinds[list(event.sources)].str.startswith("official").any()
    ]
    assert weak == []


def test_stages_come_in_order():
    """No accession before its protocol, no end before its start, no meeting announced for a day that has passed."""
    agreements, memberships, meetings = map(tables.load, ("agreements", "memberships", "meetings"))
    for frame, earlier, later in [
        (agreements, "date_signed", "date_in_force"),
        (agreements, "date_signed", "date_suspended"),
        (agreements, "date_signed", "date_ended"),
        (memberships, "date_invited", "date_protocol"),
        (memberships, "date_protocol", "date_acceded"),
        (meetings, "date", "date_next_announced"),
    ]:
        wrong = frame[frame[later] < frame[earlier]]
        assert wrong.empty, wrong.iloc[:, 0].tolist()


@pytest.mark.parametrize("change", list(tables.load("changes").itertuples()), ids=lambda change: change.change_id)
def test_changes_name_rows_and_keys_that_left_are_not_used_again(change):
    frame = tables.load(change.table)
    keys = set(frame.iloc[:, 0])
    assert (change.row in keys) == (change.what == "corrected")
    assert pd.isna(change.into) or change.into in keys
