"""When both sides answered: conversations are compared only if they began then."""

from __future__ import annotations

from collections.abc import Sequence

# A side that was not seen for so long was away; what began meanwhile was not drawn.
AWAY_SECONDS = 60.0
_KEPT = 1_000


def noted(served: Sequence[Sequence[float]], now: float) -> list[list[float]]:
    """Times when both sides answered, the present one with them.

    Args:
        served: beginnings and ends so far, in seconds since the epoch.
        now: the present time, at which both answer.
    """
    times = [list(one) for one in served]
    if times and now - times[-1][1] <= AWAY_SECONDS:
        times[-1][1] = now
    else:
        times.append([now, now])
    return times[-_KEPT:]


def within(served: Sequence[Sequence[float]], at: float) -> bool:
    """Whether both sides answered at a time."""
    return any(begin <= at <= end for begin, end in served)
