"""The exact distribution of a sum of independent deals, each won with its probability or worth nothing.

A few deals are enumerated, exact to the cent. More are convolved pairwise on an even grid of money (Poisson-binomial,
by fast Fourier transform). Where all amounts are multiples of the grid's step this is exact as well; elsewhere a deal
that falls between two points is split between them so that its mean is kept. The grid spans what the sum can be but
for one chance in a billion (Chernoff's bound), so that it stays fine however many deals there are. The published mean
is never read from the grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Up to so many deals every possible sum is enumerated.
ENUMERATED_DEALS = 16

#: Chance that the sum lies below the grid, and that it lies above.
OUTSIDE = 1e-9

#: Probabilities are compared with this tolerance: it is above the noise of the transforms.
TOLERANCE = 1e-9

#: Probabilities below are rounding of the transforms.
NOISE = 1e-17


@dataclass(frozen=True)
class Distribution:
    """A distribution over amounts of money.

    Attributes:
        amounts: in cents, rising.
        probabilities: of each, summing to 1.
    """

    amounts: Integers
    probabilities: Floats

    def reached(self, share: float) -> int:
        """The largest amount, in cents, that is reached or exceeded with at least this probability."""
        at_least = np.cumsum(self.probabilities[::-1])[::-1]
        held = np.flatnonzero(at_least >= share - TOLERANCE)
        return int(self.amounts[held[-1]]) if held.size else int(self.amounts[0])

    def probability_of(self, amount: int) -> float:
        """Probability that the amount, in cents, is reached or exceeded."""
        return float(min(1.0, max(0.0, self.probabilities[self.amounts >= amount].sum())))

    def mean(self) -> float:
        """Mean in cents."""
        return float(self.amounts @ self.probabilities)


def sum_distribution(
    amounts: Integers,
    probabilities: Floats,
    grid_points: int,
    arrivals: float = 0.0,
    arrival_amounts: Integers | None = None,
) -> Distribution:
    """The distribution of the sum of independent deals, and of a Poisson number of further ones.

    Args:
        amounts: of each deal, in cents; negative ones are allowed.
        probabilities: that each is won.
        grid_points: points of the grid when there are too many sums to enumerate.
        arrivals: expected number of further deals that are won.
        arrival_amounts: positive amounts in cents of which each further deal takes one, all equally likely.

    Returns:
        The distribution. The same deals in another order give the same distribution.
    """
    deals = (amounts != 0) & (probabilities > 0)
    values, chances = amounts[deals].astype(np.int64), probabilities[deals].astype(np.float64)
    offset = int(values[values < 0].sum())
    # a deal that may cost money is the certainty of the cost and the chance of not having it
    chances = np.where(values < 0, 1 - chances, chances)
    values = np.abs(values)
    order = np.lexsort((chances, values))
    values, chances = values[order], chances[order]
    certain = chances >= 1
    offset += int(values[certain].sum())
    values, chances = values[~certain], chances[~certain]
    later = None
    if arrivals > 0 and arrival_amounts is not None and (arrival_amounts > 0).all() and arrival_amounts.size > 0:
        later = np.sort(arrival_amounts.astype(np.int64))
    if later is None and values.size <= ENUMERATED_DEALS:
        sums, weights = _enumerated(values, chances)
        return Distribution(sums + offset, weights)
    common = int(np.gcd.reduce(values if later is None else np.concatenate([values, later])))
    low, high = _span(values, chances, arrivals, later)
    if later is None and int(values.sum()) // common < grid_points:
        low, high, step = 0, int(values.sum()), common
    else:
        step = max(common, -(-(high - low) // (grid_points - 2)))
    first = low // step
    size = 1 << (high // step + 2 - first).bit_length()
    weights = _on_grid(values, chances, step, size)
    if later is not None:
        weights = _convolve(weights, _compound_poisson(arrivals, later, step, size), size)
    weights = np.concatenate([weights, np.zeros(size - weights.size)])
    weights = np.roll(weights, -(first % size))  # what was counted around the circle stands in its place again
    weights /= weights.sum()
    used = int(np.flatnonzero(weights > 0)[-1]) + 1
    return Distribution((first + np.arange(used, dtype=np.int64)) * step + offset, weights[:used])


def _enumerated(values: Integers, chances: Floats) -> tuple[Integers, Floats]:
    """Every possible sum with its probability."""
    sums, weights = np.zeros(1, dtype=np.int64), np.ones(1)
    for value, chance in zip(values.tolist(), chances.tolist(), strict=True):
        both = np.concatenate([sums, sums + value])
        shares = np.concatenate([weights * (1 - chance), weights * chance])
        sums, places = np.unique(both, return_inverse=True)
        weights = np.bincount(places, weights=shares, minlength=sums.size).astype(np.float64)
    return sums, weights


def _span(values: Integers, chances: Floats, arrivals: float, later: Integers | None) -> tuple[int, int]:
    """Amounts that the sum stays between, but for a chance of `OUTSIDE` on either side (Chernoff's bound)."""
    sizes = values.astype(np.float64)
    variance = float((sizes**2 * chances * (1 - chances)).sum())
    highest = float(sizes.sum())
    if later is not None:
        more = later.astype(np.float64)
        variance += arrivals * float((more**2).mean())
        highest = np.inf
    low, high = 0.0, highest
    need = -np.log(OUTSIDE)
    for tilt in np.geomspace(0.2, 60, 24) / np.sqrt(variance):
        for sign in (1, -1):
            growth = float(np.logaddexp(np.log1p(-chances), np.log(chances) + sign * tilt * sizes).sum())
            if later is not None:
                if sign * tilt * more[-1] > 50:
                    continue
                growth += arrivals * float(np.expm1(sign * tilt * more).mean())
            if sign > 0:
                high = min(high, (growth + need) / tilt)
            else:
                low = max(low, -(growth + need) / tilt)
    return int(low), int(np.ceil(high))


def _on_grid(values: Integers, chances: Floats, step: int, size: int) -> Floats:
    """Probabilities of the sum at multiples of the step, counted around a circle of this size.

    Deals of similar size stand in one table, one row each, whose rows are convolved in pairs until one is left.
    """
    result = np.ones(1)
    cells, rest = values // step, values % step
    widths = np.minimum(np.ceil(np.log2(cells + 2)).astype(np.int64), size.bit_length() - 1)
    for width in np.unique(widths).tolist():
        chosen = widths == width
        rows = np.arange(int(chosen.sum()))
        table = np.zeros((rows.size, min((1 << width) + 1, size)))
        upper = chances[chosen] * (rest[chosen] / step)
        table[:, 0] = 1 - chances[chosen]
        table[rows, cells[chosen] % size] += chances[chosen] - upper
        table[rows, (cells[chosen] + 1) % size] += upper
        while len(table) > 1:
            left = table[0:-1:2]
            folded = _convolve(left, table[1::2], size)
            if len(table) % 2:
                last = np.zeros((1, folded.shape[1]))
                last[0, : table.shape[1]] = table[-1]
                folded = np.vstack([folded, last])
            # what stands beyond the last sum that has any probability is noise
            table = folded[:, : int(np.flatnonzero(folded.max(axis=0) > NOISE)[-1]) + 1]
        result = _convolve(result, table[0], size)
    return result


def _convolve(left: Floats, right: Floats, size: int) -> Floats:
    """Convolution along the last axis, around a circle of this size, a power of two."""
    length = left.shape[-1] + right.shape[-1] - 1
    around = min(size, 1 << max(1, (length - 1).bit_length()))
    product = np.fft.rfft(left, around) * np.fft.rfft(right, around)
    found = np.fft.irfft(product, around)[..., : min(length, around)]
    found[found < NOISE] = 0
    return found


def _compound_poisson(arrivals: float, amounts: Integers, step: int, size: int) -> Floats:
    """Probabilities, at multiples of the step around the circle, of the sum of a Poisson number of amounts."""
    one = np.zeros(size)
    rest = (amounts % step) / step
    np.add.at(one, amounts // step % size, (1 - rest) / amounts.size)
    np.add.at(one, (amounts // step + 1) % size, rest / amounts.size)
    weights = np.fft.irfft(np.exp(arrivals * (np.fft.rfft(one) - 1)), size)
    weights[weights < NOISE] = 0
    return weights
