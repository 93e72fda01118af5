"""What a pair of records shares, and what speaks against joining it, in words and with the values of the records.

The tables keep how much each comparison weighs and why a link was refused; the values stand in the records, and are
looked up when somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from policy.identity import Rule
from serving.review_file import ABOUT, REFUSED

Record = Mapping[str, Any]

#: What else a rule or a contradiction may be about, beside what reviews show.
NAMES = {
    **{field: names["en"] for field, names in ABOUT.items()},
    "source_key": "key of the source",
    "anonymous_id": "browser",
    "house": "house",
}
#: What a contradiction of the house is about, of what a record says.
HOUSE = "house"
#: Values that people are told apart by, the most telling first: where two leads share none, it is said.
TELLING = ("birth_date", "company_code", "full_name", "email", "phone", "company", "address")
#: So many of them are named.
MOST_NAMED = 4
#: In these the records differ, and a person is asked whether that makes them two.
DOUBTED = ("full_name", "email", "company")


def shared_values(rule: Rule | None, one: Record, other: Record) -> dict[str, list[str]]:
    """By field that a rule compares, what the two records say; the same text, or two writings of one value.

    Args:
        rule: None where no rule decided, or it is not in the policy any more.
        one: of lead_records.
        other: the same.
    """
    if rule is None:
        return {}
    told = {
        field: [_said(one, field), _said(other, field)]
        for field in dict.fromkeys([*rule.same, *rule.nearly, *rule.alike, *rule.partly])
    }
    return {field: [left, right] for field, (left, right) in told.items() if left and right}


def shared_words(shared: Mapping[str, Sequence[str]]) -> list[str]:
    """The same for a person, a line for each field."""
    return [
        f"both have {NAMES[field]} {left}" if left == right else f"compared: {NAMES[field]} {left} and {right}"
        for field, (left, right) in shared.items()
    ]


def refusal_words(
    why: str,
    pair: tuple[Record, Record],
    leads: tuple[Sequence[Record], Sequence[Record]],
    told_apart: Sequence[tuple[str, str]],
) -> str:
    """Why a pair was not joined, with the records and values that say so as far as they are known.

    Args:
        why: `contradiction` of the pair's evidence: a field, or group, size or decision.
        pair: its records.
        leads: the records of the lead of each; the same where others joined them.
        told_apart: pairs of record ids that a person told apart.
    """
    left, right = leads
    is_one_lead = {row["record_id"] for row in left} == {row["record_id"] for row in right}
    start = "not joined by this pair alone" if is_one_lead else "not joined"
    if why == "decision":
        sides = [{row["record_id"] for row in lead} for lead in leads]
        apart = [
            f"{one} - {other}"
            for one, other in told_apart
            if (one in sides[0] and other in sides[1]) or (one in sides[1] and other in sides[0])
        ]
        return f"{start}: {REFUSED[why]['en']} ({', '.join(apart) or 'which ones is not known any more'})"
    if why == "size":
        return f"{start}: {REFUSED[why]['en']} ({len(left)} and {len(right)} records)"
    if why == "group":
        found = [both for field in TELLING if (both := _nothing_shared(field, leads))][:MOST_NAMED]
        unlike = "; ".join(_against(*both) for both in found) or "names and places that are alike in part only"
        return f"{start}: {REFUSED[why]['en']} ({len(left)} and {len(right)} records): {unlike}"
    stated = _stated_by(why, pair) or _nothing_shared(why, leads)
    values = _against(*stated) if stated else NAMES.get(why, why)
    if why in DOUBTED:
        return f"{start}, a person is asked: it may be two who have the {values}"
    return f"{start}: the two leads contradict each other in the {values}"


def _stated_by(field: str, pair: tuple[Record, Record]) -> tuple[str, Record, Record] | None:
    """A field of which both records of a pair state a value, and not the same one."""
    one, other = (_said(row, field).casefold() for row in pair)
    return (field, *pair) if one and other and one != other else None


def _nothing_shared(field: str, leads: tuple[Sequence[Record], Sequence[Record]]) -> tuple[str, Record, Record] | None:
    """A field of which two leads have no value in common though both have some, with a record of each."""
    left, right = ([row for row in lead if _said(row, field)] for lead in leads)
    if not left or not right:
        return None
    known = {_said(row, field).casefold() for row in left}
    if any(_said(row, field).casefold() in known for row in right):
        return None
    return field, left[0], right[0]


def _against(field: str, one: Record, other: Record) -> str:
    said = " against ".join(f"{_said(row, field)} ({row['record_id']})" for row in (one, other))
    return f"{NAMES.get(field, field)}: {said}"


def _said(record: Record, field: str) -> str:
    """What a record says, as text; empty where it says nothing."""
    if field == "full_name" and not record.get(field):
        return " ".join(str(record[name]) for name in ("first_name", "last_name") if record.get(name))
    if field == HOUSE:
        return ", ".join(str(record[name]) for name in ("address", "postcode") if record.get(name))
    value = record.get(field)
    text = "" if value is None else str(value)
    extension = record.get("phone_extension") if field == "phone" and text else None
    return f"{text} ext. {extension}" if extension else text
