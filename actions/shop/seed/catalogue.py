"""Reads catalogue.yml into rows for products and variants."""

import random
from pathlib import Path
from typing import Any

import yaml

from actions.shop.normalise import slug

CATALOGUE = Path(__file__).with_name("catalogue.yml")


class CatalogueError(ValueError):
    """The catalogue contradicts itself; the text names the product and what is wrong."""


def read(path: Path = CATALOGUE) -> dict[str, Any]:
    """The catalogue as written, checked.

    Raises:
        CatalogueError: for a name used twice, or a product with an unknown category, size set or activity.
    """
    catalogue = yaml.safe_load(path.read_text(encoding="utf-8"))
    seen: set[str] = set()
    for item in catalogue["products"]:
        _check(item, catalogue, seen)
        seen.add(slug(item["name"]))
    return catalogue


def _check(item: dict[str, Any], catalogue: dict[str, Any], seen: set[str]) -> None:
    name = item["name"]
    if slug(name) in seen:
        raise CatalogueError(f"{name!r} stands in the catalogue twice: rename or remove one")
    if item["category"] not in catalogue["categories"]:
        raise CatalogueError(
            f"{name!r} has the unknown category {item['category']!r}: add it to `categories`"
        )
    if item["sizes"] not in catalogue["size_sets"]:
        raise CatalogueError(f"{name!r} has the unknown size set {item['sizes']!r}: add it to `size_sets`")
    if unknown := set(item["activities"]) - set(catalogue["activities"]):
        raise CatalogueError(f"{name!r} has unknown activities {sorted(unknown)}: add them to `activities`")


def rows(
    catalogue: dict[str, Any], rng: random.Random, fixed_stock: dict[tuple[str, str, str], int]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows for `products` and `variants`.

    Args:
        catalogue: From `read`.
        rng: Decides the stock of what is not fixed.
        fixed_stock: (product, colour, size) to pieces, for the showcase.
    """
    products: list[dict[str, Any]] = []
    variants: list[dict[str, Any]] = []
    for key, item in enumerate(catalogue["products"], start=1):
        products.append(_product(key, item))
        code = f"{catalogue['categories'][item['category']]}{key:03d}"
        for colour in item["colours"]:
            for size in catalogue["size_sets"][item["sizes"]]:
                stock = fixed_stock.get((item["name"], colour, size), _stock(rng))
                variant = {"id": len(variants) + 1, "sku": _sku(code, colour, size), "product_id": key}
                variants.append({**variant, "colour": colour, "size": size, "stock": stock})
    return products, variants


def _product(key: int, item: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": key,
        "slug": slug(item["name"]),
        "name": item["name"],
        "category": item["category"],
        "activities": item["activities"],
        "description": item["description"],
        "price_pence": round(item["price"] * 100),
        "non_returnable_once": item.get("non_returnable_once"),
    }


def _sku(code: str, colour: str, size: str) -> str:
    return f"{code}-{colour.upper()}-{'ONE' if size == 'one size' else size}"


def _stock(rng: random.Random) -> int:
    # Drawn before it is known whether it is needed, so that fixing one variant moves no other.
    return 0 if rng.random() < 0.09 else 1 + int(rng.random() ** 2 * 24)
