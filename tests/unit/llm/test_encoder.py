from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from llm import cores
from llm import encoder as module
from llm.encoder import DEFAULT_MODEL, SentenceEncoder, encoder_is_built, load_encoder
from llm.encoder_files import model_folder
from llm.errors import EncoderError

SOURCE = model_folder(DEFAULT_MODEL)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Empty at first: what is tested is built by the code at hand."""
    return tmp_path_factory.mktemp("encoder")


@pytest.fixture(scope="module")
def fp32(cache: Path) -> SentenceEncoder:
    return load_encoder(cache_dir=cache)


@pytest.fixture(scope="module")
def int8(cache: Path) -> SentenceEncoder:
    return load_encoder(cache_dir=cache, precision="int8")


@pytest.fixture(params=["fp32", "int8"])
def encoder(request: pytest.FixtureRequest, fp32: SentenceEncoder, int8: SentenceEncoder) -> SentenceEncoder:
    return fp32 if request.param == "fp32" else int8


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A folder with a model of one block, cut from the default one."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    config = json.loads((SOURCE / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 1}))
    (folder / "tokenizer.json").write_bytes((SOURCE / "tokenizer.json").read_bytes())
    weights = load_file(str(SOURCE / "model.safetensors"))
    save_file(
        {k: v for k, v in weights.items() if "layer" not in k or ".layer.0." in k},
        str(folder / "model.safetensors"),
    )
    yield folder


def test_the_vectors_are_those_of_the_published_model(fp32: SentenceEncoder) -> None:
    """Reference: BERT written out in numpy, after Devlin et al. 2019."""
    text = "Where is my parcel?"
    np.testing.assert_allclose(fp32.encode([text])[0], reference(fp32.tokenizer.encode(text).ids), atol=2e-4)


def test_likeness_is_meaning(encoder: SentenceEncoder) -> None:
    parcel, package, warranty = encoder.encode(
        ["where is my parcel", "where is my package", "how long is the warranty"]
    )
    assert float(parcel @ package) > 0.5 > 0.3 > float(parcel @ warranty)


@pytest.mark.parametrize(
    "text", ["", " ", "👍", "\x00", "日本語", "\ud83d", "word " * 10_000, "x" * 1_000_000]
)
def test_every_text_gets_a_vector_of_length_one(encoder: SentenceEncoder, text: str) -> None:
    (vector,) = encoder.encode([text])
    assert vector.shape == (encoder.dim,) == (384,)
    assert float(vector @ vector) == pytest.approx(1, abs=1e-4)


def test_no_texts_are_no_rows(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def test_many_texts_at_once_get_the_same_vectors_on_several_cores(
    encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"number {n} " + "and so on " * (n % 5) for n in range(cores.MANY + 10)]
    together = encoder.encode(texts)
    encoder.forget()
    monkeypatch.setattr(cores, "MANY", 10_000)
    np.testing.assert_array_equal(together, encoder.encode(texts))


def test_a_text_has_the_same_vector_alone_and_among_others(encoder: SentenceEncoder) -> None:
    texts = [f"text number {n} " + "and more " * (n % 7) for n in range(40)]
    together = encoder.encode([*texts, texts[0]])
    for text, row in zip(texts, together):
        alone, _ = encoder._run([encoder.tokenizer.encode(text).ids])[0][0]
        np.testing.assert_allclose(alone, row, atol=1e-5)
    np.testing.assert_array_equal(together[0], together[-1])


def test_eight_bits_change_little(fp32: SentenceEncoder, int8: SentenceEncoder) -> None:
    texts = [
        "where is my order",
        "I want to send back the blue jacket, it is too small",
        "hi",
        "do you ship to France",
    ]
    assert ((fp32.encode(texts) * int8.encode(texts)).sum(1) > 0.97).all()


def test_the_latest_texts_are_remembered_the_oldest_forgotten(
    fp32: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CACHED_TEXTS", 3)
    for text in ("a", "b", "c", "a", "d"):
        fp32.encode([text])
    assert set(fp32._recent) == {"c", "a", "d"}
    assert fp32.encode(list("abcdefg")).shape == (7, 384)


def test_threads_may_share_it(fp32: SentenceEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CACHED_TEXTS", 2)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(20):
                fp32.encode([f"text {(number + step) % 5}", "shared"])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_it_is_built_once(tiny: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert not encoder_is_built(str(tiny), cache)
    load_encoder(str(tiny), cache)
    assert encoder_is_built(str(tiny), cache)
    assert not encoder_is_built(str(tiny), cache, "int8")
    (built,) = cache.glob("*/model.onnx")
    when = built.stat().st_mtime_ns
    load_encoder(str(tiny), cache)
    assert built.stat().st_mtime_ns == when


@pytest.mark.parametrize("name", ["model.onnx", "model.onnx.data", "tokenizer.json"])
def test_a_build_that_lost_a_file_is_made_anew(tiny: Path, tmp_path: Path, name: str) -> None:
    cache = tmp_path / "cache"
    load_encoder(str(tiny), cache)
    (lost,) = cache.glob(f"*/{name}")
    lost.unlink()
    assert load_encoder(str(tiny), cache).encode(["hi"]).shape == (1, 384)
    assert not list(cache.glob(".building-*"))


def test_weights_that_were_replaced_are_built_anew(tiny: Path, tmp_path: Path) -> None:
    load_encoder(str(tiny), tmp_path / "cache")
    weights = load_file(str(tiny / "model.safetensors"))
    save_file({**weights, "extra": np.zeros(3)}, str(tiny / "model.safetensors"))
    assert not encoder_is_built(str(tiny), tmp_path / "cache")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(tiny: Path, tmp_path: Path, name: str) -> None:
    (tiny / name).unlink()
    with pytest.raises(EncoderError, match=name.replace(".", r"\.")):
        load_encoder(str(tiny), tmp_path / "cache")


def test_damaged_weights_are_refused_and_leave_nothing_behind(tiny: Path, tmp_path: Path) -> None:
    (tiny / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(EncoderError, match="cannot be read"):
        load_encoder(str(tiny), tmp_path / "cache")
    assert not encoder_is_built(str(tiny), tmp_path / "cache")


def test_another_kind_of_model_is_refused(tiny: Path, tmp_path: Path) -> None:
    (tiny / "config.json").write_text('{"model_type": "t5"}')
    with pytest.raises(EncoderError, match="'t5'"):
        load_encoder(str(tiny), tmp_path / "cache")


def test_a_model_without_a_tensor_is_refused_by_its_name(tiny: Path, tmp_path: Path) -> None:
    weights = load_file(str(tiny / "model.safetensors"))
    del weights["embeddings.LayerNorm.bias"]
    save_file(weights, str(tiny / "model.safetensors"))
    with pytest.raises(EncoderError, match=r"embeddings\.LayerNorm\.bias"):
        load_encoder(str(tiny), tmp_path / "cache")


def test_an_unknown_precision_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="'int4'"):
        load_encoder(cache_dir=tmp_path, precision="int4")


def reference(ids: list[int]) -> np.ndarray:
    w: Any = load_file(str(SOURCE / "model.safetensors"))

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        scaled = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return np.asarray(scaled * w[f"{name}.weight"] + w[f"{name}.bias"])

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return np.asarray(x @ w[f"{name}.weight"].T + w[f"{name}.bias"])

    def gelu(x: np.ndarray) -> np.ndarray:
        from math import erf

        return np.asarray(x * 0.5 * (1 + np.vectorize(erf)(x / np.sqrt(2))))

    e = "embeddings"
    x = w[f"{e}.word_embeddings.weight"][ids] + w[f"{e}.position_embeddings.weight"][: len(ids)]
    x = norm(x + w[f"{e}.token_type_embeddings.weight"][0], f"{e}.LayerNorm")
    for layer in range(6):
        p = f"encoder.layer.{layer}"
        q, k, v = (
            linear(x, f"{p}.attention.self.{part}").reshape(len(ids), 12, 32)
            for part in ("query", "key", "value")
        )
        scores = np.einsum("ihd,jhd->hij", q, k) / np.sqrt(32)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        mixed = np.einsum("hij,jhd->ihd", weights, v).reshape(len(ids), 384)
        x = norm(x + linear(mixed, f"{p}.attention.output.dense"), f"{p}.attention.output.LayerNorm")
        x = norm(
            x + linear(gelu(linear(x, f"{p}.intermediate.dense")), f"{p}.output.dense"),
            f"{p}.output.LayerNorm",
        )
    mean = x.mean(0)
    return np.asarray(mean / np.linalg.norm(mean))


def test_a_multilingual_model_of_the_roberta_kind_can_be_a_folder(tiny: Path, tmp_path: Path) -> None:
    """As the multilingual sentence-transformers are: other names of tensors, positions that begin later."""
    config = json.loads((tiny / "config.json").read_text())
    kind = {"model_type": "xlm-roberta", "pad_token_id": 1}
    (tiny / "config.json").write_text(json.dumps({**config, **kind}))
    weights = load_file(str(tiny / "model.safetensors"))
    save_file({f"roberta.{name}": array for name, array in weights.items()}, str(tiny / "model.safetensors"))
    assert load_encoder(str(tiny), tmp_path / "cache").encode(["Guten Tag"]).shape == (1, 384)


def test_a_model_that_does_not_take_the_mean_is_refused(tiny: Path, tmp_path: Path) -> None:
    (tiny / "1_Pooling").mkdir()
    (tiny / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    with pytest.raises(EncoderError, match="mean of its tokens"):
        load_encoder(str(tiny), tmp_path / "cache")


def test_a_words_states_depend_on_word_and_sentence(encoder: SentenceEncoder) -> None:
    text, other = "I fly from Paris to Rome", "Paris is lovely"
    states = encoder.token_states(text, [(11, 16), (20, 24), (0, 24)])
    elsewhere = encoder.token_states(other, [(0, 5)])[0]
    assert states.shape == (3, 2 * 384)
    assert cosine(states[0], elsewhere) > cosine(states[1], elsewhere)
    assert not np.allclose(states[0], elsewhere, atol=1e-3)


def test_words_beyond_what_is_read_have_no_states(encoder: SentenceEncoder) -> None:
    text = "boot " * 2000
    states = encoder.token_states(text, [(0, 4), (len(text) - 5, len(text) - 1)])
    assert states[0].any() and not states[1].any()


def test_once_asked_for_words_come_with_a_texts_vector_in_one_run(
    int8: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    int8.token_states("asked for", [])
    vector = int8.encode(["a text that nobody encoded yet"])
    monkeypatch.setattr(int8, "_run", None)
    assert int8.token_states("a text that nobody encoded yet", [(0, 1)]).any()
    np.testing.assert_array_equal(int8.encode(["a text that nobody encoded yet"]), vector)


def test_a_text_without_words_has_no_states(encoder: SentenceEncoder) -> None:
    assert encoder.token_states("", []).shape == (0, 2 * 384)
    assert not encoder.token_states(" ", [(0, 1)]).any()


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
