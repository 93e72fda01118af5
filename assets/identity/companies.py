"""Names of companies: without legal form for comparison, and as the brand people know them by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import astuple
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from assets.identity.folding import HAN, folded, folded_text, or_null, replaced
from assets.identity.name_patterns import read_by_pattern
from assets.identity.words.lists import CompanyWords, alternatives, company_words

#: What stands between the name and another one for it.
_TRADING_AS = (
    r"(?:d\s*/\s*b\s*/\s*a|d\.b\.a\.?|dba|doing business as|t\s*/\s*a|trading as|a\s*/\s*k\s*/\s*a|aka|also known as)"
)
_FORMERLY = r"(?:f\s*/\s*k\s*/\s*a|fka|formerly(?: known as)?|previously|ehemals|anciennement|原名|曾用名|旧称)"
_CARE_OF = r"(?:c\s*/\s*o|care of|p\.\s*a\.)"
#: Words of the patterns above and below, beside those of the lists.
_WORDS_OF_PATTERNS = "dba doing business as trading aka also known fka formerly previously ehemals anciennement care of"
_OTHER_WORDS = "and the www http https"
_CJK = r"\p{Han}\p{Hangul}\p{Katakana}\p{Hiragana}"
_HAN = re.compile(f"[{HAN}]")
#: Of the whole country, and so of no place in it.
_COUNTRY = frozenset({"中国", "中华"})
#: Two characters are the least that still names a company.
_LEAST = 2


def company_names(names: pa.ChunkedArray, words: CompanyWords | None = None) -> pa.Table:
    """Names of companies as they are compared.

    The key is the folded name without legal form, punctuation and, in Chinese, the place in front: "ACME Widgets, Inc."
    and "Acme Widgets Ltd" become "acme widgets", "北京小米科技有限公司" becomes "小米科技". A name that is nothing but
    form and place keeps them, and so does one that only its place tells from others, as 北京银行.

    The brand is the key without line of business and country behind it, or the name a company trades under:
    "阿里巴巴（中国）网络技术有限公司" becomes "阿里巴巴", "Siemens Technologies China" "siemens". Looser than the key:
    two companies may share it.

    Args:
        names: as given.
        words: the word lists; the shipped ones.

    Returns:
        name_key and name_brand, a row for each name; null where there is no letter, where one character is all, and
        where it says only that there is no company: N/A, self-employed, 个体, GmbH.
    """
    words = words or company_words()
    return read_by_pattern(folded(names), _listed(words), lambda text: _company_names(text, words))


def keys_by_place(keys: Mapping[str, str], words: CompanyWords | None = None) -> dict[str, str]:
    """The keys of Chinese companies that are registered in different places, with the place in front.

    "上海东方贸易有限公司" and "北京东方贸易有限公司" are two companies, and so their keys become "上海东方贸易" and
    "北京东方贸易"; without a place nobody knows which of them is meant, and "东方贸易" stays what it is. Where all who
    say a place say the same one, it tells nothing apart.

    Args:
        keys: name as given -> its key, of all companies there are.
        words: the word lists; the shipped ones.

    Returns:
        name -> key, of the names whose key is another one now.
    """
    words = words or company_words()
    by_key: dict[str, list[str]] = {}
    for name, key in keys.items():
        if _HAN.search(key):
            by_key.setdefault(key, []).append(name)
    found: dict[str, str] = {}
    for key, names in by_key.items():
        if len(names) < 2:
            continue
        places = {name: _places(name, words) for name in sorted(names)}
        apart = _joined_places(places.values())
        if len(apart) > 1:
            fronts = {place: min(group) for group in apart for place in group}
            found |= {name: f"{fronts[min(its)]}{key}" for name, its in places.items() if its}
    return found


def _joined_places(places: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Places as groups: those that one name says together, as 广东省深圳市, are one."""
    groups: list[frozenset[str]] = []
    for its in places:
        if its:
            same = [group for group in groups if group & its]
            groups = [group for group in groups if not group & its] + [its.union(*same)]
    return groups


def _places(name: str, words: CompanyWords) -> frozenset[str]:
    """Where a Chinese company is registered: in front of its name, or in brackets before its legal form."""
    text = re.sub(r"\s+", "", folded_text(name))
    found = [
        text_of_place
        for part in _place_pattern(words.places).finditer(text)
        for text_of_place in re.findall(alternatives([*words.places]), part.group())
    ]
    return frozenset(found) - _COUNTRY


@lru_cache(maxsize=8)
def _place_pattern(places: tuple[str, ...]) -> re.Pattern[str]:
    place = rf"(?:{alternatives([*places])})(?:省|市|自治区|特别行政区)?"
    return re.compile(rf"^(?:{place})+|(?<=.)[(\[](?:{place})+[)\]](?=.)")


def _company_names(text: pa.ChunkedArray, words: CompanyWords) -> pa.Table:
    """Keys and brands of folded names."""
    keys = _keys(_stated(text, trading=False), words)
    traded = _stated(text, trading=True)
    other = pc.fill_null(pc.not_equal(_stated(text, trading=False), traded), False)
    named = keys
    if pc.any(other).as_py():
        named = pc.if_else(other, _keys(traded, words), keys)
    brands = _brands(named, words)
    letters = replaced(text, r"[^\p{L}\p{N}]+", "")
    is_none = pc.or_(
        pc.is_in(letters, pa.array(words.no_company, pa.string())),
        pc.match_substring_regex(letters, r"^(?:\p{N}*|.)$"),
    )
    nothing = pa.scalar(None, pa.string())
    return pa.table(
        {
            "name_key": pc.if_else(is_none, nothing, or_null(keys)),
            "name_brand": pc.if_else(is_none, nothing, or_null(brands)),
        }
    )


@lru_cache(maxsize=8)
def _listed(words: CompanyWords) -> frozenset[str]:
    """Every word that means something in a company's name."""
    texts = [text for table in astuple(words) for text in table]
    return frozenset(re.findall("[a-z]+", " ".join([*texts, _WORDS_OF_PATTERNS, _OTHER_WORDS])))


def _stated(text: pa.ChunkedArray, *, trading: bool) -> pa.ChunkedArray:
    """The name that is meant, of a text that says several: the legal name, or the one traded under."""
    text = replaced(text, rf"(.)[\s,;(\[]+{_FORMERLY}(?:[\s.:：]+.*|[^\x00-\x7f].*)$", r"\1")
    text = replaced(text, rf"^\s*{_CARE_OF}\s+", "")
    text = replaced(text, rf"(.)[\s,;(\[]+{_CARE_OF}\s.*$", r"\1")
    if trading:
        return replaced(text, rf"^.*\S[\s,;(\[]+{_TRADING_AS}[\s:]+([^)\]]+).*$", r"\1")
    return replaced(text, rf"(\S)[\s,;(\[]+{_TRADING_AS}\s.*$", r"\1")


def _keys(text: pa.ChunkedArray, words: CompanyWords) -> pa.ChunkedArray:
    text = replaced(text, r"^\s*(?:https?://)?www\.", "")
    hosts = alternatives([*words.host_endings])
    text = replaced(text, rf"([\p{{L}}\p{{N}}-]{{2,}})\.(?:{hosts})(/|\s|,|$)", r"\1 ")
    text = replaced(text, r"\be\.\s+([kvg])\b", r"e\1")  # a legal form, before e is read as and
    text = replaced(text, r"[.'’‘`´]", "")
    text = replaced(text, rf"\(\s*(?:{alternatives([*words.bracketed_forms])})\s*\)", " ")
    text = replaced(text, r"\s*[&+]\s*", " and ")
    places, regions = alternatives([*words.places]), alternatives([*words.regions])
    bracket = rf"\s*[(\[]\s*(?:{places}|{regions}|the)(?:省|市|自治区|特别行政区)?\s*[)\]]\s*"
    inside = replaced(text, bracket, " ")
    text = pc.if_else(pc.match_substring_regex(inside, r"[\p{L}\p{N}]"), inside, text)
    plain = replaced(text, r"[^\p{L}\p{N}\p{M} ]+", " ")
    plain = pc.utf8_trim_whitespace(replaced(plain, " {2,}", " "))
    joined = alternatives([word for word in words.and_words if word != "and"])
    plain = replaced(plain, rf"(\S) (?:{joined}) (\S)", r"\1 and \2")
    short = _without_forms(plain, words)
    fronts = alternatives([*words.legal_fronts])
    short = replaced(short, rf"^(?:{fronts}) (.)", r"\1")
    for word, *others in map(str.split, words.other_writings):
        short = replaced(short, rf"\b(?:{alternatives(others)})\b", word)
    has_cjk = pc.match_substring_regex(plain, f"[{_CJK}]")
    if pc.any(has_cjk).as_py():
        short = pc.if_else(has_cjk, _unspaced_keys(plain, words), short)
    short = pc.utf8_trim_whitespace(short)
    return pc.if_else(pc.equal(short, ""), plain, short)


def _without_forms(plain: pa.ChunkedArray, words: CompanyWords) -> pa.ChunkedArray:
    """Without the legal forms behind a name; a doubtful one stays where the one word before it names nothing."""
    doubtful = set(words.doubtful_forms)
    plainly = alternatives([form for form in words.legal_forms if form not in doubtful])
    perhaps = alternatives([*words.doubtful_forms])
    weak = alternatives([*words.weak_words])
    for _ in range(3):
        plain = replaced(plain, rf"(.)(?: and)?(?: (?:{plainly}))+$", r"\1")
        shorter = replaced(plain, rf"(.)(?: and)?(?: (?:{perhaps}))$", r"\1")
        is_weak = pc.match_substring_regex(shorter, rf"^(?:the )?(?:{weak}|.)$")
        plain = pc.if_else(is_weak, plain, shorter)
    return plain


def _unspaced_keys(plain: pa.ChunkedArray, words: CompanyWords) -> pa.ChunkedArray:
    """Keys of names in Chinese, Japanese and Korean letters."""
    places = alternatives([*words.places])
    forms = alternatives([form.replace("(", "").replace(")", "") for form in words.unspaced_forms])
    fronts = alternatives([*words.unspaced_fronts])
    tight = replaced(plain, rf"([{_CJK}])\s+", r"\1")
    tight = replaced(tight, rf"(.{{2}})(?:(?:{places})[省市]?)?(?:分公司|分行|支行|办事处|分店|代表处|营业部)$", r"\1")
    for _ in range(3):
        tight = replaced(tight, rf"(.{{2}})\s*(?:{forms})$", r"\1")
    tight = replaced(tight, rf"^(?:{fronts})\s*(.)", r"\1")
    bare = replaced(tight, rf"^(?:(?:{places})(?:省|市|自治区|特别行政区)?){{1,3}}", "")
    bare = replaced(bare, r"^\p{Han}{2,3}[区县](\p{Han}{3})", r"\1")
    trades = alternatives([*words.unspaced_trades])
    # where only the place tells a name from others, it stays
    only_trade = pc.match_substring_regex(bare, rf"^(?:{trades})*$")
    kept = pc.match_substring_regex(bare, rf"(?:{alternatives([*words.keep_place_before])})$")
    named = pc.match_substring_regex(tight, r"^(?:中国|中华)")
    own = replaced(bare, rf"(?:{alternatives([*words.keep_place_before])})$", "")
    # 中国建设银行 is 建设银行, since there is one of it in the country
    national = pc.and_(named, pc.and_(
        pc.greater_equal(pc.utf8_length(own), _LEAST), pc.invert(pc.match_substring_regex(bare, "大学|学院|医院|研究"))
    ))  # fmt: skip
    stays = pc.or_(only_trade, pc.and_(kept, pc.invert(national)))
    long_enough = pc.greater_equal(pc.utf8_length(bare), _LEAST)
    return pc.if_else(pc.and_(long_enough, pc.invert(stays)), bare, tight)


def _brands(keys: pa.ChunkedArray, words: CompanyWords) -> pa.ChunkedArray:
    weak = alternatives([*words.weak_words])
    behind = alternatives([*words.trades, *words.regions, "and"])
    short = replaced(keys, rf"^(.+?)(?: (?:{behind}))+$", r"\1")
    is_weak = pc.match_substring_regex(short, rf"^(?:the )?(?:(?:{weak}|{behind}|and|\p{{N}}+|.)(?: |$))+$")
    brand = pc.if_else(is_weak, keys, short)
    trades = alternatives([*words.unspaced_trades])
    kept = alternatives([*words.keep_place_before])
    institution = pc.match_substring_regex(keys, rf"(?:{kept})$")
    unspaced = replaced(keys, rf"^(.{{2,}}?)(?:{trades})+$", r"\1")
    has_han = pc.and_(pc.match_substring_regex(keys, r"\p{Han}"), pc.invert(institution))
    # what is left may not be a place or a line of business itself
    nothing = pc.match_substring_regex(unspaced, rf"^(?:{alternatives([*words.places])}|{trades})+$")
    return pc.if_else(pc.and_(has_han, pc.invert(nothing)), unspaced, brand)
