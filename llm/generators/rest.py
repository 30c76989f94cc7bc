"""A rest for a generator that keeps failing, so that no further customer waits for it in vain."""

import time

from llm.errors import GeneratorUnavailable

FAILURES = 3
SECONDS = 30.0


class Rest:
    """Counts failures in a row.

    Args:
        failures: after so many the generator rests.
        seconds: for so long; then one question tries it again, and a failure lets it rest again.
    """

    def __init__(self, failures: int = FAILURES, seconds: float = SECONDS) -> None:
        self.failures, self.seconds = failures, seconds
        self._failed = 0
        self._until = 0.0

    def check(self, name: str) -> None:
        """Refuse while the generator rests.

        Raises:
            GeneratorUnavailable: it does.
        """
        left = self._until - time.monotonic()
        if left > 0:
            raise GeneratorUnavailable(
                f"The generator {name} failed {self._failed} times in a row: it rests for {left:.0f} seconds."
            )

    def succeeded(self) -> None:
        """It works again."""
        self._failed = 0

    def failed(self) -> None:
        """Once more."""
        self._failed += 1
        if self._failed >= self.failures:
            self._until = time.monotonic() + self.seconds
