"""Opportunities: how each wanders through its stages, what the sales system notes, and its true chance."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from examples.simulator.behaviour import Decisions
from examples.simulator.people import NOBODY, Companies, People, at_work
from examples.simulator.reference import PRODUCT_PRICES, Reps, euro_value

Array = npt.NDArray[Any]

STAGES = ("Validation", "Solution exchange", "Negotiation", "Closed won", "Closed lost")
WON, LOST, OPEN = 3, 4, 9
LOSS_REASONS = ("price", "competitor", "no budget", "no decision", "timing", "missing feature")
COMPETITORS = ("Meridiant", "Kestrel Systems", "Ostara Cloud")
_ADVANCE = (0.62, 0.50, 0.42)  # of an average deal, stage by stage
_DAYS = (12.0, 20.0, 18.0)  # median stay
SHARE_NATIVE = 0.30  # of the deals that come from leads, so many more have none
SHARE_SECOND = 0.06


@dataclass(frozen=True)
class Deals:
    """One row per deal."""

    person: Array  # NOBODY for deals that sales found alone
    company: Array
    second_system: Array  # kept in the subsidiary's system, which exports present states only
    product: Array
    owner: Array
    amount: Array  # cents of the currency, as first entered
    currency: Array  # place within CURRENCIES
    competitor: Array  # NOBODY where there is none
    created: Array
    entered: Array  # deal x stage: instant, 0 where the stage was never reached
    last: Array  # highest open stage by the end of the world, 0..2
    result: Array  # WON, LOST or OPEN by the end
    closed: Array  # instant, also when it lies after the end
    becomes: Array  # WON or LOST
    chance: Array  # of winning, as it stood in the last open stage
    chance_at_first: Array
    reason: Array  # NOBODY unless lost by the end


@dataclass(frozen=True)
class Changes:
    """One row per entry in the sales system's history, by time."""

    deal: Array
    stage: Array
    at: Array
    amount: Array
    expected: Array


def deals(
    rng: np.random.Generator,
    persons: People,
    firms: Companies,
    decided: Decisions,
    reps: Reps,
    start: int,
    end: int,
) -> Deals:
    """Deals of those who converted, second ones of some, and those that have no lead."""
    buyers = np.flatnonzero(decided.converts)
    repeaters = buyers[rng.random(len(buyers)) < SHARE_SECOND]
    native = max(2, int(len(buyers) * SHARE_NATIVE))
    person = np.concatenate([buyers, repeaters, np.full(native, NOBODY)])
    late = decided.decided[repeaters] + rng.integers(40, 160, len(repeaters)) * 86_400
    early = rng.integers(start - 120 * 86_400, end - 86_400, native)
    created = at_work(np.concatenate([decided.decided[buyers], late, early]))
    kept = created < end
    person, created = person[kept], created[kept]
    count = len(person)
    alone = person == NOBODY

    company = np.where(alone, rng.integers(0, len(firms.employees), count), persons.company[person])
    product = np.where(alone | (rng.random(count) < 0.2), rng.integers(0, 5, count), persons.product[person])
    size = np.where(company == NOBODY, 1.0, np.log(firms.employees[company]))
    amount = PRODUCT_PRICES[product] * np.exp(0.35 * (size - 4.4) + rng.normal(0, 0.6, count))
    country = np.where(company == NOBODY, persons.country[person], firms.country[company])
    amount = amount / euro_value(country)
    owner = rng.integers(0, len(reps.name), count)
    competitor = np.where(rng.random(count) < 0.35, rng.integers(0, len(COMPETITORS), count), NOBODY)

    pull = np.where(alone, -0.1, 0.45 * persons.quality[person] + 0.3 * persons.fit[person])
    pull = pull + reps.skill[owner] - 0.35 * (competitor != NOBODY)
    logits = np.log(np.array(_ADVANCE) / (1 - np.array(_ADVANCE))) + 0.7 * pull[:, None]
    advance = 1 / (1 + np.exp(-logits))

    entered = np.zeros((count, 3), np.int64)
    at, alive = created.copy(), np.ones(count, bool)
    closed, becomes = np.zeros(count, np.int64), np.full(count, LOST, np.int8)
    for stage in range(3):
        entered[alive, stage] = at[alive]
        stay = np.exp(rng.normal(np.log(_DAYS[stage]), 0.65, count)) * (1 + 0.08 * (size - 4.4)).clip(0.6, 1.6)
        leaves = at + (stay * _slowness(at) * 86_400).astype(np.int64)
        if stage == 2:
            leaves = _towards_quarter_end(rng, leaves)
        leaves = at_work(leaves)
        goes_on = alive & (rng.random(count) < advance[:, stage])
        ends = alive & (~goes_on | (stage == 2))
        closed[ends] = leaves[ends]
        becomes[goes_on & (stage == 2)] = WON
        alive, at = goes_on, leaves
    entered[entered >= end] = 0
    last = (entered > 0).sum(axis=1) - 1
    result = np.where(closed < end, becomes, OPEN).astype(np.int8)
    remaining = np.cumprod(advance[:, ::-1], axis=1)[:, ::-1]
    reason = np.where(result == LOST, rng.choice(len(LOSS_REASONS), count, p=[0.27, 0.2, 0.16, 0.2, 0.1, 0.07]), NOBODY)
    reason[(reason == 1) & (competitor == NOBODY)] = 3
    return Deals(
        person=person,
        company=company,
        second_system=alone & (rng.random(count) < 0.35),
        product=product.astype(np.int8),
        owner=owner,
        amount=(amount // 50).astype(np.int64) * 5000,
        currency=country,
        competitor=competitor,
        created=created,
        entered=entered,
        last=last,
        result=result,
        closed=closed,
        becomes=becomes,
        chance=remaining[np.arange(count), last],
        chance_at_first=remaining[:, 0],
        reason=reason,
    )


def changes(rng: np.random.Generator, all_deals: Deals, end: int) -> tuple[Changes, Array]:
    """What the history notes: stages entered and left, and close dates that slip.

    Returns the rows, and the newest (amount, expected close) of each deal.
    """
    count = len(all_deals.created)
    remaining = np.cumsum(np.array(_DAYS)[::-1])[::-1] * 0.85  # sellers hope
    # amounts move once, when the price is talked about
    talked = (all_deals.amount * np.exp(rng.normal(-0.06, 0.12, count)) // 5000).astype(np.int64) * 5000
    amounts = np.column_stack([all_deals.amount, all_deals.amount, talked])
    parts = []
    expected = np.zeros(count, np.int64)
    for stage in range(3):
        here = np.flatnonzero((all_deals.last >= stage) & (rng.random(count) > (0.03 if stage == 1 else 0.0)))
        at = all_deals.entered[here, stage]
        guess = at + (remaining[stage] * np.exp(rng.normal(0, 0.25, len(here))) * 86_400).astype(np.int64)
        brought_forward = rng.random(len(here)) < 0.12
        expected[here] = np.where(brought_forward, guess, np.maximum(expected[here], guess))
        parts.append((here, np.full(len(here), stage), at, amounts[here, stage], expected[here].copy()))
        leaves = all_deals.closed if stage == 2 else all_deals.entered[:, stage + 1]
        leaves = np.where(leaves == 0, all_deals.closed, leaves)
        leaves = np.minimum(np.where(all_deals.last > stage, leaves, all_deals.closed), end)
        stay = leaves - all_deals.entered[:, stage]
        slips = here[(stay[here] > 16 * 86_400) & (rng.random(len(here)) < 0.55)]
        seen = at_work(all_deals.entered[slips, stage] + (stay[slips] * 0.7).astype(np.int64))
        slips, seen = slips[seen < leaves[slips]], seen[seen < leaves[slips]]
        expected[slips] = np.maximum(expected[slips], seen) + rng.integers(7, 45, len(slips)) * 86_400
        parts.append((slips, np.full(len(slips), stage), seen, amounts[slips, stage], expected[slips].copy()))
        if stage == 2:  # a few fall back for a while
            back = here[(stay[here] > 10 * 86_400) & (rng.random(len(here)) < 0.05)]
            for then, part in ((1, 0.3), (2, 0.6)):
                seen = all_deals.entered[back, stage] + (stay[back] * part).astype(np.int64)
                parts.append((back, np.full(len(back), then), seen, amounts[back, 2], expected[back].copy()))
    done = np.flatnonzero(all_deals.result != OPEN)
    newest = amounts[np.arange(count), all_deals.last]
    parts.append((done, all_deals.result[done], all_deals.closed[done], newest[done], all_deals.closed[done]))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    columns = [column[np.lexsort((columns[0], columns[2]))] for column in columns]
    return Changes(*columns), np.column_stack([newest, expected])


def _slowness(seconds: Array) -> Array:
    """How much longer things take that begin in this month: August and December stretch."""
    month = (seconds // 86_400).astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
    factor: Array = np.array([1.0, 1.0, 0.9, 1.0, 1.0, 0.95, 1.25, 1.35, 0.9, 0.95, 0.95, 1.3])[month]
    return factor


def _towards_quarter_end(rng: np.random.Generator, seconds: Array) -> Array:
    """Four in ten signatures move into the last nine days of their quarter; refusals do so alike."""
    months = (seconds // 86_400).astype("datetime64[D]").astype("datetime64[M]").astype(int)
    following = ((months // 3 + 1) * 3).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) * 86_400
    moved = following - rng.integers(1, 9 * 86_400, len(seconds))
    return np.where((rng.random(len(seconds)) < 0.4) & (moved > seconds), moved, seconds)
