"""The door to datasets: drafts become datasets through CKAN's schemas and actions.

Datasets, their records and their lines in the outbox are committed together, fifty at a
time; the index follows from the outbox.  A draft that the schema refuses leaves everything
as it was, and the others of its batch are not touched by it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

from ckanext.jenasmartcity.connectors.base import Harvest, Table
from ckanext.jenasmartcity.harvest import twins
from ckanext.jenasmartcity.harvest.batch import cut
from ckanext.jenasmartcity.harvest.mapping import identity
from ckanext.jenasmartcity.harvest.model import stamp, states
from ckanext.jenasmartcity.harvest.plan import Job, Plan, Published, look
from ckanext.jenasmartcity.harvest.write import alone, together


def publish(job: Job, harvest: Harvest, progress: Callable[[int, int], None]) -> list[Published]:
    """Create or update every draft's dataset and tables, and commit; what became of each.

    progress: told the number of drafts done and in all after each batch, before the next commit.
    """
    tables: dict[str, list[Table]] = defaultdict(list)
    for table in harvest.tables:
        tables[table.draft].append(table)
    items = Counter(item.draft for item in harvest.items)
    published: list[Published] = []
    for batch in cut(harvest.drafts):
        unknown = [identity(job.feed, draft.id) for draft in batch if draft.id not in job.records]
        known = states(unknown) if unknown else {}
        looked = [look(job, draft, tables[draft.id], items[draft.id], known) for draft in batch]
        same = [one for one in looked if isinstance(one, Published)]
        stamp(job.source_id, {one.draft: (one.source_hash, one.identities) for one in same if one.source_hash})
        published += same
        plans = [one for one in looked if isinstance(one, Plan)]
        if elsewhere := twins.refused(job, plans):
            published += [twins.rejected(one, elsewhere[one.draft.id]) for one in plans if one.draft.id in elsewhere]
            plans = [one for one in plans if one.draft.id not in elsewhere]
        plain = [plan for plan in plans if not plan.alone]
        published += together(job, plain) if plain else []
        for plan in plans:
            if plan.alone:
                published.append(alone(job, plan))
        if plans:
            progress(len(published), len(harvest.drafts))
    return published
