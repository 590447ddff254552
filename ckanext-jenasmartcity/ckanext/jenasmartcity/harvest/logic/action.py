"""The actions of this room, each group in a module of its own."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jenasmartcity import config
from ckanext.jenasmartcity.harvest.logic import shown
from ckanext.jenasmartcity.harvest.logic.drop_actions import (
    jenasmartcity_harvest_source_drop,
    jenasmartcity_harvest_source_token_create,
    jenasmartcity_harvest_source_token_delete,
)
from ckanext.jenasmartcity.harvest.logic.notice_actions import (
    jenasmartcity_harvest_notice_link,
    jenasmartcity_harvest_notice_list,
)
from ckanext.jenasmartcity.harvest.logic.run_actions import (
    jenasmartcity_harvest_record_list,
    jenasmartcity_harvest_run_decide,
    jenasmartcity_harvest_run_list,
    jenasmartcity_harvest_run_show,
    jenasmartcity_harvest_source_run,
)
from ckanext.jenasmartcity.harvest.logic.source_actions import (
    jenasmartcity_harvest_source_create,
    jenasmartcity_harvest_source_delete,
    jenasmartcity_harvest_source_list,
    jenasmartcity_harvest_source_seed,
    jenasmartcity_harvest_source_show,
    jenasmartcity_harvest_source_update,
    now,
)
from ckanext.jenasmartcity.harvest.logic.try_actions import jenasmartcity_harvest_source_try
from ckanext.jenasmartcity.harvest.model import last_beat

# Seconds that a round may take before tick is taken for dead.
_PATIENCE = 60


@tk.side_effect_free
def jenasmartcity_tick_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """When the tick process was last seen.

    :rtype: dict (last_seen: ISO 8601 or None, seconds: since then or None, alive: whether it was lately)
    """
    tk.check_access("jenasmartcity_tick_show", context, data_dict)
    seen = last_beat()
    seconds = (now() - seen).total_seconds() if seen else None
    alive = seconds is not None and seconds < _PATIENCE + 3 * config.harvest().tick_seconds
    return {"last_seen": shown.time(seen), "seconds": seconds, "alive": alive}


__all__ = [
    "jenasmartcity_harvest_notice_link", "jenasmartcity_harvest_notice_list",
    "jenasmartcity_harvest_record_list",
    "jenasmartcity_harvest_run_decide", "jenasmartcity_harvest_run_list", "jenasmartcity_harvest_run_show",
    "jenasmartcity_harvest_source_create", "jenasmartcity_harvest_source_delete", "jenasmartcity_harvest_source_drop",
    "jenasmartcity_harvest_source_list", "jenasmartcity_harvest_source_run", "jenasmartcity_harvest_source_seed",
    "jenasmartcity_harvest_source_show", "jenasmartcity_harvest_source_token_create",
    "jenasmartcity_harvest_source_token_delete", "jenasmartcity_harvest_source_try",
    "jenasmartcity_harvest_source_update", "jenasmartcity_tick_show",
]
