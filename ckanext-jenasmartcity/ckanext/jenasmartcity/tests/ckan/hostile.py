"""A server that answers as badly as servers can, and feeds of which one record in a hundred is hostile."""

from __future__ import annotations

import base64
import csv
import io
import json
import random
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .conftest import NOW

MEGABYTE = 1 << 20
# 5 MB that do not become less in an archive
LONG = base64.b64encode(random.Random(4).randbytes(5 * MEGABYTE * 3 // 4)).decode()
RECORDS = 500
# Their places; the feed's other records are as they should be.
NUL, TITLE, MANY, NUMBER, BYTES = 100, 180, 260, 340, 420
BAD = (NUL, TITLE, MANY, NUMBER, BYTES)
# Bytes that JSON's and XML's writers would not let through are put in place of these.
_RAW = {"§nul§": b"\x00", "§byte§": b"\xff\xc3", '"§nan§"': b"NaN"}


class Server:
    """path -> (status, headers, pieces of the body); pieces may never end."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Mapping[str, str], Callable[[], Iterable[bytes]]]] = {}
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                status, headers, pieces = server.answers[self.path]
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    for piece in pieces():
                        self.wfile.write(piece)
                except OSError:
                    return  # the client had enough

            def log_message(self, format: str, *arguments: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def give(self, path: str, body: bytes, status: int = 200, **headers: str) -> str:
        """Answer with these bytes; the address."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (status, {"Content-Length": str(len(body)), **named}, lambda: [body])
        return f"http://127.0.0.1:{self.port}{path}"

    def stream(self, path: str, pieces: Callable[[], Iterable[bytes]], **headers: str) -> None:
        """Answer with pieces whose end nobody announces."""
        self.answers[path] = (200, {name.replace("_", "-"): value for name, value in headers.items()}, pieces)

    def close(self) -> None:
        """Answer no longer."""
        self.server.shutdown()
        self.server.server_close()


def endless() -> Iterable[bytes]:
    """A list that goes on."""
    yield b"["
    while True:
        yield b'{"id": 1, "name": "Holzmarkt"},' * 2000


def _deflated(piece: bytes, times: int) -> Iterable[bytes]:
    # a full flush forgets what came before, so the same bytes may follow again and again
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(times):
        yield packed
    yield b"\x03\x00"


def bomb(piece: bytes = b"[" + b" " * (MEGABYTE - 1)) -> Iterable[bytes]:
    """10 GB as gzip, in the ratio that the piece of 1 MB allows."""
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    yield from _deflated(piece, 10 * 1024)
    yield struct.pack("<II", 0, 10 * 1024 * MEGABYTE % 2**32)


def archive_bomb() -> bytes:
    """A ZIP whose stops.txt says that it has almost 4 GB, and has 10."""
    body = b"".join(_deflated(b"1,Holzmarkt\n" * 87382, 10 * 1024))
    size, name = 2**32 - 2, b"stops.txt"
    common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, 0, len(body), size, len(name), 0)
    head = b"PK\x03\x04" + common + name
    directory = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as others:
        for each, text in timetable({}).items():
            if each != "stops.txt":
                others.writestr(each, text)
    # the forged entry is put before the others, whose places move by its length
    rest, moved = file.getvalue(), len(head) + len(body)
    end = rest.rindex(b"PK\x05\x06")
    count, length, start = struct.unpack("<HII", rest[end + 10:end + 20])
    entries = bytearray(rest[start:start + length])
    place = 0
    while place < len(entries):
        named, extra, comment = struct.unpack("<HHH", entries[place + 28:place + 34])
        [offset] = struct.unpack("<I", entries[place + 42:place + 46])
        entries[place + 42:place + 46] = struct.pack("<I", offset + moved)
        place += 46 + named + extra + comment
    entries += directory
    tail = struct.pack("<HHHHIIH", 0, 0, count + 1, count + 1, len(entries), start + moved, 0)
    return head + body + rest[:start] + bytes(entries) + b"PK\x05\x06" + tail


def _raw(text: str) -> bytes:
    body = text.encode()
    for mark, raw in _RAW.items():
        body = body.replace(mark.encode(), raw)
    return body


def name_of(number: int, bad: bool = False) -> str:
    """The name of a record; no house number, which no station may show."""
    marks = {NUL: "A §nul§ B", TITLE: LONG, BYTES: "Stra§byte§e"} if bad else {}
    return marks.get(number, "Löbstedt " + "".join(chr(ord("a") + int(digit)) for digit in str(number)))


def features(bad: bool) -> bytes:
    """GeoJSON; the hostile ones have an endless list and a value that is no number."""
    found = []
    for number in range(RECORDS):
        properties: dict[str, Any] = {"id": number, "name": name_of(number, bad), "wert": number / 4}
        if bad and number == NUMBER:
            properties["wert"] = "§nan§"
        if bad and number == MANY:
            properties["wert"] = list(range(8000))
        point = {"type": "Point", "coordinates": [11.58 + number / 10_000, 50.92]}
        found.append({"type": "Feature", "properties": properties, "geometry": point})
    return _raw(json.dumps({"type": "FeatureCollection", "features": found}, ensure_ascii=False))


def boxes(bad: bool) -> bytes:
    """openSenseMap; the hostile ones have 8,000 sensors and a place that is no number."""
    found = []
    for number in range(RECORDS):
        sensors = [{"_id": f"s{number}", "title": "Temperatur", "unit": "°C"}]
        box: dict[str, Any] = {
            "_id": f"b{number:03}", "name": name_of(number, bad), "exposure": "outdoor", "sensors": sensors,
            "createdAt": NOW.isoformat(),
            "currentLocation": {"type": "Point", "coordinates": [11.58, 50.92], "timestamp": NOW.isoformat()},
        }
        if bad and number == NUMBER:
            box["currentLocation"]["coordinates"] = ["§nan§", 50.92]
        if bad and number == MANY:
            box["sensors"] = [{**sensors[0], "_id": f"s{number}-{part}"} for part in range(8000)]
        found.append(box)
    return _raw(json.dumps(found, ensure_ascii=False))


def lines(bad: bool) -> bytes:
    """CSV; the hostile ones have 8,000 cells and a value that is no number."""
    found = io.StringIO()
    writer = csv.writer(found, delimiter=";")
    writer.writerow(["id", "name", "zahl"])
    for number in range(RECORDS):
        row = [str(number), name_of(number, bad), str(number / 4)]
        if bad and number == NUMBER:
            row[2] = "NaN"
        writer.writerow(row * 8000 if bad and number == MANY else row)
    return _raw(found.getvalue())


def catalogue(bad: bool) -> bytes:
    """data.json; the hostile ones have 8,000 files and a number that is none."""
    found = []
    for number in range(RECORDS):
        entry: dict[str, Any] = {"identifier": f"e{number:03}", "title": name_of(number, bad), "description": "Daten"}
        files = range(8000) if bad and number == MANY else range(1)
        entry["distribution"] = [{"downloadURL": f"https://example.org/{number}/{file}.csv"} for file in files]
        if bad and number == NUMBER:
            entry["spatial"] = "§nan§"
        found.append(entry)
    return _raw(json.dumps({"dataset": found}, ensure_ascii=False))


def courses(bad: bool) -> bytes:
    """Open-vhs; the hostile ones have 8,000 keywords and a price that is no number."""
    found = []
    for number in range(RECORDS):
        price = "<preis><betrag>NaN</betrag></preis>" if bad and number == NUMBER else ""
        words = range(8000) if bad and number == MANY else ()
        many = "".join(f"<schlagwort>Wort {word}</schlagwort>" for word in words)
        found.append(f"<veranstaltung><guid>k{number:03}</guid><name>{name_of(number, bad)}</name>{price}{many}"
                     "<beginn_datum>2027-03-01</beginn_datum></veranstaltung>")
    return _raw(f"<?xml version='1.0' encoding='UTF-8'?><veranstaltungen>{''.join(found)}</veranstaltungen>")


def timetable(stops: Mapping[int, list[str]]) -> dict[str, bytes]:
    """The files of a small GTFS feed with so many stops; some given otherwise."""
    listed = [stops.get(number, [f"s{number:03}", name_of(number), "50.92", "11.58"]) for number in range(RECORDS)]
    table = "stop_id,stop_name,stop_lat,stop_lon\n" + "".join(",".join(row) + "\n" for row in listed)
    return {
        "agency.txt": b"agency_id,agency_name,agency_url,agency_timezone\na,JNV,https://example.org,Europe/Berlin\n",
        "routes.txt": b"route_id,agency_id,route_short_name,route_type\nr,a,1,0\n",
        "calendar.txt": b"service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
                        b"w,1,1,1,1,1,0,0,20261101,20271031\n",
        "trips.txt": b"route_id,service_id,trip_id\nr,w,t\n",
        "stop_times.txt": b"trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
                          b"t,08:00:00,08:00:00,s000,1\nt,08:05:00,08:05:00,s001,2\n",
        "stops.txt": _raw(table),
    }


def archive(bad: bool) -> bytes:
    """GTFS; the hostile stops have 8,000 cells and a latitude that is no number."""
    wrong = {number: [f"s{number:03}", name_of(number, True), "50.92", "11.58"] for number in (NUL, TITLE, BYTES)}
    wrong |= {NUMBER: [f"s{NUMBER:03}", "x", "NaN", "11.58"], MANY: [f"s{MANY:03}"] * 8000}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in timetable(wrong if bad else {}).items():
            zipped.writestr(name, text)
    return file.getvalue()
