"""GET /health: the state of each service, for load balancers and operators."""

from __future__ import annotations

from collections.abc import Callable

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib.redis import is_redis_available
from ckan.lib.search.common import is_available as solr_answers
from flask import Blueprint, Response, jsonify

blueprint = Blueprint("jenasmartcity_health", __name__)


def _postgres() -> bool:
    try:
        model.Session.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError:
        model.Session.rollback()
        return False
    return True


def _tick() -> bool:
    try:
        return bool(tk.get_action("jenasmartcity_tick_show")({"ignore_auth": True}, {})["alive"])
    except (KeyError, sa.exc.SQLAlchemyError):
        return False


# name, question, whether pages need it
SERVICES: tuple[tuple[str, Callable[[], bool], bool], ...] = (
    ("postgresql", _postgres, True),
    ("solr", solr_answers, True),
    ("redis", is_redis_available, True),
    ("tick", _tick, False),
)


@blueprint.route("/health")
def health() -> tuple[Response, int]:
    """200 with every service's state; 503 when one that pages need is down."""
    states = {name: ask() for name, ask, _ in SERVICES}
    well = all(states[name] for name, _, needed in SERVICES if needed)
    body = {
        "status": "ok" if well else "down",
        "services": {name: {"up": states[name], "needed": needed} for name, _, needed in SERVICES},
    }
    answer = jsonify(body)
    answer.headers["Cache-Control"] = "no-store"
    return answer, 200 if well else 503
