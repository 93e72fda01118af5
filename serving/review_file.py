"""The review file: doubtful pairs of records, side by side, with one column for a person to fill in.

It comes back through `landing/reviews/`, whatever it was called or saved with; `sources` reads it like any other
file, and what was filled in holds for ever.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from assets.lake import table_path
from assets.scope import Scope
from policy.base import Language
from policy.feeds import REVIEW_HEADERS
from serving.catalogue import tables
from sources.durable import replacing, write_bytes
from sources.receipt_answers import harmless

NAME = "identity_review"
_INPUTS = ("record_matches", "lead_identities", "lead_scores", "identity_decisions", "lead_records")

#: What is shown of both records: field -> its name in both languages.
SHOWN: dict[str, dict[Language, str]] = {
    "full_name": {"en": "name", "zh": "姓名"},
    "birth_date": {"en": "date of birth", "zh": "出生日期"},
    "email": {"en": "e-mail", "zh": "邮箱"},
    "phone": {"en": "phone", "zh": "电话"},
    "company": {"en": "company", "zh": "公司"},
    "company_code": {"en": "registry number", "zh": "注册号"},
    "title": {"en": "title", "zh": "职位"},
    "country": {"en": "country", "zh": "国家"},
    "city": {"en": "city", "zh": "城市"},
    "postcode": {"en": "postcode", "zh": "邮编"},
    "address": {"en": "address", "zh": "地址"},
    "source_name": {"en": "source", "zh": "来源"},
    "known_at": {"en": "known since", "zh": "获知日期"},
}
#: What the evidence of a pair may be about, beside the fields shown.
ABOUT: dict[str, dict[Language, str]] = {
    **SHOWN,
    "first_name": {"en": "first name", "zh": "名"},
    "salutation": {"en": "salutation", "zh": "称谓"},
    "last_name": {"en": "last name", "zh": "姓"},
    "domain": {"en": "domain", "zh": "域名"},
}
#: Why a link between groups of records was refused, where no field says it.
REFUSED: dict[str, dict[Language, str]] = {
    "group": {"en": "the other records of the two leads speak against it", "zh": "两条线索的其他记录与此不符"},
    "size": {"en": "one doubtful link would join two large groups", "zh": "仅凭一处疑似关联会合并两个大组"},
    "decision": {"en": "a person told records of the two leads apart", "zh": "两条线索的记录已被人工区分"},
}
SAYS: dict[str, dict[Language, str]] = {
    "agrees": {"en": "{about} agrees ({weight:+.1f})", "zh": "{about}一致或相近({weight:+.1f})"},
    "differs": {"en": "{about} differs ({weight:+.1f})", "zh": "{about}不同({weight:+.1f})"},
    "contradicts": {"en": "{about} contradicts", "zh": "{about}相互矛盾"},
    "rule": {"en": "a rule asks for review ({weight:+.1f})", "zh": "规则要求复核({weight:+.1f})"},
}
JOINED: dict[Language, str] = {"en": "; ", "zh": ";"}
PROBABILITY: dict[Language, str] = {"en": "probability", "zh": "同一人概率"}
EVIDENCE: dict[Language, str] = {"en": "evidence (bits)", "zh": "依据(比特)"}
CHOICES: dict[Language, list[str]] = {"en": ["same", "different"], "zh": ["同一人", "不同"]}
#: Excel dates a new workbook; the same pairs must be the same bytes.
NO_DAY = datetime(2000, 1, 1, tzinfo=UTC)

HOW_TO = (
    "{file}: {asked} doubtful pairs, {left_out} more are left out (reviews.max_pairs in policy/identity.yaml).\n"
    "Write same or different into the first column, save in any spreadsheet format, and drop the file into\n"
    "landing/reviews/. Lines left empty stay open. What is decided holds for ever; a later answer replaces it.\n"
    "\n"
    "{file}:{asked} 对疑似记录,另有 {left_out} 对未列出(policy/identity.yaml 中的 reviews.max_pairs)。\n"
    "请在第一列填写“同一人”或“不同”,以任意表格格式保存,放入 landing/reviews/。未填写的行保持待确认。\n"
    "决定长期有效;以后的答复会取代它。\n"
)


def exports_folder(home: Path) -> Path:
    """Where files for people and other systems are."""
    return home / "out" / "exports"


def write_review_file(scope: Scope) -> dict[str, int]:
    """Writes the review file as a workbook and as CSV, with a note beside them; takes them away where nobody is asked.

    Args:
        scope: the run whose tables are published.

    Returns:
        asked (pairs in the file) and left_out (pairs beyond the most that policy allows).
    """
    language = scope.policy.business.language
    rows, left_out = _pairs(scope)
    folder = exports_folder(scope.home)
    paths = [folder / f"{NAME}{ending}" for ending in (".xlsx", ".csv", ".txt")]
    if not rows:
        for path in paths:
            path.unlink(missing_ok=True)
        return {"asked": 0, "left_out": 0}
    header = _header(language)
    lines = [_line(row, language) for row in rows]
    _write_workbook(paths[0], header, lines, language)
    write_bytes(paths[1], _csv_bytes(header, lines))
    write_bytes(paths[2], HOW_TO.format(file=NAME, asked=len(rows), left_out=left_out).encode())
    return {"asked": len(rows), "left_out": left_out}


def _pairs(scope: Scope) -> tuple[list[dict[str, Any]], int]:
    """The pairs to ask about, the first first, and how many more there are."""
    sql = (Path(__file__).parent / "review_pairs.sql").read_text(encoding="utf-8")
    inputs: dict[str, Any] = {
        name: scope.engine.relation(table_path(scope.lake, tables()[name], str(scope.day))) for name in _INPUTS
    }
    found = scope.engine.query(sql, inputs)
    reviews = scope.policy.identity.reviews
    doubt = duckdb.SQLExpression("abs(match_probability - 0.5)")
    score = duckdb.ColumnExpression("score").desc()
    order = [score, doubt] if reviews.order == "valuable" else [doubt, score]
    ids = [duckdb.ColumnExpression(name) for name in ("record_id_l", "record_id_r")]
    made = found.sort(*order, *ids).to_arrow_table()
    return made.slice(0, reviews.max_pairs).to_pylist(), max(made.num_rows - reviews.max_pairs, 0)


def _header(language: Language) -> list[str]:
    sides = [f"{names[language]} {side}" for names in SHOWN.values() for side in (1, 2)]
    asked = [REVIEW_HEADERS[field][language] for field in ("decision", "reviewer")]
    ids = [REVIEW_HEADERS[field][language] for field in ("record_id_l", "record_id_r")]
    return [*asked, PROBABILITY[language], EVIDENCE[language], *sides, *ids]


def _line(row: dict[str, Any], language: Language) -> list[str]:
    sides = [row[f"{field}_{side}"] for field in SHOWN for side in ("l", "r")]
    told = ["", "", f"{row['match_probability']:.4f}", evidence_words(row["evidence"], language)]
    return [*told, *["" if value is None else str(value) for value in sides], row["record_id_l"], row["record_id_r"]]


def evidence_words(evidence: str, language: Language) -> str:
    """The evidence of a pair for a person, the weightiest first.

    Args:
        evidence: JSON of `record_matches.evidence`: bits by comparison, `prior`, and why a link was refused.
        language: en or zh.
    """
    told = json.loads(evidence)
    why = told.pop("contradiction", None)
    told.pop("prior", None)
    words = []
    if why in REFUSED:
        words.append(REFUSED[why][language])
    elif why is not None:
        words.append(SAYS["contradicts"][language].format(about=ABOUT.get(why, {}).get(language, why)))
    for name, weight in sorted(told.items(), key=lambda item: (-abs(item[1]), item[0])):
        says = "rule" if name == "rule" else "agrees" if weight > 0 else "differs"
        about = ABOUT.get(name, {}).get(language, name)
        words.append(SAYS[says][language].format(about=about, weight=weight))
    return JOINED[language].join(words)


def _csv_bytes(header: Sequence[str], lines: Sequence[Sequence[str]]) -> bytes:
    """With a byte order mark, without which Excel takes UTF-8 for another encoding."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in line] for line in lines)
    return text.getvalue().encode("utf-8-sig")


def _write_workbook(path: Path, header: Sequence[str], lines: Sequence[Sequence[str]], language: Language) -> None:
    import xlsxwriter

    with replacing(path) as partial:
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        with xlsxwriter.Workbook(str(partial), options) as book:
            book.set_properties({"created": NO_DAY})
            page = book.add_worksheet(NAME)
            bold, fill = book.add_format({"bold": True}), book.add_format({"bg_color": "#FFF2CC"})
            for at, name in enumerate(header):
                page.write_string(0, at, name, bold)
            for number, line in enumerate(lines, 1):
                page.write_blank(number, 0, None, fill)
                for at, cell in enumerate(line):
                    if cell:
                        page.write_string(number, at, harmless(cell))
            page.data_validation(1, 0, len(lines), 0, {"validate": "list", "source": CHOICES[language]})
            page.freeze_panes(1, 1)
            page.set_column(0, 1, 16)
            page.set_column(3, 3, 48)
            page.set_column(4, len(header) - 1, 18)
