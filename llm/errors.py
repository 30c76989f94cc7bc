"""What can go wrong in `llm`.

LlmError
├── EncoderError            the sentence encoder's files are missing or damaged
├── VoiceError              a style or a wording list cannot be used
└── KnowledgeError          a knowledge folder or document cannot be read
    └── IndexInUseError     another process owns the index directory
"""


class LlmError(Exception):
    """Base of every error that `llm` raises on purpose; its text is one sentence with the fix."""


class EncoderError(LlmError):
    """The sentence encoder's files are missing or damaged."""


class VoiceError(LlmError):
    """A style or a wording list cannot be used."""


class KnowledgeError(LlmError):
    """A knowledge folder, a document or the index cannot be read."""


class IndexInUseError(KnowledgeError):
    """Another process owns the index directory."""
