"""How two records are compared, field by field: ladders of levels, from the same to different.

Each level states how often it is seen in pairs that are the same (m) and in pairs taken at random (u): Fellegi and
Sunter, A Theory for Record Linkage, 1969. What is asked stands here; how alike two values must be, and the priors,
are the policy's. Priors are worth using as they stand; training replaces them by what the data say.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
from sqlglot import exp

from assets.identity.folding import HAN, HANGUL, KANA
from policy.identity import Training
from policy.ladders import Level as Prior


@dataclass(frozen=True)
class Level:
    """One level of a comparison.

    Attributes:
        name: for the evidence and the charts.
        condition: SQL over ``<column>_l`` and ``<column>_r``; the first level whose condition holds counts.
        m: prior share among pairs that are the same.
        u: prior share among pairs taken at random.
        rare: column whose rare values weigh more than common ones when they agree.
        least_u: training may not find it rarer by chance than this.
    """

    name: str
    condition: str
    m: float
    u: float
    rare: str | None = None
    least_u: float = 0.0


@dataclass(frozen=True)
class Comparison:
    """The ladder of one field.

    Attributes:
        name: as it appears in the evidence.
        column: the field; where it is missing on either side the comparison weighs nothing.
        levels: from the same to different; the last one's condition is ELSE.
        trained_on: whether pairs with this field equal are a good sample to train the other fields on.
    """

    name: str
    column: str
    levels: tuple[Level, ...]
    trained_on: bool = False


#: Two dates of birth that agree in two of year, month and day, or with day and month in each other's place.
TWO_PARTS = """
right(birth_date_l, 5) = right(birth_date_r, 5)
OR left(birth_date_l, 7) = left(birth_date_r, 7)
OR left(birth_date_l, 4) = left(birth_date_r, 4) AND (
    right(birth_date_l, 2) = right(birth_date_r, 2)
    OR right(birth_date_l, 2) = substr(birth_date_r, 6, 2)
    AND right(birth_date_r, 2) = substr(birth_date_l, 6, 2)
)
"""
A_YEAR_APART = "abs(date_diff('day', CAST(birth_date_l AS DATE), CAST(birth_date_r AS DATE))) <= 366"
TEN_YEARS_APART = "abs(date_diff('day', CAST(birth_date_l AS DATE), CAST(birth_date_r AS DATE))) <= 3660"
#: Where a name was taken, a number was put behind it: john.smith12 is not john.smith13.
SAME_DIGITS = "regexp_replace(email_l, '[^0-9]', '', 'g') = regexp_replace(email_r, '[^0-9]', '', 'g')"
#: Two writings that are so many slips apart; two letters in each other's place are one slip, and two of the plain edit
#: distance, which takes an eighth of the time and is therefore asked first. Only CASE keeps that order.
ONE_SLIP = """
CASE WHEN levenshtein({column}_l, {column}_r) <= 2 THEN damerau_levenshtein({column}_l, {column}_r) <= 1 ELSE false END
"""
#: Mailboxes that each spell out the family name of their own record are those of two people where the names differ:
#: who writes a name wrongly once does not do so in the mailbox as well.
NOT_EACH_ITS_OWN = (
    "coalesce(last_name_l = last_name_r, true)"
    " OR NOT contains(split_part(email_l, '@', 1), last_name_l)"
    " OR NOT contains(split_part(email_r, '@', 1), last_name_r)"
)
#: Mailboxes numbered at one company (sales1, sales2) are two people's where the family names differ.
NOT_NUMBERED = (
    "coalesce(last_name_l = last_name_r, true) OR regexp_replace(email_l, '[0-9]', '', 'g')"
    " <> regexp_replace(email_r, '[0-9]', '', 'g')"
)
#: Mailbox and domain are each written with a slip or two.
SIMILAR_EMAIL = """
CASE
    WHEN levenshtein(split_part(email_l, '@', 2), split_part(email_r, '@', 2)) > 4 THEN false
    WHEN levenshtein(split_part(email_l, '@', 1), split_part(email_r, '@', 1)) * 3
        > 2 * (least(strpos(email_l, '@'), strpos(email_r, '@')) - 1) THEN false
    ELSE damerau_levenshtein(split_part(email_l, '@', 2), split_part(email_r, '@', 2)) <= 2
        AND damerau_levenshtein(split_part(email_l, '@', 1), split_part(email_r, '@', 1)) * 3
        <= least(strpos(email_l, '@'), strpos(email_r, '@')) - 1
        AND regexp_replace(email_l, '[^0-9]', '', 'g') = regexp_replace(email_r, '[^0-9]', '', 'g')
END
"""
#: One switchboard, and the extension is told on one side only.
WITHOUT_EXTENSION = "starts_with(phone_l, concat(phone_r, ';')) OR starts_with(phone_r, concat(phone_l, ';'))"
#: Two extensions of one switchboard are two telephones, however alike they read.
NOT_TWO_EXTENSIONS = (
    "left(phone_l, strpos(phone_l, ';')) <> left(phone_r, strpos(phone_r, ';')) OR strpos(phone_l, ';') = 0"
)
BEGIN_ALIKE = "starts_with(first_name_l, first_name_r) OR starts_with(first_name_r, first_name_l)"
#: Bob is short for Robert: in Latin letters short forms are in full. Two whose mailboxes each spell out their own name
#: are two (Anita and Anke), and two names in characters may only sound alike.
SHORT_FORM = f"""
{BEGIN_ALIKE} OR CASE
    WHEN name_latin_l = name_latin_r
        THEN last_name_l = last_name_r AND coalesce(mailbox_name_l = mailbox_name_r, true)
        AND NOT regexp_matches(first_name_l, '[{HAN}{HANGUL}{KANA}]')
    ELSE false
END
"""
#: A number that differs in its last two digits is the next desk's where the first names differ, or the last names and
#: the mailboxes both do: no slip of the pen.
NOT_THE_NEXT_DESK = (
    "left(phone_l, -2) <> left(phone_r, -2) OR coalesce("
    f"(first_name_l = first_name_r OR {BEGIN_ALIKE}) AND (last_name_l = last_name_r OR email_l = email_r), true)"
)
#: Two houses of one street are two addresses, however alike they read.
SAME_HOUSE = "regexp_extract(address_l, '[0-9]+') = regexp_extract(address_r, '[0-9]+')"
COMMON_WORDS = "list_intersect(string_split(company_key_l, ' '), string_split(company_key_r, ' '))"
FEWER_WORDS = (
    "least(len(list_distinct(string_split(company_key_l, ' '))), len(list_distinct(string_split(company_key_r, ' '))))"
)
WORDS_WITHIN = f"len({COMMON_WORDS}) >= 2 AND len({COMMON_WORDS}) = {FEWER_WORDS}"
HALF_OF_THE_WORDS = f"len({COMMON_WORDS}) >= 2 AND len({COMMON_WORDS}) * 2 >= {FEWER_WORDS}"
SAME_MAILBOX = "split_part(email_l, '@', 1) = split_part(email_r, '@', 1)"
SAME_DOMAIN = "split_part(email_l, '@', 2) = split_part(email_r, '@', 2)"


@dataclass(frozen=True)
class _Question:
    """What a level asks.

    Attributes:
        level: its name in the policy.
        condition: SQL; None where similarity alone decides.
        rare: column whose rare values weigh more.
        edits: at most so many characters differ, two in each other's place counting as one.
        also: what must hold besides similarity, in SQL.
        instead: what holds as well where they are not similar, in SQL.
    """

    level: str
    condition: str | None = None
    rare: str | None = None
    edits: int | None = None
    also: str | None = None
    instead: str | None = None


def _swapped(one: str, other: str) -> str:
    return f"{one}_l = {other}_r OR {other}_l = {one}_r OR jaro_winkler_similarity({one}_l, {other}_r) >= 0.92"


def _in_an_alphabet(column: str) -> str:
    """Similarity is that of letters; of characters and syllables one that differs is another name.

    It is counted in bytes besides, and two characters share some of theirs by chance.
    """
    return f"NOT regexp_matches({column}_l, '[{HAN}{HANGUL}{KANA}]')"


_DIFFERENT = _Question("different", "ELSE")


def _same(column: str, *, rare: bool = True) -> _Question:
    left, right = _both(column)
    return _Question("same", exp.EQ(this=left, expression=right).sql("duckdb"), rare=column if rare else None)


def _both(column: str) -> list[exp.Expr]:
    return [exp.column(f"{column}_{side}") for side in "lr"]


@dataclass(frozen=True)
class _Field:
    """The questions asked about one field, in order."""

    name: str
    column: str
    questions: tuple[_Question, ...]
    trained_on: bool = False


_FIELDS: tuple[_Field, ...] = (
    _Field(
        "first_name",
        "first_name",
        (
            _same("first_name"),
            _Question("short_form", SHORT_FORM),
            _Question("nearly_the_same", edits=2, also=_in_an_alphabet("first_name")),
            _Question("swapped", _swapped("first_name", "last_name")),
            _Question("similar", also=_in_an_alphabet("first_name")),
            _DIFFERENT,
        ),
    ),
    _Field(
        "last_name",
        "last_name",
        (
            _same("last_name"),
            _Question("nearly_the_same", edits=2, also=_in_an_alphabet("last_name")),
            _Question("swapped", _swapped("last_name", "first_name")),
            _Question("similar", also=_in_an_alphabet("last_name")),
            _DIFFERENT,
        ),
    ),
    _Field(
        "birth_date",
        "birth_date",
        (
            _same("birth_date", rare=False),
            _Question("one_character_apart", ONE_SLIP.format(column="birth_date")),
            _Question("two_parts_the_same", TWO_PARTS),
            _Question("a_year_apart", A_YEAR_APART),
            _Question("ten_years_apart", TEN_YEARS_APART),
            _DIFFERENT,
        ),
        trained_on=True,
    ),
    _Field(
        "email",
        "email",
        (
            _same("email"),
            _Question("nearly_the_same", edits=2, also=f"{SAME_DIGITS} AND ({NOT_EACH_ITS_OWN})"),
            _Question("same_mailbox_name", SAME_MAILBOX),
            _Question("similar", f"CASE WHEN {SIMILAR_EMAIL} THEN {NOT_EACH_ITS_OWN} ELSE false END"),
            _Question("same_domain", f"CASE WHEN {SAME_DOMAIN} THEN {NOT_NUMBERED} ELSE false END"),
            _DIFFERENT,
        ),
        trained_on=True,
    ),
    _Field(
        "phone",
        "phone",
        (
            _same("phone"),
            _Question(
                "one_digit_apart", also=f"({NOT_TWO_EXTENSIONS}) AND ({NOT_THE_NEXT_DESK})", instead=WITHOUT_EXTENSION
            ),
            _DIFFERENT,
        ),
        trained_on=True,
    ),
    _Field(
        "company",
        "company_key",
        (
            _same("company_key"),
            _Question("nearly_the_same"),
            _Question("one_within_the_other", WORDS_WITHIN),
            _Question("half_of_the_words", HALF_OF_THE_WORDS),
            _Question("similar"),
            _DIFFERENT,
        ),
        trained_on=True,
    ),
    _Field("city", "city", (_same("city"), _Question("nearly_the_same"), _DIFFERENT)),
    _Field(
        "postcode",
        "postcode",
        (
            _same("postcode"),
            _Question("one_character_apart", ONE_SLIP.format(column="postcode")),
            _DIFFERENT,
        ),
        trained_on=True,
    ),
    _Field(
        "address",
        "address",
        (
            _same("address", rare=False),
            _Question("nearly_the_same", also=SAME_HOUSE),
            _Question("similar", also=SAME_HOUSE),
            _DIFFERENT,
        ),
    ),
)


def comparisons(training: Training) -> tuple[Comparison, ...]:
    """The ladders as policy tunes them.

    Args:
        training: priors and similarities by field and level.
    """
    return tuple(
        Comparison(
            field.name,
            field.column,
            tuple(
                _level(question, training.ladders[field.name][question.level], field.column)
                for question in field.questions
            ),
            field.trained_on,
        )
        for field in _FIELDS
    )


def _level(question: _Question, prior: Prior, column: str) -> Level:
    condition = question.condition or _alike(column, prior.at_least, question)
    name = question.level.replace("_", " ")
    return Level(name, condition, prior.m, prior.u, question.rare, prior.least_u)


def _alike(column: str, at_least: float | None, question: _Question) -> str:
    """Two values that are as similar as this, not more characters apart than that, and what must hold besides.

    The cheap test stands first, in a CASE, since the engine takes the parts of an AND in any order: an edit distance
    takes twenty times as long as Jaro-Winkler.
    """
    similarity = exp.Anonymous(this="jaro_winkler_similarity", expressions=_both(column))
    alike = exp.GTE(this=similarity, expression=exp.convert(at_least))
    more: list[exp.Expr] = []
    if question.edits is not None:
        distance = exp.Anonymous(this="damerau_levenshtein", expressions=_both(column))
        more.append(exp.LTE(this=distance, expression=exp.convert(question.edits)))
    if question.also:
        more.append(exp.condition(question.also, dialect="duckdb"))
    if not more:
        return alike.sql("duckdb", normalize_functions=False)
    otherwise = exp.condition(question.instead, dialect="duckdb") if question.instead else exp.false()
    chosen = exp.case().when(alike, exp.and_(*more)).else_(otherwise)
    return chosen.sql("duckdb", normalize_functions=False)


#: The shipped ladders.
COMPARISONS = comparisons(Training())


#: What of a record the questions look at.
COMPARED_COLUMNS = tuple(
    sorted(
        {"first_name", "last_name", "name_latin", "mailbox_name", *(comparison.column for comparison in COMPARISONS)}
    )
)

#: What records are compared by, dates as text, with the given name where the mailbox spells it out. A table is read
#: many times at less cost than the file behind a view.
COMPARED_RECORDS = """
CREATE OR REPLACE TEMP {} compared_records AS
SELECT
    * REPLACE (CAST(birth_date AS VARCHAR) AS birth_date),
    CASE WHEN contains(coalesce(email, shared_email), first_name) THEN first_name END AS mailbox_name
FROM given_match_records
"""


def view_compared_records(connection: duckdb.DuckDBPyConnection, match_records: duckdb.DuckDBPyRelation) -> None:
    """Makes the view compared_records, dates as text."""
    match_records.create_view("given_match_records", replace=True)
    connection.execute(COMPARED_RECORDS.format("VIEW"))


def make_compared_records(connection: duckdb.DuckDBPyConnection, match_records: duckdb.DuckDBPyRelation) -> int:
    """Makes the table compared_records, dates as text; returns how many there are."""
    match_records.create_view("given_match_records", replace=True)
    connection.execute(COMPARED_RECORDS.format("TABLE"))
    count: int = connection.table("compared_records").count("*").fetchall()[0][0]
    return count
