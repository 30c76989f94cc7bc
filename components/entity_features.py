"""What the entity tagger looks at: a word, its neighbours, and what the sentence encoder knows of it.

The words are Rasa's tokens, which hold no punctuation at their ends; what stands between two words ("," "–")
is looked at apart.
"""

from __future__ import annotations

import re
from typing import Dict, List, Sequence, Tuple

import numpy as np

Span = Tuple[int, int]
# How many words to each side are looked at by place, and how many without.
NEAR, FAR = 3, 6


def word_features(
    text: str, spans: Sequence[Span], patterns: Sequence[Sequence[str]] = ()
) -> List[List[str]]:
    """Names of what is true of each word.

    Args:
        text: a message.
        spans: its words, as characters from and to.
        patterns: for each word, the names of the regular expressions and word lists that match it.

    Returns:
        A list of names for each word; digits are alike in them, as is upper and lower case but for `shape`.
    """
    words = [text[start:end] for start, end in spans]
    low = [re.sub(r"\d", "0", word.lower()) for word in words]
    shapes = [shape(word) for word in words]
    gaps = [
        text[end:start].strip() for end, start in zip([0, *(end for _, end in spans)], _starts(text, spans))
    ]
    padded = ["<", "<", *low, ">", ">"]
    found = []
    for i, word in enumerate(low):
        two_before, before, _, after, two_after = padded[i : i + 5]
        names = ["bias", f"gap-={gaps[i]}", f"gap+={gaps[i + 1]}", f"-1|0={before}|{word}"]
        names += [f"0|1={word}|{after}", f"-2|-1={two_before}|{before}", f"1|2={after}|{two_after}"]
        names += [f"^{word[:n]}" for n in (1, 2, 3, 4)] + [f"{word[-n:]}$" for n in (1, 2, 3, 4)]
        names += [f"{k - i}={low[k]}" for k in range(max(0, i - NEAR), min(len(low), i + NEAR + 1))]
        names += [f"shape{k - i}={shapes[k]}" for k in range(max(0, i - 2), min(len(low), i + 3))]
        names += [f"left={near}" for near in low[max(0, i - FAR) : i]]
        names += [f"right={near}" for near in low[i + 1 : i + 1 + FAR]]
        names += [f"first={i == 0}", f"last={i == len(low) - 1}"]
        for k in range(max(0, i - 1), min(len(patterns), i + 2)):
            names += [f"pattern{k - i}={name}" for name in patterns[k]]
        found.append(names)
    return found


def shape(word: str) -> str:
    """Its kinds of characters, no more than two of a kind in a row: "FH-1001" has the shape "XX-dd"."""
    kinds = re.sub(r"[^\W\d_]", lambda letter: "X" if letter.group().isupper() else "x", word)
    return re.sub(r"(.)\1+", r"\1\1", re.sub(r"\d", "d", kinds))


def with_states(names: Sequence[Sequence[str]], states: np.ndarray) -> List[Dict[str, float]]:
    """Names and numbers together, as CRFsuite takes them.

    Args:
        names: of each word.
        states: numbers of each word: [n_words, dim], dim may be 0.
    """
    keys = [f"state{k}" for k in range(states.shape[1])]
    return [
        {**dict.fromkeys(of_word, 1.0), **dict(zip(keys, row))}
        for of_word, row in zip(names, states.tolist())
    ]


def _starts(text: str, spans: Sequence[Span]) -> List[int]:
    return [*(start for start, _ in spans), len(text)]
