"""What the home page shows: projects with counts, newest data, figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jenasmartcity.portal import names, samples
from ckanext.jenasmartcity.schemas.rules.types import DATASET_TYPES, SERVICE_TYPE

NEWEST = 6
# Datasets of which somebody has said where they may go.
_RESTRICTED = "+channels:[* TO *]"
# The order of config/groups.yaml is the city's; Solr's would change with the counts.


@dataclass(frozen=True, slots=True)
class Project:
    """A sub-project: a group with the number of datasets and services that the reader may see."""

    name: str
    title: str
    description: str
    datasets: int
    services: int


@dataclass(frozen=True, slots=True)
class Home:
    """projects: all sub-projects.  newest: the last changed datasets of the city and its people.

    datasets, organizations, services: how many there are, without sample data.
    """

    projects: list[Project]
    newest: list[dict[str, Any]]
    datasets: int
    organizations: int
    services: int


def types_query(types: tuple[str, ...] = DATASET_TYPES) -> str:
    """A filter of Solr for dataset types."""
    return f"+dataset_type:({' OR '.join(types)})"


def new_query() -> str:
    """A filter for what is told as new: without samples and what its source does not hand on in this way."""
    return f"{types_query()} -organization:{samples.ORGANIZATION} -({_RESTRICTED} -channels:feed)"


def _search(**more: Any) -> dict[str, Any]:
    return tk.get_action("package_search")({}, {"facet.limit": 50, **more})


def _projects(datasets: dict[str, int], services: dict[str, int]) -> list[Project]:
    wanted = [entry.value for entry in tk.h.jenasmartcity_vocabulary("projects").entries]
    groups = tk.get_action("group_list")({}, {
        "groups": wanted, "all_fields": True, "include_dataset_count": False,
    })
    known = {group["name"]: group for group in groups}
    return [
        Project(
            name, names.of(known[name], "title", "group"), names.of(known[name], "description", "group"),
            datasets.get(name, 0), services.get(name, 0),
        )
        for name in wanted if name in known
    ]


def _counts(query: dict[str, Any], facet: str) -> dict[str, int]:
    return dict(query["facets"].get(facet, {}))


def data() -> Home:
    """Everything the home page shows, as far as the reader may see it."""
    real = _search(
        fq=new_query(), rows=NEWEST,
        sort="metadata_modified desc", **{"facet.field": ["organization"]},
    )
    datasets = _search(fq=types_query(), rows=0, **{"facet.field": ["groups"]})
    services = _search(fq=types_query((SERVICE_TYPE,)), rows=0, **{"facet.field": ["groups", "organization"]})
    examples = _counts(services, "organization").get(samples.ORGANIZATION, 0)
    return Home(
        projects=_projects(_counts(datasets, "groups"), _counts(services, "groups")),
        newest=real["results"], datasets=real["count"],
        organizations=len(_counts(real, "organization")), services=services["count"] - examples,
    )


def counts(kind: str, services: bool = False) -> dict[str, int]:
    """Number of datasets (or services) that the reader may see, by name of "group" or "organization"."""
    facet = "groups" if kind == "group" else "organization"
    types = (SERVICE_TYPE,) if services else DATASET_TYPES
    return _counts(_search(fq=types_query(types), rows=0, **{"facet.field": [facet]}), facet)
