from channels.limits import TokenBuckets


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_goes_through_and_the_next_must_wait() -> None:
    buckets = TokenBuckets(per_minute=60, burst=3, clock=Clock())
    assert [buckets.take("ada") for _ in range(4)] == [0.0, 0.0, 0.0, 1.0]


def test_tokens_come_back_with_time_but_never_more_than_the_burst() -> None:
    clock = Clock()
    buckets = TokenBuckets(per_minute=60, burst=2, clock=clock)
    buckets.take("ada"), buckets.take("ada")
    clock.now = 1.0
    assert buckets.take("ada") == 0.0
    clock.now = 1000.0
    assert [bool(buckets.take("ada")) for _ in range(3)] == [False, False, True]


def test_a_refused_call_does_not_prolong_the_wait() -> None:
    clock = Clock()
    buckets = TokenBuckets(per_minute=60, burst=1, clock=clock)
    buckets.take("ada")
    for tenth in range(1, 10):
        clock.now = tenth / 10
        assert buckets.take("ada") > 0
    clock.now = 1.01
    assert buckets.take("ada") == 0.0


def test_keys_do_not_share_a_bucket() -> None:
    buckets = TokenBuckets(per_minute=1, burst=1, clock=Clock())
    assert buckets.take("ada") == 0.0
    assert buckets.take("ben") == 0.0


def test_memory_is_bounded_and_the_longest_unused_goes_first() -> None:
    buckets = TokenBuckets(per_minute=1, burst=1, max_keys=2, clock=Clock())
    for key in ("ada", "ben", "cy"):
        buckets.take(key)
    assert buckets.take("ben") > 0
    assert buckets.take("ada") == 0.0
