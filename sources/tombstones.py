"""What is left of a person who was erased: keyed hashes that tell the person again, and never who it was.

The key belongs to the home and stands beside the journal, readable by its owner alone, or in SLUICE_ERASURE_KEY where
a secret store fills it in; never in the warehouse. There may be several, one below the other, those of the environment
last: the last one makes new tombstones, all of them are tried. A key that made tombstones must be kept as long as they
are to hold.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from sources.durable import replacing
from sources.errors import SourceError, StorageError
from sources.mailboxes import bare_address, without_subdomain

KEY_FILE = "erasure.key"
VARIABLE = "SLUICE_ERASURE_KEY"
EMAIL, PHONE, ANONYMOUS_ID, RECORD_KEY = "email", "phone", "anonymous_id", "record_key"
#: What tells a person again where an address is not theirs alone: a key, an address or a number together with the name,
#: and the content of a line.
NAMED, CONTENT = "named", "content"
#: An address without its tag, where it is one mailbox with any tag; where the mailbox ignores other things, these stand
#: behind a colon, since who was erased is told again whatever policy has become.
MAILBOX = "mailbox"
#: What stands before the extension of a number, as in RFC 3966.
EXTENSION = ";ext="
#: Shorter runs of digits are numbers of anything.
SHORTEST_PHONE, LONGEST_PHONE = 7, 15
#: So many groups of digits may make up one number.
MOST_GROUPS = 6
#: What an address may have before its mark, at most.
LONGEST_NAME = 64
#: So many addresses and numbers are asked for once and remembered.
MOST_KNOWN = 500_000
_MARK = re.compile("[@＠]")
_NAME_BEFORE = re.compile(r"[^\s@＠<>\"(),:;\[\]&=|{}\\]+\Z")
_HOST = re.compile(r"[^\s@＠<>\"'(),:;\[\]&=|{}\\/?#]+")
_DIGITS = re.compile(r"\+?\d(?:[ ().\-/]{0,3}\d){6,}")
_GROUP = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+")
#: The same for a first look at whole columns, a little wider, for engines that know neither letters nor lookarounds.
_ANY_MARK, _ANY_NUMBER = "[@＠]", r"[0-9]([ ().\-/]{0,3}[0-9]){6}"
_BETWEEN = r"[^\s<>\"(),:;\[\]&=|{}\\]*"
_ADDRESS_RUN = f"{_BETWEEN}[@＠]{_BETWEEN}"
_NUMBER_RUN = r"[0-9](?:[ ().\-/]{0,3}[0-9]){6,}"
#: A pattern that no text matches, nor an empty one.
NOTHING = r"[^\s\S]"
#: Below this a column is looked through value by value: an engine takes a millisecond to begin.
_SMALL_BYTES = 1 << 16
#: From so many on, asking for each of them is slower than looking at every value.
_MANY = 200


class ErasureKeyMissingError(SourceError):
    """There are tombstones, and the key that they were made with is not there."""


@dataclass(frozen=True)
class Key:
    """A secret, and the short name under which tombstones say that it made them."""

    key_id: str
    secret: bytes

    def of(self, kind: str, value: str) -> str:
        """The keyed hash of an identifier in its one form."""
        return hmac.digest(self.secret, f"{kind}:{value}".encode("utf-8", "surrogatepass"), "sha256").hex()


def erasure_keys(raw_dir: Path, *, create: bool = False) -> list[Key]:
    """The keys of a home, the one for new tombstones last.

    Args:
        raw_dir: the raw layer.
        create: makes the key of the home where there is none.
    """
    path = raw_dir / KEY_FILE
    said = f"{path.read_text(encoding='ascii') if path.exists() else ''} {os.environ.get(VARIABLE, '')}"
    if not said.strip() and create:
        said = secrets.token_hex(32)
        _write_key(path, said)
    return [_key(text) for text in re.split(r"[\s,]+", said) if text]


def _key(text: str) -> Key:
    secret = text.encode()
    return Key(hashlib.sha256(b"sluice erasure key\n" + secret).hexdigest()[:8], secret)


def _write_key(path: Path, text: str) -> None:
    with replacing(path) as partial:
        try:
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise StorageError(path, "write", error) from error
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(text + "\n")


def normal_email(text: str) -> str:
    """An address as intake keeps it, without looking at whether it is one."""
    found = unicodedata.normalize("NFKC", text).strip().strip("'.").lower()
    name, mark, host = found.rpartition("@")
    if mark and not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return found
    return f"{name}{mark}{host}"


def mailbox_kind(ignored: Iterable[str]) -> str:
    """The kind of identifier that an address is without what its mailbox ignores."""
    listed = " ".join(sorted({*ignored}))
    return MAILBOX if listed == "plus" else f"{MAILBOX}:{listed}"


def _ignored_by(kind: str) -> tuple[str, ...]:
    """What is left out of addresses of a kind."""
    listed = kind.removeprefix(MAILBOX).removeprefix(":")
    return tuple(listed.split()) or ("plus",)


def named(kind: str, value: str, name: str) -> str:
    """An identifier together with a name, as one: however the name's letters and spaces are written."""
    called = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    return f"{kind}\x1f{value}\x1f{called}"


def in_any_order(name: str) -> str:
    """The words of a name, letters only, small and without marks: "Berg, Änne" and "Anne Berg" are one.

    >>> in_any_order("Berg, Ä."), in_any_order("A. Berg")
    ('a berg', 'a berg')
    """
    letters = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    return " ".join(sorted(_WORD.findall(letters.casefold())))


def short_names(given: Sequence[str], family: str) -> set[str]:
    """What somebody may write for a name where it is known who is meant, each :func:`in_any_order`.

    Args:
        given: the given names, the first first.
        family: the family name.

    Returns:
        The name without middle names, with initials, and the family name alone.
    """
    initials = [name[0] for name in given]
    ways: tuple[Sequence[str], ...] = (given[:1], initials[:1], initials, ())
    return {in_any_order(" ".join([*way, family])) for way in ways}


def of_source(source: str, text: str) -> str:
    """A key, or the hash of a line's content, as one feed gave it."""
    return f"{source}\x1f{text}"


def phone_forms(number: str) -> set[str]:
    """The digits by which a number is told again: with its country, and as it is dialled inside of it.

    Args:
        number: as intake keeps it: E.164, or its digits where the country is not known; with its extension, if any,
            without which it is the switchboard's.
    """
    number, mark, extension = number.partition(EXTENSION)
    digits = "".join(_GROUP.findall(number))
    forms = {digits, digits.lstrip("0")}
    if number.startswith("+"):
        import phonenumbers

        with contextlib.suppress(phonenumbers.NumberParseException):
            forms.add(phonenumbers.national_significant_number(phonenumbers.parse(number)))
    return {f"{form}{mark}{extension}" for form in forms if SHORTEST_PHONE <= len(form) <= LONGEST_PHONE}


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of whatever looks like an address: found by its mark, which texts rarely have."""
    at = 0
    while (mark := _MARK.search(text, at)) is not None:
        before = _NAME_BEFORE.search(text, max(0, mark.start() - LONGEST_NAME), mark.start())
        after = _HOST.match(text, mark.end())
        at = mark.end()
        if before and after:
            yield before.start(), after.end()
            at = after.end()


@dataclass(frozen=True)
class Tombstones:
    """Everything that was erased, to be told again.

    Attributes:
        keys: of the home.
        hashes: keyed hashes by kind.
    """

    keys: tuple[Key, ...]
    hashes: Mapping[str, frozenset[str]]
    _known: dict[tuple[str, str], tuple[tuple[int, int], ...]] = field(default_factory=dict, repr=False, compare=False)
    _clean: set[str] = field(default_factory=set, repr=False, compare=False)

    def __bool__(self) -> bool:
        """Whether anything was erased."""
        return any(self.hashes.values())

    def has(self, kind: str, value: str) -> bool:
        """Whether an identifier in its one form was erased."""
        known = self.hashes.get(kind, frozenset())
        if known:
            for key in self.keys:  # asked of every address and number there is
                if key.of(kind, value) in known:
                    return True
        return False

    def of(self, kind: str, values: Iterable[str | None]) -> set[str]:
        """Those of the values that were erased."""
        if not self.hashes.get(kind):
            return set()
        return {value for value in values if value and self.has(kind, value)}

    def has_address(self, address: str) -> bool:
        """Whether an address in its one form was erased, or the mailbox that it is another writing of."""
        return self.has(EMAIL, address) or any(self.has(kind, form) for kind, form in self._mailboxes(address))

    @cached_property
    def _ignored(self) -> dict[str, tuple[str, ...]]:
        """What mailboxes that were erased ignore, by their kind."""
        return {kind: _ignored_by(kind) for kind in self.hashes if kind.startswith(MAILBOX)}

    def _mailboxes(self, address: str) -> Iterator[tuple[str, str]]:
        """The mailboxes, with their kind, that an address may be another writing of."""
        for kind, ignored in self._ignored.items():
            for written in (address, without_subdomain(address) if "subdomain" in ignored else None):
                form = bare_address(written, ignored) if written else address
                if form != address:
                    yield kind, form

    def places(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Start, end and kind of every address and number in a text that was erased."""
        if self.hashes.get(EMAIL):
            for start, end in _addresses(text):
                if self._asked(EMAIL, text[start:end]):
                    yield start, end, EMAIL
        if self.hashes.get(PHONE):
            for found in _DIGITS.finditer(text):
                for start, end in self._asked(PHONE, found.group()):
                    yield found.start() + start, found.start() + end, PHONE

    def places_in_name(self, name: str) -> Iterator[tuple[int, int, str]]:
        """The same in the name of a file: an ending may follow an address, and other words go before it."""
        if self.hashes.get(EMAIL):
            done = 0
            for start, end in _addresses(name):
                found = self._address_in(name, max(start, done), end)
                if found:
                    done = found[1]
                    yield *found, EMAIL
        if self.hashes.get(PHONE):
            for match in _DIGITS.finditer(name):
                for start, end in self._asked(PHONE, match.group()):
                    yield match.start() + start, match.start() + end, PHONE

    def _address_in(self, name: str, start: int, end: int) -> tuple[int, int] | None:
        """The longest part of what looks like an address that was erased, cut where names of files join words."""
        at = next(match.start() for match in _MARK.finditer(name, start, end))
        starts = [start, *[match.end() for match in re.finditer(r"[-_.+~/]", name[:at]) if match.end() > start]]
        ends = [end, *[match.start() for match in re.finditer(r"[-_.]", name) if at < match.start() < end][::-1]]
        parts = ((one, other) for one in starts for other in ends)
        return next((part for part in parts if self._asked(EMAIL, name[slice(*part)])), None)

    def _asked(self, kind: str, text: str) -> tuple[tuple[int, int], ...]:
        """Where in an address or a run of digits something stands that was erased; most come more than once."""
        known = self._known.get((kind, text))
        if known is None:
            if len(self._known) > MOST_KNOWN:
                self._known.clear()
            if kind == EMAIL:
                known = ((0, len(text)),) if self.has_address(normal_email(text)) else ()
            else:
                known = tuple(self._numbers(text))
            self._known[kind, text] = known
        return known

    def _numbers(self, text: str) -> Iterator[tuple[int, int]]:
        groups = [(group.start(), group.end(), group.group()) for group in _GROUP.finditer(text)]
        for first in range(len(groups)):
            digits = ""
            for _, end, group in groups[first : first + MOST_GROUPS]:
                digits += group
                if len(digits) > LONGEST_PHONE + 4:
                    break
                if len(digits) < SHORTEST_PHONE:
                    continue
                bare = digits.lstrip("0") if digits[0] == "0" else ""
                if self.has(PHONE, digits) or (len(bare) >= SHORTEST_PHONE and self.has(PHONE, bare)):
                    yield groups[first][0], end

    def names(self, text: str) -> bool:
        """Whether a text has an address or a number that was erased."""
        return next(self.places(text), None) is not None

    def scrubbed(self, text: str) -> str:
        """The text without what was erased: nothing for an address, zeros for a number."""
        parts, done = [], 0
        for start, end, kind in sorted(self.places(text)):
            if end <= done:
                continue
            start = max(start, done)
            parts += [text[done:start], "" if kind == EMAIL else re.sub(r"\d", "0", text[start:end])]
            done = end
        return "".join([*parts, text[done:]])

    def rows(self, column: pa.Array | pa.ChunkedArray) -> list[int]:
        """The places of a column of text whose value has something that was erased."""
        maybe = self.mask(column)
        numbers = pc.indices_nonzero(maybe).to_pylist()
        if not numbers:
            return []
        texts = column.filter(maybe)
        if isinstance(texts, pa.ChunkedArray):
            texts = texts.combine_chunks()
        coded = texts.dictionary_encode()
        told = [self.names(text) for text in coded.dictionary.to_pylist()]
        return [at for at, code in zip(numbers, coded.indices.to_pylist(), strict=True) if told[code]]

    def mask(self, column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
        """Which values of a column of text may have something that was erased: all that do, and few others.

        Of a large column whatever looks like an address or a number is taken out first, each once, and asked for.
        """
        pattern = f"{_ANY_MARK}|{_ANY_NUMBER}"
        if column.nbytes > _SMALL_BYTES:
            found = self._erased_in(column)
            if not found:
                pattern = NOTHING
            elif len(found) <= _MANY:
                pattern = "|".join(re2_literal(text) for text in found)
        return pc.fill_null(pc.match_substring_regex(column, pattern), False)

    def _erased_in(self, column: pa.Array | pa.ChunkedArray) -> list[str]:
        """Runs of characters in a column that have an address or a number which was erased."""
        ways = (
            (EMAIL, _ANY_MARK, _ADDRESS_RUN, self._has_address),
            (PHONE, _ANY_NUMBER, _NUMBER_RUN, self._has_number),
        )
        values, found = pc.unique(column), set()
        for kind, wide, pattern, has in ways:
            if not self.hashes.get(kind):
                continue
            maybe = values.filter(pc.fill_null(pc.match_substring_regex(values, wide), False))
            runs = set(_distinct_runs(maybe, pattern)) if len(maybe) else set()
            fresh = runs - self._clean
            erased = {run for run in fresh if has(run)}
            found |= erased
            if len(self._clean) > MOST_KNOWN:
                self._clean.clear()
            self._clean.update(fresh - erased)
        return sorted(found)

    def _has_address(self, run: str) -> bool:
        return any(self.has_address(normal_email(run[start:end])) for start, end in _addresses(run))

    def _has_number(self, run: str) -> bool:
        return next(self._numbers(run), None) is not None


def re2_literal(text: str) -> str:
    """A text as RE2, the engine of Arrow and DuckDB, takes it for itself: only marks of ASCII may be escaped there."""
    return re.sub(r"([!-/:-@\[-^`{-~])", r"\\\1", text)


def _distinct_runs(column: pa.Array | pa.ChunkedArray, pattern: str) -> list[str]:
    """What matches a pattern in the values of a column, each text once."""
    with _engine().cursor() as engine:
        texts = engine.from_arrow(pa.table({"text": column}))
        found = texts.project(
            duckdb.FunctionExpression(
                "unnest",
                duckdb.FunctionExpression(
                    "regexp_extract_all", duckdb.ColumnExpression("text"), duckdb.ConstantExpression(pattern)
                ),
            ).alias("run")
        )
        return [run for (run,) in found.distinct().fetchall()]


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """An engine without a file: each thread looks through a cursor of its own."""
    return duckdb.connect()
