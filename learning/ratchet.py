"""What the answering model is asked again and again, as drafts of what would answer it without the model."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from learning.learned import ARTICLE, INTENT
from learning.turn import Turn

# Texts whose groups are farther apart (cosine distance, average over pairs) ask for different things.
FARTHEST = 0.65
EXAMPLES = 20
_TELLING_WORDS = 3
_LONGEST_NAME = 50
_LETTERS = re.compile(r"[^\W\d_]{3,}")


class ClusterLike(Protocol):
    """Messages that say the same: a name, their places, and those of the telling ones."""

    @property
    def name(self) -> str: ...
    @property
    def members(self) -> tuple[int, ...]: ...
    @property
    def examples(self) -> tuple[int, ...]: ...


@dataclass(frozen=True)
class Group:
    """Messages that say the same (see `ClusterLike`)."""

    name: str
    members: tuple[int, ...]
    examples: tuple[int, ...]


# Texts and their vectors to clusters.
Discover = Callable[[Sequence[str], np.ndarray], Sequence[ClusterLike]]
# Texts to vectors, [n, dim].
Encode = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True)
class Saving:
    """A draft, and what it would take over.

    Attributes:
        kind: `intent` for a response with a rule, `article` where no article was cited.
        proposal: the draft; its keys are those of `Learned.content`.
        turns: those that it would answer.
        share: of all turns (0–1); `so_far` with the drafts before it.
        seconds: that those took the model together.
    """

    kind: str
    proposal: dict[str, Any]
    turns: tuple[Turn, ...]
    share: float
    so_far: float
    seconds: float


def savings(
    some: Iterable[Turn], encode: Encode, discover: Discover | None = None, fewest: int = 3
) -> list[Saving]:
    """Drafts for what is asked most, the largest first.

    Args:
        some: turns of a stretch of time, all of them: shares count from these.
        encode: texts to vectors.
        discover: finds clusters; None groups by likeness alone.
        fewest: smaller clusters are left to the model.
    """
    listed = [turn for turn in some if not turn.is_button]
    answered = [turn for turn in listed if turn.generator and turn.text.strip() and not turn.by_person]
    if not answered:
        return []
    texts = [turn.text for turn in answered]
    clusters = (discover or groups)(texts, np.asarray(encode(texts)))
    kept = sorted((one for one in clusters if len(one.members) >= fewest), key=lambda one: -len(one.members))
    found: list[Saving] = []
    so_far = 0.0
    for cluster in kept:
        members = tuple(answered[place] for place in cluster.members)
        share = len(members) / len(listed)
        so_far += share
        kind, proposal = _draft(cluster, answered)
        seconds = round(sum(turn.seconds for turn in members), 3)
        found.append(Saving(kind, proposal, members, share, so_far, seconds))
    return found


def _draft(cluster: ClusterLike, answered: Sequence[Turn]) -> tuple[str, dict[str, Any]]:
    """The model's own best answer, for a reviewer to mend: as an article where it cited none."""
    members = [answered[place] for place in cluster.members]
    examples = list(dict.fromkeys(answered[place].text for place in (*cluster.examples, *cluster.members)))
    best = max(members, key=lambda turn: (bool(turn.citations), turn.answer_confidence or 0.0))
    title = cluster.name.replace("_", " ").strip()
    if sum(bool(turn.citations) for turn in members) * 2 < len(members):
        proposal = {"title": title.capitalize(), "text": best.reply, "questions": examples[:EXAMPLES]}
        return ARTICLE, proposal
    about = f"asks about {title}"
    name = f"ask_{cluster.name}"
    return INTENT, {"name": name, "description": about, "examples": examples[:EXAMPLES], "answer": best.reply}


def groups(texts: Sequence[str], vectors: np.ndarray) -> list[Group]:
    """Groups of texts that lie together, with their telling words as a name."""
    everywhere = Counter(word for text in texts for word in set(_words(text)))
    return [
        Group(_name([texts[place] for place in group], everywhere), tuple(group), tuple(group[:EXAMPLES]))
        for group in groups_of(vectors)
    ]


def groups_of(vectors: np.ndarray, farthest: float = FARTHEST) -> list[list[int]]:
    """Places of texts that lie together, the largest group first.

    Args:
        vectors: theirs, [n, dim], of any length.
        farthest: cosine distance (0–2) up to which groups are joined.
    """
    if len(vectors) < 2:
        return [[place] for place in range(len(vectors))]
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    apart = 1 - unit @ unit.T
    found = AgglomerativeClustering(
        n_clusters=None, distance_threshold=farthest, affinity="precomputed", linkage="average"
    ).fit_predict(apart)
    together: dict[int, list[int]] = {}
    for place, name in enumerate(found):
        together.setdefault(int(name), []).append(place)
    return sorted(together.values(), key=lambda group: (-len(group), group[0]))


def _name(texts: Sequence[str], everywhere: Counter[str]) -> str:
    """The words of most of these texts that stand in few others."""
    here = Counter(word for text in texts for word in set(_words(text)))
    worth = {word: count * count / everywhere[word] for word, count in here.items()}
    best = sorted(worth, key=lambda word: (-worth[word], word))[:_TELLING_WORDS]
    plain = unicodedata.normalize("NFKD", "_".join(best)).encode("ascii", "ignore").decode()
    return plain[:_LONGEST_NAME] or "something"


def _words(text: str) -> list[str]:
    return [word for word in _LETTERS.findall(text.lower()) if word not in ENGLISH_STOP_WORDS]
