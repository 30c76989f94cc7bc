"""What can go wrong in `learning`.

LearningError
├── SourceError    the conversations cannot be read
├── StoreError     what was learned cannot be read or written
├── ReviewError    a verdict that cannot be taken
│   └── GoneError  what it is about does not exist any more
├── DatasetError   the files of what was learned cannot be read or written
├── RegistryError  a candidate is not there, damaged, or not in a state for what was asked
└── CycleError     another cycle runs
"""


class LearningError(Exception):
    """Base of every error that `learning` raises on purpose; its text is one sentence with the fix."""


class SourceError(LearningError):
    """The tracker store's database is missing, locked, or holds something else."""


class StoreError(LearningError):
    """The learning database is locked, or written by another version."""


class ReviewError(LearningError):
    """A verdict, or the value that it gives, cannot be taken."""


class GoneError(ReviewError):
    """The item was deleted, because a customer asked us to forget it or its turns are gone."""


class DatasetError(LearningError):
    """A file of the dataset is no valid YAML, or cannot be written."""


class RegistryError(LearningError):
    """A candidate is not there, damaged, or not in a state for what was asked."""


class CycleError(LearningError):
    """Another cycle runs."""
