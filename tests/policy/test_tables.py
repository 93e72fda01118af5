from __future__ import annotations

import itertools
import shutil
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import duckdb
import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import given, settings

from policy.load import DEFAULTS, load_policy
from policy.model import Policy
from policy.stages import alias_key
from policy.tables import policy_tables
from tests.literal import policy_with


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(DEFAULTS, home / "policy")
    return load_policy(home)


def test_every_table_keeps_its_types_even_when_it_is_empty(policy: Policy) -> None:
    connection = duckdb.connect()
    for name, frame in policy_tables(policy).items():
        assert name.startswith("policy_")
        connection.register(name, frame)
        whole = connection.table(name)
        connection.register("emptied", frame.slice(0, 0))
        assert connection.table("emptied").types == whole.types, name
        assert set(map(str, whole.types)) <= {"VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP"}, name


def test_paths_of_the_gates_hold_no_path_within_them(policy: Policy) -> None:
    paths = [set(path) for path in policy.promotion.paths()]
    assert not any(a < b for a, b in itertools.permutations(paths, 2))
    for path in paths:
        for criterion in policy.promotion.criteria:
            assert any(set(alternative) <= path for alternative in criterion.alternatives())


def test_sql_folds_stage_names_as_python_does(policy: Policy) -> None:
    aliases = policy_tables(policy)["policy_stage_aliases"]["alias"].to_pylist()
    assert set(aliases) == {alias_key(alias) for alias in aliases}
    names = ["Negotiation/Review", " Id. Decision Makers", "初步 接洽", "closed_won", "Café—Phase 2"]
    folded = duckdb.connect().execute(
        "SELECT list(regexp_replace(lower(name), '[^\\p{L}\\p{N}]+', '', 'g')) FROM (SELECT unnest(?) AS name)",
        [names],
    )
    assert folded.fetchall()[0][0] == [alias_key(name) for name in names]


def test_grades_leave_no_gap(policy: Policy) -> None:
    grades = policy_tables(policy)["policy_grades"].to_pandas()
    for _, axis in grades.groupby("axis"):
        assert axis["below_points"].isna().tolist()[0]
        assert axis["from_points"].isna().tolist()[-1]
        assert axis["below_points"].tolist()[1:] == axis["from_points"].tolist()[:-1]


def business_day(instant: datetime, zone: str) -> date:
    """What SQL makes of an instant (naive, UTC) with `policy_days`."""
    days = days_of(zone)
    place = (instant.date() - date(1970, 1, 1)).days
    assert days["utc_date"].iloc[place] == instant.date()
    found: date = days["date_after" if instant >= days["turns_at"].iloc[place] else "date_before"].iloc[place]
    return found


@cache
def days_of(zone: str) -> pd.DataFrame:
    return policy_tables(policy_with(business={"timezone": zone}))["policy_days"].to_pandas()


@pytest.mark.parametrize(
    ("zone", "last_of_the_day", "day"),
    [
        ("UTC", datetime(2026, 3, 1, 23, 59, 59), date(2026, 3, 1)),
        ("Asia/Shanghai", datetime(2026, 3, 1, 15, 59, 59), date(2026, 3, 1)),
        ("Asia/Kathmandu", datetime(2026, 3, 1, 18, 14, 59), date(2026, 3, 1)),
        ("America/New_York", datetime(2026, 3, 9, 3, 59, 59), date(2026, 3, 8)),  # 23 hours long
        ("Europe/London", datetime(2026, 3, 29, 22, 59, 59), date(2026, 3, 29)),  # begins and ends within a UTC day
        ("America/Sao_Paulo", datetime(2018, 11, 4, 2, 59, 59), date(2018, 11, 3)),  # the next one begins at 01:00
        ("Pacific/Apia", datetime(2011, 12, 30, 9, 59, 59), date(2011, 12, 29)),  # the 30th never was
    ],
)
def test_a_business_day_ends_at_midnight_of_its_zone(zone: str, last_of_the_day: datetime, day: date) -> None:
    assert business_day(last_of_the_day, zone) == day
    following = date(2011, 12, 31) if zone == "Pacific/Apia" else day + timedelta(days=1)
    assert business_day(last_of_the_day + timedelta(seconds=1), zone) == following


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    instant=st.datetimes(datetime(1990, 1, 1), datetime(2037, 12, 31)),
    zone=st.sampled_from(
        ["Asia/Shanghai", "Europe/Berlin", "America/Los_Angeles", "America/Asuncion", "Africa/Cairo", "Asia/Beirut",
         "Australia/Lord_Howe", "Pacific/Apia", "America/Havana"]
    ),
)  # fmt: skip
def test_the_business_day_of_any_instant_is_the_date_on_the_wall(instant: datetime, zone: str) -> None:
    assert business_day(instant, zone) == instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()
