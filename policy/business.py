"""The company as a whole: zone, calendar, currency and its rates, language, what the audit finds odd."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from policy.base import Currency, Language, Model, Share, TimeZone
from policy.feeds import (
    CANONICAL_FIELDS,
    DATE_FIELDS,
    DEFAULT_DAYS_AHEAD,
    DEFAULT_MAX_VALUES,
    DEFAULT_RULES,
    NUMBER_FIELDS,
    RULED_FIELDS,
    TIME_FIELDS,
    ClockChanges,
    Days,
    Feed,
    Most,
    Rule,
)
from policy.suggest import nearest

#: In lower case, since capitals do not matter where words are compared.
SmallWord = Annotated[str, Field(pattern=r"^[^A-Z]+$")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Calendar(Model):
    """Which days are worked.

    Attributes:
        country: ISO 3166-1 code whose public holidays (make-up working days included) count; None for none.
        workdays: working days of the week.
        opens_at: first working hour, 0-23.
        closes_at: hour at which work ends, 1-24.
        extra_holidays: further days off.
        extra_workdays: days worked although they look free.
    """

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    workdays: list[Weekday] = ["mon", "tue", "wed", "thu", "fri"]
    opens_at: Annotated[int, Field(ge=0, le=23)] = 9
    closes_at: Annotated[int, Field(ge=1, le=24)] = 18
    extra_holidays: list[date] = []
    extra_workdays: list[date] = []


class ExchangeRates(Model):
    """Which rate an amount in another currency is converted at: that of its day, else the newest one before.

    Attributes:
        max_age_days: an older rate is not used, and the amount in base currency stays empty; None for no limit.
        flag_after_days: a rate that is older by more days than this is used, and flagged.
    """

    max_age_days: Annotated[int, Field(ge=0, le=36500)] | None = 45
    flag_after_days: Annotated[int, Field(ge=0, le=36500)] = 0

    @model_validator(mode="after")
    def _flagged_before_refused(self) -> ExchangeRates:
        if self.max_age_days is not None and self.flag_after_days > self.max_age_days:
            raise ValueError("flag_after_days must not be above max_age_days")
        return self


class Quality(Model):
    """What the audit finds odd.

    Attributes:
        max_row_ratio: so many times more or fewer rows than in the publication of an earlier day are worth a warning.
        small_table_rows: a table with fewer rows may grow and shrink as it likes.
        max_unused_share: share of the rows of an accepted file that may be unused.
        small_file_rows: a file with fewer rows only must have one that can be used.
    """

    max_row_ratio: Annotated[float, Field(gt=1, le=1_000_000)] = 2.0
    small_table_rows: Annotated[int, Field(ge=0)] = 100
    max_unused_share: Share = 0.5
    small_file_rows: Annotated[int, Field(ge=0)] = 20


class Mapping(Model):
    """Files of partners that no feed describes: their columns are matched by names and values.

    Attributes:
        floor: confidence from which a column counts as found; with 1 every such file waits for a feed.
    """

    floor: Share = 0.65


DATED_FIELDS = (*TIME_FIELDS, *DATE_FIELDS)
MEASURED_FIELDS = tuple(name for name in NUMBER_FIELDS if name != "value")


def _over(defaults: dict[str, Any], known: Sequence[str], what: str) -> Callable[[Any], Any]:
    """Puts the values given for fields over those that hold where nothing is said."""

    def filled(given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        unknown = [name for name in given if name not in known]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no {what}; {nearest(str(unknown[0]), known)}")
        return {**defaults, **given}

    return filled


class Limits(Model):
    """What nobody announced: files too large or too wrong, times too far ahead, numbers too large.

    A feed may set limits of its own, and `sluice run --allow-large` lets a large file in.

    Attributes:
        max_bytes: a larger file is set aside; None for no limit.
        max_rows: a file with more rows is set aside; None for no limit.
        max_rejected_share: a file of whose rows a larger share cannot be used is set aside whole; 1 for never.
        max_days_ahead: days after a file was received beyond which a date or time in it is a placeholder or a mistake.
        days_ahead: canonical field -> the same for this field; those that tell of the past are not to lie ahead.
        max_values: canonical field -> the largest number that is taken.
    """

    max_bytes: Annotated[int, Field(ge=1)] | None = 20_000_000_000
    max_rows: Annotated[int, Field(ge=1)] | None = 200_000_000
    max_rejected_share: Share = 1.0
    max_days_ahead: Days = 1826
    days_ahead: Annotated[dict[str, Days], BeforeValidator(_over(DEFAULT_DAYS_AHEAD, DATED_FIELDS, "date or time"))] = (
        DEFAULT_DAYS_AHEAD
    )
    max_values: Annotated[dict[str, Most], BeforeValidator(_over(DEFAULT_MAX_VALUES, MEASURED_FIELDS, "number"))] = (
        DEFAULT_MAX_VALUES
    )

    def applied_to(self, feed: Feed) -> Feed:
        """The feed with these limits where it sets none of its own.

        Of history loaded late, and of worlds that are played through, the field that says since when a row is known
        may lie ahead as far as anything may: such a row counts from then on.
        """
        fields = CANONICAL_FIELDS[feed.kind]
        days = {field: self.days_ahead.get(field, self.max_days_ahead) for field in DATED_FIELDS if field in fields}
        if feed.received is not None:
            days[feed.received] = self.max_days_ahead
        most = {field: value for field, value in self.max_values.items() if field in fields}
        share = self.max_rejected_share if feed.max_rejected_share is None else feed.max_rejected_share
        return feed.model_copy(
            update={
                "max_bytes": feed.max_bytes or self.max_bytes,
                "max_rows": feed.max_rows or self.max_rows,
                "max_rejected_share": share,
                "days_ahead": {**days, **feed.days_ahead},
                "max_values": {**most, **feed.max_values},
            }
        )


class Receipts(Model):
    """When receipts are issued again.

    Attributes:
        outcomes_after_days: days after a file was received at which its receipt is issued again, with what became of
            each lead until then.
    """

    outcomes_after_days: list[Annotated[int, Field(ge=1, le=3650)]] = [30, 60, 90]


#: Generations, titles, degrees and legal forms.
NO_GIVEN_NAMES = [
    "jr", "sr", "ii", "iii", "iv", "phd", "md", "mba", "esq", "cpa", "cfa", "pmp", "msc", "bsc", "ma", "ba", "rn",
    "dds", "jd", "dr", "prof", "mr", "mrs", "ms", "inc", "ltd", "llc", "llp", "lp", "co", "corp", "limited", "gmbh",
    "ag", "kg", "se", "sa", "sas", "sarl", "srl", "spa", "bv", "nv", "ab", "as", "oy", "plc", "pty", "pte",
]  # fmt: skip

#: Words that stand where nothing was said.
SAYS_NOTHING = [
    "n/a", "n.a", "n.v", "na", "null", "undefined", "nan", "nil", "none", "object object", "not applicable",
    "not available", "not provided", "not specified", "not given", "no data", "no answer", "tbd", "tba", "select",
    "please select", "select one", "select an option", "please choose", "choose", "choose one", "same",
    "same as above", "as above", "ditto", "div/0", "ref", "bitte wählen", "bitte auswählen", "keine angabe", "k.a",
    "non renseigné", "sin especificar", "не указано", "нет данных", "无", "無", "暂无", "暫無", "没有", "沒有",
    "未填", "未填写", "未填寫", "未提供", "不详", "不詳", "不适用", "不適用", "空", "同上", "待定", "请选择",
    "請選擇", "なし", "無し", "該当なし", "特になし", "選択してください", "없음", "해당없음", "선택하세요",
]  # fmt: skip

#: Those of them that are a value in a field: Namibia, the town None, the province Nan, and people called Null and Na.
_OF_NAMES = ["na", "nan", "none", "null", "nil", "same", "select"]
SAYS_NOTHING_BUT_IN = {
    "country": ["na"],
    "region": ["na", "nan", "none"],
    "city": ["na", "nan", "none"],
    "first_name": _OF_NAMES,
    "last_name": _OF_NAMES,
}
FIELDS = tuple(dict.fromkeys(name for fields in CANONICAL_FIELDS.values() for name in fields))


def _rules(given: Any) -> Any:
    """The rules given, over those that hold where nothing is said; YAML reads the rule `null` as nothing."""
    filled = _over(DEFAULT_RULES, RULED_FIELDS, "field with a form of its own")(given)
    return (
        {name: "null" if rule is None else rule for name, rule in filled.items()}
        if isinstance(filled, dict)
        else filled
    )


class Business(Model):
    """`business.yaml`.

    Attributes:
        timezone: IANA zone that days, months and quarters are cut in, and of instants written without a zone.
        calendar: working days and hours.
        base_currency: ISO 4217 code that amounts are converted to.
        exchange_rates: how old a rate may be.
        language: of reasons and labels.
        fiscal_year_start_month: 1-12.
        mapping: how files that no feed describes are read.
        limits: how large a file may be, and how far off a value.
        clock_changes: what becomes of local times that a change of clocks makes doubtful.
        repair_mojibake: whether text decoded in the wrong encoding is put right.
        quality: what the audit finds odd.
        receipts: when receipts are issued again.
        no_given_names: what stands behind a comma and is no given name, in lower case and without points.
        says_nothing: words that stand where nothing was said, in lower case and without marks around them.
        says_nothing_but_in: field -> those of these words that are a value there; other fields keep their own.
        repairs: field -> what becomes of a value that is not written as it should be.
    """

    timezone: TimeZone = "UTC"
    calendar: Calendar = Calendar()
    base_currency: Currency = "USD"
    exchange_rates: ExchangeRates = ExchangeRates()
    language: Language = "en"
    fiscal_year_start_month: Annotated[int, Field(ge=1, le=12)] = 1
    mapping: Mapping = Mapping()
    limits: Limits = Limits()
    clock_changes: ClockChanges = ClockChanges()
    repair_mojibake: bool = True
    quality: Quality = Quality()
    receipts: Receipts = Receipts()
    no_given_names: list[Annotated[str, Field(pattern=r"^[^A-Z.]+$")]] = NO_GIVEN_NAMES
    says_nothing: list[SmallWord] = SAYS_NOTHING
    says_nothing_but_in: Annotated[
        dict[str, list[SmallWord]], BeforeValidator(_over(SAYS_NOTHING_BUT_IN, FIELDS, "field"))
    ] = SAYS_NOTHING_BUT_IN
    repairs: Annotated[dict[str, Rule], BeforeValidator(_rules)] = DEFAULT_RULES

    def applied_to(self, feed: Feed) -> Feed:
        """The feed with the rules and limits of the business where it has none of its own."""
        mends = self.repair_mojibake if feed.repair_mojibake is None else feed.repair_mojibake
        said = {"repair_mojibake": mends, "clock_changes": feed.clock_changes or self.clock_changes}
        return self.limits.applied_to(feed.with_rules(self.repairs).model_copy(update=said))
