"""CSV: every cell is read as it is meant, or the row is rejected with a reason."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jenasmartcity.connectors.base import SourceError, Table
from ckanext.jenasmartcity.tests.unit.reading import accounted, codes, read, rows

BERLIN_SUMMER = dt.timezone(dt.timedelta(hours=2))


def _table(body: bytes | str, **options: Any) -> Table:
    return read("csv", body if isinstance(body, bytes) else body.encode(), _options(**options)).tables[0]


def _options(**table: Any) -> dict[str, Any]:
    return {"tables": [{"name": "t", **table}]} if table else {}


def _column(body: str, **options: Any) -> tuple[str, list[Any]]:
    """Type and values of the second column of a table with a key ``k``."""
    found = _table("k;x\n" + "".join(f"{n};{cell}\n" for n, cell in enumerate(body.split("|"))), **options)
    return found.columns[1].type, [row[1] for row in found.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_encoding_and_delimiter_are_found(encoding: str, delimiter: str):
    body = delimiter.join(["gid", "Straße"]) + "\r\n" + delimiter.join(["1", "Wöllnitzer Straße – Süd"]) + "\r\n"
    found = _table(body.encode(encoding))
    assert [column.id for column in found.columns] == ["gid", "strasse"]
    assert found.columns[1].label is not None
    assert found.columns[1].label.de == "Straße"
    assert found.rows == ((1, "Wöllnitzer Straße – Süd"),)


@pytest.mark.parametrize(("cells", "kind", "values"), [
    ("1,5|2|-0,25", "numeric", [Decimal("1.5"), Decimal(2), Decimal("-0.25")]),
    ("1.5|2", "numeric", [Decimal("1.5"), Decimal(2)]),
    ("1.234|0,5", "numeric", [Decimal(1234), Decimal("0.5")]),
    ("1.234|5.678", "text", ["1.234", "5.678"]),
    ("1.234|5.67", "numeric", [Decimal("1.234"), Decimal("5.67")]),
    ("0.123|0.456", "numeric", [Decimal("0.123"), Decimal("0.456")]),
    ("16053000|07743", "text", ["16053000", "07743"]),
    ("+49 3641|12", "text", ["+49 3641", "12"]),
    ("9223372036854775807|1", "int", [9223372036854775807, 1]),
    ("9223372036854775808|1", "numeric", [Decimal(9223372036854775808), Decimal(1)]),
    ("WAHR|falsch|", "bool", [True, False, None]),
    ("ja|nein", "bool", [True, False]),
    ("1|0", "int", [1, 0]),
    ("01.06.2023|2023-06-02", "date", [dt.date(2023, 6, 1), dt.date(2023, 6, 2)]),
    ("31.02.2023|01.06.2023", "text", ["31.02.2023", "01.06.2023"]),
    ("01.06.2023 14:30|2023-06-01T12:30:00Z", "timestamp", [
        dt.datetime(2023, 6, 1, 14, 30, tzinfo=BERLIN_SUMMER), dt.datetime(2023, 6, 1, 14, 30, tzinfo=BERLIN_SUMMER)]),
    ("٣|٤", "text", ["٣", "٤"]),
    ("NaN|1", "text", ["NaN", "1"]),
    ("|", "text", [None, None]),
])
def test_a_columns_type_is_what_all_its_values_share(cells: str, kind: str, values: list[Any]):
    assert _column(cells) == (kind, values)


def test_a_declared_type_wins_and_what_does_not_fit_is_rejected():
    harvest = read(
        "csv", b"k;zahl;tag;aktiv\n1;1,5;01.06.2023;1\n2;viel;02.06.2023;0\n3;2;gestern;1\n4;3;;vielleicht\n",
        _options(key=["k"], columns={
            "zahl": {"type": "numeric"}, "tag": {"type": "date"}, "aktiv": {"type": "bool"},
        }),
    )
    assert harvest.tables[0].rows == ((1, Decimal("1.5"), dt.date(2023, 6, 1), True),)
    assert codes(harvest) == {"2": "not-a-number", "3": "not-a-date", "4": "not-a-truth-value"}
    assert [entry.field for entry in harvest.rejected] == ["zahl", "tag", "aktiv"]
    assert "»viel« ist keine Zahl" in harvest.rejected[0].message("de")


def test_declared_decimals_settle_what_a_point_means():
    german = _column("1.234|5.678", columns={"x": {"type": "int", "decimals": ","}})
    assert german == ("int", [1234, 5678])
    assert _column("1.234|5.678", columns={"x": {"type": "numeric"}})[1][0] == Decimal("1.234")


def test_rows_that_cannot_be_taken_are_told_by_line_or_key():
    harvest = read(
        "csv", b"k;x\n1;a\n2;b;zuviel\n3\n;ohne\n1;nochmal\n\n\"4\"5;kaputt\n6;gut\n", _options(key=["k"]),
    )
    assert [(entry.id, entry.code) for entry in harvest.rejected] == [
        ("Zeile 3", "wrong-length"), ("Zeile 4", "wrong-length"), ("Zeile 8", "not-readable"),
        ("Zeile 5", "no-id"), ("1", "duplicate-id"),
    ]
    assert harvest.tables[0].rows == ((1, "a"), (6, "gut"))
    assert harvest.found == 7
    assert accounted(harvest)
    assert "3 statt 2" in harvest.rejected[0].message("de")


def test_quotes_newlines_and_delimiters_inside_cells_are_kept():
    assert _table('k,x\r\n1,"a ""b"", c\nd"\r\n').rows == ((1, 'a "b", c\nd'),)


def test_headers_become_safe_column_ids():
    found = _table('Priorität;;_id;"Größe, m²";Prioritaet;x"): DROP\n1;2;3;4;5;6\n')
    assert [column.id for column in found.columns] == ["prioritaet", "spalte_2", "id", "groesse_m2", "prioritaet_2",
                                                       "x_drop"]


def test_a_delimiter_at_the_end_of_each_line_makes_no_column():
    assert [column.id for column in _table("a;b;\n1;2;\n").columns] == ["a", "b"]


def test_excels_hint_is_read():
    assert _table("sep=|\na|b\n1|2;3\n").rows == ((1, "2;3"),)


def test_without_options_a_unique_first_column_is_the_key_else_the_line():
    assert _table("k;x\na;1\nb;1\n").key == ("k",)
    numbered = _table("k;x\na;1\na;1\n")
    assert (numbered.key, numbered.rows) == (("zeile",), (("a", 1, 2), ("a", 1, 3)))


def test_points_get_a_geometry_and_broken_ones_are_rejected():
    options = _options(key=["k"], lon="lon", lat="lat")
    harvest = read("csv", b"k;lon;lat\n1;11,576;50,924\n2;;\n3;684988,1;5640608,4\n", options)
    found = rows(harvest, "t")
    assert found[1,]["geometry"] == {"type": "Point", "coordinates": [11.576, 50.924]}
    assert (found[2,]["geometry"], found[2,]["ortsteil"]) == (None, None)
    assert codes(harvest) == {"3": "outside"}
    assert harvest.drafts[0].fields["spatial_coverage"] == [
        {"geom": json.dumps({"type": "Point", "coordinates": [11.576, 50.924]})}
    ]


def test_degrees_with_three_decimals_are_degrees_not_thousands():
    found = _table("k;lon;lat\n1;11.576;50.924\n2;11.577;50.925\n", key=["k"], lon="lon", lat="lat")
    assert found.rows[0][3] == {"type": "Point", "coordinates": [11.576, 50.924]}


def test_a_geometry_may_stand_in_one_column_as_geojson():
    body = 'k;g\n1;"{""type"":""Point"",""coordinates"":[11.5,50.9],""crs"":1}"\n2;"{""type"":""Point""}"\n3;kein\n'
    harvest = read("csv", body.encode(), _options(key=["k"], geometry_from="g"))
    assert rows(harvest, "t")[1,]["geometry"] == {"type": "Point", "coordinates": [11.5, 50.9]}
    assert codes(harvest) == {"2": "no-geometry", "3": "no-geometry"}


def _measured(values: bytes, **more: Any) -> Any:
    tables = [
        {"name": "orte", "url": "orte.csv", "key": ["gid"], "lon": "lon", "lat": "lat"},
        {"name": "werte", "url": "werte.csv", "key": ["gid", "datum"], **more, "observations": {
            "station": "gid", "time": "datum", "value": "wert", "property": "soil_moisture", "stations": "orte",
            "unit": "%"}},
    ]
    files = {"orte.csv": b"gid;lon;lat\n1;11,5;50,9\n", "werte.csv": values}
    return read("csv", files, {"draft": {"id": "d", "type": "sensor", "title": "T"}, "tables": tables})


def test_measurements_become_streams_at_their_stations():
    harvest = _measured(b"gid;datum;wert\n1;01.06.2023;6\n1;02.06.2023;\n7;01.12.2023;9\n")
    first, second = harvest.streams
    assert (first.id, first.unit, first.lon, first.lat) == ("1/soil_moisture", "%", 11.5, 50.9)
    assert (second.id, second.lon) == ("7/soil_moisture", None)
    assert [(entry.time.isoformat(), entry.value) for entry in harvest.observations] == [
        ("2023-06-01T00:00:00+02:00", 6), ("2023-12-01T00:00:00+01:00", 9)]
    assert harvest.drafts[0].fields["temporal_coverage"] == [{"start": "2023-06-01", "end": "2023-12-01"}]


def test_a_value_without_station_is_rejected_if_the_source_asks_for_it():
    harvest = _measured(b"gid;datum;wert\n1;01.06.2023;6\n7;01.06.2023;9\n", references={"gid": "orte"})
    assert codes(harvest) == {"7/2023-06-01": "dangling"}
    assert "in orte fehlt" in harvest.rejected[0].message("de")
    assert accounted(harvest)


def test_a_value_that_is_no_number_is_rejected_and_an_unclear_one_asks_for_a_decision():
    assert codes(_measured(b"gid;datum;wert\n1;01.06.2023;nass\n1;02.06.2023;5\n")) == {"1/01.06.2023": "not-a-number"}
    with pytest.raises(SourceError, match=r"werte\.columns\.wert"):
        _measured(b"gid;datum;wert\n1;01.06.2023;1.234\n")


@pytest.mark.parametrize(("body", "code"), [
    (b"", "empty"), (b"\xef\xbb\xbf\n", "empty"), (b"\n \n", "empty"), (b"<html><body>404</body></html>", "html"),
    (b"  <!doctype html>", "html"), (b"a;b\n1;\x00\n", "not-the-format"), (b"a;b\n1;\x81\xff\n", "not-the-format"),
    (b'a;b\n1;"abgeschnitten\n2;x\n', "not-the-format"),
])
def test_what_is_no_csv_is_one_clear_error(body: bytes, code: str):
    with pytest.raises(SourceError) as caught:
        read("csv", body)
    assert caught.value.code == code


def test_a_login_page_is_refused_by_its_label_too():
    with pytest.raises(SourceError) as caught:
        read("csv", b"<div>Bitte anmelden</div>", media_type="text/html")
    assert caught.value.code == "html"


@pytest.mark.parametrize(("options", "named"), [
    ({"tables": [{"title": "x"}]}, "tables[0].name"), ({"tables": [{"name": "t", "colums": {}}]}, "tables[0].colums"),
    ({"tables": [{"name": "t", "columns": {"k": {"type": "float"}}}]}, "tables[0].columns.k.type"),
    ({"tables": [{"name": "t", "key": "k"}]}, "tables[0].key"), ({"tables": "t"}, "tables"),
    ({"tables": [{"name": "t", "references": {"k": "u"}}]}, "tables.t"), ({"draft": {"type": "x"}}, "draft.type"),
    ({"tables": [{"name": "t"}, {"name": "t"}]}, "tables"),
])
def test_a_wrong_option_is_named(options: dict[str, Any], named: str):
    with pytest.raises(SourceError) as caught:
        read("csv", b"k;x\n1;2\n", options)
    assert (caught.value.code, caught.value.values["option"]) == ("option", named)


def test_a_column_that_the_feed_no_longer_has_is_named():
    with pytest.raises(SourceError) as caught:
        _table("k;x\n1;2\n", key=["gid"])
    assert (caught.value.code, caught.value.values["part"]) == ("missing-part", "t.gid")


_CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=8) | st.sampled_from(
    ["1", "01", "1,5", "1.234", "1.5", "WAHR", "01.06.2023", "2023-06-01", "31.02.2023", "9" * 30, "1e5", "-0",
     "0001-01-01", "9999-12-31 23:59", "30.06.0000"])


@given(st.lists(st.lists(_CELLS, min_size=3, max_size=3), max_size=8), st.sampled_from([";", ",", "\t", "|"]))
def test_every_line_that_a_writer_wrote_is_a_row_or_rejected(lines: list[list[str]], delimiter: str):
    body = io.StringIO()
    csv.writer(body, delimiter=delimiter).writerows([["a", "b", "c"], *lines])
    harvest = read("csv", body.getvalue().encode(), _options(key=["a"], delimiter=delimiter))
    assert harvest.found == sum(any(cell.strip() for cell in line) for line in lines)
    assert accounted(harvest)
    keys = {line[0].strip() for line in lines if line[0].strip()}
    assert len(harvest.tables[0].rows) <= len(keys)


@given(st.lists(_CELLS, min_size=1, max_size=6))
def test_a_text_that_stays_text_is_not_changed(cells: list[str]):
    body = io.StringIO()
    csv.writer(body, delimiter=";").writerows([["k", "x"], *([n, cell] for n, cell in enumerate(cells))])
    found = read("csv", body.getvalue().encode(), _options(key=["k"], columns={"x": {"type": "text"}})).tables[0]
    assert [row[1] for row in found.rows] == [cell.strip() or None for cell in cells]


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_give_a_harvest_or_a_source_error(body: bytes):
    try:
        harvest = read("csv", body)
    except SourceError:
        return
    assert accounted(harvest)
    for found in harvest.tables:
        places = [[column.id for column in found.columns].index(key) for key in found.key]
        keys = [tuple(row[place] for place in places) for row in found.rows]
        assert len(set(keys)) == len(keys)
