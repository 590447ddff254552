"""A source goes: everything that the portal remembers of it, but not its datasets."""

from __future__ import annotations

import ckan.model as model
import sqlalchemy as sa

from ckanext.jenasmartcity.harvest.model.credential import HarvestCredential
from ckanext.jenasmartcity.harvest.model.drop import HarvestDrop
from ckanext.jenasmartcity.harvest.model.notice import HarvestNotice
from ckanext.jenasmartcity.harvest.model.record import HarvestRecord
from ckanext.jenasmartcity.harvest.model.run import HarvestRejection, HarvestRun
from ckanext.jenasmartcity.harvest.model.source import HarvestSource


def remove(source_id: int) -> None:
    """Forget a source with its runs, records, secrets, files and notices.

    Its lease stays: should the id be used again, older writers are still shut out.
    """
    runs = sa.select(HarvestRun.id).where(HarvestRun.source_id == source_id)
    _delete(HarvestRejection, HarvestRejection.run_id.in_(runs))
    for table in (HarvestRun, HarvestRecord, HarvestCredential, HarvestDrop, HarvestNotice):
        _delete(table, table.source_id == source_id)
    _delete(HarvestSource, HarvestSource.id == source_id)


def _delete(table: type, condition: object) -> None:
    model.Session.execute(sa.delete(table).where(condition).execution_options(synchronize_session=False))
