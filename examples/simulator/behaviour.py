"""What people do before and after they give their name, and whether it makes them buy."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from examples.simulator.people import NOBODY, People, at_work

Array = npt.NDArray[Any]

EVENT_TYPES = (
    "page_view",
    "email_open",
    "whitepaper_download",
    "email_click",
    "pricing_view",
    "product_doc_view",
    "webinar_attend",
    "demo_request",
    "form_submit",
)
FORM_SUBMIT = EVENT_TYPES.index("form_submit")
_IDLE = np.cumsum([0.72, 0.22])  # of page views and opened mails; the rest are downloads
_EAGER = np.cumsum([0.26, 0.28, 0.26, 0.14])  # from clicks to webinars; the rest are demo requests
_WORTH = np.array([0.0, 0.0, 0.3, 0.5, 1.0, 0.8, 0.9, 2.2, 0.3])  # of an event as a sign of intent
MAIL = np.isin(np.arange(len(EVENT_TYPES)), [1, 3])
NAMED = np.isin(np.arange(len(EVENT_TYPES)), [1, 3, 6, 7, FORM_SUBMIT])  # carry the address once it is known

SHARE_OF_STRANGERS = 0.12
SHARE_SENT_TWICE = 0.01
SHARE_LATE = 0.02
CONVERSION_RATE = 0.15


@dataclass(frozen=True)
class Events:
    """One row per line that will be written, in the order in which the collector got them."""

    number: Array  # the event; a number that comes twice was sent twice
    person: Array  # NOBODY for strangers
    stranger: Array  # which stranger, NOBODY for people
    type: Array
    occurred: Array
    received: Array
    session: Array


@dataclass(frozen=True)
class Decisions:
    """One row per person."""

    intent: Array  # what could be seen of it before the decision
    chance: Array  # that the person converts
    converts: Array
    decided: Array  # instant, also for those who decide against


def events(
    rng: np.random.Generator,
    persons: People,
    count: int,
    submitters: Array,
    submitted: Array,
    start: int,
    end: int,
) -> Events:
    """So many different events, among them one submission for each form; some sent twice, some late."""
    submitters, submitted = submitters[:count], submitted[:count]
    strangers = int((count - len(submitters)) * SHARE_OF_STRANGERS)
    by_people = count - len(submitters) - strangers

    weight = np.exp(0.75 * persons.quality + rng.normal(0, 0.7, len(persons.quality)))
    each = rng.multinomial(by_people, weight / weight.sum())
    person = np.repeat(np.arange(len(each), dtype=np.int32), each)
    session, occurred = _sessions(rng, persons, each, person, start, end)
    eager = 1 / (1 + np.exp(1.3 - 0.8 * persons.quality))
    kind = _kinds(rng, eager[person].astype(np.float32))
    # mail goes to those whose address is known
    kind[MAIL[kind] & (occurred < persons.identified[person])] = 0

    visits = max(1, strangers // 3)
    stranger = rng.integers(0, visits, strangers).astype(np.int32)
    visited = rng.integers(start, end - 7200, visits)
    last_session = int(session[-1]) + 1 if by_people else 0

    person = np.concatenate([submitters.astype(np.int32), person, np.full(strangers, NOBODY, np.int32)])
    occurred = np.concatenate([submitted, occurred, visited[stranger] + rng.integers(0, 3600, strangers)])
    kind = np.concatenate([np.full(len(submitters), FORM_SUBMIT, np.int8), kind, np.zeros(strangers, np.int8)])
    session = np.concatenate([np.full(len(submitters), NOBODY, np.int32), session, stranger + last_session])
    stranger = np.concatenate([np.full(count - strangers, NOBODY, np.int32), stranger])
    received = occurred + rng.integers(1, 30, count)
    late = rng.random(count) < SHARE_LATE
    received[late] += rng.exponential(2.5 * 86_400, int(late.sum())).astype(np.int64)
    received = np.minimum(received, end - 1)

    again = np.flatnonzero(rng.random(count) < SHARE_SENT_TWICE).astype(np.int32)
    resent = np.minimum(received[again] + rng.integers(60, 2 * 86_400, len(again)), end - 1)
    number = np.concatenate([np.arange(count, dtype=np.int32), again])
    received = np.concatenate([received, resent])
    order = np.argsort(received, kind="stable")
    number = number[order]
    return Events(
        number=number,
        person=person[number],
        stranger=stranger[number],
        type=kind[number],
        occurred=occurred[number],
        received=received[order],
        session=session[number],
    )


def decisions(rng: np.random.Generator, persons: People, happened: Events, end: int) -> Decisions:
    """Who asks for an offer, and when: the more intent a person showed up to then, the likelier."""
    count = len(persons.quality)
    pause = np.exp(rng.normal(np.log(16 * 86_400), 0.7, count)).astype(np.int64)
    decided = at_work(persons.identified + pause)
    rows = happened.person != NOBODY
    rows[rows] = happened.occurred[rows] <= decided[happened.person[rows]]
    seen = np.bincount(happened.person[rows], _WORTH[happened.type[rows]], count)
    intent = np.log1p(seen)
    utility = 1.5 * intent + 0.45 * persons.quality + 0.9 * persons.fit
    low, high = -20.0, 10.0
    for _ in range(40):  # the intercept at which the world converts at the rate it is meant to
        middle = (low + high) / 2
        low, high = (middle, high) if np.mean(_logistic(utility + middle)) < CONVERSION_RATE else (low, middle)
    chance = _logistic(utility + low)
    converts = rng.random(count) < chance
    return Decisions(intent.astype(np.float32), chance.astype(np.float32), converts & (decided < end), decided)


def _sessions(
    rng: np.random.Generator, persons: People, each: Array, person: Array, start: int, end: int
) -> tuple[Array, Array]:
    """The session of each event, and when it was: some before people gave their name, most soon after."""
    sessions = -(-each // 3)
    visitor = np.repeat(np.arange(len(each), dtype=np.int32), sessions)
    total = len(visitor)
    begins, named = persons.first_seen[visitor], persons.identified[visitor]
    after = named + rng.exponential(24 * 86_400, total).astype(np.int64)
    too_late = after >= end - 7200
    after[too_late] = (named + rng.random(total) * np.maximum(end - 7200 - named, 0))[too_late].astype(np.int64)
    before = (begins + rng.random(total) * (named - begins)).astype(np.int64)
    at = np.where(rng.random(total) < 0.3, before, after)
    first = np.cumsum(sessions) - sessions
    session = (first[person] + (rng.random(len(person)) * sessions[person]).astype(np.int64)).astype(np.int32)
    happened = at[session] + rng.exponential(400, len(person)).astype(np.int64)
    early = at[session] < persons.identified[person]  # what began without a name ends without one
    happened[early] = np.minimum(happened, persons.identified[person] - 1)[early]
    return session, np.clip(happened, start, end - 1)


def _kinds(rng: np.random.Generator, eager: Array) -> Array:
    which = rng.random(len(eager), dtype=np.float32)
    idle = np.searchsorted(_IDLE, which).astype(np.int8)
    keen = (3 + np.searchsorted(_EAGER, which)).astype(np.int8)
    return np.where(rng.random(len(eager), dtype=np.float32) < eager, keen, idle)


def _logistic(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))
