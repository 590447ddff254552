"""Write the cores' configuration to a folder: python -m stack.solr FOLDER (used by docker/)."""

from __future__ import annotations

import sys
from pathlib import Path

from stack import solr

if __name__ == "__main__":
    solr.write(Path(sys.argv[1]), {"ckan": solr.ckan_schema(), "items": solr.items_schema()})
