from __future__ import annotations

from pathlib import Path

import pytest

from rapport.yaml_errors import broken_files


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("intents:\n- greet: hello: you\n", 2, "quotes"),
        ("a: 1\n\tb: 2\n", 2, "tabs"),
        ("a:\n  - x\n - y\n", 3, "indented"),
        ('a: "open\nb: 2\n', 3, "compare it"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_hint(project: Path, text: str, line: int, hint: str) -> None:
    Path("nlu.yml").write_text(text, encoding="utf-8")
    (problem,) = broken_files([Path("nlu.yml")])
    assert problem.startswith(f"nlu.yml, line {line}, is not valid YAML")
    assert hint in problem


def test_folders_are_walked_and_good_files_are_not_mentioned(project: Path) -> None:
    for name, text in {"data/nlu/a.yml": "a: [1", "data/b.yaml": "x: y: z", "data/c.yml": "fine: 1"}.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    problems = broken_files([Path("data")])
    assert [problem.split(",")[0] for problem in problems] == ["data/b.yaml", "data/nlu/a.yml"]


def test_a_file_that_is_no_text_is_named(project: Path) -> None:
    Path("a.yml").write_bytes(b"\xff\xfe\x00a")
    assert "a.yml cannot be read" in broken_files([Path("a.yml")])[0]
