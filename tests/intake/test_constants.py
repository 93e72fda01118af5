"""Constants of feeds: each is a value that its field can have."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from assets.intake.constants import wrong_constants
from policy.feeds import Feed
from tests.intake.conftest import Home

NOW = datetime(2026, 6, 1)


@pytest.mark.parametrize(
    ("constants", "others", "wrong"),
    [
        ({"country": "CN", "currency": "EUR", "campaign": "expo"}, {}, []),
        ({"country": "Germany", "currency": "\u20ac"}, {}, []),
        ({"country": "Atlantis"}, {}, ["country"]),
        ({"country": "Atlantis"}, {"values": {"country": {"Atlantis": "GR"}}}, []),
        ({"country": "Atlantis"}, {"values": {"country": {"Atlantis": None}}}, []),
        ({"currency": "XYZ"}, {}, ["currency"]),
        ({"submitted_at": "2026-05-31"}, {}, []),
        ({"submitted_at": "yesterday"}, {}, ["submitted_at"]),
        ({"submitted_at": "31.05.2026"}, {}, ["submitted_at"]),
        ({"submitted_at": "31.05.2026"}, {"formats": {"submitted_at": "dmy"}}, []),
        ({"submitted_at": "2099-01-01"}, {}, ["submitted_at"]),
        (
            {"email": "nobody", "phone": "12", "employee_count": "many", "budget_amount": "1,200.50"},
            {},
            ["email", "employee_count", "phone"],
        ),
    ],
)
def test_a_constant_is_a_value_of_its_field(
    home: Home, constants: dict[str, str], others: dict[str, Any], wrong: list[str]
) -> None:
    home.feed("acme", constants=constants, **others)
    policy = home.scope("2026-06-01").policy
    (feed,) = [one for one in policy.feeds if one.feed == "acme"]
    assert isinstance(feed, Feed)
    assert sorted(wrong_constants(feed, policy, home.engine, NOW)) == wrong
