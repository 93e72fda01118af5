"""Keys at work: writings that only a key makes equal bring records together."""

import pytest

from tests.identity.conftest import record


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"full_name": "王小明", "phone": "+8613800138000"}, {"full_name": "Wang Xiaoming", "phone": "+8613800138000"}),
        ({"full_name": "王小明", "email": "w@acme.com"}, {"full_name": "Xiao-Ming WANG", "email": "w@acme.com"}),
        ({"full_name": "Bob Smith", "phone": "+12125550100"}, {"full_name": "Robert Smith", "phone": "+12125550100"}),
        (
            {"full_name": "Jane Doe", "email": "jane.doe@gmail.com"},
            {"full_name": "Jane Doe", "email": "janedoe+x@googlemail.com"},
        ),
    ],
)  # fmt: skip
def test_one_person_written_in_two_ways_is_one_lead(bench, one, other):
    assert bench.leads([record("r1", **one), record("r2", **other)]) == [["r1", "r2"]]


def test_two_people_with_one_phone_stay_two(bench):
    records = [
        record("r1", full_name="王小明", phone="+8613800138000"),
        record("r2", full_name="李大伟", phone="+8613800138000"),
    ]
    assert bench.leads(records) == [["r1"], ["r2"]]


def test_records_have_the_keys_they_are_compared_by(bench):
    made = bench.identified(
        [
            record(
                "r1", full_name="Kovach Peter", country="HU", email="a.b+c@gmail.com", address="5 North Main Street",
                postcode="12345-6789", company="阿里巴巴网络技术有限公司", company_code="HRB12345",
            )
        ]
    )["match_records"]  # fmt: skip
    columns = "name_latin, first_name, last_name, email, address, postcode, company_key, company_brand, company_code"
    assert made.select(columns).fetchall() == [
        (
            "kovach peter",
            "peter",
            "kovach",
            "ab@gmail.com",
            "5 n main st",
            "12345",
            "阿里巴巴网络技术",
            "阿里巴巴",
            None,
        )
    ]
