"""Writings of the same name become equal."""

import pandas as pd
import pytest

from assets.identity.names import company_key, person_name_key


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("Lovelace, Dr. Ada", "ada lovelace"),
        ("  ADA   lovelace ", "ada lovelace"),
        ("ＡＤＡ Lovelace (work)", "ada lovelace"),
        ("José-María Ñandú", "jose maria nandu"),
        ("Jose\u0301\u200b Nan\u00addu\ufeff", "jose nandu"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("O’Brien, Mr. Pat", "pat obrien"),
        ("Mary Ann Smith Jr.", "mary ann smith"),
        ("王 小明 先生", "王小明"),
        ("...", None),
        (None, None),
    ],
)
def test_a_persons_name_is_folded(given, key):
    assert person_name_key(pd.Series([given], dtype=object)).tolist() == [key]


@pytest.mark.parametrize(
    "writings",
    [
        ["ACME Widgets, Inc.", "Acme Widgets Ltd", "acme widgets GmbH", "Acme  Widgets"],
        ["北京小米科技有限公司", "小米科技股份有限公司", "小米科技（北京）有限公司", "小米科技"],
        ["Müller & Söhne GmbH & Co. KG", "Muller and Sohne"],
        ["株式会社 日立製作所", "日立製作所"],
        ["삼성전자 주식회사", "삼성전자"],
        ["ООО Ромашка", "Ромашка"],
        ["Samsung Electronics Co., Ltd.", "SAMSUNG ELECTRONICS"],
        ["Foo Sp. z o.o.", "Foo S.A."],
    ],
)
def test_a_companys_writings_have_one_key(writings):
    assert len(set(company_key(pd.Series(writings)))) == 1


def test_a_name_that_is_all_legal_form_keeps_it():
    assert company_key(pd.Series(["Group", "上海", "S.A.", "--", None], dtype=object)).tolist() == [
        "group", "上海", "sa", None, None,
    ]  # fmt: skip


def test_keys_stay_with_the_index_of_their_names():
    assert person_name_key(pd.Series(["B", "A"], index=[7, 3])).to_dict() == {7: "b", 3: "a"}
