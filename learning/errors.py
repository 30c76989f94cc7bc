"""What can go wrong in `learning`.

LearningError
├── SourceError   the conversations cannot be read
└── StoreError    what was learned cannot be read or written
"""


class LearningError(Exception):
    """Base of every error that `learning` raises on purpose; its text is one sentence with the fix."""


class SourceError(LearningError):
    """The tracker store's database is missing, locked, or holds something else."""


class StoreError(LearningError):
    """The learning database is locked, or written by another version."""
