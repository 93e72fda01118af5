"""The report: self-contained, escaped, readable in both languages, and honest about what cannot be compared."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from serving.report import ReportScope, report_html, write_report
from serving.report_charts import Cohort, cohort_chart, exceedance_chart, interval, lineage_chart
from serving.report_texts import TEXTS, Language, amount, percent, text

EVIL = '<script>alert("x")</script>'

SCOPE = ReportScope(
    datetime(2026, 2, 15, 16, 30),
    "Asia/Shanghai",
    "USD",
    "a1b2c3d4e5f6",
    row_counts={"leads": 8000, "funnel_stages": 12},
    groups={"leads": "identity", "funnel_counts": "funnel", "funnel_stages": "funnel"},
    edges=[("leads", "funnel_counts"), ("funnel_counts", "funnel_stages")],
)


def funnel_row(**values: object) -> dict[str, object]:
    return {
        "as_of": datetime(2026, 2, 15), "basis": "cohort", "period": "all", "segment_type": "all", "segment": "all",
        "process": "all", "from_stage": "lead", "to_stage": "won", "entered": 8000, "advanced": 842, "lost": 0,
        "still_open": 7158, "conversion_rate": 0.10525, "conversion_low": 0.0987, "conversion_high": 0.1122,
        "benchmark_rate": None, "verdict": "no_benchmark", "is_comparable": True, "median_days": 14.65,
        "p90_days": 162.6, "is_bottleneck": False, **values,
    }  # fmt: skip


def tables() -> dict[str, pd.DataFrame]:
    funnel = [
        funnel_row(),
        funnel_row(as_of=datetime(2026, 1, 1), advanced=1, conversion_rate=0.5),
        funnel_row(
            process="standard", from_stage="negotiation", verdict="below", benchmark_rate=0.3, is_bottleneck=True
        ),
        funnel_row(process="standard", from_stage="validation", to_stage=EVIL, is_comparable=False, benchmark_rate=0.6),
        *(funnel_row(period=f"2025-Q{n}", is_comparable=n > 1, conversion_rate=n / 20) for n in (1, 2, 3)),
    ]
    forecast = {
        "as_of": datetime(2026, 2, 15), "period": "2026-Q1", "segment_type": "all", "segment": "all",
        "weighted_amount_base": Decimal(9), "p10": Decimal("292800"), "p50": Decimal("495100"),
        "p90": Decimal("722000"), "mean": Decimal("502700"), "won_to_date": Decimal("2469.12"),
        "new_business_mean": Decimal("6626.42"), "target": Decimal("900000"), "probability_of_target": 0.012,
        "skill_label": "no_history",
    }  # fmt: skip
    file = {"path": "a.csv", "source_name": "acme", "status": "accepted", "rows_read": 10, "rows_accepted": 7,
            "rows_duplicate": 1, "rows_rejected": 2, "code": None}  # fmt: skip
    aside = {**file, "path": f"partners/{EVIL}.csv", "status": "quarantined", "rows_read": 0, "rows_accepted": 0,
             "rows_duplicate": 0, "rows_rejected": 0, "code": "empty-file"}  # fmt: skip
    check = {"check_name": "leads_have_one_id", "table_name": "leads", "severity": "blocking", "passed": True,
             "observed": "canary@example.com", "expected": "0", "rows_affected": 0,
             "amount_at_risk_base": None}  # fmt: skip
    return {
        "funnel_stages": pd.DataFrame(funnel),
        "stages": pd.DataFrame(
            {"process": ["standard", "standard"], "stage": ["validation", "negotiation"], "stage_order": [1, 3],
             "label": ["Validation", "Negotiation"], "label_zh": ["验证", "谈判"]}
        ),
        "forecasts": pd.DataFrame([forecast]),
        "forecast_quantiles": pd.DataFrame(
            {"period": "2026-Q1", "reached_rate": [0.9, 0.5, 0.1], "amount_base": [292800.0, 495100.0, 722000.0]}
        ),
        "source_performance": pd.DataFrame(
            [{"source_name": "acme", "medium": EVIL, "campaign": "(none)", "leads": 40, "qualified": 3,
              "opportunities": 9,
              "won": 4, "won_amount_base": 12345.6, "lead_to_opportunity_rate": 0.225, "lead_to_won_rate": 0.1,
              "rate_low": 0.04, "rate_high": 0.231}]
        ),
        "source_files": pd.DataFrame([file, aside]),
        "rejected_rows": pd.DataFrame(
            {"code": ["ragged-row"] * 2, "reason": ["canary@example.com"] * 2, "raw": ["canary@example.com"] * 2}
        ),
        "quality_results": pd.DataFrame(
            [check, {**check, "check_name": "it_adds_up", "passed": False, "rows_affected": 3}]
        ),
        "balances": pd.DataFrame({"equation": ["rows"], "scope": ["canary@example.com"], "difference": [0.0]}),
        "opportunities": pd.DataFrame({"status": ["open", "won"], "amount_base": [3390000.0, 1.0]}),
    }  # fmt: skip


class Outline(HTMLParser):
    """Open elements must be closed in order; what is loaded is noted."""

    VOID = frozenset({"meta", "br", "link", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.loaded += [value or "" for name, value in attrs if name in {"src", "href", "srcset", "data"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outline(html: str) -> Outline:
    parser = Outline()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_is_well_formed_and_loads_nothing(language: Language) -> None:
    html = report_html(tables(), SCOPE, language)
    found = outline(html)
    assert "script" not in found.seen
    assert found.loaded == []
    assert "url(" not in html
    assert "@import" not in html


@pytest.mark.parametrize("language", ["en", "zh"])
def test_values_are_escaped(language: Language) -> None:
    html = report_html(tables(), SCOPE, language)
    assert EVIL not in html
    assert "&lt;script&gt;" in html


def test_personal_data_of_lines_and_checks_does_not_reach_the_page() -> None:
    assert "canary@example.com" not in report_html(tables(), SCOPE)


def test_the_newest_numbers_are_shown_with_what_cannot_be_compared() -> None:
    html = report_html(tables(), SCOPE)
    words = re.sub(r"<[^>]+>", " ", html)
    assert "10.53 %" in words
    assert "50.0 %" not in words
    assert "not comparable" in words
    assert "below benchmark" in words
    assert "bottleneck" in words
    assert "495.1 k" in words
    assert "292.8 k – 722 k" in words
    assert "The row has" in words
    assert "too little closed history" in words
    assert "2026-02-16 00:30 CST" in words
    assert "Failed checks: 1" in words


def test_chinese_words_and_units_are_used() -> None:
    html = report_html(tables(), SCOPE, "zh")
    assert 'lang="zh"' in html
    assert "验证" in html
    assert "49.5 万" in html
    assert "瓶颈" in html


def test_no_tables_make_a_page_all_the_same() -> None:
    html = report_html({}, SCOPE)
    outline(html)
    assert text("no_data", "en") in html
    empty = {name: table.iloc[:0] for name, table in tables().items()}
    outline(report_html(empty, SCOPE))


def test_the_file_appears_in_one_rename(tmp_path: Path) -> None:
    target = write_report(tables(), SCOPE, tmp_path / "report" / "index.html")
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [path.name for path in target.parent.iterdir()] == ["index.html"]


def test_every_text_has_both_languages() -> None:
    assert all(en and zh for en, zh in TEXTS.values())
    for en, zh in TEXTS.values():
        assert set(re.findall(r"{\w+}", en)) == set(re.findall(r"{\w+}", zh))


@pytest.mark.parametrize(
    ("value", "language", "written"),
    [(1234.4, "en", "1.23 k"), (5e6, "en", "5 M"), (999, "en", "999"), (-2.5e9, "en", "-2.5 bn"),
     (10_005_534, "zh", "1,001 万"),
     (123_456_789, "zh", "1.23 亿"), (None, "en", "–"), (float("nan"), "zh", "–"), (100_000, "en", "100 k")],
)  # fmt: skip
def test_amounts_are_short(value: float | None, language: Language, written: str) -> None:
    assert amount(value, language) == written


def test_a_missing_rate_is_a_dash_and_an_empty_line() -> None:
    assert percent(None) == "–"
    assert "circle" not in interval(None, None, None, None, False)


def test_cohorts_that_are_not_comparable_are_hollow_and_off_the_line() -> None:
    cohorts = [
        Cohort("2025-Q1", 0.01, 0.0, 0.05, True),
        Cohort("2025-Q2", 0.1, 0.08, 0.12, False),
        Cohort("2025-Q3", 0.2, 0.1, 0.3, False),
    ]
    chart = str(cohort_chart(cohorts, EVIL))
    assert chart.count("point hollow") == 1
    assert len(re.search(r'polyline points="([^"]+)"', chart)[1].split()) == 2  # type: ignore[index]
    assert EVIL not in chart


def test_axes_have_a_few_ticks_whatever_the_size() -> None:
    for size in (0.5, 40.0, 7e5, 3e11):
        chart = str(exceedance_chart([size, size * 2], [0.9, 0.1], [], lambda value: f"{value:g}", "axis", "label"))
        assert 2 + 5 <= chart.count("<text") <= 14


def test_lineage_leaves_out_edges_of_tables_that_are_not_shown() -> None:
    chart = str(lineage_chart([("a", "A", ["x", "y"])], [("x", "y"), ("x", "gone")], {}, "lineage"))
    assert chart.count("<path") == 1
