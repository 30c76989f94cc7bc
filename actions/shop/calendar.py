"""Days on which parcels and money move.

Bank holidays are not kept: around one, a promised date is a day early.
"""

from datetime import date, timedelta


def add_working_days(start: date, days: int) -> date:
    """The date `days` (0 or more) Mondays to Fridays after `start`."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day
