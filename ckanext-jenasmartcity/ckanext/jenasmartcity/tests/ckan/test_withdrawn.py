"""A withdrawn dataset is a note of what there was: its data go to nobody but those who look after it."""

from __future__ import annotations

import io
from typing import Any

import ckan.logic as logic
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories
from werkzeug.datastructures import FileStorage

from ckanext.jenasmartcity.harvest import model as tables

from .conftest import act
from .killing import mixed  # noqa: F401
from .shrinking import Shrinking, a_shrinking_source, shortened  # noqa: F401

GETS, GETS_NOT = ("editor", "sysadmin"), ("", "other", "member")
PLACES = "ortsteile"
DATE, GERMAN = "2026-11-20", "20. November 2026"
HEADING = b"name;zahl"

# Addresses that hand out data, by endpoint; {} are the values of the fixture.
PAGES = {
    "dataset_resource.download": "/dataset/{places}/resource/{file}/download/werte.csv",
    "resource.download": "/dataset/{places}/resource/{file}/download",
    "datastore.dump": "/datastore/dump/{table}",
    "jenasmartcity_geojson.features": "/geojson/{table}.geojson",
    "jenasmartcity_items.read": "/lernangebote/{item}",
    "file.download": "/file/download/{stored}",
}
# Those that would say or show something of the data, had they anything to say.
EMPTY_PAGES = {
    "dataset_resource.view": "/dataset/{places}/resource/{table}/view",
    "resource.view": "/dataset/{places}/resource/{table}/view/x",
    "datastore.api_info": "/datastore/api_info/{table}",
    "datastore.dictionary": "/dataset/{places}/dictionary/{table}",
    "activity.resource_history": "/dataset/{places}/resources/{table}/history/x",
}
# Addresses that hand out no data of a resource or item: metadata, people, organisations, forms with their own rules.
# trusted_download asks for a token that only the portal signs; public_download has a test of its own.
OTHER_PAGES = {
    "activity.group_activity", "activity.group_changes", "activity.group_changes_multiple",
    "activity.organization_activity", "activity.organization_changes", "activity.organization_changes_multiple",
    "activity.package_activity", "activity.package_changes", "activity.package_history", "activity.user_activity",
    "api.action", "api.dataset_autocomplete", "api.format_autocomplete", "api.get_api", "api.group_autocomplete",
    "api.i18n_js_translations", "api.organization_autocomplete", "api.tag_autocomplete", "api.user_autocomplete",
    "dataset.delete", "dataset.edit", "dataset.followers", "dataset.groups", "dataset.new", "dataset.read",
    "dataset.resources", "dataset.search", "dataset_resource.delete", "dataset_resource.edit",
    "dataset_resource.edit_view", "dataset_resource.new", "dataset_resource.read", "dataset_resource.views",
    "feeds.group", "feeds.organization", "feeds.tag", "file.public_download", "file.trusted_download",
    "group.about", "group.admins", "group.bulk_process", "group.delete", "group.edit", "group.followers",
    "group.index", "group.manage_members", "group.member_delete", "group.member_dump", "group.member_new",
    "group.members", "group.new", "group.read", "home.redirect_locale", "jenasmartcity_pages.edit",
    "jenasmartcity_pages.show", "jenasmartcity_quellen.delete", "jenasmartcity_quellen.edit",
    "jenasmartcity_quellen.progress", "jenasmartcity_quellen.run", "jenasmartcity_quellen.runs",
    "jenasmartcity_quellen.show", "organization.about", "organization.admins", "organization.bulk_process",
    "organization.delete", "organization.edit", "organization.followers", "organization.index",
    "organization.manage_members", "organization.member_delete", "organization.member_dump",
    "organization.member_new", "organization.members", "organization.new", "organization.read", "resource.delete",
    "resource.edit", "resource.edit_view", "resource.new", "resource.read", "resource.views", "static",
    "user.api_tokens", "user.delete", "user.edit", "user.followers", "user.perform_reset", "user.read",
    "user.read_groups", "user.read_organizations", "webassets.index",
}

ACTIONS = {
    "datastore_search": {"resource_id": "{table}"}, "datastore_info": {"id": "{table}"},
    "jenasmartcity_item_show": {"id": "{item}"},
}
# Actions that list data of many datasets.
LISTS = {"jenasmartcity_item_list": {"dataset_id": "{offers}"}, "jenasmartcity_item_search": {"past": True}}
# Actions that only read, and no data of a resource or item.
OTHER_ACTIONS = {
    "activity_data_show", "activity_diff", "activity_show", "am_following_dataset", "am_following_group",
    "am_following_user", "api_token_list", "config_option_list", "config_option_show",
    "current_package_list_with_resources", "dashboard_activity_list", "dashboard_new_activities_count",
    "dataset_followee_count", "dataset_followee_list", "dataset_follower_count", "dataset_follower_list",
    "file_owner_scan", "file_show", "followee_count", "followee_list", "format_autocomplete", "get_site_user",
    "group_activity_list", "group_autocomplete", "group_followee_count", "group_followee_list",
    "group_follower_count", "group_follower_list", "group_list", "group_list_authz", "group_package_show",
    "group_show", "help_show", "jenasmartcity_harvest_notice_link", "jenasmartcity_harvest_notice_list",
    "jenasmartcity_harvest_record_list", "jenasmartcity_harvest_run_list", "jenasmartcity_harvest_run_show",
    "jenasmartcity_harvest_source_list", "jenasmartcity_harvest_source_show", "jenasmartcity_tick_show",
    "job_list", "job_show", "license_list", "member_list", "member_roles_list", "organization_activity_list",
    "organization_autocomplete", "organization_followee_count", "organization_followee_list",
    "organization_follower_count", "organization_follower_list", "organization_list",
    "organization_list_for_user", "organization_show", "package_activity_list", "package_autocomplete",
    "package_collaborator_list", "package_collaborator_list_for_user", "package_list",
    "package_relationships_list", "package_search", "package_show", "recently_changed_packages_activity_list",
    "resource_search", "resource_show", "resource_view_list", "resource_view_show",
    "scheming_dataset_schema_list", "scheming_dataset_schema_show", "status_show", "tag_autocomplete", "tag_list",
    "tag_search", "tag_show", "task_status_show", "term_translation_show", "user_activity_list",
    "user_autocomplete", "user_followee_count", "user_followee_list", "user_follower_count", "user_follower_list",
    "user_list", "user_show", "vocabulary_list", "vocabulary_show",
}

_made: dict[str, Any] = {}


@pytest.fixture
def portal(harvested: Any) -> dict[str, Any]:
    """Ids of a withdrawn dataset with a table, places, a file, and of one with offers; made once."""
    if not _made:
        _made.update(_make())
    withdraw(DATE)
    return _made


def withdraw(day: str) -> None:
    """Withdraw both datasets, or undo it with ""."""
    if _made.get("day") != day:
        for name in ("places", "offers"):
            act("package_patch", id=_made[name], withdrawn=day)
        _made["day"] = day


def _make() -> dict[str, Any]:
    item = act("jenasmartcity_item_list", limit=1)["results"][0]
    places, offers = act("package_show", id=PLACES), act("package_show", id=item["dataset_id"])
    made: dict[str, Any] = {"places": places["id"], "offers": offers["id"], "item": item["id"]}
    [made["table"]] = [one["id"] for one in places["resources"] if one["role"] == "table"]
    made["file"] = act(
        "resource_create", package_id=places["id"], name="werte.csv", url="werte.csv", url_type="upload",
        format="CSV", role="file", license=places["resources"][0]["license"],
        upload=FileStorage(io.BytesIO(HEADING + b"\nx;1\n"), filename="werte.csv", content_type="text/csv"),
    )["id"]
    made["stored"] = act(
        "file_create", name="lose.csv", storage="default",
        upload=FileStorage(io.BytesIO(HEADING), filename="lose.csv", content_type="text/csv"),
    )["id"]
    act("file_ownership_transfer", id=made["stored"], owner_type="resource", owner_id=made["file"], force=True)
    made["tokens"] = {"": {}}
    organizations = {places["organization"]["name"], offers["organization"]["name"]}
    act("organization_create", name="andere", title="Andere")
    roles = {"other": ({"andere"}, "editor"), "member": (organizations, "member"),
             "editor": (organizations, "editor"), "sysadmin": (set(), "")}
    for name, (where, role) in roles.items():
        user = factories.Sysadmin() if name == "sysadmin" else factories.User()
        for organization in where:
            act("organization_member_create", id=organization, username=user["name"], role=role)
        made["tokens"][name] = {"Authorization": factories.APIToken(user=user["name"])["token"]}
        made[f"user-{name}"] = user["name"]
    made["user-"] = ""
    return made


def get(app: Any, portal: dict[str, Any], role: str, address: str) -> Any:
    return app.flask_app.test_client().get(address.format(**portal), headers=portal["tokens"][role])


def asked(portal: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    return {key: value.format(**portal) if isinstance(value, str) else value for key, value in values.items()}


def collapsed(endpoint: str) -> str:
    """All types of datasets have the same pages."""
    for name in ("sensor", "logistics", "learning-offer", "service"):
        if endpoint.startswith((f"{name}.", f"{name}_resource.")):
            return "dataset" + endpoint.removeprefix(name)
    return endpoint


def test_every_address_and_action_is_known_here(harvested, app):
    """A new one must be entered above: as a way out, or as one that hands out no data."""
    rules = [rule for rule in app.flask_app.url_map.iter_rules() if rule.arguments and "GET" in (rule.methods or ())]
    endpoints = {collapsed(rule.endpoint) for rule in rules}
    assert endpoints == OTHER_PAGES | set(PAGES) | set(EMPTY_PAGES)
    logic.get_action("package_show")
    reading = {name for name, action in logic._actions.items() if getattr(action, "side_effect_free", False)}
    assert reading == OTHER_ACTIONS | set(ACTIONS) | set(LISTS)


@pytest.mark.parametrize("endpoint", [*PAGES, *EMPTY_PAGES])
def test_data_are_gone_for_all_but_those_who_look_after_them(portal, app, endpoint):
    address = {**PAGES, **EMPTY_PAGES}[endpoint]
    for role in GETS_NOT:
        answer = get(app, portal, role, address)
        assert answer.status_code == 410, role
        assert "zurückgezogen" in answer.text
        assert GERMAN in answer.text
        assert HEADING not in answer.data
    for role in GETS:
        assert get(app, portal, role, address).status_code != 410, role
        if endpoint in PAGES:
            assert get(app, portal, role, address).status_code == 200, role


@pytest.mark.parametrize("kind", ["sensor", "logistics", "learning-offer", "service"])
def test_no_other_type_of_address_leads_to_the_file(portal, app, kind):
    address = f"/{kind}/{{places}}/resource/{{file}}/download/werte.csv"
    assert get(app, portal, "", address).status_code == 410
    assert get(app, portal, "editor", address).status_code == 200


@pytest.mark.parametrize("name", ACTIONS)
def test_actions_refuse_and_say_why(portal, app, name):
    values = asked(portal, ACTIONS[name])
    question = "&".join(f"{key}={value}" for key, value in values.items())
    for role in GETS_NOT:
        with pytest.raises(tk.NotAuthorized):
            act(name, user=portal[f"user-{role}"], **values)
        answer = get(app, portal, role, f"/api/3/action/{name}?{question}")
        assert answer.status_code == 403
        said = answer.json["error"]["message"]
        assert f"wurde am {GERMAN} zurückgezogen. Die Quelle führt diese Daten nicht mehr." in said
        assert "Fragen beantwortet: " in said
    for role in GETS:
        assert act(name, user=portal[f"user-{role}"], **values)


def test_a_query_in_sql_would_be_refused_too(portal):
    for role in (*GETS_NOT, *GETS):
        context = {"user": portal[f"user-{role}"], "table_names": [portal["table"]]}
        if role in GETS:
            assert tk.check_access("datastore_search_sql", context, {})
        else:
            with pytest.raises(tk.NotAuthorized, match="Ortsteile"):
                tk.check_access("datastore_search_sql", context, {})


@pytest.mark.parametrize("name", LISTS)
def test_lists_leave_out_what_is_withheld(portal, name):
    values = asked(portal, LISTS[name])
    counts = {role: act(name, user=portal[f"user-{role}"], **values)["count"] for role in (*GETS_NOT, *GETS)}
    assert {role for role, count in counts.items() if count == 0} == set(GETS_NOT), counts
    withdraw("")
    assert act(name, user="", **values)["count"] == counts["editor"]


def test_no_storage_hands_out_a_file_past_the_rules(portal, app):
    stored = act("file_show", id=portal["stored"])
    places = [("default", stored["location"])]
    for storage in ("default", "resource", "resources"):
        places += [(storage, f"resources/{portal['file'][:3]}/{portal['file'][3:6]}/{portal['file'][6:]}")]
    for storage, location in places:
        assert get(app, portal, "", f"/file/public-download/{storage}/{location}").status_code in (403, 404)


def test_pages_say_what_was_there_and_show_none_of_it(portal, app):
    for page in (f"/dataset/{PLACES}", f"/dataset/{PLACES}/resource/{{table}}", f"/dataset/{PLACES}/resource/{{file}}"):
        for role in GETS_NOT:
            answer = get(app, portal, role, page)
            assert answer.status_code == 200
            assert f"Zurückgezogen am {GERMAN}." in answer.text
            assert "Das Portal gibt sie nicht mehr heraus." in answer.text
            assert "Fragen beantwortet: " in answer.text
            assert 'class="jena-table"' not in answer.text
            assert "data-module" not in answer.text
            assert "Herunterladen" not in answer.text
        for role in GETS:
            answer = get(app, portal, role, page).text
            assert "Das Portal gibt sie nicht mehr heraus." not in answer
            assert "Herunterladen" in answer
    assert 'class="jena-table"' in get(app, portal, "editor", f"/dataset/{PLACES}/resource/{{table}}").text
    english = get(app, portal, "", f"/en/dataset/{PLACES}/resource/{{table}}").text
    assert "The portal does not hand them out any more." in english
    # what is said of them stays, also for machines
    for role in GETS_NOT:
        shown = act("package_show", user=portal[f"user-{role}"], id=portal["places"])
        assert (shown["withdrawn"], len(shown["resources"]) > 2) == (DATE, True)


def test_what_is_new_names_no_withdrawn_dataset(portal, app):
    for page in ("/", "/dataset/", "/feeds/dataset.atom", "/organization/stadt-jena", "/group/wissensallmende",
                 "/api/3/action/package_search?rows=500", "/api/3/action/package_autocomplete?q=ortsteile"):
        answer = get(app, portal, "", page)
        assert answer.status_code == 200
        assert f"/dataset/{PLACES}\"" not in answer.text, page
        assert portal["places"] not in answer.text, page


def test_who_may_not_see_a_dataset_does_not_learn_that_it_was_withdrawn(portal, app):
    act("package_patch", id=portal["places"], private=True)
    try:
        for endpoint in ("dataset_resource.download", "datastore.dump", "jenasmartcity_geojson.features"):
            for role in ("", "other"):
                answer = get(app, portal, role, PAGES[endpoint])
                assert answer.status_code in (403, 404)
                assert "zurückgezogen" not in answer.text
    finally:
        act("package_patch", id=portal["places"], private=False)


def test_everything_is_there_again_unharmed(portal, app):
    before = get(app, portal, "editor", "/datastore/dump/{table}").data
    withdraw("")
    for address in PAGES.values():
        assert get(app, portal, "", address).status_code == 200, address
    assert get(app, portal, "", "/datastore/dump/{table}").data == before
    assert 'class="jena-table"' in get(app, portal, "", f"/dataset/{PLACES}/resource/{{table}}").text


def test_data_of_a_record_that_comes_back_are_handed_out_again(harvested, mixed, shrinking: Shrinking, app):  # noqa: F811
    shrinking.run(shortened(10))
    dataset = shrinking.dataset("d09")
    [table] = [one["id"] for one in dataset["resources"] if one["role"] == "table"]
    before = app.get(f"/datastore/dump/{table}").body
    for after in (1, 8):
        shrinking.run(shortened(9), after)
    assert app.get(f"/datastore/dump/{table}", status=410)
    shrinking.run(shortened(10))
    assert app.get(f"/datastore/dump/{table}").body == before
    assert tables.records(shrinking.id)["d09"].withdrawn_at is None
