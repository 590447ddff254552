"""Every record accounted for: pure counting, no CKAN, no database."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ckanext.jenasmartcity.connectors.base import Draft, Harvest, Item, Rejected, Table
from ckanext.jenasmartcity.connectors.reasons import DELIBERATE

# Bytes of a key, and of a whole row's text, that a table can hold: PostgreSQL's index entry
# ends at 2,704 bytes, the full text of a row (its words and their places) at 1 MB.
LONGEST_KEY = 2_000
LONGEST_ROW = 600_000
# Bytes of a title: the index holds it as one word, and nobody reads more.
LONGEST_TITLE = 2_000
# Characters of a record's name that a message shows.
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of records."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    withdrawn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in dataclasses.fields(self)))

    @property
    def found(self) -> int:
        """Records looked at: those in the source and those that vanished from it."""
        return self.added + self.updated + self.unchanged + self.rejected + self.withdrawn

    def as_text(self) -> str:
        """The sum as one line, for the command line and logs."""
        return (
            f"found {self.found} = added {self.added} + updated {self.updated} + unchanged {self.unchanged}"
            f" + rejected {self.rejected} + withdrawn {self.withdrawn}"
        )


def faulty(harvest: Harvest) -> bool:
    """Whether it has records that nobody meant to leave out: what is missing may be among them."""
    return any(rejected.code not in DELIBERATE for rejected in harvest.rejected)


def total(counts: Iterable[Counts]) -> Counts:
    """The sum of all."""
    return sum(counts, Counts())


def settle(found: int, counts: Counts) -> Counts:
    """Make the sum match what the source holds.

    A connector may fold several records into one row, or put one record into two
    tables.  The difference belongs to the outcome that most of the rest had.
    """
    missing = found + counts.withdrawn - counts.found
    order = sorted(("unchanged", "updated", "added"), key=lambda name: -getattr(counts, name))
    if missing >= 0:
        return dataclasses.replace(counts, **{order[0]: getattr(counts, order[0]) + missing})
    for name in order:
        taken = min(getattr(counts, name), -missing)
        counts = dataclasses.replace(counts, **{name: getattr(counts, name) - taken})
        missing += taken
    return counts


def check(harvest: Harvest) -> Harvest:
    """Refuse datasets, rows and offers that cannot be told apart or stored.

    An id or key without value, or one that is there already: connectors are expected to
    find them themselves; datasets and tables rely on it.  Of those with the same id the
    first stays.  Values too long for a table, offers too long for anybody.
    """
    rejected: list[Rejected] = list(harvest.rejected)
    tables, told = _tables(harvest.tables, rejected)
    drafts = _drafts(harvest.drafts, told, rejected)
    offers = _distinct(harvest.items, rejected)
    items = tuple(item for item in offers if not _refused(item, rejected))
    return dataclasses.replace(harvest, drafts=drafts, tables=tables, items=items, rejected=tuple(rejected))


def _tables(given: Sequence[Table], rejected: list[Rejected]) -> tuple[tuple[Table, ...], set[str]]:
    """The first table of each name of a draft, and the drafts whose further ones are refused row by row."""
    kept: dict[tuple[str, str], Table] = {}
    told: set[str] = set()
    for table in given:
        if (table.draft, table.name) not in kept:
            kept[table.draft, table.name] = _unique(table, rejected)
        elif table.rows:
            told.add(table.draft)
            places = _places(table)
            names = ("/".join([table.name, *(str(row[place]) for place in places)]) for row in table.rows)
            rejected += [_again(f"{table.draft[:_SHOWN]}/{name}", "id") for name in names]
    return tuple(kept.values()), told


def _drafts(given: Sequence[Draft], told: Collection[str], rejected: list[Rejected]) -> tuple[Draft, ...]:
    """The first draft of each id; told: those further ones whose rows are counted in their place."""
    kept: dict[str, Draft] = {}
    for draft in given:
        if not draft.id.strip():
            rejected.append(Rejected(draft.title[:_SHOWN], "no-id", "id"))
        elif draft.id not in kept:
            kept[draft.id] = draft
        elif draft.id not in told:
            rejected.append(_again(draft.id, "id"))
    return tuple(kept.values())


def _distinct(given: Sequence[Item], rejected: list[Rejected]) -> Sequence[Item]:
    kept: dict[str, Item] = {}
    for item in given:
        if kept.setdefault(item.id, item) is not item:
            rejected.append(_again(item.id, "id"))
    return list(kept.values())


def _again(name: str, field: str) -> Rejected:
    return Rejected(name[:2 * _SHOWN], "duplicate-id", field)


def too_long(draft: Draft) -> Rejected | None:
    """Why a draft cannot become a dataset for its length, if so."""
    if (found := _size(draft.title)) > LONGEST_TITLE:
        return Rejected(draft.id[:_SHOWN], "too-long", "title", _limits(found, LONGEST_TITLE))
    sizes = {"notes": _size(draft.notes), **{name: _size(value) for name, value in draft.fields.items()}}
    if (found := sum(sizes.values())) > LONGEST_ROW:
        return Rejected(draft.id[:_SHOWN], "too-long", max(sizes, key=sizes.__getitem__), _limits(found, LONGEST_ROW))
    return None


def _refused(item: Item, rejected: list[Rejected]) -> bool:
    sizes = {one.name: _size(getattr(item, one.name)) for one in dataclasses.fields(item)}
    if (found := sum(sizes.values())) <= LONGEST_ROW:
        return False
    field = max(sizes, key=sizes.__getitem__)
    rejected.append(Rejected(item.id[:_SHOWN], "too-long", field, _limits(found, LONGEST_ROW)))
    return True


def _limits(found: int, limit: int) -> dict[str, str]:
    return {"found": f"{found:,}".replace(",", " "), "limit": f"{limit:,}".replace(",", " ")}


def _places(table: Table) -> list[int]:
    ids = [column.id for column in table.columns]
    return [ids.index(name) for name in table.key]


def _unique(table: Table, rejected: list[Rejected]) -> Table:
    ids = [column.id for column in table.columns]
    places = _places(table)
    seen: set[tuple[object, ...]] = set()
    kept = []
    for row in table.rows:
        key = tuple(row[place] for place in places)
        name = "/".join([table.name, *map(str, key)])
        if None in key:
            rejected.append(Rejected(name, "no-id", table.key[key.index(None)]))
        elif key in seen:
            rejected.append(_again(name, "/".join(table.key)))
        elif long := _too_long(ids, row, places):
            rejected.append(Rejected(name[:_SHOWN], "too-long", *long))
        else:
            seen.add(key)
            kept.append(row)
    return table if len(kept) == len(table.rows) else dataclasses.replace(table, rows=tuple(kept))


def _too_long(ids: list[str], row: tuple[object, ...], places: list[int]) -> tuple[str, dict[str, str]] | None:
    sizes = [_size(value) for value in row]
    for chosen, limit in ((places, LONGEST_KEY), (range(len(row)), LONGEST_ROW)):
        if (found := sum(sizes[place] for place in chosen)) > limit:
            field = ids[max(chosen, key=sizes.__getitem__)]
            return field, _limits(found, limit)
    return None


def _size(value: object) -> int:
    if isinstance(value, tuple):
        return sum(map(_size, value))
    if isinstance(value, (dict, list)):
        value = json.dumps(value, default=str)
    # most values are short: their bytes need not be counted
    return len(value.encode("utf-8", "replace")) if isinstance(value, str) and len(value) > 100 else 0
