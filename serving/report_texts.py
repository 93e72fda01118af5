"""The words of the report, in English and Chinese, and how numbers are written in each."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

Language = Literal["en", "zh"]

TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Leads, funnel and forecast", "线索、漏斗与预测"),
    "as_of": ("As of", "截至"),
    "policy": ("policy", "策略"),
    "currency": ("amounts in", "金额单位"),
    "headline": ("At a glance", "概览"),
    "leads": ("Leads", "线索"),
    "opportunities": ("Opportunities", "商机"),
    "open_now": ("open", "进行中"),
    "lead_to_opportunity": ("Lead → opportunity", "线索 → 商机"),
    "lead_to_won": ("Lead → won", "线索 → 成交"),
    "confidence_interval": ("confidence interval", "置信区间"),
    "pipeline": ("Open pipeline", "在手商机金额"),
    "forecast_for": ("Forecast", "预测"),
    "median": ("median", "中位"),
    "nine_in_ten": ("8 in 10 fall between", "八成落在"),
    "rejected_lines": ("Lines not used", "未采用的行"),
    "of_read": ("of {read} read", "共读取 {read} 行"),
    "checks_ok": ("Checks passed: {count} of {count}", "{count} 项检查全部通过"),
    "checks_bad": ("Failed checks: {count}", "{count} 项检查未通过"),
    "checks_none": ("No checks on record", "没有检查记录"),
    "funnel": ("Funnel", "漏斗"),
    "funnel_note": (
        "Each line follows everyone who ever entered the step. Those still there are no failures: a stage's rate is "
        "went on / (went on + lost); a lead's rate is went on / entered. A verdict is given only where chance is "
        "ruled out for all steps of a block together.",
        "每行跟踪曾进入该步骤的全部对象。仍停留者不算失败:阶段转化率 = 推进 /(推进 + 丢失);线索转化率 = 推进 / 进入。"
        "只有在同一区块所有步骤合并检验后仍能排除偶然时,才给出结论。",
    ),
    "step": ("Step", "步骤"),
    "entered": ("Entered", "进入"),
    "advanced": ("Went on", "推进"),
    "lost": ("Lost", "丢失"),
    "still_open": ("Still there", "停留"),
    "rate": ("Rate", "转化率"),
    "benchmark": ("Benchmark", "基准"),
    "median_days": ("Median days", "中位天数"),
    "verdict": ("Verdict", "结论"),
    "below": ("below benchmark", "低于基准"),
    "above": ("above benchmark", "高于基准"),
    "not_distinguishable": ("no clear difference", "无显著差异"),
    "no_benchmark": ("no benchmark", "无基准"),
    "not_comparable": ("not comparable", "不可比"),
    "bottleneck": ("bottleneck", "瓶颈"),
    "comparable_note": (
        "Not comparable: entered before the step's results were on record, too recently to have gone on, or inferred "
        "from later stages. Such rates are shown hollow and are neither good nor bad.",
        "不可比:进入时尚无该步骤的结果记录、进入太晚还来不及推进,或由后续阶段推断。此类数值以空心显示,不作好坏判断。",
    ),
    "cohorts": ("Won leads by the quarter they came in", "各季度线索的成交率"),
    "lead": ("Lead", "线索"),
    "opportunity": ("Opportunity", "商机"),
    "won": ("Won", "成交"),
    "leads_block": ("Leads", "线索"),
    "process_block": ("Process", "流程"),
    "forecast": ("Forecast", "预测"),
    "forecast_note": (
        "The exact distribution of the period's sum: what is won, every open deal with its own probability, and deals "
        "that do not exist yet as own history lets expect them. The band holds eight in ten outcomes.",
        "期间总额的精确分布:已成交金额、每个在手商机按各自概率计入,以及按自身历史预计的新增商机。色带包含八成可能的结果。",
    ),
    "period": ("Period", "期间"),
    "won_to_date": ("Won to date", "已成交"),
    "p10": ("Nine in ten reach", "九成可达到"),
    "p50": ("Median", "中位"),
    "p90": ("One in ten reaches", "一成可达到"),
    "mean": ("Mean", "均值"),
    "weighted": ("Weighted", "加权"),
    "new_business": ("New business", "新增商机"),
    "target": ("Target", "目标"),
    "probability_of_target": ("Reaches target", "达标概率"),
    "skill_no_history": (
        "There is too little closed history to learn from: the prior weights stand alone. Read the numbers as a plan, "
        "not as a forecast.",
        "已关闭的历史太少,无法学习,仅使用先验权重。请将数字视为计划而非预测。",
    ),
    "skill_baseline": (
        "Learned from own history; whether it beats a simple guess can be told once forecast periods have closed.",
        "已从自身历史学习;待预测期间结束后才能判断是否优于简单猜测。",
    ),
    "skill_no_skill": (
        "Measured on closed periods: no better than a simple guess.",
        "按已结束期间衡量:不优于简单猜测。",
    ),
    "skill_skilled": ("Measured on closed periods: better than the baselines.", "按已结束期间衡量:优于各基线。"),
    "distribution": ("How likely is each amount in {period}?", "{period} 达到各金额的概率"),
    "distribution_axis": ("Probability that the amount is reached", "达到该金额的概率"),
    "sources": ("Sources", "来源"),
    "sources_note": (
        "Rates with their interval: a wide one says that there are too few leads to judge by.",
        "转化率附置信区间:区间越宽,说明线索太少,不足以判断。",
    ),
    "source": ("Source", "来源"),
    "medium": ("Medium", "媒介"),
    "campaign": ("Campaign", "活动"),
    "qualified": ("Qualified", "合格"),
    "won_count": ("Won", "成交数"),
    "won_amount": ("Won amount", "成交金额"),
    "lead_to_won_rate": ("Leads won", "线索成交率"),
    "and_more": ("and {count} more", "另有 {count} 项"),
    "files": ("Files received", "收到的文件"),
    "files_note": (
        "Every line read is accounted for: used, a duplicate, or not used for one of the reasons below. The receipts "
        "beside each file say it line by line.",
        "读取的每一行都有去向:已采用、重复,或因下列原因未采用。各文件的回执逐行说明。",
    ),
    "file_count": ("Files", "文件"),
    "set_aside": ("Set aside", "搁置"),
    "rows_read": ("Lines read", "读取行数"),
    "rows_accepted": ("Used", "采用"),
    "rows_duplicate": ("Duplicate", "重复"),
    "rows_rejected": ("Not used", "未采用"),
    "why_rejected": ("Why lines were not used", "未采用的原因"),
    "why_set_aside": ("Files set aside whole", "整份搁置的文件"),
    "code": ("Code", "代码"),
    "lines": ("Lines", "行数"),
    "remedy": ("What to do", "处理办法"),
    "path": ("File", "文件"),
    "quality": ("Can it be trusted?", "数据可信吗?"),
    "check": ("Check", "检查"),
    "table": ("Table", "表"),
    "result": ("Result", "结果"),
    "passed": ("passed", "通过"),
    "failed": ("failed", "未通过"),
    "could_not_run": ("could not run", "无法运行"),
    "blocking": ("blocking", "阻断"),
    "warning": ("warning", "警告"),
    "severity": ("Weight", "级别"),
    "rows_affected": ("Rows affected", "影响行数"),
    "at_risk": ("Money touched", "涉及金额"),
    "balances": ("Does everything add up?", "账目平衡吗?"),
    "equation": ("Equation", "等式"),
    "scopes": ("Compared", "比较项"),
    "balanced": ("balanced", "平衡"),
    "off_by": ("off by", "相差"),
    "lineage": ("Where the tables come from", "表的来源关系"),
    "lineage_note": (
        "Each table, by the group that makes it, with the tables it is made from.",
        "各表按所属分组排列,并以连线表示其上游。",
    ),
    "rows": ("rows", "行"),
    "no_data": ("Nothing to show yet.", "暂无数据。"),
    "all_good": ("Nothing was refused.", "没有被拒绝的内容。"),
    "passed_list": ("Passed checks", "已通过的检查"),
    "footer": (
        "Made from what was published; this page loads nothing from the network.",
        "依据已发布的数据生成;本页不从网络加载任何内容。",
    ),
    "unknown": ("not known", "未知"),
    "group_intake": ("Intake", "接收"),
    "group_identity": ("Identity", "身份"),
    "group_scoring": ("Scoring", "评分"),
    "group_opportunities": ("Opportunities", "商机"),
    "group_funnel": ("Funnel", "漏斗"),
    "group_forecast": ("Forecast", "预测"),
    "group_quality": ("Quality", "质量"),
    "group_serving": ("Serving", "发布"),
}


def text(key: str, language: Language, **values: object) -> str:
    """A word or sentence of the report; a key without words stands for itself."""
    found = TEXTS.get(key, (key, key))[1 if language == "zh" else 0]
    return found.format(**values) if values else found


def count(value: float | None) -> str:
    """A whole number with separators; a dash for none."""
    return "–" if value is None or value != value else f"{int(value):,}"


def percent(value: float | None, decimals: int = 1) -> str:
    """A rate as percent; a dash for none."""
    return "–" if value is None or value != value else f"{value * 100:.{decimals}f} %"


def number(value: float | None, decimals: int = 1) -> str:
    """A number; a dash for none."""
    return "–" if value is None or value != value else f"{value:,.{decimals}f}"


def amount(value: Decimal | float | None, language: Language) -> str:
    """Money with three or four digits and a unit: 1.23 M, or 123.4 万 in Chinese; a dash for none."""
    if value is None or value != value:
        return "–"
    size = float(value)
    units = [(1e8, "亿"), (1e4, "万")] if language == "zh" else [(1e9, "bn"), (1e6, "M"), (1e3, "k")]
    for unit, name in units:
        if abs(size) >= unit:
            scaled = size / unit
            decimals = 2 if abs(scaled) < 10 else 1 if abs(scaled) < 1000 else 0
            shown = f"{scaled:,.{decimals}f}"
            return f"{shown.rstrip('0').rstrip('.') if '.' in shown else shown} {name}"
    return f"{size:,.0f}"


def moment(value: datetime) -> str:
    """A local instant, to the minute."""
    return f"{value:%Y-%m-%d %H:%M} {value.tzname() or ''}".rstrip()
