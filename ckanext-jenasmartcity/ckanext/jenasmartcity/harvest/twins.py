"""Datasets that another source publishes already: told, and not published a second time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ckanext.jenasmartcity.connectors.base import Rejected
from ckanext.jenasmartcity.harvest.account import Counts
from ckanext.jenasmartcity.harvest.model.twin import Twin, alike
from ckanext.jenasmartcity.harvest.plan import Job, Plan, Published

CODE = "published-by-other-source"
# Characters of a record's name that a message shows.
_SHOWN = 80


def refused(job: Job, plans: Sequence[Plan]) -> dict[str, Rejected]:
    """Draft -> why it does not come in, of those that would be new.

    Whatever is published stays published: only what is new is asked for, and all of it at
    once.  Only public datasets count.  As soon as the other one is withdrawn, deleted or
    hidden, the next run lets this one in.
    """
    asked: dict[str, list[str]] = defaultdict(list)
    for plan in plans:
        for identity in plan.identities if plan.new else ():
            asked[identity].append(plan.draft.id)
    found: dict[str, Rejected] = {}
    for identities, twin in alike(job.source_id, asked) if asked else ():
        for draft in (draft for one in identities for draft in asked.get(one, ())):
            found.setdefault(draft, Rejected(draft[:_SHOWN], CODE, None, told(job, twin)))
    return found


def told(job: Job, twin: Twin) -> dict[str, str]:
    """A dataset of somebody else in words.

    That there is a source is told to those only who look after the same organisation.
    """
    source = twin.source.get("de") if twin.organization == job.feed.organization else None
    return {
        "title": twin.title, "address": f"/dataset/{twin.name}",
        "who_de": f"Quelle »{source}«" if source else f"Organisation »{twin.owner}«",
        "who_en": f"source “{twin.source.get('en') or source}”" if source else f"organisation “{twin.owner}”",
    }


def rejected(plan: Plan, why: Rejected) -> Published:
    """What became of a draft that does not come in."""
    return Published(plan.draft.id, None, "rejected", Counts(rejected=plan.size), (why,))
