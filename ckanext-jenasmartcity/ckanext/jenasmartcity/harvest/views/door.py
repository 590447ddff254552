"""Who comes in, and how these pages ask for what they show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import ckan.plugins.toolkit as tk

P = ParamSpec("P")
R = TypeVar("R")


def only_with_account() -> None:
    """These pages are for people with an account; a machine with a token sends files only."""
    if tk.request.endpoint != "jenasmartcity_quellen.put" and tk.current_user.is_anonymous:
        tk.abort(403, tk._("These pages are for people who look after data. Please log in."))


def guarded(view: Callable[P, R]) -> Callable[P, R]:
    """403 for what somebody may not see, and for what does not exist: nobody learns which of the two."""
    @wraps(view)
    def within(*arguments: P.args, **named: P.kwargs) -> R:
        try:
            return view(*arguments, **named)
        except (tk.NotAuthorized, tk.ObjectNotFound):
            return tk.abort(403)

    return within


def ask(action: str, **asked: Any) -> Any:
    """What an action of this room answers to the user of the page."""
    return tk.get_action(f"jenasmartcity_harvest_{action}")({"user": tk.current_user.name}, asked)


def source_of(name: str) -> dict[str, Any]:
    """The source of that name.  Raises NotAuthorized or ObjectNotFound."""
    found: dict[str, Any] = ask("source_show", name=name)
    return found


def now() -> dt.datetime:
    """The present moment (UTC)."""
    return dt.datetime.now(dt.UTC)


def sentences(error: tk.ValidationError) -> str:
    """All that an action says is wrong, as one text."""
    return " ".join(_texts(error.error_dict))


def _texts(wrong: Any) -> list[str]:
    if isinstance(wrong, str):
        return [wrong]
    parts = wrong.values() if isinstance(wrong, dict) else wrong
    return [text for part in parts for text in _texts(part)]


def page_number() -> int:
    """The page of a list that the address asks for."""
    text = tk.request.args.get("seite", "")
    return min(max(int(text), 1), 100_000) if text.isascii() and text.isdigit() and len(text) < 7 else 1
