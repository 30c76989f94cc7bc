"""What can go wrong in `llm`.

LlmError
├── EncoderError              the sentence encoder's files are missing or damaged
├── RerankerError             a cross-encoder's files are missing, damaged or of another kind
├── VoiceError                a style or a wording list cannot be used
├── PromptError               a template, a role or a file of approved answers cannot be used
├── KnowledgeError            a knowledge folder or document cannot be read
│   ├── IndexInUseError       another process owns the index directory
│   ├── IndexDamagedError     its files are broken; it can be built again from the articles
│   └── IndexUnreachableError the Chroma server that keeps it does not answer
└── GeneratorError            what writes answers wrote none: the answer is composed from the passages instead
    ├── GeneratorUnavailable  its package, file or server is missing, or refuses us; it needs a person
    ├── GeneratorTimeout      it did not finish in time, or is busy with other questions
    ├── GeneratorInterrupted  it broke off in the middle
    ├── GeneratorGarbage      what it wrote is no text
    └── GeneratorCutOff       it reached its longest answer; its whole sentences can be used
"""


class LlmError(Exception):
    """Base of every error that `llm` raises on purpose; its text is one sentence with the fix."""


class EncoderError(LlmError):
    """The sentence encoder's files are missing or damaged."""


class RerankerError(LlmError):
    """A cross-encoder's files are missing, damaged or of another kind."""


class VoiceError(LlmError):
    """A style or a wording list cannot be used."""


class PromptError(LlmError):
    """A prompt's template, a role, or a file of approved answers cannot be used."""


class KnowledgeError(LlmError):
    """A knowledge folder, a document or the index cannot be read."""


class IndexInUseError(KnowledgeError):
    """Another process owns the index directory."""


class IndexDamagedError(KnowledgeError):
    """The files of the index are broken; it can be built again from the articles."""


class IndexUnreachableError(KnowledgeError):
    """The Chroma server that keeps the index does not answer, or refuses us."""


class GeneratorError(LlmError):
    """A generator wrote no answer; its text holds no customer's words."""


class GeneratorUnavailable(GeneratorError):
    """A generator's package, file or server is missing, or the server refuses us."""


class GeneratorTimeout(GeneratorError):
    """A generator did not finish in time, or is busy with other questions."""


class GeneratorInterrupted(GeneratorError):
    """A generator broke off in the middle of its answer."""


class GeneratorGarbage(GeneratorError):
    """What a generator wrote is no text."""


class GeneratorCutOff(GeneratorError):
    """A generator reached its longest answer; the whole sentences before can be used."""
