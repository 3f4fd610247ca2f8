"""How likely so many events are by chance."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

_ENOUGH = 1e-6  # of the sum: smaller terms change nothing


def tail_probability(count: int, mean: float, dispersion: float) -> float:
    """Return P(X >= count) of the negative binomial distribution with variance mean + dispersion * mean^2.

        P(X = n) = G(n + r) / (G(r) n!) * (r / (r + mean))^r * (mean / (r + mean))^n,  r = 1 / dispersion

    At or below the mean the answer is 1: beyond it the terms fall from one to the next.
    """
    if count <= mean:
        return 1.0
    r = 1.0 / dispersion
    ratio = mean / (r + mean)
    term = exp(lgamma(count + r) - lgamma(r) - lgamma(count + 1.0) - r * log1p(mean / r) + count * log(ratio))
    total, n = term, count
    while term > total * _ENOUGH:
        term *= (n + r) / (n + 1.0) * ratio
        n += 1
        total += term
    return total
