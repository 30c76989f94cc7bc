"""Training, with a small program in the place of Rasa's."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from rapport.errors import TrainingError
from rapport.training import check_files, latest_model, train, validate, why_train

MODELS = Path("models")
# `python -m rasa` finds this package first, for it is in the working directory.
FAKE_RASA = """
import pathlib, sys
arguments = sys.argv[1:]
pathlib.Path("arguments.txt").write_text(" ".join(arguments))
print("Starting to train component 'IntentHead'.")
if pathlib.Path("warn").exists():
    print("x.py:1: UserWarning: The intent 'byee' is used in your stories, but not listed in the domain.")
if pathlib.Path("fail").exists():
    print("InvalidRule: Contradicting rules found")
    sys.exit(1)
if arguments[0] == "train":
    out = pathlib.Path(arguments[arguments.index("--out") + 1])
    out.mkdir(parents=True)
    (out / (arguments[arguments.index("--fixed-model-name") + 1] + ".tar.gz")).write_text("model")
"""


def ignore(*_: object) -> None:
    """Progress that nobody looks at."""


@pytest.fixture
def bot(project: Path) -> Path:
    """A designer's files and the small program."""
    files = {
        "config.yml": "pipeline:\n- name: A\npolicies:\n- name: B\n",
        "domain/a.yml": "intents: [greet]\n",
        "data/nlu/a.yml": "nlu: []\n",
        "components/a.py": "x = 1\n",
        "rasa/__init__.py": "",
        "rasa/__main__.py": FAKE_RASA,
    }
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    return project


def test_a_model_is_needed_until_one_was_trained(bot: Path) -> None:
    assert why_train(MODELS) == "there is no model yet"
    model = train(MODELS, ignore)
    assert latest_model(MODELS) == model
    assert why_train(MODELS) is None


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("config.yml", "config.yml changed"),
        ("domain/a.yml", "domain/ changed"),
        ("data/nlu/a.yml", "data/ changed"),
        ("components/a.py", "components/ changed"),
    ],
)
def test_a_change_of_any_part_asks_for_a_new_model(bot: Path, file: str, said: str) -> None:
    train(MODELS, ignore)
    Path(file).write_text(Path(file).read_text() + "# more\n")
    assert why_train(MODELS) == said


def test_a_failed_training_keeps_the_last_good_model(bot: Path) -> None:
    good = train(MODELS, ignore)
    Path("fail").touch()
    Path("data/nlu/a.yml").write_text("nlu: [x]\n")
    with pytest.raises(TrainingError, match="Contradicting rules found"):
        train(MODELS, ignore)
    assert latest_model(MODELS) == good
    assert why_train(MODELS) == "data/ changed"


def test_broken_yaml_is_found_before_rasa_starts(bot: Path) -> None:
    Path("data/nlu/a.yml").write_text("nlu: a: b\n")
    with pytest.raises(TrainingError, match=r"data/nlu/a\.yml, line 1, is not valid YAML"):
        train(MODELS, ignore)
    assert not Path("arguments.txt").exists()


def test_a_missing_folder_is_named(bot: Path) -> None:
    Path("data/nlu/a.yml").unlink()
    Path("data/nlu").rmdir()
    Path("data").rmdir()
    with pytest.raises(TrainingError, match=r"^data cannot be found"):
        check_files()


def test_rasas_cache_is_not_trusted_when_a_component_changed(bot: Path) -> None:
    train(MODELS, ignore)
    Path("data/nlu/a.yml").write_text("nlu: [x]\n")
    time.sleep(1.1)  # models are named by the second
    train(MODELS, ignore)
    assert "--force" not in Path("arguments.txt").read_text()
    Path("components/a.py").write_text("x = 2\n")
    time.sleep(1.1)
    train(MODELS, ignore)
    assert "--force" in Path("arguments.txt").read_text()


def test_only_the_last_models_are_kept_with_their_fingerprints(bot: Path) -> None:
    MODELS.mkdir()
    for number in range(7):
        (MODELS / f"old-{number}.tar.gz").write_text("x")
        (MODELS / f"old-{number}.fingerprint.json").write_text("{}")
        time.sleep(0.01)
    model = train(MODELS, ignore)
    assert {file.name for file in MODELS.glob("*.tar.gz")} == {
        model.name,
        *(f"old-{n}.tar.gz" for n in range(3, 7)),
    }
    assert len(list(MODELS.glob("*.json"))) == 5


def test_progress_names_the_component(bot: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    train(MODELS, lambda *step: seen.append(step))
    assert seen == [(0, 2, "IntentHead")]


def test_validation_fails_with_the_essence(bot: Path) -> None:
    validate(ignore)
    Path("fail").touch()
    with pytest.raises(TrainingError, match="Contradicting rules found"):
        validate(ignore)


def test_validation_fails_on_what_rasa_only_warns_of_with_its_place(bot: Path) -> None:
    Path("warn").touch()
    Path("data/nlu/a.yml").write_text("nlu:\n- intent: byee\n")
    with pytest.raises(TrainingError, match=r"The intent 'byee' is used .* \(data/nlu/a\.yml, line 2\)"):
        validate(ignore)


def test_training_passes_warnings_on_and_goes_on(bot: Path) -> None:
    Path("warn").touch()
    said: list[str] = []
    train(MODELS, ignore, warn=said.append)
    assert said == ["The intent 'byee' is used in your stories, but not listed in the domain."]


MISTAKES = """\
nlu:
- intent: greet
  examples: |
    - hi
    - hello
    - Hello!
- intent: bye
  examples: |
    - hi
    - see you
"""
TWICE = 'data/nlu/a.yml:6: "Hello!" is already an example of greet (data/nlu/a.yml:5): delete one.'
CONTRADICTION = 'data/nlu/a.yml:4: "hi" is an example of greet and of bye (data/nlu/a.yml:9): keep one.'


def test_mistakes_in_examples_are_said_with_their_place_and_training_goes_on(bot: Path) -> None:
    Path("data/nlu/a.yml").write_text(MISTAKES)
    said: list[str] = []
    assert train(MODELS, ignore, warn=said.append).exists()
    assert said == [CONTRADICTION, TWICE]


def test_validation_fails_on_contradictions_and_warns_of_what_stands_twice(bot: Path) -> None:
    Path("data/nlu/a.yml").write_text(MISTAKES)
    said: list[str] = []
    with pytest.raises(TrainingError) as failed:
        validate(ignore, said.append)
    assert str(failed.value) == CONTRADICTION
    assert said == [TWICE]
    Path("data/nlu/a.yml").write_text(MISTAKES.replace("    - hi\n    - see", "    - ciao\n    - see"))
    validate(ignore, said.append)


def test_a_block_copied_by_mistake_is_not_a_flood(bot: Path) -> None:
    lines = "".join(f"    - sentence {n}\n" for n in range(100))
    Path("data/nlu/a.yml").write_text(f"nlu:\n- intent: a\n  examples: |\n{lines}{lines}")
    said: list[str] = []
    train(MODELS, ignore, warn=said.append)
    assert len(said) == 21
    assert said[-1] == "… and 80 more mistakes in the examples: correct these first."
