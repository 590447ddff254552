"""What a source would change in a dataset that is published.  Pure.

Two descriptions are compared as people would: the order of tags, an empty text beside a
missing one, and how CKAN writes a value down make no difference.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What CKAN sets, what never changes, and what is compared in another form.
_OWN = frozenset({
    "id", "name", "type", "state", "metadata_created", "metadata_modified", "resources", "organization",
    "datastore_active", "url_type", "package_id", "position", "last_modified", "mimetype",
})
# CKAN shows another address for the table itself.
_TABLE_OWN = _OWN | {"url"}
_NAMED = ("tags", "groups")
# Characters of a value that are shown.
_SHOWN = 2000


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after; None: it is not there.  Resources: resources.<name>.<field>."""

    field: str
    before: Any
    after: Any

    def as_dict(self) -> dict[str, Any]:
        """The same for an answer, long texts cut."""
        return {"field": self.field, "before": _cut(self.before), "after": _cut(self.after)}


def fields(
    shown: Mapping[str, Any], dataset: Mapping[str, Any], earlier: Collection[str], protected: Collection[str] = ()
) -> list[FieldChange]:
    """What ``dataset``, as the source describes it, would change in ``shown``, as CKAN shows it.

    earlier: fields that the source gave before; those it gives no longer go.  protected:
    fields that the harvest leaves as they are.
    """
    found = list(_changed(_comparable(shown), _comparable(dataset), set(protected) | _OWN))
    gone = set(earlier) - set(dataset) - _OWN - set(protected)
    found += [FieldChange(name, shown[name], None) for name in sorted(gone) if canonical(shown.get(name)) is not None]
    if "resources" not in protected:
        found += _resources(shown.get("resources") or (), dataset.get("resources") or ())
    return found


def _changed(
    before: Mapping[str, Any], after: Mapping[str, Any], ignored: Collection[str], path: str = ""
) -> Iterator[FieldChange]:
    for name in sorted(set(after) - set(ignored)):
        if canonical(before.get(name)) != canonical(after[name]):
            yield FieldChange(path + name, before.get(name), after[name])


def _comparable(dataset: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(dataset)
    for name in _NAMED:
        if name in found:
            found[name] = sorted(one["name"] if isinstance(one, Mapping) else str(one) for one in found[name] or ())
    organization = dataset.get("organization")
    if isinstance(organization, Mapping):
        found["owner_org"] = organization.get("name")
    return found


def _resources(shown: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]) -> list[FieldChange]:
    stored = {one["id"]: one for one in shown}
    found: list[FieldChange] = []
    for one in wanted:
        path = f"resources.{one.get('name') or one['id']}"
        if one["id"] not in stored:
            found.append(FieldChange(path, None, one.get("url")))
            continue
        ignored = _TABLE_OWN if one.get("role") == "table" else _OWN
        found += _changed(stored[one["id"]], one, ignored - {"name"}, f"{path}.")
    return found


def canonical(value: Any) -> Any:
    """A value without what makes no difference to people; None where there is nothing."""
    if isinstance(value, str):
        text = value.strip().replace("\r\n", "\n")
        if text[:1] in ("[", "{"):
            try:
                return canonical(json.loads(text))
            except ValueError:
                return text
        return text or None
    if isinstance(value, Mapping):
        kept = {str(key): canonical(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item is not None} or None
    if isinstance(value, (list, tuple)):
        return [item for item in map(canonical, value) if item is not None] or None
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cut(value: Any) -> Any:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if len(text) <= _SHOWN:
        return value
    return f"{text[:_SHOWN]} …"
