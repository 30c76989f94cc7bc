"""ROUGE-L: the longest common subsequence of words of an answer and a reference, as an F-measure.

Lin, C.-Y. (2004): ROUGE, a package for automatic evaluation of summaries; section 3, with beta 1. The words
are compared as written in small letters; the package `rouge-score` does the same without its stemmer.
"""

import re

from rapidfuzz.distance import LCSseq

_WORD = re.compile(r"\w+")


def rouge_l(text: str, reference: str) -> float:
    """How alike two texts are in words and their order, 0–1."""
    said, wanted = _WORD.findall(text.lower()), _WORD.findall(reference.lower())
    if not said or not wanted:
        return 0.0
    common = LCSseq.similarity(said, wanted)
    return 2 * common / (len(said) + len(wanted))
