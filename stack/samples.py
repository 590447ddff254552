"""The outside world for demonstrations and tests: recorded feeds over real HTTP.

    python -m stack.samples PORT FOLDER [ADDRESS]

Serves the folder (on the loopback address unless told) with ETag and Last-Modified, so that the
harvesters meet a server as they would outside; an address that ends in ?validators=off gets neither, as from
a server that cannot tell what is new.
"""

from __future__ import annotations

import hashlib
import sys
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

TYPES = {
    ".json": "application/json", ".geojson": "application/geo+json", ".csv": "text/csv; charset=utf-8",
    ".xml": "application/xml", ".zip": "application/zip", ".md": "text/markdown; charset=utf-8",
}


class Feed(SimpleHTTPRequestHandler):
    """Static files with validators; no listings of folders."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **TYPES}
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_document(path, path.read_bytes())

    def send_document(self, path: Path, content: bytes) -> None:
        """Answer with the file, or with 304 where the client knows it already."""
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        telling = "validators=off" not in urlsplit(self.path).query
        known = telling and self.headers.get("If-None-Match") == etag
        self.send_response(HTTPStatus.NOT_MODIFIED if known else HTTPStatus.OK)
        if telling:
            self.send_header("ETag", etag)
            self.send_header("Last-Modified", self.date_time_string(int(path.stat().st_mtime)))
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", "0" if known else str(len(content)))
        self.end_headers()
        if not known:
            self.wfile.write(content)


if __name__ == "__main__":
    port, folder, address = int(sys.argv[1]), sys.argv[2], (sys.argv[3:] or ["127.0.0.1"])[0]
    ThreadingHTTPServer((address, port), partial(Feed, directory=folder)).serve_forever()
