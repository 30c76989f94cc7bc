from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.entities import run, score
from bench.entity_data import BadData, Sentence, folds, read_sentences
from rapport.cli import app

PLAIN = [
    {"text": f"a bus to {city} please", "entities": [{"start": 9, "end": 9 + len(city), "entity": "city"}]}
    for city in ("Leeds", "York", "Hull", "Durham", "Oxford", "Bath", "Derby", "London")
] + [{"text": "yes please"}, {"text": "no thanks", "entities": []}]
DSTC8 = [
    {
        "userInput": {"text": "York at noon"},
        "labels": [{"slot": "city", "valueSpan": {"endIndex": 4}}],
        "id": "1",
    },
    {"userInput": {"text": "thanks"}, "context": {}, "id": "2"},
]


def written(path: Path, items: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(items if isinstance(items, str) else json.dumps(items))
    return path


def test_both_formats_are_told_apart_by_their_items(tmp_path: Path) -> None:
    assert read_sentences(written(tmp_path / "a.json", PLAIN[:1])) == [
        Sentence("a bus to Leeds please", ((9, 14, "city"),))
    ]
    assert read_sentences(written(tmp_path / "b.json", DSTC8)) == [
        Sentence("York at noon", ((0, 4, "city"),)),
        Sentence("thanks", ()),
    ]


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ("[{", "is not JSON"),
        ({}, "must hold a JSON list"),
        ([], "must hold a JSON list"),
        ([{"txt": "a"}], "item 1 is not like"),
        ([{"text": 3}], "the text is 3"),
        ([{"text": "a", "entities": [{"start": 0, "entity": "x"}]}], "item 1 is not like"),
        (
            [{"text": "ab"}, {"text": "ab", "entities": [{"start": 1, "end": 9, "entity": "x"}]}],
            "item 2: x from 1 to 9",
        ),
        (["text"], "item 1 is not like"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(tmp_path: Path, items: object, said: str) -> None:
    with pytest.raises(BadData, match=said):
        read_sentences(written(tmp_path / "bad.json", items))


def test_a_folder_gives_every_fold_of_every_domain(tmp_path: Path) -> None:
    for name in ("one/train_0", "one/train_1", "one/test", "two/train", "two/test", "three/train_0"):
        written(tmp_path / f"{name}.json", PLAIN)
    found = folds(tmp_path, None)
    assert [fold.name for fold in found] == ["one/train_0", "one/train_1", "two/train"]
    assert found[2].test == tmp_path / "two/test.json"


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    file = written(tmp_path / "a.json", PLAIN)
    for train, test, said in [
        (file, None, "Add --test"),
        (file, tmp_path / "b.json", "no file"),
        (tmp_path / "none", None, "no file or folder"),
        (tmp_path, None, "no folder with"),
    ]:
        with pytest.raises(BadData, match=said):
            folds(train, test)


def test_only_exact_spans_of_the_right_kind_count() -> None:
    gold = [[(0, 4, "city"), (8, 12, "time")], []]
    assert score(gold, [{(0, 4, "city"), (8, 11, "time")}, {(0, 1, "city")}]) == (0.4, 1 / 3, 0.5)
    assert score([[]], [set()]) == (0.0, 0.0, 0.0)


def test_the_real_pipelines_are_measured_and_the_last_line_is_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = written(tmp_path / "train.json", PLAIN)
    run(train, train, ["crf"], seeds=1)
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"f1", "precision", "recall"} <= figures.keys()
    assert figures["f1"] == 1.0 and figures["against"]["crf"]["f1"] > 0.5


def test_an_unknown_pipeline_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"'bert'.*spacy, crf, diet"):
        run(written(tmp_path / "a.json", PLAIN), tmp_path / "a.json", ["bert"], seeds=1)


def test_the_help_shows_the_format() -> None:
    assert '"entities"' in CliRunner().invoke(app, ["bench", "entities", "--help"]).output
