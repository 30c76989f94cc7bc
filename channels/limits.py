"""Rate limits: token buckets in memory, one for each key (a sender id or an address)."""

import time
from collections import OrderedDict
from typing import Callable


class TokenBuckets:
    """A bucket for each key that holds `burst` tokens and refills at `per_minute` tokens a minute.

    Example:
        >>> buckets = TokenBuckets(per_minute=30, burst=1)
        >>> buckets.take("web-1"), round(buckets.take("web-1"))
        (0.0, 2)
    """

    def __init__(
        self,
        per_minute: float,
        burst: int,
        max_keys: int = 20_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start with no buckets; a key's bucket is full when it is first seen.

        Args:
            per_minute: Tokens that flow into a bucket in a minute.
            burst: Tokens that a bucket holds at most.
            max_keys: Buckets kept at most; the longest unused goes first, so memory stays bounded.
            clock: Seconds, for tests.
        """
        self._per_second = per_minute / 60
        self._burst = burst
        self._max_keys = max_keys
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Take one token.

        Returns:
            0.0 if there was one, else the seconds until there is.
        """
        now = self._clock()
        tokens, since = self._buckets.pop(key, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - since) * self._per_second)
        wait_seconds = 0.0 if tokens >= 1 else (1 - tokens) / self._per_second
        self._buckets[key] = (tokens - 1 if wait_seconds == 0 else tokens, now)
        if len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)
        return wait_seconds
