"""What can go wrong in `learning`.

LearningError
├── SourceError   the conversations cannot be read
├── StoreError    what was learned cannot be read or written
├── RegistryError a candidate is not there, damaged, or not in a state for what was asked
└── CycleError    another cycle runs
"""


class LearningError(Exception):
    """Base of every error that `learning` raises on purpose; its text is one sentence with the fix."""


class SourceError(LearningError):
    """The tracker store's database is missing, locked, or holds something else."""


class StoreError(LearningError):
    """The learning database is locked, or written by another version."""


class RegistryError(LearningError):
    """A candidate is not there, damaged, or not in a state for what was asked."""


class CycleError(LearningError):
    """Another cycle runs."""
