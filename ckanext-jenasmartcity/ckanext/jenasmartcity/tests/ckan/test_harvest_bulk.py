"""Datasets written fifty at a time are those that package_create would have written."""

from __future__ import annotations

import copy
import json
import random
import uuid
from typing import Any

import ckan.logic as ckan_logic
import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.lib import search

from ckanext.jenasmartcity.harvest import bulk, index
from ckanext.jenasmartcity.harvest.model.parts import Parts
from ckanext.jenasmartcity.harvest.plan import context

from .conftest import empty

NUMBER = 500
LICENCE = "http://dcat-ap.de/def/licenses/cc-zero"
THEMES = [f"http://publications.europa.eu/resource/authority/data-theme/{code}" for code in ("GOVE", "TRAN", "ENVI")]
GROUPS = ["wissensallmende", "smartes-quartier-lobeda", "lernen-der-zukunft"]
WORDS = [
    "Straßenbahn", "Müll & Wertstoff", "<b>fett</b>", "Ärzte", "\u202eumgekehrt", "Zeile\nzwei", "𝔘nicode", "x" * 300,
]
TAGS = ["Verkehr", "Luft", "Wasser 2", "a-b_c.d"]
# when it was written, and numbers of its own: the only differences there may be
MOMENTS = {"metadata_created", "metadata_modified", "created", "indexed_ts", "_version_", "timestamp"}


def generated(count: int) -> list[dict[str, Any]]:
    """Datasets of all kinds, the same ones each time."""
    chance = random.Random(4)  # noqa: S311 - not a secret, but always the same
    return [dataset(chance, number) for number in range(count)]


def dataset(chance: random.Random, number: int) -> dict[str, Any]:
    kind = chance.choice(["dataset", "dataset", "sensor", "logistics", "learning-offer"])
    optional = {
        "notes_en": "In English", "plain_language": "Kurze Sätze.", "version": "1.0", "issued": "2024-02-29",
        "language": ["http://publications.europa.eu/resource/authority/language/DEU"],
        "url": "https://www.jena.de/a?b=1&c=ä", "identifier": f"id-{number}", "ortsteil": ["Neulobeda"],
        "temporal_coverage": [{"start": "2020-01-01", "end": "2020-12-31"}],
        "spatial_coverage": [{"text": "Jena", "geom": '{"type": "Point", "coordinates": [11.58, 50.92]}'}],
        "conforms_to": ["https://example.org/norm"], "origin_name": "Quelle", "quality_note": "geschätzt",
    }
    picked = chance.sample(GROUPS, chance.randint(1, 3))
    needed = {
        "sensor": {"observed_property": [{"property": "Temperatur", "unit": "°C"}]},
        "logistics": {"mobility_theme": ["car-parking-locations-and-conditions"], "frequency": "UNKNOWN",
                      "spatial_coverage": [{"text": "Jena"}]},
        "learning-offer": {"provider": "Volkshochschule Jena"},
    }.get(kind, {})
    chosen = {key: value for key, value in optional.items() if chance.random() < 0.4}
    return {
        "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)), "name": f"erzeugt-{number}", "type": kind,
        "title": f" {chance.choice(WORDS)} {number} ", "notes": chance.choice(WORDS), "state": "active",
        "owner_org": "stadt-jena", "license_id": LICENCE, "theme": chance.sample(THEMES, chance.randint(1, 3)),
        "tags": [{"name": name} for name in chance.sample(TAGS, chance.randint(0, 4))],
        "groups": [{"name": name} for name in picked],
        "project": picked, "contact": [{"name": "Stadt Jena", "url": "https://www.jena.de"}],
        "publisher": [{"name": "Stadt Jena", "url": "https://www.jena.de"}], **chosen, **needed,
        "resources": [resource(chance, kind) for _ in range(chance.randint(0, 4))],
    }


def resource(chance: random.Random, kind: str) -> dict[str, Any]:
    optional = {
        "format": "csv", "mimetype": "text/csv", "description": chance.choice(WORDS), "size": 12, "name_en": "File",
        "last_modified": "2024-01-02T03:04:05", "role": "file",
    }
    standard = {"mobility_data_standard": "other", "rights": "licence-provided-free-of-charge"}
    return {
        "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)), "name": chance.choice(WORDS),
        "url": f"https://example.org/{chance.randint(1, 9)}.csv", "license": LICENCE,
        **{key: value for key, value in optional.items() if chance.random() < 0.5},
        **(standard if kind == "logistics" else {}),
    }


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that belongs to datasets, without its moments and its own number."""
    queries = {
        "package": "SELECT * FROM package ORDER BY id",
        "resource": "SELECT * FROM resource ORDER BY id",
        "tag": "SELECT p.package_id, t.name, t.vocabulary_id, p.state FROM package_tag p JOIN tag t ON t.id = p.tag_id"
               " ORDER BY 1, 2",
        "tags": "SELECT name, vocabulary_id FROM tag ORDER BY 1",
        "member": "SELECT table_name, table_id, capacity, group_id, state FROM member WHERE table_name = 'package'"
                  " ORDER BY 2, 4",
        "view": "SELECT resource_id, view_type, title FROM resource_view ORDER BY 1",
    }
    return {
        name: [timeless(dict(row)) for row in model.Session.execute(sa.text(query)).mappings()]
        for name, query in queries.items()
    }


def timeless(value: dict[str, Any]) -> dict[str, Any]:
    """Moments are compared by their being there."""
    return {key: one is not None if key in MOMENTS else one for key, one in value.items()}


def documents(ids: list[str]) -> dict[str, dict[str, Any]]:
    """What Solr stored for each."""
    search.commit()
    answer = search.common.make_connection().search("*:*", rows=len(ids) + 10, fl="*")
    return {one["id"]: timeless(one) for one in answer.docs}


def without_moments(value: Any, within: str = "") -> Any:
    """The same for nested answers, without the numbers that new tags are given."""
    if isinstance(value, dict):
        left = {key: one for key, one in timeless(value).items() if (within, key) != ("tags", "id")}
        return {key: without_moments(one, key) for key, one in left.items()}
    return [without_moments(one, within) for one in value] if isinstance(value, list) else value


def state_of(ids: list[str]) -> tuple[Any, Any, Any]:
    """Rows, documents and answers of package_show."""
    shown = {id_: tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": id_}) for id_ in ids}
    found = documents(ids)
    for one in found.values():
        # JSON texts that hold moments of their own
        for key in ("data_dict", "validated_data_dict"):
            one[key] = without_moments(json.loads(one[key]))
    return rows(), found, without_moments(shown)


def clear() -> None:
    for statement in (
        "DELETE FROM member WHERE table_name = 'package'", "DELETE FROM package_tag", "DELETE FROM tag",
        "DELETE FROM resource", "DELETE FROM activity", "DELETE FROM package",
    ):
        model.Session.execute(sa.text(statement))
    model.Session.commit()
    model.Session.remove()
    search.clear_all()


@pytest.mark.usefixtures("with_plugins")
def test_rows_documents_and_answers_equal_those_of_package_create():
    empty()
    clear()
    datasets = generated(NUMBER)
    ids = [one["id"] for one in datasets]
    for one in datasets:
        quiet = {**context(), "defer_commit": True, "return_id_only": True}
        tk.get_action("package_create")(quiet, copy.deepcopy(one))
    model.Session.commit()
    # as PostgreSQL gives them, not in the order in which they were set
    model.Session.remove()
    search.rebuild(package_ids=ids, quiet=True)
    theirs = state_of(ids)

    clear()
    for start in range(0, NUMBER, 50):
        batch = [copy.deepcopy(one) for one in datasets[start:start + 50]]
        checked = bulk.validated(context(), bulk.named(batch))
        assert [one.error_dict for one in checked if isinstance(one, tk.ValidationError)] == []
        bulk.create(context(), checked)
        model.Session.commit()
        index.send(ids[start:start + 50])
    ours = state_of(ids)

    for name, expected in theirs[0].items():
        assert ours[0][name] == expected, name
    assert len(ours[0]["package"]) == NUMBER
    for id_ in ids:
        for key in theirs[1][id_]["data_dict"]:
            assert ours[1][id_]["data_dict"][key] == theirs[1][id_]["data_dict"][key], key
        assert ours[1][id_] == theirs[1][id_]
        assert ours[2][id_] == theirs[2][id_]


@pytest.mark.usefixtures("with_plugins")
def test_documents_made_together_equal_those_that_ckan_makes(monkeypatch):
    empty()
    clear()
    ids = [created(made) for made in generated(20)]
    model.Session.execute(sa.text("UPDATE package SET private = true WHERE id = :id"), {"id": ids[0]})
    model.Session.execute(sa.text("UPDATE package SET owner_org = NULL WHERE id = :id"), {"id": ids[1]})
    model.Session.execute(sa.text("UPDATE package SET state = 'deleted' WHERE id = :id"), {"id": ids[2]})
    model.Session.execute(sa.text("UPDATE resource SET state = 'deleted' WHERE position = 1"))
    model.Session.execute(sa.text("UPDATE package_tag SET state = 'deleted' WHERE package_id = :id"), {"id": ids[3]})
    model.Session.commit()
    model.Session.remove()

    together = index.made(ids)
    model.Session.remove()
    bag = index._Bag(Parts(frozenset(), {}, frozenset()))
    monkeypatch.setattr(search.index, "make_connection", lambda: bag)
    for id_ in ids:
        ckan_logic.index_update_package({"model": model, "session": model.Session, "ignore_auth": True}, id_, True)

    assert together == bag.documents
    assert [len(together), together[0]["capacity"], together[1]["organization"]] == [19, "private", None]


def created(dataset: dict[str, Any]) -> str:
    return str(tk.get_action("package_create")({**context(), "return_id_only": True}, dataset))


@pytest.mark.usefixtures("with_plugins")
@pytest.mark.parametrize(("field", "told"), [
    ("id", "Dataset id already exists"), ("name", "That URL is already in use."),
    ("resources", "Resource id already exists."), ("owner_org", "Organization does not exist"),
])
def test_what_is_in_use_is_refused_in_a_batch_as_well(field, told):
    empty()
    clear()
    taken, new, fine = [one for one in generated(30) if len(one["resources"]) > 1][:3]
    created(copy.deepcopy(taken))
    if field == "resources":
        new["resources"][1]["id"] = taken["resources"][0]["id"]
    else:
        new[field] = taken[field] if field != "owner_org" else "gibt-es-nicht"

    refused, checked = bulk.validated(context(), [new, fine])

    assert isinstance(refused, tk.ValidationError)
    assert told in json.dumps(refused.error_dict)
    assert not isinstance(checked, tk.ValidationError)
