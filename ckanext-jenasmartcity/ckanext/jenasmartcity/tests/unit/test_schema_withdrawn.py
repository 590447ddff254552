"""What the fields of a dataset say of its withdrawal."""

from __future__ import annotations

import pytest

from ckanext.jenasmartcity.schemas.rules.withdrawn import Withdrawal, withdrawal


@pytest.mark.parametrize("fields", [{}, {"withdrawn": ""}, {"withdrawn": None}, {"withdrawn": " "}])
def test_a_dataset_without_a_day_is_not_withdrawn(fields):
    assert withdrawal(fields) is None


def test_a_day_withdraws_and_the_way_into_the_portal_says_who_did_it():
    assert withdrawal({"withdrawn": "2026-11-20", "origin": "harvested"}) == Withdrawal("2026-11-20", True)
    assert withdrawal({"withdrawn": "2026-11-20", "origin": "entered"}) == Withdrawal("2026-11-20", False)
    assert withdrawal({"withdrawn": "2026-11-20"}) == Withdrawal("2026-11-20", False)
