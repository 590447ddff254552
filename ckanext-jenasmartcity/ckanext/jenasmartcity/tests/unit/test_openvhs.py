"""Open-vhs: every offer is an item or a rejection, with the values of the file."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.jenasmartcity.connectors.base import Document, Harvest, Item, Source, SourceError, drive
from ckanext.jenasmartcity.connectors.learning import openvhs
from ckanext.jenasmartcity.tests.browser.readers import BERLIN, beginnings, local, offer, offered, squeezed, xmllint

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
ROOT = next(folder for folder in Path(__file__).parents if (folder / "samples" / "generate.py").is_file())
SAMPLE = ROOT / "samples" / "vhs" / "vhs-jena-erzeugt.xml"
RECORDED = ROOT.parent / "shared" / "data" / "learning" / "vhs"
needs_recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason="no shared/data with recorded feeds beside the repo")
needs_xmllint = pytest.mark.skipif(shutil.which("xmllint") is None, reason="xmllint (package libxml2-utils) is missing")


def harvest(content: bytes | str, media_type: str = "application/xml", **options: Any) -> Harvest:
    source = Source("vhs", "Volkshochschule", "https://example.org/kurse.xml", NOW, options)
    body = content.encode() if isinstance(content, str) else content
    return drive(openvhs.read(source), lambda request: Document(request.url, body, media_type))


def one(inner: str) -> Item:
    found = harvest(offers(inner))
    assert found.rejected == ()
    return found.items[0]


def offers(*inner: str) -> str:
    listed = "".join(f"<veranstaltung>{entry}</veranstaltung>" for entry in inner)
    return f"<veranstaltungen>{listed}</veranstaltungen>"


NAMED = "<guid>1</guid><name>Nähkurs</name>"


def refusal(content: bytes | str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        harvest(content)
    assert "?" not in caught.value.message("de")
    return caught.value


def accounted(found: Harvest) -> bool:
    return found.found == len(found.items) + len(found.rejected)


# --- compared with xmllint, record by record, field by field --------------------------


def check(item: Item, raw: dict[str, str]) -> None:
    assert item.id == raw["guid"]
    for name, value in offered(raw).items():
        assert as_read(getattr(item, name)) == value, (raw["guid"], name)
    for name, beginning in beginnings(raw).items():
        assert (getattr(item, name) or "").startswith(beginning), (raw["guid"], name)
    assert bool(item.price_note) == bool(beginnings(raw)["price_note"])
    assert raw["text"] in squeezed(item.description)


def as_read(value: Any) -> Any:
    """A field as the second reader gives it: texts with single spaces, lists, the day of a beginning."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, tuple):
        return [entry if isinstance(entry, tuple) else squeezed(entry) for entry in value]
    return squeezed(value) if isinstance(value, str) else value


def compare(path: Path, expected: int) -> None:
    found = harvest(path.read_bytes())
    assert (found.found, len(found.items), found.rejected) == (expected, expected, ())
    assert int(xmllint(path, "count(/*/*[local-name()='veranstaltung'])")) == expected
    for position, item in enumerate(found.items, start=1):
        check(item, offer(path, position))


@needs_xmllint
def test_every_field_of_the_sample_is_what_xmllint_reads() -> None:
    compare(SAMPLE, 120)


@needs_xmllint
@needs_recorded
def test_every_field_of_the_example_of_the_dvv_is_what_xmllint_reads() -> None:
    compare(RECORDED / "openvhs-1.2-dvv-beispiel.xml", 6)


@needs_xmllint
@needs_recorded
def test_every_field_of_the_feed_of_berlin_is_what_xmllint_reads() -> None:
    compare(RECORDED / "vhs-berlin-kurse-snippet-2020.xml", 3)


@needs_recorded
def test_the_json_of_berlin_holds_the_same_fields() -> None:
    path = RECORDED / "vhs-berlin-opendata-2026-sample.json"
    raw = json.loads(path.read_text(encoding="utf-8"))["veranstaltungen"]["veranstaltung"][0]
    (item,) = harvest(path.read_bytes(), "application/json").items
    place = raw["ortetermine"]["adresse"][0]
    assert (item.id, item.name, item.course_code) == (raw["guid"], raw["name"], raw["nummer"])
    assert (item.place_name, item.place_street, item.place_district, item.place_accessible) == (
        place["lehrstaette"], place["strasse"], "Mitte", True)
    assert (item.price, item.places_total, item.places_taken) == (Decimal("84.70"), 10, 1)
    assert (item.contact_email, item.category) == ("vhs@ba-mitte.berlin.de", "3.02 Gesundheit")
    assert list(item.sessions) == [
        (local(day["beginn_datum"], day["beginn_uhrzeit"]), local(day["beginn_datum"], day["ende_uhrzeit"]))
        for day in raw["ortetermine"]["termin"]]
    assert item.valid_until == dt.date(2026, 12, 9)


# --- the sample ----------------------------------------------------------------------


def test_the_sample_as_a_dataset() -> None:
    found = harvest(SAMPLE.read_bytes(), draft={"id": "kurse", "title": "Kurse (erzeugt)"}, programme="2027 (erzeugt)")
    (draft,) = found.drafts
    assert (draft.id, draft.type, draft.title) == ("kurse", "learning-offer", "Kurse (erzeugt)")
    assert draft.fields["provider"] == "Volkshochschule Jena (erzeugt)"
    assert draft.fields["programme"] == "2027 (erzeugt)"
    assert (draft.fields["period_start"], draft.fields["period_end"]) == ("2026-11-24", "2027-07-19")
    assert draft.fields["offer_count"] == 120
    assert len(draft.fields["subject"]) == 7
    assert {item.draft for item in found.items} == {"kurse"}


def test_the_sample_is_marked_and_names_nobody() -> None:
    items = harvest(SAMPLE.read_bytes()).items
    assert all(item.name.endswith("(erzeugt)") for item in items)
    assert {item.contact_email for item in items} == {"vhs@beispiel.example"}
    assert {item.place_accessible for item in items} == {True, False, None}
    assert {item.course_mode for item in items} == {"onsite", "online", "blended", "self-paced"}
    assert len({item.place_district for item in items if item.place_district}) == 30


def test_free_courses_in_lobeda_next_week() -> None:
    week = (dt.date(2026, 11, 30), dt.date(2026, 12, 6))
    free = [item for item in harvest(SAMPLE.read_bytes()).items
            if item.free_of_charge and item.place_district == "Neulobeda"
            and any(week[0] <= start.date() <= week[1] for start, _ in item.sessions)]
    assert len(free) >= 8


# --- dialects ------------------------------------------------------------------------


def test_the_provider_is_found_wherever_exports_put_it() -> None:
    course = f"<veranstaltung>{NAMED}</veranstaltung>"
    for head in ("<export><ersteller><name>VHS</name></ersteller></export>", "<ersteller><name>VHS</name></ersteller>",
                 "<ersteller>VHS</ersteller>"):
        found = harvest(f"<v:veranstaltungen xmlns:v='urn:x'>{head}{course}</v:veranstaltungen>")
        assert found.drafts[0].fields["provider"] == "VHS"
    assert harvest(offers(NAMED), provider="VHS Jena").drafts[0].fields["provider"] == "VHS Jena"


def test_a_default_namespace_and_upper_case_do_no_harm() -> None:
    found = harvest(f"<Veranstaltungen xmlns='urn:x'><Veranstaltung>{NAMED.replace('name', 'Name')}"
                    "</Veranstaltung></Veranstaltungen>")
    assert [item.name for item in found.items] == ["Nähkurs"]


@pytest.mark.parametrize(("written", "read"), [
    ("true", True), ("1", True), ("ja", True), ("false", False), ("fasle", False), ("0", False),
    ("", None), ("-1", None),
])
def test_accessible_follows_the_word_of_the_source(written: str, read: bool | None) -> None:
    place = f"<veranstaltungsort><barrierefrei>{written}</barrierefrei></veranstaltungsort>"
    assert one(NAMED + place).place_accessible is read


def test_an_offer_in_two_places_is_accessible_only_if_both_are() -> None:
    place = "<veranstaltungsort><barrierefrei>true</barrierefrei></veranstaltungsort>"
    places = place + place.replace("true", "")
    assert one(NAMED + place + place).place_accessible is True
    assert one(NAMED + places).place_accessible is None
    assert one(NAMED + places.replace("true", "false")).place_accessible is False


@pytest.mark.parametrize(("written", "price", "free"), [
    ("82.8", Decimal("82.8"), False), ("82,80 €", Decimal("82.80"), False), ("1.200,50", Decimal("1200.50"), False),
    ("0.0", Decimal("0.0"), True), ("kostenfrei", Decimal(0), True), ("-1", None, None), ("", None, None),
])
def test_prices_as_exports_write_them(written: str, price: Decimal | None, free: bool | None) -> None:
    item = one(f"{NAMED}<preis><betrag>{written}</betrag></preis>")
    assert (item.price, item.free_of_charge) == (price, free)


def test_a_free_registration_is_no_free_course() -> None:
    mark = "<merkmale><merkmal><name>anmeldung_kostenlos</name><wert>true</wert></merkmal></merkmale>"
    assert one(NAMED + mark).free_of_charge is None
    assert one(f"{NAMED}{mark}<preis><betrag>82.8</betrag></preis>").free_of_charge is False


def test_unknown_numbers_are_unknown() -> None:
    item = one(f"{NAMED}<maximale_teilnehmerzahl>-1</maximale_teilnehmerzahl>"
               "<aktuelle_teilnehmerzahl>3.0</aktuelle_teilnehmerzahl>")
    assert (item.places_total, item.places_taken) == (None, 3)


def test_an_offer_without_a_date_is_an_offer() -> None:
    item = one(NAMED)
    assert (item.start, item.end, item.sessions, item.valid_until) == (None, None, (), None)


def test_an_end_before_the_begin_is_left_out() -> None:
    item = one(f"{NAMED}<beginn_datum>06.02.2027</beginn_datum><ende_datum>2027-01-31</ende_datum>")
    assert (item.start, item.end, item.valid_until) == (dt.date(2027, 2, 6), None, dt.date(2027, 2, 6))


def test_times_are_those_of_berlin_in_summer_and_winter() -> None:
    days = (("2027-07-01", "24:00"), ("2027-01-07", "19.30 Uhr"))
    item = one(NAMED + "".join(
        f"<termin><beginn_datum>{day}</beginn_datum><beginn_uhrzeit>18:00</beginn_uhrzeit>"
        f"<ende_uhrzeit>{end}</ende_uhrzeit></termin>" for day, end in days))
    assert [(start.isoformat(), end.isoformat() if end else "") for start, end in item.sessions] == [
        ("2027-01-07T18:00:00+01:00", "2027-01-07T19:30:00+01:00"),
        ("2027-07-01T18:00:00+02:00", "2027-07-02T00:00:00+02:00")]
    assert item.valid_until == dt.date(2027, 7, 1)


def test_a_session_past_midnight_ends_on_the_next_day() -> None:
    session = ("<termin><beginn_datum>2027-01-07</beginn_datum><beginn_uhrzeit>22:00:00</beginn_uhrzeit>"
               "<ende_uhrzeit>01:00:00</ende_uhrzeit></termin>")
    assert one(NAMED + session).sessions[0][1] == dt.datetime(2027, 1, 8, 1, tzinfo=BERLIN)


def test_the_programme_area_depends_on_the_version_of_the_classification() -> None:
    for version, name in (("1.0", "Arbeit – Beruf"), ("2.0", "Qualifikationen für das Arbeitsleben")):
        item = one(f"{NAMED}<dvv_kategorie version='{version}'>5.01</dvv_kategorie>")
        assert (item.category or "").startswith(f"5.01 {name}")
    assert one(f"{NAMED}<dvv_kategorie>X</dvv_kategorie>").category == "X"


# --- persons -------------------------------------------------------------------------


def test_persons_stay_out() -> None:
    item = one(f"{NAMED}<dozent>Erika Mustermann</dozent><dozent><name>Max Mustermann</name></dozent>"
               "<ansprechperson><name>Erika Mustermann</name><mail>erika.mustermann@vhs.example</mail></ansprechperson>"
               "<anmeldung><mail>erika.mustermann@vhs.example</mail></anmeldung>")
    assert "muster" not in repr(dataclasses.astuple(item)).lower()


@pytest.mark.parametrize(("address", "taken"), [
    ("info@vhs.example", True), ("vhs@beispiel.example", True), ("anmeldung.vhs@beispiel.example", True),
    ("Kontakt@beispiel.example", True), ("e.muster@beispiel.example", False), ("info.muster@beispiel.example", False),
    ("vhs", False), ("info@x.example, e.muster@x.example", False),
])
def test_only_addresses_of_offices_are_taken(address: str, taken: bool) -> None:
    item = one(f"{NAMED}<anmeldung><mail>{address}</mail></anmeldung>")
    assert item.contact_email == (address if taken else None)


def test_only_web_addresses_are_linked() -> None:
    page = "<webadresse><typ>website</typ><uri>javascript:alert(1)</uri></webadresse>"
    assert one(NAMED + page).url is None


# --- bad records ---------------------------------------------------------------------


@pytest.mark.parametrize(("inner", "code", "field"), [
    ("<name>Ohne Kennung</name>", "no-id", "guid"),
    ("<guid>1</guid><name>Doppelt</name>", "duplicate-id", "guid"),
    ("<guid>2</guid><name> </name>", "missing", "name"),
    ("<guid>2</guid><name>X</name><beginn_datum>bald</beginn_datum>", "not-a-date", "beginn_datum"),
    ("<guid>2</guid><name>X</name><ende_datum>2027-02-30</ende_datum>", "not-a-date", "ende_datum"),
    ("<guid>2</guid><name>X</name><termin><beginn_datum>2027-02-01</beginn_datum><beginn_uhrzeit>25:00</beginn_uhrzeit>"
     "</termin>", "not-readable", "termin/beginn_uhrzeit"),
    ("<guid>2</guid><name>X</name><preis><betrag>viel</betrag></preis>", "not-a-number", "preis/betrag"),
    ("<guid>2</guid><name>X</name><maximale_teilnehmerzahl>viele</maximale_teilnehmerzahl>", "not-a-number",
     "maximale_teilnehmerzahl"),
    ("<guid>2</guid><name>X</name><veranstaltungsort><barrierefrei>teils</barrierefrei></veranstaltungsort>",
     "not-a-truth-value", "veranstaltungsort/barrierefrei"),
])
def test_a_bad_record_is_rejected_alone(inner: str, code: str, field: str) -> None:
    found = harvest(offers(NAMED, inner))
    (rejected,) = found.rejected
    assert (rejected.code, rejected.field) == (code, field)
    assert "?" not in rejected.message("de") + rejected.message("en")
    assert [item.id for item in found.items] == ["1"]
    assert accounted(found)


# --- broken and hostile sources --------------------------------------------------------


def test_broken_sources_are_named() -> None:
    assert refusal(b"").code == "empty"
    assert refusal("<!DOCTYPE html><html><body>Anmeldung</body></html>").code == "html"
    assert refusal(SAMPLE.read_bytes()[:5000]).code == "not-the-format"
    assert refusal("<rss/>").code == "not-the-format"
    assert refusal('{"kurse": []}').code == "not-the-format"
    assert refusal("[[").code == "not-the-format"
    assert refusal("<veranstaltungen/>").code == "missing-part"


def test_entities_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("geheim")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    hostile = (
        f'<!DOCTYPE v [<!ENTITY x SYSTEM "{secret.as_uri()}">]>' + offers("<guid>1</guid><name>&x;</name>"),
        f'<!DOCTYPE v SYSTEM "{secret.as_uri()}">' + offers(NAMED),
        f'<!DOCTYPE v [<!ENTITY l0 "ha">{laughs}]>' + offers("<guid>1</guid><name>&l9;</name>"),
        f'<!DOCTYPE v [<!ENTITY l0 "ha">{laughs}]>' + offers(NAMED).replace("<guid>", "<guid a='&l9;'>"),
    )
    for document in hostile:
        error = refusal(document)
        assert error.code == "not-the-format"
        assert "geheim" not in error.message("de")


def test_deep_nesting_is_refused() -> None:
    assert refusal("<veranstaltungen>" + "<a>" * 200 + "</a>" * 200 + "</veranstaltungen>").code == "not-the-format"
    assert refusal('{"veranstaltungen":' + '{"a":' * 500 + "1" + "}" * 501).code == "not-the-format"
    assert refusal("[" * 100_000).code == "not-the-format"


def outcome(content: bytes) -> None:
    try:
        found = harvest(content)
    except SourceError:
        return
    assert accounted(found)
    assert len({item.id for item in found.items}) == len(found.items)
    assert all(rejected.message("de") for rejected in found.rejected)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_harvest_or_an_error(content: bytes) -> None:
    outcome(content)
    outcome(b"<veranstaltungen>" + content + b"</veranstaltungen>")


FIELDS = st.sampled_from([
    "guid", "name", "beginn_datum", "ende_datum", "termin", "beginn_uhrzeit", "ende_uhrzeit", "preis", "betrag",
    "dvv_kategorie", "veranstaltungsort", "adresse", "barrierefrei", "maximale_teilnehmerzahl", "ortetermine", "text",
    "@version", "#text", "webadresse", "uri", "merkmale", "merkmal", "wert", "anmeldung", "mail", "zertifikat",
])
MET = ["1", "-1", "2027-02-30", "2027-02-01", "9999-12-31", "0001-01-01", "24:00", "23:59+14:00", "ja", "5.01"]
VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
                   st.text(max_size=8), st.sampled_from(MET))
TREES = st.recursive(
    VALUES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(FIELDS, inner, max_size=6)),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(FIELDS, TREES, max_size=10), min_size=1, max_size=3))
def test_any_offers_are_items_or_rejections(entries: list[dict[str, Any]]) -> None:
    outcome(json.dumps({"veranstaltungen": {"veranstaltung": entries}}).encode())
    named = [{"guid": str(position), "name": "X"} | entry for position, entry in enumerate(entries)]
    outcome(json.dumps(named).encode())
