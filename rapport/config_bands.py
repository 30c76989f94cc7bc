"""Writes bands into config.yml: every other character of the file stays as it is.

Written back by a YAML library, even one that keeps comments, long lists would be wrapped anew. So the library
only says where things stand, and the text is changed there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from ruamel.yaml import YAML

from rapport.engine_files import read_yaml
from rapport.errors import RapportError

if TYPE_CHECKING:
    from components.routing import Bands

ROUTER = "components.confidence_router.ConfidenceRouter"
FITTED = "fitted"
COMMENT = "# by `rapport thresholds fit`; bands in `intents` win"


class ConfigError(RapportError):
    """config.yml has no router, or not in a form in which bands can be written."""


def router_settings(file: Path) -> dict[str, Any]:
    """The settings of the confidence router.

    Raises:
        ConfigError: config.yml has none.
    """
    pipeline = read_yaml(file).get("pipeline")
    for component in pipeline if isinstance(pipeline, list) else []:
        if isinstance(component, dict) and component.get("name") == ROUTER:
            return {key: value for key, value in component.items() if key != "name"}
    raise ConfigError(
        f"{file} has no {ROUTER} in its pipeline, so there are no bands: add it as the last component."
    )


def write_bands(file: Path, fitted: Mapping[str, Bands], own: Mapping[str, Bands]) -> None:
    """Writes bands into config.yml.

    Args:
        file: config.yml.
        fitted: what `fitted:` becomes.
        own: new values for bands that stand in `intents:`.

    Raises:
        ConfigError: the router cannot be written to.
    """
    text = file.read_text(encoding="utf-8")
    changed = with_bands(text, fitted, own)
    if _rest(changed, set(own)) != _rest(text, set(own)):
        raise ConfigError(f"{file} would not be the same beside the bands: write them by hand.")
    file.write_text(changed, encoding="utf-8")


def with_bands(text: str, fitted: Mapping[str, Bands], own: Mapping[str, Bands]) -> str:
    """The text of config.yml with other bands (see `write_bands`)."""
    router = _router_node(text)
    changes = [_fitted_change(text, router, fitted)]
    for key, node in _value(router, "intents").value if own else []:
        if key.value in own:
            changes += _own_changes(key, node, own[key.value])
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _router_node(text: str) -> Any:
    # The pure loader: only its marks count characters.
    root = YAML(typ="safe", pure=True).compose(text)
    for component in _value(root, "pipeline").value:
        if component.id == "mapping" and getattr(_value(component, "name"), "value", "") == ROUTER:
            if component.flow_style:
                raise ConfigError(
                    f"The settings of {ROUTER} stand in braces: write each in a line of its own."
                )
            return component
    raise ConfigError(f"There is no {ROUTER} in the pipeline: add it as the last component.")


def _fitted_change(text: str, router: Any, fitted: Mapping[str, Bands]) -> tuple[int, int, str]:
    """Start, end and new text of the lines of `fitted:`; at the end of the router's settings if it is new."""
    indent = " " * router.value[0][0].start_mark.column
    lines = [f"{indent}{FITTED}:  {COMMENT}"]
    lines += [f"{indent}  {_key(intent)}: {_inline(bands)}" for intent, bands in sorted(fitted.items())]
    block = "\n".join(lines) + "\n"
    for key, value in router.value:
        if key.value == FITTED:
            return text.rfind("\n", 0, key.start_mark.index) + 1, _line_end(text, key, value), block
    end = _line_end(text, *router.value[-1])
    newline = "" if text[:end].endswith("\n") else "\n"
    return end, end, newline + block


def _own_changes(key: Any, node: Any, bands: Bands) -> list[tuple[int, int, str]]:
    """Only the numbers, so that braces and comments stay; `do` is added where it is missing."""
    wanted = {"do": bands.do, "confirm": bands.confirm}
    if _is_nothing(node):
        colon = key.end_mark.index + 1
        return [(colon, colon, f" {_inline(bands)}")]
    if not node.value:
        return [(node.start_mark.index, node.end_mark.index, _inline(bands))]
    changes = [
        (value.start_mark.index, value.end_mark.index, f"{wanted[name.value]:g}")
        for name, value in node.value
        if name.value in wanted
    ]
    if "do" not in {name.value for name, _ in node.value}:
        start = node.value[0][0].start_mark
        after = ", " if node.flow_style else "\n" + " " * start.column
        changes.append((start.index, start.index, f"do: {bands.do:g}{after}"))
    return changes


def _inline(bands: Bands) -> str:
    return f"{{confirm: {bands.confirm:g}, do: {bands.do:g}}}"


def _key(intent: str) -> str:
    """An intent's name as a key; quoted where YAML would read something else (`no`, `12`)."""
    return yaml.safe_dump(intent, width=1000).splitlines()[0]


def _is_nothing(node: Any) -> bool:
    """A key without a value: its marks lie at whatever comes next."""
    return node.id == "scalar" and node.start_mark.index == node.end_mark.index


def _line_end(text: str, key: Any, node: Any) -> int:
    """Where the line ends in which a key's value ends: a block's own mark lies behind the comments."""
    while node.id in ("mapping", "sequence") and not node.flow_style and node.value:
        key, node = node.value[-1] if node.id == "mapping" else (node.value[-1], node.value[-1])
    end = text.find("\n", (key if _is_nothing(node) else node).end_mark.index)
    return len(text) if end < 0 else end + 1


def _value(node: Any, key: str) -> Any:
    return next((value for name, value in _pairs(node) if name == key), None)


def _pairs(node: Any) -> list[tuple[str, Any]]:
    if getattr(node, "id", "") != "mapping":
        return []
    return [(str(key.value), value) for key, value in node.value]


def _rest(text: str, own: set[str]) -> Any:
    """What a config says, without the bands that may change."""
    content = yaml.safe_load(text)
    for component in content["pipeline"]:
        if isinstance(component, dict) and component.get("name") == ROUTER:
            component.pop(FITTED, None)
            intents = component.get("intents") or {}
            component["intents"] = {name: bands for name, bands in intents.items() if name not in own}
    return content
