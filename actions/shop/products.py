"""Finding products by what customers call them: typos, plurals, half names and European sizes included.

The catalogue is small and changes with a release, so it is read once and searched in memory; stock is always
read afresh.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from rapidfuzz import fuzz, process
from sqlalchemy.engine import Connection

from actions.shop import normalise
from actions.shop.backend import Product, Variant
from actions.shop.tables import products, variants

# Two words of at least this likeness (0–100) are the same word with a slip of the finger: "jaket", "wasdal".
_SAME_WORD = 78.0
# At least this share of what was asked for must be found in the product.
_FOUND_SHARE = 0.6
_NAMED_SHARE = 0.75
# Below this the words were misspelt, so half of the name must show: "weather" is not the "Leather Boots".
_SURE_SHARE = 0.9
# A name's word that at most so many products share says which one is meant.
_RARE = 3
_STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a an and any are buy can do does for get got have i in is it like looking me my need of on one or
        please sell show so some something stuff that the there these thing this to want we what which with
        would you your""",
    )
)


def words(text: str) -> list[str]:
    """Lower-case words in the singular, without those that say nothing about a product."""
    found = re.findall(r"[a-z0-9]+", text.casefold().replace("'", "").replace("’", ""))
    return [_singular(word) for word in found if word not in _STOP_WORDS]


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@dataclass(frozen=True)
class Entry:
    """A product and its words with their weight: the name counts most, the description least."""

    id: int
    row: Any
    colours: tuple[str, ...]
    sizes: tuple[str, ...]
    name_words: frozenset[str]
    weights: dict[str, float]


class ProductIndex:
    """All products with their searchable words; holds no stock."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = list(entries)
        self.by_slug = {entry.row.slug: entry for entry in self.entries}
        self.vocabulary = sorted({word for entry in self.entries for word in entry.weights})
        self.name_vocabulary = sorted({word for entry in self.entries for word in entry.name_words})
        self.sharing = Counter(word for entry in self.entries for word in entry.name_words)
        self.categories = {" ".join(words(entry.row.category)): entry.row.category for entry in self.entries}
        self.activities = sorted({activity for entry in self.entries for activity in entry.row.activities})

    @classmethod
    def read(cls, connection: Connection) -> "ProductIndex":
        """Read the catalogue from the database."""
        colours: dict[int, list[str]] = {}
        sizes: dict[int, list[str]] = {}
        for row in connection.execute(sa.select(variants).order_by(variants.c.id)):
            for kept, value in ((colours, row.colour), (sizes, row.size)):
                values = kept.setdefault(row.product_id, [])
                if value not in values:
                    values.append(value)
        rows = connection.execute(sa.select(products).order_by(products.c.id))
        return cls(_entry(row, colours.get(row.id, []), sizes.get(row.id, [])) for row in rows)

    def category(self, text: str) -> str | None:
        """The category meant by `text` ("jacket", "sleepingbags"), or None."""
        hit = process.extractOne(
            " ".join(words(text)), list(self.categories), scorer=fuzz.ratio, score_cutoff=80
        )
        return self.categories[hit[0]] if hit else None

    def activity(self, text: str) -> str | None:
        """The activity meant by `text`, or None."""
        hit = process.extractOne(text.casefold().strip(), self.activities, scorer=fuzz.ratio, score_cutoff=70)
        return hit[0] if hit else None

    def scores(self, query: str) -> dict[int, float]:
        """Product id to score (0–1) for all products that hold enough of the query's words."""
        wanted = words(query)
        hits = [_alike(word, self.vocabulary) for word in wanted]
        scored = {}
        for entry in self.entries:
            found = [
                max((entry.weights[w] * s for w, s in hit.items() if w in entry.weights), default=0.0)
                for hit in hits
            ]
            if wanted and sum(score > 0 for score in found) / len(wanted) >= _FOUND_SHARE:
                scored[entry.id] = sum(found) / len(wanted)
        return scored

    def named(self, name: str) -> Entry | None:
        """The product most likely called `name`; None if nothing is close or many are ("jacket")."""
        exact = self.by_slug.get(normalise.slug(name))
        if exact or not words(name):
            return exact
        hits = [_alike(word, self.name_vocabulary) for word in words(name)]
        ranked = sorted(
            (self._name_score(entry, hits) for entry in self.entries), key=lambda r: r[:2], reverse=True
        )
        share, covered, rare, best = ranked[0]
        if share < _NAMED_SHARE or (share < _SURE_SHARE and covered < 0.5):
            return None
        alone = len(ranked) == 1 or ranked[1][0] < share
        return best if alone or rare or covered == 1.0 else None

    def _name_score(self, entry: Entry, hits: list[dict[str, float]]) -> tuple[float, float, bool, Entry]:
        matched = [{w: s for w, s in hit.items() if w in entry.name_words} for hit in hits]
        share = sum(max(found.values(), default=0.0) for found in matched) / len(hits)
        covered = {word for found in matched for word in found}
        rare = any(self.sharing[word] <= _RARE for word in covered)
        return share, len(covered) / len(entry.name_words), rare, entry


def _entry(row: Any, colours: list[str], sizes: list[str]) -> Entry:
    weights = dict.fromkeys(words(row.description), 0.6)
    weights |= dict.fromkeys(colours, 0.7)
    weights |= dict.fromkeys([*words(row.category), *words(" ".join(row.activities))], 0.9)
    weights |= dict.fromkeys(words(row.name), 1.0)
    return Entry(row.id, row, tuple(colours), tuple(sizes), frozenset(words(row.name)), weights)


def _alike(word: str, vocabulary: list[str]) -> dict[str, float]:
    # Short words and numbers differ by one letter from too many others: "22" is not "12".
    cutoff = 100.0 if len(word) < 4 or word.isdigit() else _SAME_WORD
    hits = process.extract(word, vocabulary, scorer=fuzz.ratio, score_cutoff=cutoff, limit=None)
    return {hit: score / 100 for hit, score, _ in hits}


def search(
    connection: Connection,
    index: ProductIndex,
    query: str | None,
    category: str | None,
    activity: str | None,
    colour: str | None,
    size: str | None,
    max_price: Decimal | float | None,
    limit: int,
) -> list[Product]:
    """Products that meet every wish, in stock first, then by how well they match, then by price."""
    scores = index.scores(query) if query and words(query) else None
    wished = [entry for entry in index.entries if _meets(index, entry, category, activity, max_price)]
    if scores is not None:
        wished = [entry for entry in wished if entry.id in scores]
    stock = _stock(connection, [entry.id for entry in wished], colour, size)
    found = [(entry, stock[entry.id]) for entry in wished if entry.id in stock]
    found.sort(key=lambda pair: (pair[1] == 0, -(scores or {}).get(pair[0].id, 0.0), pair[0].row.price_pence))
    return [product(entry, left) for entry, left in found[:limit]]


def _meets(
    index: ProductIndex,
    entry: Entry,
    category: str | None,
    activity: str | None,
    max_price: Decimal | float | None,
) -> bool:
    if category and entry.row.category != index.category(category):
        return False
    if activity and index.activity(activity) not in entry.row.activities:
        return False
    return max_price is None or normalise.pounds(entry.row.price_pence) <= Decimal(str(max_price))


def _stock(connection: Connection, ids: list[int], colour: str | None, size: str | None) -> dict[int, int]:
    statement = (
        sa.select(variants.c.product_id, sa.func.sum(variants.c.stock))
        .where(variants.c.product_id.in_(ids))
        .group_by(variants.c.product_id)
    )
    return {row[0]: int(row[1]) for row in connection.execute(_narrow(statement, colour, size))}


def _narrow(statement: Any, colour: str | None, size: str | None) -> Any:
    if colour:
        statement = statement.where(variants.c.colour == colour.casefold().strip())
    if size:
        statement = statement.where(variants.c.size == normalise.size(size))
    return statement


def product(entry: Entry, stock: int) -> Product:
    """The product as others see it; `stock` is of the variants that were asked for."""
    row = entry.row
    return Product(
        slug=row.slug,
        name=row.name,
        category=row.category,
        activities=tuple(row.activities),
        description=row.description,
        price=normalise.pounds(row.price_pence),
        colours=entry.colours,
        sizes=entry.sizes,
        non_returnable_once=row.non_returnable_once,
        in_stock=stock > 0,
    )


def find(connection: Connection, index: ProductIndex, name: str) -> Product | None:
    """The product most likely called `name`, with whether any variant is in stock."""
    entry = index.named(name)
    return product(entry, _stock(connection, [entry.id], None, None)[entry.id]) if entry else None


def availability(
    connection: Connection, index: ProductIndex, name: str, colour: str | None, size: str | None
) -> list[Variant]:
    """The variants of a product and what is left of each, in catalogue order."""
    entry = index.named(name)
    if entry is None:
        return []
    statement = sa.select(variants).where(variants.c.product_id == entry.id).order_by(variants.c.id)
    rows = connection.execute(_narrow(statement, colour, size))
    return [Variant(row.sku, entry.row.name, row.colour, row.size, row.stock) for row in rows]
