"""Tables that a harvest loads are those that CKAN would have made, and keep their addresses."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import pytest

from ckanext.jenasmartcity.harvest import account, aside
from ckanext.jenasmartcity.harvest import model as tables

from .conftest import Feeds, act, run
from .test_harvest import ask_datastore, csv_options, dataset_of, rows_of, table_of


@pytest.mark.parametrize("name", ["parkplaetze", "bodenfeuchte-stadtbaeume", "gtfs-jena-beispiel"])
def test_a_table_equals_a_load_by_datastore_upsert(harvested, name):
    dataset = dataset_of(name)
    for loaded in (one["id"] for one in dataset["resources"] if one.get("role") == "table"):
        info = act("datastore_info", id=loaded)
        found = act("datastore_search", resource_id=loaded, limit=32000)
        fields = [{"id": one["id"], "type": one["type"].replace("nested", "json"), "info": one.get("info", {})}
                  for one in info["fields"]]
        records = [{k: v for k, v in record.items() if k != "_id"} for record in found["records"]]
        for column in (one["id"] for one in info["fields"] if one["type"] == "numeric"):
            # JSON's numbers lose the zeros at the end that a decimal keeps
            exact = ask_datastore(f'SELECT "{column}" FROM "{loaded}" ORDER BY _id')  # noqa: S608
            records = [{**one, column: value} for one, (value,) in zip(records, exact, strict=True)]
        keys = index_columns(loaded)
        assert keys
        other = act("datastore_create", resource={"package_id": dataset["id"], **clone(dataset, loaded)}, fields=fields,
                    primary_key=keys)["resource_id"]
        try:
            act("datastore_upsert", resource_id=other, records=records, method="upsert", force=True,
                calculate_record_count=False)
            same = act("datastore_search", resource_id=other, limit=32000)
            for part in ("fields", "records", "total"):
                assert same[part] == found[part], part
            theirs = act("datastore_info", id=other)
            assert dictionary(theirs) == dictionary(info)
            assert theirs["meta"]["count"] == info["meta"]["count"] == found["total"] == len(records)
            assert full_text(other) == full_text(loaded)
            assert readable(other) == readable(loaded)
        finally:
            act("resource_delete", id=other)


def clone(dataset: dict[str, Any], resource_id: str) -> dict[str, Any]:
    kept = ("license", "license_attribution_by_text", "rights", "mobility_data_standard", "format")
    resource = next(one for one in dataset["resources"] if one["id"] == resource_id)
    return {"name": "Vergleich", **{key: resource[key] for key in kept if key in resource}}


def dictionary(info: dict[str, Any]) -> list[Any]:
    return [
        (one["id"], one["type"], one.get("info"), {k: v for k, v in one["schema"].items() if k != "index_name"})
        for one in info["fields"]
    ]


def index_columns(table: str) -> list[str]:
    return [row[0] for row in ask_datastore(
        "SELECT a.attname FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid"
        " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(i.indkey)"
        " WHERE t.relname = :table AND i.indisunique AND NOT i.indisprimary", table=table)]


def full_text(table: str) -> list[Any]:
    return ask_datastore(f'SELECT _id, _full_text::text FROM "{table}" ORDER BY _id')  # noqa: S608


def readable(table: str) -> bool:
    return ask_datastore("SELECT has_table_privilege('datastore_read', CAST(:table AS text), 'SELECT')",
                         table=f'"{table}"')[0][0]


def test_a_changed_column_keeps_the_table_and_its_address(harvested, feeds: Feeds, source):
    url = feeds.give("/spalten.csv", "id;zahl\n1;1,5\n2;2\n")
    name = source("spalten", "csv", url, options=csv_options())
    run(name)
    table = table_of(dataset_of(name))
    feeds.give("/spalten.csv", "id;zahl;neu\n1;1,5;a\n2;2;b\n")
    run(name)
    assert [one["neu"] for one in rows_of(name)] == ["a", "b"]
    [row] = tables.sources(name)
    row.options = {"tables": [{"name": "werte", "key": ["id"], "columns": {"zahl": {"type": "text"}}}]}
    model.Session.commit()
    run(name)
    assert table_of(dataset_of(name)) == table
    assert rows_of(name)[0]["zahl"] == "1,5"


def test_a_new_structure_that_fails_leaves_the_old_table_as_it_was(harvested, feeds: Feeds, source, monkeypatch):
    name = source("umbau", "csv", feeds.give("/u.csv", "id;zahl\n1;1\n2;2\n"), options=csv_options())
    assert run(name).counts.added == 2
    before = rows_of(name)
    [row] = tables.sources(name)
    row.options = {"tables": [{**csv_options()["tables"][0], "columns": {"id": {"type": "text"}}}]}
    model.Session.commit()
    with monkeypatch.context() as patch:
        # a value that the check lets pass and PostgreSQL refuses
        patch.setattr(account, "LONGEST_KEY", 10**6)
        feeds.give("/u.csv", "id;zahl\n1;1\n" + "".join(map(str, range(30_000))) + ";2\n")
        outcome = run(name)
    assert (outcome.counts.added, outcome.counts.rejected) == (0, 2)
    assert rows_of(name) == before
    # and where the process dies in between, the next run begins from the old table
    aside.put(table_of(dataset_of(name)))
    row.options = csv_options()
    model.Session.commit()
    feeds.give("/u.csv", "id;zahl\n1;1\n2;3\n")
    assert (run(name).counts.updated, [one["zahl"] for one in rows_of(name)]) == (1, [1, 3])
