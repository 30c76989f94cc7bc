"""The sentence encoder that intents, repetition and retrieval share: text in, a unit vector out, on ONNX
Runtime.

`load_encoder` builds the ONNX file once (see `encoder_graph` and `encoder_use`) and keeps it in a cache
folder. No torch, no network: the weights of `all-MiniLM-L6-v2` (English) and of
`universal-sentence-encoder-multilingual` (16 languages) come with packages, any other model is a folder with
`config.json`, `tokenizer.json` and `model.safetensors`. Models joined with " + " stand side by side.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from llm.cores import map_on_cores
from llm.encoder_files import DEFAULT_MODEL, built_folder, is_built
from llm.errors import EncoderError
from llm.token_states import pool_pieces

__all__ = ["DEFAULT_MODEL", "Encoder", "encoder_is_built", "load_encoder"]

PRECISIONS = ("fp32", "int8")
# Stands between the names of models whose vectors are laid side by side.
JOIN = " + "
MAX_TOKENS = 256
# Cut before the tokenizer sees it: a text of a megabyte would be read whole only to be cut at 256 tokens.
MAX_CHARACTERS = 10 * MAX_TOKENS
BATCH = 32
# The output that the last transformer block starts from.
STATES = "states"
# The output with what is known of each word.
WORDS = "word_states"
CACHED_TEXTS = 256
# The message at hand and its parts; a text's words take some hundred kilobytes.
CACHED_WORDS = 8

# Of a text: its vector and its states; its tokens' states [n_tokens, width] and where each token stands.
_Row = tuple[np.ndarray, np.ndarray | None]
_Words = tuple[np.ndarray, list[tuple[int, int]]]


class Encoder(Protocol):
    """Turns texts into vectors: [n_texts, dim] float32, each row of length 1."""

    name: str
    dim: int

    def encode(self, texts: Sequence[str]) -> np.ndarray: ...

    def encode_with_states(self, texts: Sequence[str]) -> tuple[np.ndarray, list[np.ndarray]]:
        """The same, and of each text what enters the last transformer block: [n_tokens, dim] float32.

        An encoder without such blocks gives no states, an empty list.
        """


class WordEncoder(Encoder, Protocol):
    """Knows of single words, too: [n_spans, width] float32 for the spans (from, to) of a text."""

    def token_states(self, text: str, spans: Sequence[tuple[int, int]]) -> np.ndarray: ...

    def knows(self, word: str) -> bool: ...

    def forget(self) -> None: ...


class SentenceEncoder:
    """Turns texts into vectors with one model.

    Example:
        >>> encoder = load_encoder("all-MiniLM-L6-v2", Path("var/encoder"))
        >>> encoder.encode(["Where is my parcel?"]).shape
        (1, 384)
    """

    def __init__(self, folder: Path, name: str, threads: int = 1, batch: int = BATCH) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # One message at a time: the arena only keeps the largest batch's memory.
        options.enable_cpu_mem_arena = False
        self.session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.tokenizer.no_padding()
        self.name = name
        self.batch = batch
        self._threads = threads
        self.dim = int(self.session.get_outputs()[0].shape[1])
        self._has_states = any(given.name == STATES for given in self.session.get_outputs())
        # Texts with their vectors, and with their states once somebody has asked for those.
        self._recent: OrderedDict[str, _Row] = OrderedDict()
        self._keeps_states = False
        # Texts with their tokens' states [n_tokens, width], and where each token stands.
        self._words: OrderedDict[str, _Words] = OrderedDict()
        self._keeps_words = False
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encodes texts.

        Args:
            texts: any number of texts; an empty one is encoded like any other. Longer ones are cut at 256
            tokens.

        Returns:
            [n_texts, dim] float32, each row of length 1.
        """
        rows = [vector for vector, _ in self._look_up(texts)]
        return np.stack(rows) if rows else np.zeros((0, self.dim), dtype=np.float32)

    def encode_with_states(self, texts: Sequence[str]) -> tuple[np.ndarray, list[np.ndarray]]:
        """Vectors as from `encode`, and what enters the last transformer block: [n_tokens, dim] float32."""
        self._keeps_states = self._has_states
        rows = self._look_up(texts)
        vectors = np.stack([vector for vector, _ in rows]) if rows else np.zeros((0, self.dim), np.float32)
        return vectors, [state for _, state in rows if state is not None]

    def knows(self, word: str) -> bool:
        """Whether the model has a token for a word in small letters: rare and misspelt ones are cut up."""
        return any(self.tokenizer.token_to_id(token) is not None for token in (word, f"▁{word}"))

    def forget(self) -> None:
        """Lets go of the texts that are remembered, so that the next one takes the time of a first one."""
        with self._lock:
            self._recent.clear()

    def token_states(self, text: str, spans: Sequence[tuple[int, int]]) -> np.ndarray:
        """What the model knows of words in their sentence, before all becomes one vector.

        Costs next to nothing for a text that was just encoded alone, as a customer's message is.

        Args:
            text: the sentence.
            spans: where the words stand, as characters from and to.

        Returns:
            [n_spans, width] float32; zeros for words beyond the 256 tokens that are read.
        """
        self._keeps_words = True
        text = readable(text[:MAX_CHARACTERS])
        with self._lock:
            known = self._words.get(text)
        if known is None:
            row, known = self._encode_words(text)
            self._remember({text: row})
        return pool_pieces(*known, spans)

    def _encode_words(self, text: str) -> tuple[_Row, _Words]:
        """Encodes a text alone, and keeps what is known of its words."""
        encoding = self.tokenizer.encode(text)
        (row,), words = self._run([encoding.ids], with_words=True)
        inside = [i for i, special in enumerate(encoding.special_tokens_mask) if not special]
        found = words[0][inside], [encoding.offsets[i] for i in inside]
        with self._lock:
            self._words[text] = found
            while len(self._words) > CACHED_WORDS:
                self._words.popitem(last=False)
        return row, found

    def _look_up(self, texts: Sequence[str]) -> list[_Row]:
        """One message is encoded by several components, and again when a later one may repeat it."""
        texts = [readable(text[:MAX_CHARACTERS]) for text in texts]
        known = self._recall(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        fresh = dict(zip(missing, self._encode_all(missing)))
        self._remember(fresh)
        return [known[text] if text in known else fresh[text] for text in texts]

    def _encode_all(self, texts: list[str]) -> list[_Row]:
        """Encodes in batches of similar length, so that little is spent on padding."""
        if len(texts) == 1 and self._keeps_words:
            return [self._encode_words(texts[0])[0]]
        if not texts:
            return []
        encodings = self.tokenizer.encode_batch(texts)
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        batches = [order[start : start + self.batch] for start in range(0, len(order), self.batch)]

        def run(places: list[int]) -> list[_Row]:
            return self._run([encodings[i].ids for i in places])[0]

        # Where a text has several cores already, it does not gain from others beside it.
        found = map_on_cores(run, batches, len(texts) if self._threads == 1 else 0)
        rows = {place: row for places, some in zip(batches, found) for place, row in zip(places, some)}
        return [rows[i] for i in range(len(texts))]

    def _run(self, ids: list[list[int]], with_words: bool = False) -> tuple[list[_Row], np.ndarray]:
        """Rows, and with `with_words` what is known of each token: [n_texts, n_tokens, width]."""
        longest = max(len(row) for row in ids)
        tokens = np.zeros((len(ids), longest), dtype=np.int64)
        mask = np.zeros_like(tokens)
        for i, row in enumerate(ids):
            tokens[i, : len(row)] = row
            mask[i, : len(row)] = 1
        wanted = ["embedding", *([STATES] * self._keeps_states), *([WORDS] * with_words)]
        found = dict(zip(wanted, self.session.run(wanted, {"input_ids": tokens, "attention_mask": mask})))
        words = found.get(WORDS, np.zeros((len(ids), longest, 0), np.float32))
        if STATES not in found:
            return [(vector, None) for vector in found["embedding"]], words
        pairs = zip(found["embedding"], found[STATES], ids)
        return [(vector, state[: len(row)]) for vector, state, row in pairs], words

    def _recall(self, texts: Sequence[str]) -> dict[str, _Row]:
        with self._lock:
            known = {
                text: self._recent[text]
                for text in dict.fromkeys(texts)
                if text in self._recent and not (self._keeps_states and self._recent[text][1] is None)
            }
            for text in known:
                self._recent.move_to_end(text)
        return known

    def _remember(self, fresh: dict[str, _Row]) -> None:
        with self._lock:
            self._recent.update(list(fresh.items())[-CACHED_TEXTS:])
            while len(self._recent) > CACHED_TEXTS:
                self._recent.popitem(last=False)


class JoinedEncoder:
    """Lays the vectors of several encoders side by side: cosines become the mean of their cosines."""

    def __init__(self, encoders: Sequence[WordEncoder]) -> None:
        self.encoders = encoders
        self.name = JOIN.join(encoder.name for encoder in encoders)
        self.dim = sum(encoder.dim for encoder in encoders)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encodes texts: [n_texts, dim] float32, each row of length 1."""
        joined = np.hstack([encoder.encode(texts) for encoder in self.encoders])
        scaled: np.ndarray = joined / np.float32(np.sqrt(len(self.encoders)))
        return scaled

    def encode_with_states(self, texts: Sequence[str]) -> tuple[np.ndarray, list[np.ndarray]]:
        """The same, with the states of the first encoder that has transformer blocks."""
        found = [encoder.encode_with_states(texts) for encoder in self.encoders]
        joined = np.hstack([vectors for vectors, _ in found]) / np.float32(np.sqrt(len(found)))
        return joined, next((states for _, states in found if states), [])

    def knows(self, word: str) -> bool:
        """Whether one of the models does."""
        return any(encoder.knows(word) for encoder in self.encoders)

    def forget(self) -> None:
        """Lets go of the texts that are remembered."""
        for encoder in self.encoders:
            encoder.forget()

    def token_states(self, text: str, spans: Sequence[tuple[int, int]]) -> np.ndarray:
        """What all models know of words, side by side: [n_spans, sum of widths]."""
        joined: np.ndarray = np.hstack([encoder.token_states(text, spans) for encoder in self.encoders])
        return joined


def readable(text: str) -> str:
    """Half a character (a lone surrogate, as broken JSON brings them) is no UTF-8: it becomes "?"."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def load_encoder(
    model: str = DEFAULT_MODEL,
    cache_dir: Path = Path("var/encoder"),
    threads: int = 1,
    precision: str = "fp32",
) -> WordEncoder:
    """Loads the encoder, building its ONNX file first where it is missing.

    Args:
        model: `all-MiniLM-L6-v2`, `universal-sentence-encoder-multilingual`, the path of a model folder, or
        several of them with " + " between.
        cache_dir: where built encoders are kept.
        threads: ONNX Runtime's threads for one call.
        precision: `fp32`, or `int8`: about three times as fast, its vectors within 0.02 (cosine) of the
        others.

    Raises:
        EncoderError: no such model, or its files are missing or damaged.
    """
    if precision not in PRECISIONS:
        raise EncoderError(
            f"The encoder's precision {precision!r} is unknown: give one of {', '.join(PRECISIONS)}."
        )
    # In 8 bits a text's vector depends a little on its neighbours in the batch, and a batch is no faster.
    batch = 1 if precision == "int8" else BATCH
    encoders = [
        SentenceEncoder(built_folder(name, cache_dir, precision), name, threads, batch)
        for name in model_names(model)
    ]
    return encoders[0] if len(encoders) == 1 else JoinedEncoder(encoders)


def load_writer(model: str, cache_dir: Path, precision: str) -> WordEncoder | None:
    """What embeds articles, where that is not what embeds questions: the same model in another precision.

    Raises:
        EncoderError: as of `load_encoder`.
    """
    return None if precision == "fp32" else load_encoder(model, cache_dir, precision=precision)


def encoder_is_built(model: str, cache_dir: Path, precision: str = "fp32") -> bool:
    """Whether `load_encoder` would find its ONNX files ready."""
    return all(is_built(name, cache_dir, precision) for name in model_names(model))


def model_names(model: str) -> list[str]:
    """The models of a setting; a name that is empty or said twice is a slip.

    Raises:
        EncoderError: there is such a name.
    """
    names = [name.strip() for name in model.split(JOIN)]
    if not all(names) or len(set(names)) < len(names):
        raise EncoderError(
            f"The encoder {model!r} cannot be joined: name each model once, as in 'one + other'."
        )
    return names
