"""Nothing goes because a source was shortened; what is gone for good is marked, never deleted."""

from __future__ import annotations

import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories

from ckanext.jenasmartcity.harvest import batch, tick
from ckanext.jenasmartcity.harvest import model as tables
from ckanext.jenasmartcity.harvest.model import record as table

from . import dying, killing
from .conftest import NOW, act
from .killing import mixed  # noqa: F401
from .shrinking import DAY, Shrinking, a_shrinking_source, shortened  # noqa: F401

pytestmark = pytest.mark.usefixtures("harvested", "mixed")


def test_a_few_that_are_missing_are_withdrawn_after_a_week_and_two_runs(shrinking: Shrinking, app):
    assert shrinking.run(shortened(10)).state == "done"
    assert shrinking.run(shortened(8)).state == "done"
    gone = sorted(draft for draft, one in shrinking.records().items() if one.absent_since)
    assert gone == ["d08", "d09"]
    assert shrinking.run(shortened(8), after=6.9).withdrawn == 0
    assert shrinking.listed() == 10
    done = shrinking.run(shortened(8), after=0.2)
    assert done.withdrawn == 2
    assert shrinking.listed() == 8
    assert shrinking.listed(fq="extras_withdrawn:[* TO *]") == 2
    dataset = shrinking.dataset("d09")
    assert (dataset["state"], dataset["withdrawn"]) == ("active", "2026-12-03")
    page = app.get(f"/dataset/{dataset['id']}")
    assert page.status_code == 200
    assert "Die Quelle führt diese Daten nicht mehr." in page.text
    [table] = [one["id"] for one in dataset["resources"] if one["role"] == "table"]
    assert act("datastore_search", resource_id=table)["total"] == killing.ROWS
    # once is enough, also where the source says that nothing is new
    assert shrinking.run(shortened(8)).withdrawn == 0


def test_a_dataset_that_comes_back_is_as_before(shrinking: Shrinking):
    shrinking.run(shortened(10))
    before = shrinking.dataset("d09")
    for after in (1, 8):
        shrinking.run(shortened(9), after)
    assert shrinking.dataset("d09")["withdrawn"]
    shrinking.run(shortened(10))
    after = shrinking.dataset("d09")
    assert "withdrawn" not in after or not after["withdrawn"]
    assert shrinking.listed() == 10
    assert [one["id"] for one in after["resources"]] == [one["id"] for one in before["resources"]]
    assert shrinking.records()["d09"].absent_since is None


def test_a_record_that_was_missing_for_a_while_counts_anew(shrinking: Shrinking):
    shrinking.run(shortened(10))
    shrinking.run(shortened(9))
    shrinking.run(shortened(10), after=10)
    assert shrinking.run(shortened(9), after=10).withdrawn == 0
    assert shrinking.listed() == 10


def test_many_that_vanish_are_held_until_somebody_decides(shrinking: Shrinking):
    shrinking.run(shortened(10))
    held = shrinking.run(shortened(5))
    assert held.state == "held"
    assert held.held["datasets"] == ["d05", "d06", "d07", "d08", "d09"]
    for after in (8, 8):
        assert shrinking.run(shortened(5), after).state == "held"
    assert shrinking.listed() == 10
    assert all(one.absent_since is None for one in shrinking.records().values())
    latest = act("jenasmartcity_harvest_source_show", name=shrinking.name)["last_run"]
    assert latest["held"]["datasets"] == held.held["datasets"]
    act("jenasmartcity_harvest_run_decide", id=latest["id"], accept=False)
    for after in (1, 8, 8):
        kept = shrinking.run(shortened(5), after)
        assert (kept.state, kept.held, kept.kept["datasets"]) == ("done", {}, held.held["datasets"])
    assert shrinking.listed() == 10
    # whoever refused may think again
    again = act("jenasmartcity_harvest_source_show", name=shrinking.name)["last_run"]
    assert act("jenasmartcity_harvest_run_decide", id=again["id"], accept=True)["decision"] == "accepted"
    [waiting] = [one for one in tables.runs(shrinking.id) if one.state == "waiting"]
    tick.take_up(waiting.id)
    model.Session.expire_all()
    assert (waiting.state, waiting.withdrawn) == ("done", 5)
    assert shrinking.listed() == 5
    assert shrinking.run(shortened(5)).state == "done"


def test_what_was_refused_is_not_asked_again_but_whatever_goes_beyond_it_is(shrinking: Shrinking):
    shrinking.run(shortened(20))
    act("jenasmartcity_harvest_run_decide", id=shrinking.run(shortened(10)).id, accept=False)
    assert shrinking.run(shortened(10)).state == "done"
    # a source with a faulty record says nothing of what it lacks: the decision stands
    body = json.loads(shortened(10))
    body["datasets"].append(body["datasets"][0])
    assert (shrinking.run(json.dumps(body)).state, shrinking.run(shortened(10)).state) == ("done", "done")
    # one of ten that are left would be few anywhere else
    more = shrinking.run(shortened(9))
    assert (more.state, more.held["datasets"], len(more.kept["datasets"])) == ("held", ["d09"], 10)
    act("jenasmartcity_harvest_run_decide", id=more.id, accept=True)
    gone = shrinking.run(shortened(9))
    assert (gone.state, gone.withdrawn, len(gone.kept["datasets"])) == ("done", 1, 10)
    assert shrinking.listed() == 19
    # what is there again is forgotten, and asked when it goes once more
    assert shrinking.run(shortened(20)).kept == {}
    assert shrinking.run(shortened(10)).state == "held"


def test_accepting_one_loss_accepts_no_other(shrinking: Shrinking):
    shrinking.run(shortened(10))
    held = shrinking.run(shortened(7))
    act("jenasmartcity_harvest_run_decide", id=held.id, accept=True)
    assert shrinking.run(shortened(4)).held["datasets"] == ["d04", "d05", "d06"]
    assert shrinking.listed() == 7


def test_only_the_organisations_editors_decide_and_only_once(shrinking: Shrinking):
    shrinking.run(shortened(10))
    held = shrinking.run(shortened(5))
    for name, organization in (("waechterin", "stadt-jena"), ("fremder", "beispieldaten")):
        # pragma: allowlist nextline secret
        act("user_create", name=name, email=f"{name}@example.org", password="langes-Passwort-12")
        act("organization_member_create", id=organization, username=name, role="editor")
    for user in ("fremder", ""):
        with pytest.raises(tk.NotAuthorized):
            act("jenasmartcity_harvest_run_decide", user=user, id=held.id, accept=True)
    decided = act("jenasmartcity_harvest_run_decide", user="waechterin", id=held.id, accept=True)
    assert (decided["decision"], decided["decided_by"]) == ("accepted", "waechterin")
    with pytest.raises(tk.ValidationError):
        act("jenasmartcity_harvest_run_decide", user="waechterin", id=held.id, accept=False)


def test_offers_do_not_vanish_with_a_shortened_feed(shrinking: Shrinking):
    def offers() -> int:
        return act("jenasmartcity_item_list", source=shrinking.name)["count"]

    shrinking.run(shortened(10, items=100))
    assert shrinking.run(shortened(10, items=80)).withdrawn == 20
    held = shrinking.run(shortened(10, items=4))
    assert (held.state, held.held["items"], offers()) == ("held", [80, 4], 80)
    act("jenasmartcity_harvest_run_decide", id=held.id, accept=True)
    assert shrinking.run(shortened(10, items=4)).withdrawn == 76
    assert offers() == 4


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_withdrawal_that_is_killed_is_finished(shrinking: Shrinking, ckan_config, monkeypatch, number):
    monkeypatch.setitem(ckan_config, "ckanext.jenasmartcity.harvest.lease_seconds", 1)
    shrinking.run(shortened(20))
    shrinking.run(shortened(16))
    monkeypatch.setattr(batch, "SIZE", 1)
    assert dying.attempt(shrinking.name, NOW + 9 * DAY, ("withdrawal", number)) == -9
    assert sum(one.withdrawn_at is not None for one in shrinking.records().values()) == number
    assert dying.attempt(shrinking.name, NOW + 10 * DAY) == 0
    assert tables.runs(shrinking.id, 1)[0].withdrawn == 4 - number
    assert (shrinking.listed(), shrinking.listed(fq="extras_withdrawn:[* TO *]")) == (16, 4)
    assert killing.writes(shrinking.name) == 20 + 4


def test_what_is_held_is_named_also_in_a_large_source(shrinking: Shrinking, app):
    shrinking.run(shortened(10))
    nothing = {"content_hash": "", "source_hash": "", "fields": [], "tables": {}, "changed": NOW}
    more = [{"draft": f"a{number:04}", "package_id": f"{shrinking.name}-{number}", **nothing} for number in range(1010)]
    table.remember(shrinking.id, more)
    model.Session.commit()
    held = shrinking.run(shortened(10))
    assert len(held.held["datasets"]) == 1010
    held.held = {**held.held, "datasets": ["d09", *held.held["datasets"]], "tables": {"d08": {"werte": [4, 1]}}}
    model.Session.commit()
    token = factories.APIToken(user=factories.Sysadmin()["name"])["token"]
    page = app.get(f"/quellen/{shrinking.name}/laeufe/{held.id}", headers={"Authorization": token})
    for draft in ("d09", "d08"):
        assert shrinking.dataset(draft)["title"] in page.text
    found = act("jenasmartcity_harvest_record_list", source=shrinking.name, drafts=["d09", "gibt-es-nicht"])
    assert [one["draft"] for one in found["results"]] == ["d09"]
    assert found["count"] == 1
    with pytest.raises(tk.ValidationError):
        act("jenasmartcity_harvest_record_list", source=shrinking.name, drafts=["x"] * 1001)
