"""GTFS: every record of a feed is in a table or in the rejections, with the values of the file."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import gtfs_validator.cli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.jenasmartcity.connectors.base import Document, Harvest, Source, SourceError, Table, drive
from ckanext.jenasmartcity.connectors.logistics import gtfs, gtfs_archive
from ckanext.jenasmartcity.tests.browser.readers import zipped as zipped_rows

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
ROOT = next(folder for folder in Path(__file__).parents if (folder / "samples" / "generate.py").is_file())
SAMPLE = ROOT / "samples" / "gtfs" / "jena-erzeugt.zip"
RECORDED = ROOT.parent / "shared" / "data" / "logistics" / "gtfs"
needs_recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason="no shared/data with recorded feeds beside the repo")

SMALL = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\na,Bus,https://example.org,Europe/Berlin\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\ns1,Löbdergraben,50.927,11.588\ns2,Holzmarkt,50.927,11.586\n",
    "routes.txt": "route_id,agency_id,route_short_name,route_type\nr,a,1,0\n",
    "trips.txt": "route_id,service_id,trip_id\nr,w,t\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
                      "t,23:58:00,23:58:00,s1,1\nt,24:04:00,24:04:00,s2,2\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
                    "w,1,1,1,1,1,0,0,20261001,20270630\n",
}


def zipped(files: dict[str, str | bytes], folder: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(folder + name, content)
    return buffer.getvalue()


def harvest(content: bytes, media_type: str = "application/zip", **options: Any) -> Harvest:
    source = Source("fahrplan", "Fahrplan", "https://example.org/gtfs.zip", NOW, options,
                    locate=lambda lon, lat: "Jena-Zentrum" if lat > 50.9 else None)
    return drive(gtfs.read(source), lambda request: Document(request.url, content, media_type))


def refusal(content: bytes, **options: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        harvest(content, **options)
    assert "?" not in caught.value.message("de") + caught.value.message("en")
    return caught.value


def table(found: Harvest, name: str) -> Table:
    return next(entry for entry in found.tables if entry.name == name)


def records(found: Table) -> list[dict[str, Any]]:
    names = [column.id for column in found.columns]
    return [dict(zip(names, row, strict=True)) for row in found.rows]


def accounted(found: Harvest) -> bool:
    return found.found == sum(len(entry.rows) for entry in found.tables) + len(found.rejected)


# --- compared with a second reader, record by record, field by field -----------------


def as_text(value: Any, original: str) -> str:
    """A typed value written as the feed writes it; a number is the same number."""
    if isinstance(value, dt.date):
        return value.strftime("%Y%m%d")
    if isinstance(value, (Decimal, int)):
        assert Decimal(original) == value
        return original
    return value or ""


def compare(path: Path, folder: Path) -> int:
    found = harvest(path.read_bytes())
    assert found.rejected == ()
    assert accounted(found)
    compared = 0
    for entry in found.tables:
        theirs = zipped_rows(path, f"{entry.name}.txt", folder)
        ours = records(entry)
        assert len(theirs) == len(ours), entry.name
        by_key = {tuple("" if row[name] is None else str(row[name]) for name in entry.key): row for row in ours}
        for row in theirs:
            mine = by_key[tuple(_key_text(row[name], name, ours) for name in entry.key)]
            for name, value in row.items():
                original = (value or "").strip()
                assert as_text(mine[name], original) == original, (entry.name, name, row)
                compared += 1
    return compared


def _key_text(value: str | None, name: str, ours: list[dict[str, Any]]) -> str:
    text = (value or "").strip()
    if ours and isinstance(ours[0][name], int):
        return str(int(text))
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if ours and isinstance(ours[0][name], dt.date) else text


def test_every_field_of_the_sample_is_what_duckdb_reads(tmp_path: Path) -> None:
    assert compare(SAMPLE, tmp_path) > 30_000


@needs_recorded
@pytest.mark.parametrize("name", ["bart.zip", "caltrain.zip", "vvs-stuttgart-bus-751.gtfs.zip"])
def test_every_field_of_recorded_feeds_is_what_duckdb_reads(name: str, tmp_path: Path) -> None:
    assert compare(RECORDED / name, tmp_path) > 10_000


# --- the sample ----------------------------------------------------------------------


def test_the_sample_in_numbers() -> None:
    found = harvest(SAMPLE.read_bytes())
    assert {entry.name: len(entry.rows) for entry in found.tables} == {
        "agency": 1, "stops": 40, "routes": 6, "calendar": 2, "calendar_dates": 12, "shapes": 112, "trips": 514,
        "stop_times": 5580, "feed_info": 1,
    }
    assert {entry.name: entry.key for entry in found.tables}["stop_times"] == ("trip_id", "stop_sequence")


def test_the_sample_as_a_dataset() -> None:
    draft = harvest(SAMPLE.read_bytes(), draft={"id": "fahrplan", "title": "Fahrplan (erzeugt)"}).drafts[0]
    mobility = "https://w3id.org/mobilitydcat-ap"
    box = json.loads(draft.fields["spatial_coverage"][0]["bbox"])
    assert (draft.id, draft.type, draft.title) == ("fahrplan", "logistics", "Fahrplan (erzeugt)")
    assert draft.fields["temporal_coverage"] == [{"start": "2026-10-01", "end": "2027-06-30"}]
    assert draft.fields["version"] == "2026-10 (erzeugt)"
    assert draft.fields["language"] == ["http://publications.europa.eu/resource/authority/language/DEU"]
    assert f"{mobility}/mobility-theme/timetables-static" in draft.fields["mobility_theme"]
    assert draft.fields["transport_mode"] == [
        f"{mobility}/transport-mode/bus", f"{mobility}/transport-mode/tram-light-rail"]
    assert draft.fields["ortsteil"] == ["Jena-Zentrum"]
    assert box["coordinates"][0][0] == [11.569, 50.88]
    assert "quality_note" not in draft.fields


def test_the_sample_passes_the_rules_of_the_canonical_validator(capsys: pytest.CaptureFixture[str]) -> None:
    gtfs_validator.cli.main(["-i", str(SAMPLE), "-c", "de", "-d", "2026-11-24", "--stdout"])
    report = json.loads(capsys.readouterr().out)
    assert report["summary"]["counts"]["Trips"] == 514
    assert [notice["code"] for notice in report["notices"] if notice["severity"] != "INFO"] == []


def test_a_stop_has_a_point_and_its_district() -> None:
    stop = records(table(harvest(zipped(SMALL)), "stops"))[0]
    assert stop["geometry"] == {"type": "Point", "coordinates": [11.588, 50.927]}
    assert stop["ortsteil"] == "Jena-Zentrum"
    assert table(harvest(zipped(SMALL)), "stops").geometry == "geometry"


def test_times_past_midnight_stay_as_they_are() -> None:
    times = [row["departure_time"] for row in records(table(harvest(zipped(SMALL)), "stop_times"))]
    assert times == ["23:58:00", "24:04:00"]


def test_columns_outside_the_standard_are_kept_as_text() -> None:
    files = SMALL | {"routes.txt": "route_id,agency_id,route_short_name,route_type,Netz ID\nr,a,1,0,007\n"}
    assert records(table(harvest(zipped(files)), "routes"))[0]["Netz_ID"] == "007"


def test_a_byte_order_mark_and_a_folder_do_no_harm() -> None:
    files = {name: b"\xef\xbb\xbf" + text.encode() for name, text in SMALL.items()}
    found = harvest(zipped(files | {"LIESMICH.txt": "kein GTFS"}, "Fahrplan/"))
    assert found.found == 8
    assert "LIESMICH.txt" in found.drafts[0].fields["quality_note"]


def test_the_period_is_that_of_the_calendars_if_the_feed_names_none() -> None:
    files = SMALL | {"calendar_dates.txt": "service_id,date,exception_type\nw,20270704,1\nw,20280101,2\n"}
    coverage = harvest(zipped(files)).drafts[0].fields["temporal_coverage"]
    assert coverage == [{"start": "2026-10-01", "end": "2027-07-04"}]


@pytest.mark.parametrize(("end", "words"), [
    ("20261130", "endet am 30.11.2026"), ("20261123", "am 23.11.2026 abgelaufen"), ("20261201", None),
])
def test_a_timetable_about_to_end_is_said_so(end: str, words: str | None) -> None:
    info = "feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date\n"
    files = SMALL | {"feed_info.txt": f"{info}X,https://example.org,de,20261001,{end}\n"}
    note = harvest(zipped(files)).drafts[0].fields.get("quality_note")
    assert (words in note) if words else note is None


def test_tables_can_be_left_out_and_references_to_them_are_still_checked() -> None:
    found = harvest(zipped(SMALL), leave_out=["calendar", "stops"])
    assert {entry.name for entry in found.tables} == {"agency", "routes", "trips", "stop_times"}
    assert accounted(found)
    assert refusal(zipped(SMALL), leave_out=["fahrten"]).code == "option"


def test_empty_parts_of_a_key_are_empty_texts_so_that_rows_can_be_merged() -> None:
    files = SMALL | {"transfers.txt": "from_stop_id,to_stop_id,from_trip_id,transfer_type\ns1,s2,,0\ns1,s2,t,1\n"}
    transfers = table(harvest(zipped(files)), "transfers")
    assert [row[2] for row in transfers.rows] == ["", "t"]
    assert transfers.key == ("from_stop_id", "to_stop_id", "from_trip_id")


def test_areas_served_on_demand() -> None:
    square = {"type": "Polygon", "coordinates": [[[11.5, 50.9], [11.6, 50.9], [11.6, 51.0], [11.5, 50.9]]]}
    features = [{"type": "Feature", "id": "a", "geometry": square, "properties": {"stop_name": "Rufbus"}},
                {"type": "Feature", "id": "a", "geometry": square}, {"type": "Feature", "id": "b"}]
    files = SMALL | {"locations.geojson": json.dumps({"type": "FeatureCollection", "features": features})}
    found = harvest(zipped(files))
    assert records(table(found, "locations")) == [
        {"id": "a", "stop_name": "Rufbus", "stop_desc": None, "geometry": square}]
    assert [entry.code for entry in found.rejected] == ["duplicate-id", "no-geometry"]
    assert accounted(found)


# --- bad records ---------------------------------------------------------------------


@pytest.mark.parametrize(("file", "line", "code", "field"), [
    ("stops.txt", "s3,Ohne Ort,,", "no-geometry", "stop_lat"),
    ("stops.txt", "s3,Nullpunkt,0,0", "no-geometry", "stop_lat"),
    ("stops.txt", "s3,Vertauscht,50.9,211.5", "outside", "stop_lon"),
    ("stops.txt", "s3,Komma,\"50,9\",11.5", "not-a-number", "stop_lat"),
    ("stops.txt", "s3,Kurz", "wrong-length", None),
    ("stops.txt", ",Ohne Kennung,50.9,11.5", "no-id", "stop_id"),
    ("stops.txt", "s1,Doppelt,50.9,11.5", "duplicate-id", "stop_id"),
    ("routes.txt", "r2,a,,0", "missing", "route_short_name"),
    ("routes.txt", "r2,b,2,0", "dangling", "agency_id"),
    ("routes.txt", "r2,a,2,Bus", "not-a-number", "route_type"),
    ("trips.txt", "q,w,t2", "dangling", "route_id"),
    ("trips.txt", "r,x,t2", "dangling", "service_id"),
    ("stop_times.txt", "t,25:61:00,24:04:00,s2,3", "not-readable", "arrival_time"),
    ("stop_times.txt", "t,24:05:00,24:05:00,s9,3", "dangling", "stop_id"),
    ("stop_times.txt", "u,24:05:00,24:05:00,s1,1", "dangling", "trip_id"),
    ("stop_times.txt", "t,24:05:00,24:05:00,s1,-3", "not-a-number", "stop_sequence"),
    ("stop_times.txt", "t,24:05:00,24:05:00,s1,2", "duplicate-id", "trip_id"),
    ("stop_times.txt", "t,24:05:00,24:05:00,,3", "missing", "stop_id"),
    ("calendar.txt", "x,1,1,1,1,1,0,2,20261001,20270630", "not-in-list", "sunday"),
    ("calendar.txt", "x,1,1,1,1,1,0,0,20261001,20260231", "not-a-date", "end_date"),
    ("calendar.txt", "x,1,1,1,1,1,0,0,20261001,20250101", "not-readable", "end_date"),
])
def test_a_bad_record_is_rejected_alone(file: str, line: str, code: str, field: str | None) -> None:
    found = harvest(zipped(SMALL | {file: SMALL[file] + line + "\n"}))
    (rejected,) = found.rejected
    assert (rejected.code, rejected.field) == (code, field)
    assert "?" not in rejected.message("de") + rejected.message("en")
    assert found.found == 9
    assert accounted(found)


def test_a_stop_whose_station_is_missing_is_rejected() -> None:
    stops = ("stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
             "p,Station,50.9,11.5,1,weg\ns1,Steig,50.9,11.5,0,p\ns2,Frei,50.9,11.5,,\n")
    found = harvest(zipped(SMALL | {"stops.txt": stops}))
    assert Counter(entry.id for entry in found.rejected) == {
        "stops.txt:p": 1, "stops.txt:s1": 1, "stop_times.txt#1": 1}
    assert {entry.code for entry in found.rejected} == {"dangling"}
    assert accounted(found)


# --- Jena's one-stop excerpt: the broken one ------------------------------------------


@needs_recorded
def test_the_excerpt_of_jena_lacks_its_agency() -> None:
    files = {path.name: path.read_bytes() for path in (RECORDED / "jena-udp-testexcerpt").glob("*.txt")}
    error = refusal(zipped(files))
    assert (error.code, error.values) == ("missing-part", {"part": "agency.txt"})
    assert "agency.txt" in error.message("de")


@needs_recorded
def test_the_excerpt_of_jena_with_an_agency_still_refers_to_what_is_not_there() -> None:
    files: dict[str, str | bytes] = {
        path.name: path.read_bytes() for path in (RECORDED / "jena-udp-testexcerpt").glob("*.txt")}
    files["agency.txt"] = SMALL["agency.txt"].replace("\na,", "\n114,")
    found = harvest(zipped(files))
    assert accounted(found)
    assert len(table(found, "stops").rows) == 1
    expected = {(row["trip_id"], row["stop_sequence"]) for row in _rows(files["stop_times.txt"])
                if row["stop_id"] not in {stop["stop_id"] for stop in _rows(files["stops.txt"])}}
    assert 0 < len(expected) == len(found.rejected)
    assert {(entry.code, entry.field, entry.values["target"]) for entry in found.rejected} == {
        ("dangling", "stop_id", "stops.txt")}


def _rows(content: str | bytes) -> Iterator[dict[str, str]]:
    text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    return csv.DictReader(io.StringIO(text))


# --- broken sources ------------------------------------------------------------------


def test_broken_sources_are_named() -> None:
    whole = zipped(SMALL)
    assert refusal(b"").code == "empty"
    assert refusal(b"<!doctype html><title>Anmeldung</title>").code == "html"
    assert refusal(whole[: len(whole) // 2]).code == "broken-archive"
    assert refusal(b"PK\x03\x04" + b"\x00" * 40).code == "broken-archive"
    assert refusal(zipped({"stops.txt": "stop_id\n"})).values["part"] == (
        "agency.txt, routes.txt, trips.txt, stop_times.txt, calendar.txt/calendar_dates.txt")
    assert refusal(zipped(SMALL | {"trips.txt": "route_id,trip_id\nr,t\n"})).values["part"] == "trips.txt: service_id"
    assert refusal(zipped(SMALL | {"trips.txt": ""})).code == "empty"
    assert refusal(zipped(SMALL | {"trips.txt": "a,a\n"})).code == "not-the-format"


def test_damaged_bytes_inside_the_archive() -> None:
    whole = bytearray(SAMPLE.read_bytes())
    whole[5000] ^= 0xFF
    assert refusal(bytes(whole)).code == "broken-archive"


def test_names_that_leave_the_archive() -> None:
    for name in ("../stops.txt", "/stops.txt", "a/../../stops.txt", "c:\\stops.txt"):
        assert refusal(zipped(SMALL | {name: "x"})).code == "broken-archive"


def test_bombs_stop_early(monkeypatch: pytest.MonkeyPatch) -> None:
    header = "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"
    error = refusal(zipped(SMALL | {"shapes.txt": header + "s,50.9,11.5,1\n" * 3_000_000}))
    assert (error.code, error.values) == ("too-large", {"limit": "100:1"})
    monkeypatch.setattr(gtfs_archive, "MAX_BYTES", 300)
    assert refusal(zipped(SMALL)).code == "too-large"
    monkeypatch.undo()
    assert refusal(zipped(SMALL | {f"{number}.bin": "" for number in range(1_000)})).code == "too-large"


# --- any bytes -----------------------------------------------------------------------


def outcome(content: bytes) -> None:
    try:
        found = harvest(content)
    except SourceError:
        return
    assert accounted(found)
    for entry in found.tables:
        names = [column.id for column in entry.columns]
        keys = [tuple(row[names.index(name)] for name in entry.key) for row in entry.rows]
        assert len(set(keys)) == len(keys)
        assert all(len(row) == len(names) for row in entry.rows)
    for rejected in found.rejected:
        assert rejected.message("de")


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_harvest_or_an_error(content: bytes) -> None:
    outcome(content)
    outcome(b"PK\x03\x04" + content)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(zipped(SMALL)) - 1), st.binary(min_size=1, max_size=4))
def test_a_damaged_archive_is_a_harvest_or_an_error(position: int, change: bytes) -> None:
    whole = bytearray(zipped(SMALL))
    whole[position:position + len(change)] = change
    outcome(bytes(whole))


CELLS = st.one_of(st.text(max_size=12), st.sampled_from([
    "t", "s1", "w", "r", "1", "0", "-1", "24:00:00", "20261001", "50.9", "11.5", "", '"', "99999999999", "1e9", "NaN"]))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SMALL)), st.lists(st.lists(CELLS, min_size=1, max_size=10), max_size=6))
def test_any_cells_are_rows_or_rejections(file: str, rows: list[list[str]]) -> None:
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    outcome(zipped(SMALL | {file: SMALL[file] + lines.getvalue()}))
