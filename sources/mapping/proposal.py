"""A proposal: which field each column is likely to be, how sure that is, and what has to be asked."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from policy.feeds import CANONICAL_FIELDS, DEFAULT_REQUIRE, PhoneNeed
from sources.mapping.columns import ColumnGuess, guess_of, with_further_columns, without_lone_extension
from sources.mapping.consent_columns import refusal_columns, state_columns
from sources.mapping.contacts import Contacts, contacts_of
from sources.mapping.evidence import Profile, profile
from sources.mapping.fields import assigned, likely_fields
from sources.mapping.headers import named, without_question_numbers
from sources.mapping.kinds import likeliest_kind
from sources.mapping.name_columns import with_parts_of_names, without_other_names
from sources.mapping.phone_regions import phone_needs, phone_region
from sources.mapping.row_keys import key_column
from sources.mapping.value_forms import formats_of, units_of

#: Confidence from which a column counts as found, where policy says nothing else.
FLOOR = 0.65
#: Below this a likely field is not worth a word.
WORTH_A_QUESTION = 0.3
#: Rows looked at: the first ones, so that a file that grows at its end is read the same.
SAMPLE_ROWS = 400

_KANA = re.compile(r"[\u3040-\u30ff]")


@dataclass(frozen=True)
class Proposal:
    """How an undescribed file is likely to be read.

    Attributes:
        kind: kind of row.
        columns: one guess a column, in the order of the file.
        key: the header of the source's own key, or None.
        key_repeats: whether a value of the key comes twice in the sample.
        formats: decided by values: `decimal`, and day orders by field.
        refusals: headers of columns in which yes, or a day, is a refusal of consent.
        states: headers of columns in which words such as unsubscribed are one.
        constants: canonical field -> value, from units in names.
        phone_region: ISO country of the telephone numbers, or None.
        phone_region_needs: what all others must have to be numbers of that country.
        language: zh when most names are Chinese, else en.
        questions: what values leave open, and what they show that a feed cannot say.
        missing: groups of fields of which a row needs one and no column is sure enough.
        floor: confidence from which a column counted as found.
    """

    kind: str
    columns: tuple[ColumnGuess, ...]
    key: str | None = None
    key_repeats: bool = False
    formats: dict[str, str] = field(default_factory=dict)
    refusals: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)
    phone_region: str | None = None
    phone_region_needs: tuple[PhoneNeed, ...] = ()
    language: str = "en"
    questions: tuple[str, ...] = ()
    missing: tuple[tuple[str, ...], ...] = ()
    floor: float = FLOOR

    @property
    def is_enough(self) -> bool:
        """Whether rows can be used as proposed."""
        return not self.missing and any(column.field for column in self.columns)

    @property
    def mapping(self) -> dict[str, list[str]]:
        """Headers by canonical field, the best first, fields in the order of their kind."""
        found: dict[str, list[ColumnGuess]] = {}
        for column in self.columns:
            if column.field:
                found.setdefault(column.field, []).append(column)
        return {
            name: [column.header for column in sorted(found[name], key=lambda c: c.further)]
            for name in CANONICAL_FIELDS[self.kind]
            if name in found
        }


def propose(
    headers: Sequence[str],
    rows: Sequence[Sequence[str | None]],
    kind: str | None = None,
    *,
    floor: float = FLOOR,
    require: Sequence[Sequence[str]] | None = None,
    folder: str = "",
) -> Proposal:
    """Proposes what the columns of a file are.

    The same headers and rows give the same proposal; the order of columns does not matter.

    Args:
        headers: one a column, unlike each other.
        rows: sample of cells, missing ones None or blank; more than :data:`SAMPLE_ROWS` are not looked at.
        kind: kind of row; told from the columns when None.
        floor: confidence from which a column counts as found.
        require: groups of fields of which each row needs one; the kind's default when None.
        folder: top folder of the landing zone that the file lies in, a hint at its kind.

    Returns:
        The proposal; :attr:`Proposal.is_enough` says whether it can be used as it is.
    """
    sample = rows[:SAMPLE_ROWS]
    profiles = [profile(row[at] if at < len(row) else None for row in sample) for at in range(len(headers))]
    unnumbered = without_question_numbers(headers)
    kind = kind or likeliest_kind(unnumbered, profiles, floor, folder)
    refusals = refusal_columns(kind, headers, profiles)
    columns = _columns(kind, headers, contacts_of(kind, unnumbered), refusals, sample, profiles, floor)
    by_field = {str(column.field): at for at, column in enumerate(columns) if column.field and not column.further}
    header_of = {name: headers[at] for name, at in by_field.items()}
    values_of = {name: profiles[at] for name, at in by_field.items()}
    filled = {column.field for column in columns if column.field}
    groups = DEFAULT_REQUIRE.get(kind, []) if require is None else require
    formats, questions = formats_of(values_of, header_of)
    constants, asked = units_of(header_of)
    key = key_column(headers, columns, profiles) if kind == "leads" else None
    phones = [profiles[at] for at, column in enumerate(columns) if column.field == "phone"]
    region = phone_region(phones, values_of)
    return Proposal(
        kind=kind,
        columns=tuple(columns),
        key=key,
        key_repeats=key is not None and profiles[list(headers).index(key)].distinct_share < 1,
        formats=formats,
        refusals=tuple(headers[at] for at in sorted(refusals)),
        states=state_columns(kind, columns),
        constants=constants,
        phone_region=region,
        phone_region_needs=phone_needs([text for values in phones for text in values.values]) if region else (),
        language=_language(headers),
        questions=(*questions, *asked),
        missing=tuple(tuple(group) for group in groups if not filled & set(group)),
        floor=floor,
    )


def _columns(
    kind: str,
    headers: Sequence[str],
    contacts: Contacts,
    refusals: Set[int],
    sample: Sequence[Sequence[str | None]],
    profiles: Sequence[Profile],
    floor: float,
) -> list[ColumnGuess]:
    """What each column is taken for: all of them are judged together, since a field has one best column."""
    likely = likely_fields(kind, contacts.headers, profiles, contacts.of_others)
    likely = [{} if at in refusals else found for at, found in enumerate(likely)]
    likely = without_other_names(headers, sample, with_parts_of_names(contacts.headers, sample, profiles, likely))
    least = min(floor, WORTH_A_QUESTION)
    chosen = [pick if pick and pick.confidence >= least else None for pick in assigned(kind, headers, likely)]
    columns = [
        guess_of(header, pick, found, values, floor, is_anothers=at in contacts.of_others)
        for at, (header, pick, found, values) in enumerate(zip(headers, chosen, likely, profiles, strict=True))
    ]
    return without_lone_extension(with_further_columns(columns, likely, profiles, floor))


def _language(headers: Sequence[str]) -> str:
    """The language in which the owners of a file are answered: zh when most of its names are Chinese, else en."""
    if any(_KANA.search(header) for header in headers):
        return "en"
    return "zh" if 2 * sum(named(header).is_chinese for header in headers) > len(headers) else "en"
