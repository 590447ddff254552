"""Solr: its jars from Maven, its cores from CKAN's own schema plus config/solr."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import urllib.request
from pathlib import Path

from lxml import etree

from stack.layout import CODE, USER, VAR, Instance, account
from stack.steps import StepError, run

CONFIG = CODE / "config" / "solr"
LIBRARY = VAR / "solr-lib"


def fetch_jars() -> None:
    """Copy the jars that pom.xml lists; a half-done download leaves nothing behind."""
    pom = CODE / "stack" / "solr" / "pom.xml"
    stamp = LIBRARY / "pom.xml"
    if stamp.exists() and stamp.read_bytes() == pom.read_bytes():
        return
    new = VAR / "solr-lib.new"
    shutil.rmtree(new, ignore_errors=True)
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={new}", "-DincludeScope=runtime"]
    run(["mvn", "-q", "-B", "-ntp", "-f", pom, *goal])
    shutil.copy(pom, new / "pom.xml")
    shutil.rmtree(LIBRARY, ignore_errors=True)
    new.rename(LIBRARY)


def jars_are_there() -> bool:
    """Whether the jars of this pom.xml lie ready."""
    stamp = LIBRARY / "pom.xml"
    return stamp.exists() and stamp.read_bytes() == (CODE / "stack" / "solr" / "pom.xml").read_bytes()


def _normal(word: str) -> str:
    """A word as Lucene's GermanNormalizationFilter writes it, so that the dictionary meets the tokens.

    "ä" and "ae" become "a" and so on, "ß" becomes "ss"; "e" stays after a "u" that
    follows a vowel or q ("Feuer", "Quelle").
    """
    written: list[str] = []
    after_vowel = umlaut = False
    for char in word.strip().lower():
        if char == "e" and umlaut:
            after_vowel, umlaut = True, False
            continue
        umlaut = char in "ao" or (char == "u" and not after_vowel and not umlaut)
        after_vowel = (char in "eiqyäöü") or (char == "u" and not umlaut)
        written.append({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"}.get(char, char))
    return "".join(written)


def compounds() -> str:
    """The dictionary of word parts as the analysis sees them, one a line."""
    lines = (line.split("#")[0] for line in (CONFIG / "compounds.txt").read_text(encoding="utf-8").splitlines())
    return "\n".join(sorted({_normal(line) for line in lines if line.strip()})) + "\n"


def _german(schema: etree._Element) -> None:
    """Put our German field types in the place of the English ones."""
    ours = etree.parse(CONFIG / "german.xml").getroot()
    types = schema.find("types")
    for field_type in ours:
        for name in ("text", "text_general") if field_type.get("name") == "text" else (field_type.get("name"),):
            for old in types.xpath("fieldType[@name=$name]", name=name):
                types.remove(old)
            new = etree.fromstring(etree.tostring(field_type))
            new.set("name", name)
            types.append(new)


def stock_schema() -> bytes:
    """CKAN's schema as installed."""
    spec = importlib.util.find_spec("ckan")
    if spec is None or spec.origin is None:
        raise StepError("CKAN is not installed in this environment. Run: make portal")
    return (Path(spec.origin).parent / "config" / "solr" / "schema.xml").read_bytes()


def ckan_schema() -> bytes:
    """CKAN's schema as installed, with German analysis and our fields."""
    schema = etree.fromstring(stock_schema())
    _german(schema)
    additions = etree.parse(CONFIG / "ckan-fields.xml").getroot()
    schema.find("types").extend(additions.find("types"))
    schema.find("fields").extend(additions.find("fields"))
    schema.extend(additions.find("copies"))
    return etree.tostring(schema, xml_declaration=True, encoding="UTF-8")


def items_schema() -> bytes:
    """The schema of the items core."""
    schema = etree.parse(CONFIG / "items-schema.xml").getroot()
    _german(schema)
    return etree.tostring(schema, xml_declaration=True, encoding="UTF-8")


def files(cores: dict[str, bytes]) -> dict[str, bytes]:
    """Every file of Solr's home, by its path; cores: name -> schema."""
    home = {"solr.xml": b'<?xml version="1.0"?><solr/>'}
    for core, schema in cores.items():
        home |= {
            f"{core}/core.properties": f"name={core}\n".encode(),
            f"{core}/conf/schema.xml": schema,
            f"{core}/conf/solrconfig.xml": (CONFIG / "solrconfig.xml").read_bytes(),
            f"{core}/conf/synonyms.txt": (CONFIG / "synonyms.txt").read_bytes(),
            f"{core}/conf/compounds.txt": compounds().encode(),
        }
        if b"protwords.txt" in schema:  # CKAN's own, which benchmarks compare with
            home |= {f"{core}/conf/protwords.txt": b"", f"{core}/conf/synonyms.txt": b""}
    return home


def write(home: Path, cores: dict[str, bytes]) -> bool:
    """Write Solr's home; True when something changed."""
    changed = False
    for name, content in files(cores).items():
        path = home / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            changed = True
    return changed


def configure(instance: Instance, cores: dict[str, bytes]) -> bool:
    """Write the instance's Solr home for its own user; True when something changed."""
    home = instance.folder("solr")
    changed = write(home, cores)
    for path in (home, *home.rglob("*")):
        os.chown(path, *account(USER))
    return changed


def reload(instance: Instance, cores: dict[str, bytes]) -> None:
    """Let a running Solr read its configuration anew."""
    for core in cores:
        with urllib.request.urlopen(f"{instance.solr_url}/admin/cores?action=RELOAD&core={core}", timeout=60) as answer:
            json.load(answer)


def is_up(instance: Instance, cores: dict[str, bytes]) -> bool:
    """Whether every core answers a search."""
    try:
        for core in cores:
            url = f"{instance.solr_url}/{core}/select?q=*:*&rows=0"
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status != 200:
                    return False
    except OSError:
        return False
    return True
