"""Names of people and companies, folded so that writings of the same name become equal."""

from __future__ import annotations

import re

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyRelation

from assets.scope import Scope

#: Words before or after a name that are no part of it.
HONORIFICS = (
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "madam", "dame", "ing", "dipl", "mag",
    "phd",
    "md", "mba", "msc", "bsc", "jr", "sr", "ii", "iii", "herr", "frau", "fr", "monsieur", "madame", "mme",
    "mlle",
    "sr", "sra", "srta", "don", "dona", "sig", "signor", "signora", "dott", "dottssa",
)  # fmt: skip
#: The same after a Chinese or Japanese name, where no space sets them apart.
CJK_HONORIFICS = (
    "先生",
    "女士",
    "小姐",
    "太太",
    "经理",
    "總經理",
    "总经理",
    "老师",
    "教授",
    "博士",
    "さん",
    "様",
)

#: Legal forms of companies as they are written, without dots. Longer ones stand for their parts too.
LEGAL_FORMS = (
    # English
    "inc", "incorporated", "corp", "corporation", "co", "company", "ltd", "limited", "llc", "llp", "lp",
    "plc", "pllc",
    "pc", "pty", "pte", "pvt", "private limited", "public limited company", "holding", "holdings", "group",
    "trust",
    # German, Austrian, Swiss
    "gmbh", "mbh", "ag", "kg", "kgaa", "ohg", "gbr", "ug", "haftungsbeschrankt", "se", "ev", "eg", "ek",
    "aktiengesellschaft", "gmbh co kg",
    # French, Belgian
    "sa", "sas", "sasu", "sarl", "eurl", "sprl", "srl", "snc", "sca", "societe anonyme",
    # Spanish, Portuguese, Italian
    "sl", "slu", "sau", "sapi", "cv", "de cv", "sociedad anonima", "ltda", "lda", "limitada", "eireli", "spa",
    "sapa",
    "srls", "societa per azioni", "sociedad limitada",
    # Dutch, Nordic, Baltic
    "bv", "nv", "vof", "ab", "as", "asa", "aps", "oy", "oyj", "hf", "ehf", "ou", "uab", "sia",
    # Polish, Czech, Slovak, Hungarian, Balkan, Turkish
    "sp z oo", "spzoo", "sp zoo", "sp", "zoo", "sro", "kft", "zrt", "nyrt", "bt", "doo", "dd", "ad", "eood",
    "ood",
    "as ticaret", "anonim sirketi", "limited sirketi", "ltd sti", "sti",
    # Slavic written out in their own letters
    "ооо", "оао", "зао", "пао", "ао", "ип", "тов", "тзов",
    # Asia in Latin letters
    "sdn bhd", "bhd", "tbk", "pt", "cv", "jsc", "joint stock company", "kk", "gk", "kabushiki kaisha",
    "co ltd", "public company limited", "pcl",
)  # fmt: skip

#: Legal forms that stand at the end of a Chinese, Japanese or Korean name, longest first.
CJK_FORMS = (
    "股份有限责任公司", "有限责任公司", "股份有限公司", "集团股份有限公司", "集团有限公司", "控股有限公司",
    "有限公司",
    "股份公司", "合伙企业（有限合伙）", "合伙企业(有限合伙)", "合伙企业", "分公司", "总公司", "公司",
    "控股集团", "集团",
    "股份", "控股", "个体工商户", "有限責任公司", "股份有限責任公司", "集團有限公司", "集團", "株式会社",
    "(株)", "㈱",
    "有限会社", "合同会社", "주식회사", "유한회사",
)  # fmt: skip
#: Provinces, autonomous regions and large cities that stand before a Chinese company's own name.
CJK_PLACES = (
    "中国", "中國", "北京", "上海", "天津", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江",
    "安徽",
    "福建", "江西", "山东", "河南", "湖北", "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃",
    "青海",
    "台湾", "内蒙古", "广西", "西藏", "宁夏", "新疆", "香港", "澳门", "深圳", "广州", "杭州", "南京", "苏州",
    "武汉",
    "成都", "西安", "青岛", "大连", "宁波", "厦门", "济南", "长沙", "郑州", "无锡", "佛山", "东莞", "合肥",
    "福州",
    "昆明", "沈阳", "哈尔滨", "长春", "石家庄", "太原", "南昌", "南宁", "贵阳", "兰州", "海口", "常州",
    "温州", "珠海",
)  # fmt: skip


#: Signs of no width that come along when text is copied: they part no words.
_INVISIBLE = r"[\x{00AD}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}\x{FEFF}]"


def _alternatives(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda word: (-len(word), word)))


def _folded(values: pd.Series) -> pa.ChunkedArray:
    """Compatibility characters as plain ones, no marks on letters, small letters."""
    text = pa.chunked_array([pa.array(values.astype(object).where(values.notna(), None), type=pa.string())])
    text = pc.replace_substring_regex(text, _INVISIBLE, "")
    text = pc.utf8_lower(pc.utf8_normalize(text, form="NFKD"))
    # marks are taken off Latin, Greek and Cyrillic letters; in other scripts they are part of the letter
    text = pc.replace_substring_regex(text, r"[\x{0300}-\x{036F}]", "")
    for letter, plain in (
        ("ß", "ss"),
        ("ø", "o"),
        ("ł", "l"),
        ("đ", "d"),
        ("æ", "ae"),
        ("œ", "oe"),
        ("ı", "i"),
    ):
        text = pc.replace_substring(text, letter, plain)
    return pc.utf8_normalize(text, form="NFC")


def _or_null(text: pa.ChunkedArray, values: pd.Series) -> pd.Series:
    kept = pc.if_else(pc.equal(text, ""), None, text)
    return pd.Series(kept.to_pylist(), index=values.index, dtype=object)


def person_name_key(values: pd.Series) -> pd.Series:
    """Names of people, folded: letters only, small, without marks, in the order given name, family name.

    "Lovelace, Dr. Ada" becomes "ada lovelace"; "王 小明 先生" becomes "王小明".

    Args:
        values: names as given.

    Returns:
        The keys, with the same index; null where nothing is left.
    """
    text = _folded(values)
    text = pc.replace_substring_regex(text, r"^\s*([^,]+?)\s*,\s*([^,]+?)\s*$", r"\2 \1")
    text = pc.replace_substring_regex(text, r"\([^)]*\)", " ")
    text = pc.replace_substring_regex(text, r"[.'’`´]", "")
    text = pc.replace_substring_regex(text, r"[^\p{L}\p{N}\p{M}]+", " ")
    # twice, since one match uses up the space that the next would begin with
    for _ in range(2):
        text = pc.replace_substring_regex(text, rf"(^| )(?:{_alternatives(HONORIFICS)})( |$)", " ")
    text = pc.replace_substring_regex(text, rf"(?:{_alternatives(CJK_HONORIFICS)})\s*$", "")
    text = pc.replace_substring_regex(text, r"([\p{Han}])\s+([\p{Han}])", r"\1\2")
    text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, r"\s+", " "))
    return _or_null(text, values)


def company_key(values: pd.Series) -> pd.Series:
    """Names of companies, folded: without legal form, punctuation and, in Chinese, the place in front.

    "ACME Widgets, Inc." and "Acme Widgets Ltd" become "acme widgets"; "北京小米科技有限公司" becomes
    "小米科技". A name
    that is nothing but form and place keeps them.

    Args:
        values: names as given.

    Returns:
        The keys, with the same index; null where there is no letter or digit.
    """
    text = _folded(values)
    text = pc.replace_substring_regex(text, r"[.'’`´]", "")
    text = pc.replace_substring_regex(text, r"\s*[&+]\s*", " and ")
    places = _alternatives(CJK_PLACES)
    text = pc.replace_substring_regex(text, rf"\((?:{places})(?:省|市|自治区)?\)", "")
    plain = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, r"[^\p{L}\p{N}\p{M}]+", " "))
    forms = _alternatives(LEGAL_FORMS)
    short = plain
    for _ in range(3):
        short = pc.replace_substring_regex(short, rf"(?: and)?(?: (?:{forms}))$", "")
    short = pc.replace_substring_regex(short, r"^(?:the|pt|cv|ооо|оао|зао|пао|ао) ", "")
    cjk = pc.match_substring_regex(plain, r"[\p{Han}\p{Hangul}\p{Katakana}]")
    tight = pc.replace_substring_regex(short, r"([\p{Han}\p{Hangul}\p{Katakana}])\s+", r"\1")
    for _ in range(2):
        tight = pc.replace_substring_regex(tight, rf"(?:{_alternatives(CJK_FORMS)})$", "")
    tight = pc.replace_substring_regex(tight, r"^(?:株式会社|有限会社|合同会社|주식회사|유한회사)", "")
    bare = pc.replace_substring_regex(tight, rf"^(?:{places})(?:省|市|自治区)?", "")
    # two characters are the least that still names a company
    tight = pc.if_else(pc.greater_equal(pc.utf8_length(bare), 2), bare, tight)
    short = pc.utf8_trim_whitespace(pc.if_else(cjk, tight, short))
    return _or_null(pc.if_else(pc.equal(short, ""), plain, short), values)


GIVEN_NAMES = """
SELECT 'person' AS kind, coalesce(full_name, nullif(trim(concat_ws(' ', first_name, last_name)), '')) AS name
FROM lead_records
UNION
SELECT 'company' AS kind, company AS name FROM lead_records
UNION
SELECT 'company' AS kind, company AS name FROM account_rows
UNION
SELECT 'company' AS kind, company AS name FROM opportunity_rows
"""


def name_keys(
    lead_records: DuckDBPyRelation,
    account_rows: DuckDBPyRelation,
    opportunity_rows: DuckDBPyRelation,
    scope: Scope,
) -> pa.Table:
    """Every name of a person or company as given, with the key it is compared by. Each name is folded once.

    Args:
        lead_records: full_name, first_name, last_name, company.
        account_rows: company.
        opportunity_rows: company.
        scope: for the engine.

    Returns:
        kind (person or company), name, name_key; names of which nothing is left are not there.
    """
    given = scope.engine.query(
        GIVEN_NAMES,
        {"lead_records": lead_records, "account_rows": account_rows, "opportunity_rows": opportunity_rows},
    ).df()
    given = given[given["name"].notna()]
    parts = []
    for kind, fold in (("person", person_name_key), ("company", company_key)):
        chosen = given[given["kind"] == kind]
        parts.append(chosen.assign(name_key=fold(chosen["name"])))
    keyed = pd.concat(parts, ignore_index=True)
    schema = pa.schema([("kind", pa.string()), ("name", pa.string()), ("name_key", pa.string())])
    return pa.Table.from_pandas(keyed[keyed["name_key"].notna()], schema=schema, preserve_index=False)
