from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bench.pairs import PairsError, read_pairs
from bench.repeat import figures, run
from bench.repeat_fit import Group, examples, fit, read_groups
from components.encoder import shared_encoder
from llm.encoder import DEFAULT_MODEL
from rapport.errors import RapportError
from rapport.settings import Settings

ROOT = Path(__file__).parents[3]
ENCODER = str(ROOT / "var" / "encoder")


def write(folder: Path, text: str) -> Path:
    file = folder / "pairs.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_both_headers_are_known_and_lines_without_a_label_are_named(tmp_path: Path) -> None:
    plain = write(tmp_path, 'text1,text2,label\n"a, b",c,1\nd,e,0\n\nf,g,\n')
    pairs, unlabelled = read_pairs(plain)
    assert [(p.one, p.other, p.same) for p in pairs] == [("a, b", "c", True), ("d", "e", False)]
    assert unlabelled == [5]
    quora = write(tmp_path, "\tid\tsentence1\tsentence2\tis_duplicate\n1\tx\ta\tb\t0.0\n2\ty\tc\td\t1.0\n")
    assert [pair.same for pair in read_pairs(quora)[0]] == [False, True]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("first,second,label\na,b,1\n", "line 1: the header 'first, second, label'"),
        ("", "line 1: the header"),
        ("text1,text2,label\na,b,1\nc,d,yes\n", "line 3: the label 'yes' must be 1"),
        ("text1,text2,label\na,b\n", "line 2: 2 columns, 3 expected"),
        ("text1,text2,label\na,b,1\n", "of one label only"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(PairsError, match=r"pairs\.csv") as refused:
        read_pairs(write(tmp_path, text))
    assert words in str(refused.value)


def test_a_missing_file_and_one_in_another_encoding_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PairsError, match=r"none\.csv cannot be read"):
        read_pairs(tmp_path / "none.csv")
    file = tmp_path / "latin.csv"
    file.write_bytes("text1,text2,label\nGröße,b,1\n".encode("latin-1"))
    with pytest.raises(PairsError, match="not UTF-8"):
        read_pairs(file)


def test_figures_of_a_ranking_known_by_hand() -> None:
    found = figures(np.array([0.9, 0.8, 0.7, 0.6, 0.1]), np.array([1, 0, 1, 0, 0]) == 1, 0.75, 0.85)
    assert found.f1 == pytest.approx(0.5)
    assert found.auc == pytest.approx(5 / 6)
    assert found.precision_at_half_recall == 1.0
    assert found.f1_best == pytest.approx(0.8)
    assert (found.precision_shipped, found.recall_shipped) == (1.0, 0.5)


def test_equal_scores_count_together_whatever_their_order() -> None:
    labels = np.array([1, 0, 0, 1]) == 1
    assert figures(np.full(4, 0.5), labels, 0.5, None).precision_at_half_recall == 0.5


def test_a_run_ends_with_one_json_object(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    groups = read_groups()[:12]
    lines = ["text1\ttext2\tlabel"]
    for group in groups:
        lines += [f"{group.same[0]}\t{group.same[1]}\t1", f"{group.same[0]}\t{group.other[1]}\t0"]
    settings = Settings(encoder={"cache_dir": ENCODER})
    run(settings, write(tmp_path, "\n".join(lines)), against="cosine")
    found = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert {"f1", "auc", "precision_at_half_recall", "cosine_auc"} <= set(found)
    assert found["pairs"] == 24
    assert found["auc"] > 0.6
    with pytest.raises(RapportError, match="cannot be read"):
        run(settings, tmp_path / "none.csv")


def test_written_groups_are_many_and_none_says_a_question_twice() -> None:
    groups = read_groups()
    assert sum(len(group.same) * (len(group.same) - 1) // 2 + len(group.other) for group in groups) >= 600
    for group in groups:
        texts = [text.lower() for text in group.same + group.other]
        assert len(texts) == len(set(texts)), group


def test_a_group_of_one_question_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, "groups:\n  - same: [where is it]\n")
    with pytest.raises(ValueError, match=r"group 1 .* needs at least two"):
        read_groups(file)


def test_a_fit_repeats_exactly_and_trusts_the_cosine_most() -> None:
    encode = shared_encoder(DEFAULT_MODEL, ENCODER, "int8").encode
    groups: list[Group] = read_groups()[:20]
    first, again = (fit(examples(groups, encode), encode) for _ in range(2))
    assert first == again
    assert max(first.weights) == first.weights[0]
