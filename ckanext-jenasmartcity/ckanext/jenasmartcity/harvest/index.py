"""Documents of many datasets, sent to Solr in one request.

CKAN makes a dataset's document and sends it in one function, with a connection of its own
for each, after six questions to the database.  Here the function finds a bag in place of
the connection, and answers that were fetched for all: what a document holds stays CKAN's
and the plugins' business.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

import ckan.logic as logic
import ckan.model as model
import pysolr
from ckan.lib.dictization import model_dictize
from ckan.lib.search import SearchIndexError
from ckan.lib.search import index as ckan_index
from ckan.types import Context

from ckanext.jenasmartcity.harvest import answers
from ckanext.jenasmartcity.harvest.model import groups, packages
from ckanext.jenasmartcity.harvest.model.parts import Parts, parts

_connection = ckan_index.make_connection
_execute = model_dictize._execute


class _Bag:
    """Stands in for a connection while documents are made.  parts: what they are made of."""

    url = "bag"

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.documents: list[dict[str, Any]] = []

    def add(self, docs: list[dict[str, Any]], **_options: Any) -> None:
        self.documents.extend(docs)

    def __getattr__(self, name: str) -> Any:
        return getattr(_connection(), name)


_bag: ContextVar[_Bag | None] = ContextVar("bag", default=None)


def _connect(*arguments: Any, **options: Any) -> Any:
    return _bag.get() or _connection(*arguments, **options)


def _asked(query: Any, table: Any, context: Context) -> Any:
    """One of the questions that a dataset's dictionary is made of, from the answer for many if there is one."""
    bag, package = _bag.get(), context.get("package")
    rows = bag.parts.get(table.name, package) if bag and package else None
    return _execute(query, table, context) if rows is None else rows


ckan_index.make_connection = _connect
model_dictize._execute = _asked


def send(package_ids: Sequence[str]) -> None:
    """Index datasets that there are; seen after a commit.

    Raises SearchIndexError where Solr is away, or refuses one of the documents: then
    some of the others may be in.
    """
    documents = made(package_ids)
    if not documents:
        return
    try:
        _connection().add(docs=documents, commit=False)
    except (pysolr.SolrError, OSError) as error:
        raise SearchIndexError(f"Solr: {str(error)[:1000]}") from error


def made(package_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The documents, as CKAN would send them one by one."""
    # while they are held, CKAN's many questions for the same objects are answered without the database
    held, _groups = packages(package_ids), groups()
    bag = _Bag(parts(held))
    token = _bag.set(bag)
    try:
        # what is read back is no name or id that somebody else could have
        with answers.given(answers.Answers()):
            for one in held:
                logic.index_update_package(Context(model=model, session=model.Session, ignore_auth=True), one.id, True)
    finally:
        _bag.reset(token)
    return bag.documents
