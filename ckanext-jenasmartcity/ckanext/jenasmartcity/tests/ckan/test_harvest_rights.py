"""Who may do what with sources: every action for every kind of user."""

from __future__ import annotations

import inspect
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest

from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.harvest.logic import action

from .conftest import act

NAME = "ortsteile"
OURS = {"editor", "organisation-admin", "sysadmin"}
EVERYBODY = {"", "nobody", "member", "other-editor", *OURS}
NEW = {"name": "neue-quelle", "organization": "stadt-jena"}
# action -> what it is asked, and who is let in
MATRIX: dict[str, tuple[dict[str, Any], set[str]]] = {
    "jenasmartcity_harvest_source_list": ({}, EVERYBODY - {""}),
    "jenasmartcity_harvest_source_show": ({"name": NAME}, OURS),
    "jenasmartcity_harvest_source_create": (NEW, OURS),
    "jenasmartcity_harvest_source_update": ({"name": NAME, "schedule": ""}, OURS),
    "jenasmartcity_harvest_source_delete": ({"name": NAME}, OURS),
    "jenasmartcity_harvest_source_run": ({"name": NAME}, OURS),
    "jenasmartcity_harvest_source_try": ({"name": NAME}, OURS),
    "jenasmartcity_harvest_source_drop": ({"name": NAME}, OURS),
    "jenasmartcity_harvest_source_token_create": ({"name": NAME}, OURS),
    "jenasmartcity_harvest_source_token_delete": ({"name": NAME}, OURS),
    "jenasmartcity_harvest_source_seed": ({}, {"sysadmin"}),
    "jenasmartcity_harvest_run_show": ({"id": 0}, OURS),
    "jenasmartcity_harvest_run_list": ({"source": NAME}, OURS),
    "jenasmartcity_harvest_run_decide": ({"id": 0, "accept": False}, OURS),
    "jenasmartcity_harvest_notice_list": ({}, EVERYBODY - {""}),
    "jenasmartcity_harvest_notice_link": ({}, EVERYBODY - {""}),
    "jenasmartcity_harvest_record_list": ({"source": NAME}, OURS),
    "jenasmartcity_tick_show": ({}, EVERYBODY),
}


@pytest.fixture
def users(harvested: Any) -> None:
    """One user of each kind; made once."""
    if model.User.get("editor") is not None:
        return
    roles = {"member": ("stadt-jena", "member"), "editor": ("stadt-jena", "editor"),
             "organisation-admin": ("stadt-jena", "admin"), "other-editor": ("beispieldaten", "editor")}
    for name in ("nobody", "sysadmin", *roles):
        # pragma: allowlist nextline secret
        act("user_create", name=name, email=f"{name}@example.org", password="langes-Passwort-12")
    for name, (organization, role) in roles.items():
        act("organization_member_create", id=organization, username=name, role=role)
    act("user_patch", id="sysadmin", sysadmin=True)


def asked(name: str) -> dict[str, Any]:
    values = dict(MATRIX[name][0])
    if "id" in values:
        [row] = tables.sources(NAME)
        values["id"] = tables.runs(row.id)[0].id
    return values


def test_the_matrix_knows_every_action():
    assert set(MATRIX) == set(action.__all__)
    assert all(inspect.getdoc(getattr(action, name)) for name in MATRIX)


@pytest.mark.parametrize("name", MATRIX)
def test_only_those_who_may_are_let_in(users, name):
    allowed = MATRIX[name][1]
    for user in EVERYBODY:
        values = asked(name)
        if user in allowed:
            assert tk.check_access(name, {"user": user}, values), user
        else:
            with pytest.raises(tk.NotAuthorized):
                act(name, user=user, **values)


@pytest.mark.parametrize("name", sorted(name for name in MATRIX if {"name", "source", "id"} & set(MATRIX[name][0])))
def test_nobody_learns_by_the_answer_whether_a_source_is_there(users, name):
    if name.endswith("_create") and "token" not in name:
        return
    values = asked(name)
    key = next(key for key in ("id", "source", "name") if key in values)
    for user in ("", "nobody", "member", "other-editor"):
        said = []
        for value in (values[key], 10**9 if key == "id" else "gibt-es-nicht"):
            with pytest.raises(tk.NotAuthorized) as caught:
                act(name, user=user, **{**values, key: value})
            said.append(str(caught.value))
        assert said[0] == said[1]
    with pytest.raises((tk.ObjectNotFound, tk.ValidationError)):
        act(name, user="sysadmin", **{**values, key: 10**9 if key == "id" else "gibt-es-nicht"})


def test_a_list_holds_what_each_may_edit(users):
    seen = {user: {one["organization"] for one in act("jenasmartcity_harvest_source_list", user=user)}
            for user in EVERYBODY - {""}}
    every = {row.organization for row in tables.sources()}
    assert seen == {
        "nobody": set(), "member": set(), "editor": {"stadt-jena"}, "organisation-admin": {"stadt-jena"},
        "other-editor": {"beispieldaten"}, "sysadmin": every,
    }
    assert len(every) > 2
    assert act("jenasmartcity_harvest_source_list", user="editor", organization="beispieldaten") == []
    ours = act("jenasmartcity_harvest_source_list", user="sysadmin", organization="stadt-jena")
    assert [one["name"] for one in ours] == [one["name"] for one in act(
        "jenasmartcity_harvest_source_list", user="editor")]


def test_notices_are_told_and_counted_for_whom_they_are(users):
    theirs = next(row.id for row in tables.sources() if row.organization == "beispieldaten")
    for number in (tables.sources(NAME)[0].id, theirs):
        model.Session.add(tables.HarvestNotice(source_id=number, kind="failing"))
    model.Session.commit()
    counts = {user: act("jenasmartcity_harvest_notice_list", user=user)["count"] for user in EVERYBODY - {""}}
    assert counts == {
        "nobody": 0, "member": 0, "editor": 1, "organisation-admin": 1, "other-editor": 1, "sysadmin": 2,
    }


def test_a_source_moves_only_between_organisations_that_one_edits(users):
    move = {"name": NAME, "organization": "beispieldaten"}
    for user in ("editor", "other-editor"):
        with pytest.raises(tk.NotAuthorized):
            act("jenasmartcity_harvest_source_update", user=user, **move)
    with pytest.raises(tk.NotAuthorized):
        act("jenasmartcity_harvest_source_try", user="editor", **move)
    # whoever may not see it tries a source that is not there: nothing of the stored one is known
    for name in (NAME, "gibt-es-nicht"):
        with pytest.raises(tk.ValidationError) as caught:
            act("jenasmartcity_harvest_source_try", user="other-editor", **{**move, "name": name})
        assert list(caught.value.error_dict) == ["connector"]
    assert tables.sources(NAME)[0].organization == "stadt-jena"
    act("organization_member_create", id="beispieldaten", username="organisation-admin", role="editor")
    moved = act("jenasmartcity_harvest_source_update", user="organisation-admin", **move)
    assert moved["organization"] == "beispieldaten"
    act("jenasmartcity_harvest_source_update", name=NAME, organization="stadt-jena")
    act("organization_member_delete", id="beispieldaten", username="organisation-admin")


def test_a_group_is_no_organisation(users):
    act("group_member_create", id="wissensallmende", username="nobody", role="editor")
    with pytest.raises(tk.ValidationError) as caught:
        act("jenasmartcity_harvest_source_create", user="nobody", **{**NEW, "organization": "wissensallmende"})
    assert "organization" in caught.value.error_dict
    act("group_member_delete", id="wissensallmende", username="nobody")
