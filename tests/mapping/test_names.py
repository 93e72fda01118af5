"""The tables of names: every name finds its own field."""

from __future__ import annotations

import pytest

from policy.feeds import CANONICAL_FIELDS
from sources.header_names import is_header_name
from sources.mapping.evidence import profile
from sources.mapping.fields import NO_FIELD, likely_fields
from sources.mapping.tables import (
    ANY,
    ELSEWHERE,
    LANGUAGES,
    abbreviations,
    country_names,
    field_names,
    named_in,
    other_names,
    simplified,
)

#: Names that two fields share on purpose: values or the columns beside them decide.
SHARED = {
    "Durchwahl",
    "Name",
    "Nom",
    "Nombre",
    "Nome",
    "Nume",
    "Имя",
    "Richiesta",
    "Data richiesta",
    "Service",
    "agent",
    "sales person",
    "评分",
    "Référence",
}


def test_every_entry_is_a_field_of_its_kind() -> None:
    for language in LANGUAGES:
        for part, fields in named_in(language).items():
            if part == ELSEWHERE:
                continue
            known = set(CANONICAL_FIELDS[part]) if part != ANY else {n for k in CANONICAL_FIELDS.values() for n in k}
            assert set(fields) <= known, (language, part)


@pytest.mark.parametrize("kind", CANONICAL_FIELDS)
def test_every_field_has_names_beside_its_own(kind: str) -> None:
    assert [field for field in CANONICAL_FIELDS[kind] if not field_names(kind).get(field)] == []


@pytest.mark.parametrize("kind", CANONICAL_FIELDS)
def test_every_name_is_sure_to_find_its_field_without_values(kind: str) -> None:
    missed = []
    for field, names in field_names(kind).items():
        if field not in CANONICAL_FIELDS[kind]:
            continue
        for name in names:
            found = max(likely_fields(kind, [name], [profile([])])[0].values(), key=lambda likely: likely.confidence)
            if name not in SHARED and (found.field != field or found.confidence < 0.6):
                missed.append((name, field, found.field, found.confidence))
    assert missed == []


def test_what_looks_like_a_field_and_is_none_is_left_alone() -> None:
    taken = []
    for name in other_names():
        likely = likely_fields("leads", [name], [profile([])])[0]
        best = max(likely.values(), key=lambda found: found.confidence)
        if best.field != NO_FIELD and best.confidence >= 0.65:
            taken.append((name, best.field, best.confidence))
    assert taken == []


def test_traditional_characters_are_read_as_simplified_ones() -> None:
    assert simplified("電子郵件 聯絡電話 公司名稱 統一編號") == "电子邮件 联络电话 公司名称 统一编号"


def test_a_name_behind_the_number_of_its_question_is_a_header() -> None:
    assert all(map(is_header_name, ["姓名", "1、姓名", "2.手机号", "Q3_Email", "4. Company"]))
    assert not any(map(is_header_name, ["13. Januar", "1、"]))


def test_countries_are_known_by_code_and_by_name_in_both_languages() -> None:
    assert {country_names()[name] for name in ("de", "deu", "germany", "deutschland", "德国")} == {"DE"}


def test_short_forms_are_shorter_than_what_they_stand_for() -> None:
    assert [short for short, long in abbreviations().items() if len(short) > len(long)] == []
