"""What the command line says when it cannot go on.

RapportError              one sentence: what, with which value, and what to do
├── SettingsError         rapport.yml or a RAPPORT_… variable is wrong
├── TrainingError         the designer's files do not make a model; the last good one is kept
├── PortInUse             another program has a port that we need
├── ProcessDied           Rasa or the action server ended
└── NotRunning            a command needs the running assistant
"""


class RapportError(Exception):
    """Base of every failure that a command reports; its text is what the user reads."""


class SettingsError(RapportError):
    """rapport.yml or a RAPPORT_… variable is wrong."""


class TrainingError(RapportError):
    """The designer's files do not make a model."""


class PortInUse(RapportError):
    """Another program has a port that we need."""


class ProcessDied(RapportError):
    """A process of the assistant ended."""


class NotRunning(RapportError):
    """A command needs the running assistant."""
