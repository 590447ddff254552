"""What a run publishes although somebody should look at it: told, never held up.

A title that two datasets share is no fault by itself, but readers cannot tell them apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ckanext.jenasmartcity.connectors.base import Draft, Rejected
from ckanext.jenasmartcity.harvest.mapping import title
from ckanext.jenasmartcity.harvest.model.overview import names
from ckanext.jenasmartcity.harvest.model.twin import titled
from ckanext.jenasmartcity.harvest.plan import Job, Published
from ckanext.jenasmartcity.harvest.sameness import plain_title
from ckanext.jenasmartcity.harvest.twins import told

CODE = "title-twice"
# Remarks that a run keeps; it counts all of them.
MOST = 100
# Characters of an id or title that a message shows.
_SHOWN = 80


def find(job: Job, drafts: Sequence[Draft], published: Sequence[Published]) -> list[Rejected]:
    """A remark for each dataset whose title another one bears, of this source or a public one.

    In the order of the source.  One question, however many datasets there are.
    """
    its = {one.draft: one.package_id for one in published if one.package_id is not None}
    titles = _titles(job, [draft for draft in drafts if draft.id in its], its)
    same: dict[str, list[str]] = defaultdict(list)
    for draft, text in titles.items():
        same[plain_title(text)].append(draft)
    others = {plain_title(one.title): told(job, one) for one in titled(job.source_id, set(titles.values()))}
    found = []
    for draft, text in titles.items():
        plain = plain_title(text)
        who = _neighbour(draft, same[plain]) or _elsewhere(others.get(plain))
        if who:
            found.append(Rejected(draft[:_SHOWN], CODE, "title", {"title": text[:_SHOWN], **who}))
    return found


def as_json(remarks: Sequence[Rejected]) -> dict[str, Any]:
    """As the run keeps them: counts: code -> number, listed: the first of them; empty for none."""
    if not remarks:
        return {}
    listed = [
        {"record": one.id, "code": one.code, "field": one.field, "values": dict(one.values)} for one in remarks[:MOST]
    ]
    return {"counts": dict(Counter(one.code for one in remarks)), "listed": listed}


def read(kept: Mapping[str, Any]) -> tuple[list[Rejected], dict[tuple[str, str | None], int]]:
    """The first remarks of a run's row, and the number of all by code and field."""
    listed = [Rejected(one["record"], one["code"], one["field"], one["values"]) for one in kept.get("listed", ())]
    return listed, {(one.code, one.field): kept["counts"][one.code] for one in listed}


def _titles(job: Job, drafts: Sequence[Draft], packages: Mapping[str, str]) -> dict[str, str]:
    """Draft -> the title that its dataset bears."""
    found = {draft.id: title(job.feed, draft).strip() for draft in drafts}
    if "title" in job.feed.protected:
        # somebody may have given another one
        stored = names(packages.values())
        found = {draft: stored.get(packages[draft], ("", text))[1] for draft, text in found.items()}
    return {draft: text for draft, text in found.items() if text}


def _neighbour(draft: str, same: Sequence[str]) -> dict[str, str]:
    other = next((one for one in same[:2] if one != draft), None)
    if other is None:
        return {}
    return {
        "other_de": f"»{other[:_SHOWN]}« in derselben Quelle", "other_en": f"“{other[:_SHOWN]}” in the same source",
    }


def _elsewhere(said: Mapping[str, str] | None) -> dict[str, str]:
    if said is None:
        return {}
    return {"other_de": f"{said['address']} ({said['who_de']})", "other_en": f"{said['address']} ({said['who_en']})"}
