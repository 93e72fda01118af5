"""A feed: which files it reads, and how their columns become canonical fields."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from policy.base import Language, Model, Name, Share, Text, Texts, _as_list
from policy.suggest import nearest
from policy.time_patterns import pattern_problem

Kind = Literal[
    "leads",
    "events",
    "opportunities",
    "activities",
    "outcomes",
    "accounts",
    "stakeholders",
    "assessments",
    "reps",
    "products",
    "targets",
    "fx_rates",
    "reviews",
]
NewVersion = Literal["append", "replace", "review"]
PhoneNeed = Literal["valid", "trunk"]
Channel = Literal["form", "event", "partner", "crm", "manual"]

KINDS: tuple[str, ...] = get_args(Kind)
CHANNELS: tuple[str, ...] = get_args(Channel)

#: Ways by which a row of another kind finds its lead.
LEAD_REFERENCES = ("lead_id", "record_key", "record_source", "email", "phone")

#: The fields that a feed may fill, by kind.
CANONICAL_FIELDS: dict[str, tuple[str, ...]] = {
    "leads": (
        *("submitted_at", "full_name", "first_name", "last_name", "birth_date", "email", "phone"),
        *("phone_extension", "company", "company_code", "website", "title", "department", "industry", "employee_count"),
        *("annual_revenue", "country", "region", "city", "postcode", "address", "need", "product"),
        *("budget_amount", "currency", "purchase_date", "message", "language", "consent", "anonymous_id"),
        *("campaign", "medium", "referrer", "landing_page", "owner"),
    ),
    "events": (
        *("event_id", "event_type", "occurred_at", *LEAD_REFERENCES, "anonymous_id", "user_id", "session_id"),
        *("asset", "product", "dwell_seconds", "campaign", "value"),
    ),
    "opportunities": (
        *("opportunity_ref", *LEAD_REFERENCES, "full_name", "company", "name", "product", "process", "stage"),
        *("changed_at", "created_at", "closed_at", "status", "amount", "currency", "expected_close_date"),
        *("owner", "lost_reason", "competitor", "need", "budget_amount"),
    ),
    "activities": (
        *("activity_id", "opportunity_ref", *LEAD_REFERENCES, "activity_type", "occurred_at", "owner"),
        *("outcome", "duration_minutes", "notes"),
    ),
    "outcomes": (*LEAD_REFERENCES, "outcome", "decided_at", "reason"),
    "accounts": (
        *("company", "company_code", "domain", "parent", "industry", "country", "employee_count"),
        "annual_revenue",
    ),
    "stakeholders": (
        *("opportunity_ref", "company", "full_name", "email", "role", "department", "influence", "stance"),
        "last_contact_at",
    ),
    "assessments": ("opportunity_ref", "dimension", "value", "assessed_at", "assessor"),
    "reps": ("owner", "name", "level", "skills", "region", "capacity", "hired_on", "team"),
    "products": ("product", "name", "line", "price", "currency", "margin_rate"),
    "targets": ("period", "owner", "team", "amount", "currency"),
    "fx_rates": ("date", "currency", "rate_to_base"),
    "reviews": ("record_id_l", "record_id_r", "decision", "reviewer"),
}

#: Fields that hold an instant; one of them may say since when a row is known (`received`).
TIME_FIELDS = (
    "submitted_at",
    "occurred_at",
    "changed_at",
    "created_at",
    "closed_at",
    "decided_at",
    "assessed_at",
)
#: People were born and hired before computers counted seconds; other dates as old are placeholders.
OLD_DATE_FIELDS = ("birth_date", "hired_on")
DATE_FIELDS = ("birth_date", "purchase_date", "expected_close_date", "hired_on", "date", "last_contact_at")
NUMBER_FIELDS = (
    *("employee_count", "annual_revenue", "budget_amount", "amount", "price", "margin_rate", "rate_to_base"),
    *("dwell_seconds", "duration_minutes", "influence", "stance", "capacity", "value"),
)

#: What becomes of a value that is not written as it should be: put right and listed, and left out and listed where it
#: cannot be (repair); left out and listed even where it could be put right (null); put right and listed, and its row
#: rejected where it cannot be (reject).
Rule = Literal["repair", "null", "reject"]

#: Fields whose values have a form of their own, and so a rule.
RULED_FIELDS = (
    *("email", "phone", "company_code", "full_name", *TIME_FIELDS, *DATE_FIELDS),
    *(name for name in NUMBER_FIELDS if name != "value"),
)

#: The rule of each field where policy says nothing else. Sums and intervals of deals would be wrong without theirs.
DEFAULT_RULES: dict[str, Rule] = {
    **dict.fromkeys(RULED_FIELDS, "repair"),
    **dict.fromkeys(("changed_at", "created_at", "closed_at", "decided_at", "amount"), "reject"),
}

#: Days ahead of the day a file was received up to which a date or time in it is taken. What has happened cannot lie
#: ahead, but for clocks and zones that differ; who starts soon is hired already. Fields that look ahead are not here.
DEFAULT_DAYS_AHEAD: dict[str, int] = {
    **dict.fromkeys(("submitted_at", "occurred_at", "changed_at", "created_at", "decided_at", "assessed_at"), 2),
    **dict.fromkeys(("birth_date", "last_contact_at"), 2),
    "hired_on": 366,
}

#: The largest number that is taken. Amounts: what every warehouse keeps to the cent; revenue is also told in won and
#: dong; no company has so many people.
DEFAULT_MAX_VALUES: dict[str, Decimal] = {
    **dict.fromkeys(("amount", "budget_amount", "price"), Decimal(10**12)),
    "annual_revenue": Decimal(10**15),
    "employee_count": Decimal(10**7),
}

#: Keys of `formats` that are about the whole file rather than one field.
FORMAT_OPTIONS = ("decimal", "thousands", "timezone", "date", "timestamp")
#: Words that `formats` takes for a field beside a strptime pattern.
FORMAT_WORDS = ("iso", "dmy", "mdy", "ymd", "epoch_s", "epoch_ms", "epoch_us", "excel")

#: The columns of a review file that are read when it comes back, by field and language.
REVIEW_HEADERS: dict[str, dict[Language, str]] = {
    "record_id_l": {"en": "record 1", "zh": "记录 1 编号"},
    "record_id_r": {"en": "record 2", "zh": "记录 2 编号"},
    "decision": {"en": "same or different?", "zh": "同一人/不同?"},
    "reviewer": {"en": "reviewed by", "zh": "复核人"},
}
#: What people write into the column of a review file -> the decision.
REVIEW_WORDS: dict[str, str | None] = {
    **dict.fromkeys(("same", "Same", "SAME", "s", "S", "yes", "Yes", "YES", "y", "Y"), "same"),
    **dict.fromkeys(("同一人", "同一个人", "同一", "同", "相同", "是", "同一家", "同一公司"), "same"),
    **dict.fromkeys(("different", "Different", "DIFFERENT", "d", "D", "no", "No", "NO", "n", "N"), "different"),
    **dict.fromkeys(("不同", "不同人", "不是", "不是同一人", "非同一人", "不一样", "否"), "different"),
}

#: One way to reach the person; asked of leads when a feed says nothing else.
DEFAULT_REQUIRE: dict[str, list[list[str]]] = {"leads": [["email", "phone"]]}

#: Options that may be left empty.
LISTED = ("records", "pairs", "volatile", "ignored", "tests", "refusals", "states")

TEST_ADDRESSES = ["test@*", "test+*@*"]
#: Entries that are tests, asked of rows about people where a feed says nothing else of the field.
DEFAULT_TESTS: dict[str, dict[str, list[str]]] = {
    "leads": {"email": TEST_ADDRESSES, "full_name": ["<test lead:*"], "company": ["<test lead:*"]},
    **{kind: {"email": TEST_ADDRESSES} for kind in ("events", "activities", "outcomes")},
}

Days = Annotated[int, Field(ge=0, le=36500)]
#: A number that every column of numbers can hold.
Most = Annotated[Decimal, Field(gt=0, lt=10**16)]

RecordsPath = Annotated[str, StringConstraints(pattern=r"^\$")]
DottedPath = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^$]")]

#: Channel of a feed that names none, by the folder its files lie in.
FOLDER_CHANNELS: dict[str, Channel] = {
    "forms": "form",
    "events": "event",
    "partners": "partner",
    "crm": "crm",
    "reference": "manual",
}


def _under_landing(value: str) -> str:
    if value.startswith(("/", "~")) or "\\" in value or ".." in value.split("/") or ":" in value.split("/", 1)[0]:
        raise ValueError("expected a path under landing/, such as partners/acme/*.csv, with forward slashes")
    if value.count("{") != value.count("}"):
        raise ValueError('a brace is not closed; expected alternatives such as "partners/acme/*.{csv,xlsx}"')
    return value


def _known_encoding(value: str) -> str:
    import codecs

    try:
        codecs.lookup(value)
    except LookupError as error:
        raise ValueError(f"{value!r} is no encoding; expected e.g. utf-8, gb18030, big5, utf-16, cp1252") from error
    return value


def _as_rule(value: Any) -> Any:
    """YAML's null, meant as the word."""
    return "null" if value is None else value


def _groups(value: Any) -> Any:
    """`require: [email]` means one group of one field."""
    if not isinstance(value, list):
        return value
    return [[item] if isinstance(item, str) else item for item in value]


class TitleSource(Model):
    """Where the names of named values are written out, such as the questions of a form.

    Attributes:
        at: dotted path of the array that has them.
        id: what the name is compared with, inside an entry; dotted paths, any of which may fit.
        title: what stands in its place, inside an entry.
    """

    at: DottedPath
    id: Annotated[list[DottedPath], BeforeValidator(_as_list)] = ["id"]
    title: DottedPath = "title"


class NamedValues(Model):
    """An array (or object) of named values that becomes columns: `pairs` of a JSON feed.

    `at: field_data, name: name, value: values` reads `{"field_data": [{"name": "email", "values": ["a@b.c"]}]}` as
    the column `field_data.email`.

    Attributes:
        at: dotted path of it inside a record.
        name: dotted paths inside an entry of what names it, the first filled wins; the key of an object when empty.
        value: dotted paths inside an entry of its value, the first filled wins.
        titles: where names are replaced by titles.
        lift: name the columns without the place (`email`), but for those whose name the record has itself.
    """

    at: DottedPath
    name: Annotated[list[DottedPath], BeforeValidator(_as_list)] = []
    value: Annotated[list[DottedPath], BeforeValidator(_as_list), Field(min_length=1)]
    titles: TitleSource | None = None
    lift: bool = False


class ClockChanges(Model):
    """Local times that a change of clocks makes doubtful, where the value names no zone.

    Attributes:
        repeated: an hour that the clocks repeat (autumn): the earlier or the later of the two, or none of them.
        skipped: an hour that the clocks skip (spring): shifted forward by as much, or not taken.
    """

    repeated: Literal["earlier", "later", "quarantine"] = "earlier"
    skipped: Literal["shift", "quarantine"] = "shift"


class Expected(Model):
    """How often a file of a feed is expected.

    Attributes:
        within_days: days after the newest file by which the next is there.
        owner: who answers for it, named where it is missing.
    """

    within_days: Annotated[int, Field(ge=1, le=3650)]
    owner: Text


class Feed(Model):
    """One source: `feeds/<any name>.yaml`.

    Attributes:
        feed: unique name; appears as source_name.
        kind: what a row is.
        match: bash globstar under landing/; .gz and .zip are matched without their suffix.
        fallback: only for files that no other feed of this kind matches, so that a feed of your own wins.
        guess: confidence (0 to 1) from which a column counts as found; columns are then matched by their names and
            values, in each file by itself, the source is named after the folder below the top one, and the feed
            is only for files that no other feed matches. None where the columns are written down.
        channel: how it comes; told from the folder of `match` when left out.
        language: of reasons in receipts; the business language when left out.
        key: headers of the source's own key; the content hash of the row when empty.
        identical: what keyless rows that are equal are.
        columns: canonical field -> headers in order of preference, first non-empty wins; what the others hold beside
            it is kept with the columns not mapped.
        refusals: headers (`*` for anything) of columns in which yes, or the day it was said, is a refusal of consent,
            whatever `consent` says; no is not yet consent. They are kept with the columns not mapped.
        states: headers of columns in which a word such as unsubscribed is such a refusal, and no other word says
            anything of consent.
        constants: canonical field -> value of every row.
        values: canonical field -> source's word -> our word, or None for no value, as if the cell were empty.
        formats: how dates and numbers are written, by canonical field, or `decimal`, `thousands`, `timezone`,
            `date`, `timestamp` for the whole file.
        records: JSONPath of the rows, JSON only; of several the first that is there; `.*` is every member of an object.
        pairs: arrays of named values that become columns, JSON only.
        volatile: headers that differ from delivery to delivery of the same row, and so are no part of its content.
        ignored: headers whose cells are kept nowhere but in the raw layer, such as a secret that proves the sender.
        tests: canonical field or header -> words (`*` for anything) of rows that are tests of the sender, not leads.
        sheet: Excel only.
        header_row: 1-based, when not found by itself.
        encoding: when not found by itself.
        delimiter: when not found by itself.
        phone_region: ISO country of phone numbers written without a country code.
        phone_region_needs: what such a number must have to be one of that country, else it stays without: valid (it is
            a number there), trunk (it begins with the zero that national numbers have).
        others: what becomes of columns not mapped.
        contract: whether a file may have other columns than the feed's first accepted one: evolve (noted) or freeze
            (the file is set aside).
        repairs: canonical field -> what becomes of a value that is not written as it should be, where it differs from
            the business.
        received: canonical field from whose time on a row counts as known; received_at when None.
        require: groups of canonical fields; a row is usable when each group has at least one filled.
        max_bytes: a larger file is set aside; the limit of the business when None.
        max_rows: a file with more rows is set aside; the limit of the business when None.
        max_rejected_share: a file of whose rows a larger share cannot be used is set aside whole; the limit of the
            business when None.
        days_ahead: canonical field -> days after a file was received up to which a date or time is taken, where it
            differs from the business.
        max_values: canonical field -> the largest number that is taken, where it differs from the business.
        clock_changes: what becomes of local times that a change of clocks makes doubtful; as the business says
            when None.
        repair_mojibake: whether text decoded in the wrong encoding is put right; as the business says when None.
        new_version: what a file means that has the name of an earlier one and other bytes: append (both count),
            replace (the rows of the earlier one are taken back), review (set aside until somebody decides).
        expected: how often a file is expected, and who answers for it.
    """

    feed: Name
    kind: Kind
    match: Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_under_landing)]
    fallback: bool = False
    guess: Share | None = None
    channel: Channel
    language: Language | None = None
    key: Texts = []
    identical: Literal["duplicate", "keep"] = "duplicate"
    columns: dict[str, Texts] = {}
    refusals: Texts = []
    states: Texts = []
    constants: dict[str, Text] = {}
    values: dict[str, dict[str, Text | None]] = {}
    formats: dict[str, Text] = {}
    records: Annotated[list[RecordsPath], BeforeValidator(_as_list)] = []
    pairs: Annotated[list[NamedValues], BeforeValidator(_as_list)] = []
    volatile: Texts = []
    ignored: Texts = []
    tests: dict[str, Texts] = {}
    sheet: Text | None = None
    header_row: Annotated[int, Field(ge=1, le=1000)] | None = None
    encoding: Annotated[str, AfterValidator(_known_encoding)] | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    phone_region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    phone_region_needs: list[PhoneNeed] = []
    others: Literal["keep", "drop"] = "keep"
    contract: Literal["evolve", "freeze"] = "evolve"
    repairs: dict[str, Annotated[Rule, BeforeValidator(_as_rule)]] = {}
    received: str | None = None
    require: Annotated[list[Annotated[list[str], Field(min_length=1)]], BeforeValidator(_groups)]
    max_bytes: Annotated[int, Field(ge=1)] | None = None
    max_rows: Annotated[int, Field(ge=1)] | None = None
    max_rejected_share: Share | None = None
    days_ahead: dict[str, Days] = {}
    max_values: dict[str, Most] = {}
    clock_changes: ClockChanges | None = None
    repair_mojibake: bool | None = None
    new_version: NewVersion = "append"
    expected: Expected | None = None

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        filled = dict(given)
        folder = str(filled.get("match", "")).split("/", 1)[0]
        if "channel" not in filled:
            filled["channel"] = FOLDER_CHANNELS.get(folder, "manual")
        if filled.get("require") is None:
            filled["require"] = DEFAULT_REQUIRE.get(str(filled.get("kind")), [])
        for name in ("constants", "values", "formats", "key", "others", "contract", "repairs", *LISTED):
            if name in filled and filled[name] is None:  # a key written with nothing behind it
                del filled[name]
        tests = filled.get("tests", {})
        if isinstance(tests, dict):
            filled["tests"] = tests | {
                name: words
                for name, words in DEFAULT_TESTS.get(str(filled.get("kind")), {}).items()
                if name not in tests
            }
        return filled

    @model_validator(mode="after")
    def _no_contradiction(self) -> Feed:
        twice = sorted(set(self.columns) & set(self.constants))
        if twice:
            raise ValueError(f"{twice[0]} stands both in columns and in constants; expected one of them")
        if self.guess is not None and (self.columns or self.key):
            raise ValueError("guess finds columns and key by itself; expected either guess, or columns and key")
        return self

    @classmethod
    def of_undescribed_partners(cls, floor: float, language: Language) -> Feed:
        """The feed of partner files that nobody described.

        Args:
            floor: confidence from which a column counts as found.
            language: of the business; files with Chinese column names are answered in Chinese.
        """
        return cls.model_validate(
            {
                "feed": "partner_files",
                "kind": "leads",
                "match": "partners/*/**/*",
                "fallback": True,
                "guess": floor,
                "language": language,
            }
        )

    @classmethod
    def of_reviews(cls, language: Language) -> Feed:
        """The feed of review files that came back: which columns and words mean what, in both languages.

        Args:
            language: of the business, for receipts.
        """
        return cls.model_validate(
            {
                "feed": "identity_reviews",
                "kind": "reviews",
                "match": "reviews/**/*",
                "fallback": True,
                "channel": "manual",
                "language": language,
                "columns": {field: list(headers.values()) for field, headers in REVIEW_HEADERS.items()},
                "values": {"decision": REVIEW_WORDS},
                "require": [["record_id_l"], ["record_id_r"]],
                "others": "drop",
            }
        )

    def rule(self, field: str) -> Rule:
        """What becomes of a value of a field that is not written as it should be."""
        return self.repairs.get(field, DEFAULT_RULES.get(field, "repair"))

    def with_rules(self, rules: Mapping[str, Rule]) -> Feed:
        """The feed with the rules of the business for the fields that it says nothing of."""
        mine = {field: rule for field, rule in rules.items() if field in CANONICAL_FIELDS[self.kind]}
        told = {field: rule for field, rule in {**mine, **self.repairs}.items() if rule != DEFAULT_RULES[field]}
        kept = {field: rule for field, rule in self.repairs.items() if mine.get(field, rule) != rule}
        return self.model_copy(update={"repairs": {**told, **kept}})

    def unknown_fields(self) -> list[tuple[tuple[str | int, ...], str]]:
        """Canonical fields named that rows of this kind do not have: where, and what was expected."""
        known = CANONICAL_FIELDS[self.kind]
        named: list[tuple[tuple[str | int, ...], str]] = [
            ((part, name), name) for part in ("columns", "constants", "values") for name in getattr(self, part)
        ]
        named += [(("require", i, j), name) for i, group in enumerate(self.require) for j, name in enumerate(group)]
        problems = [
            (path, f"{name!r} is no field of {self.kind}; {nearest(name, known)}")
            for path, name in named
            if name not in known
        ]
        ruled = [name for name in RULED_FIELDS if name in known]
        problems += [
            (("repairs", name), f"{name!r} is no field of {self.kind} with a form of its own; {nearest(name, ruled)}")
            for name in self.repairs
            if name not in ruled
        ]
        times = [name for name in (*TIME_FIELDS, *DATE_FIELDS) if name in known]
        measured = [name for name in NUMBER_FIELDS if name in known and name != "value"]
        problems += [
            ((part, name), f"{name!r} is no {what} of {self.kind}; {nearest(name, allowed)}")
            for part, what, allowed in (("days_ahead", "date or time", times), ("max_values", "number", measured))
            for name in getattr(self, part)
            if name not in allowed
        ]
        if self.received is not None and self.received not in times:
            problems.append(
                (
                    ("received",),
                    f"{self.received!r} is no time of {self.kind}; {nearest(self.received, times)}",
                )
            )
        elif self.received is not None and self.guess is None and self.received not in {*self.columns, *self.constants}:
            problems.append((("received",), f"nothing is mapped to {self.received!r}; expected it in columns"))
        formatted = [name for name in (*TIME_FIELDS, *DATE_FIELDS, *NUMBER_FIELDS) if name in known] + list(
            FORMAT_OPTIONS
        )
        problems += [
            (("formats", name), f"{name!r} is no date or number of {self.kind}; {nearest(name, formatted)}")
            for name in self.formats
            if name not in formatted
        ]
        problems += [
            ((part,), f"{part} are about consent, which rows of {self.kind} do not have; expected none")
            for part in ("refusals", "states")
            if getattr(self, part) and "consent" not in known
        ]
        return problems + self._wrong_formats()

    def _wrong_formats(self) -> list[tuple[tuple[str | int, ...], str]]:
        from policy.base import _known_zone

        problems: list[tuple[tuple[str | int, ...], str]] = []
        for name, text in self.formats.items():
            where = ("formats", name)
            if name == "timezone":
                try:
                    _known_zone(text)
                except ValueError as error:
                    problems.append((where, str(error)))
            elif name == "decimal" and text not in {".", ","}:
                problems.append((where, f'expected "." or ",", found {text!r}'))
            elif name in (*TIME_FIELDS, *DATE_FIELDS, "date", "timestamp") and text not in FORMAT_WORDS:
                words = ", ".join(FORMAT_WORDS)
                expected = f'expected a pattern such as "%Y-%m-%d" or one of {words}; found {text!r}'
                problem = pattern_problem(text) if "%" in text else expected
                problems += [(where, problem)] if problem else []
        return problems
