"""How customers write numbers, postcodes, sizes and sums, and the one form the shop stores."""

import re
from decimal import Decimal

_NUMBER = re.compile(r"(?:FH[- ]?|#)?(\d{4,6})", re.IGNORECASE)
# GOV.UK's pattern for postcodes, without the historical GIR 0AA.
_POSTCODE = re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?) ?(\d[A-Z]{2})\b", re.IGNORECASE)

# The table in the help centre ("Boot and shoe sizes, UK and EU"), with the half sizes between.
_EU_TO_UK = {
    "36": "3", "37": "4", "37.5": "4.5", "38": "5", "38.5": "5.5", "39": "6", "40": "6.5", "41": "7",
    "41.5": "7.5", "42": "8", "42.5": "8.5", "43": "9", "43.5": "9.5", "44": "10", "45": "10.5",
    "46": "11", "46.5": "11.5", "47": "12", "47.5": "12.5", "48": "13",
}  # fmt: skip
_SIZE_WORDS = {
    "extrasmall": "XS", "xsmall": "XS", "small": "S", "medium": "M", "large": "L", "extralarge": "XL",
    "xlarge": "XL",    "2xl": "XXL", "xxlarge": "XXL", "onesize": "one size",
}  # fmt: skip


def order_number(text: str) -> str | None:
    """`fh 1001`, `#1001` or `1001` as `FH-1001`; None for anything else."""
    match = _NUMBER.fullmatch(text.strip())
    return f"FH-{match[1]}" if match else None


def find_postcode(text: str) -> str | None:
    """The last UK postcode in a text, upper case with one space."""
    found = _POSTCODE.findall(text)
    return f"{found[-1][0]} {found[-1][1]}".upper() if found else None


def identity(text: str) -> str:
    """An e-mail or a postcode in the form that two spellings share."""
    return re.sub(r"\s+", "", text).casefold()


def size(text: str) -> str:
    """`medium` as M, `EU 42` or `42` as UK 8, `UK 8½` as 8.5."""
    compact = re.sub(r"[\s\-]+", "", text.casefold()).replace("½", ".5").removeprefix("size")
    compact = re.sub(r"^(uk|eu|eur)(size)?", "", compact).removesuffix(".0")
    return _SIZE_WORDS.get(compact) or _EU_TO_UK.get(compact) or compact.upper()


def slug(name: str) -> str:
    """`Shepherd's Crag Climbing Helmet` as `shepherds-crag-climbing-helmet`."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold().replace("'", "")).strip("-")


def pounds(pence: int) -> Decimal:
    """Whole pence as pounds with two decimals."""
    return Decimal(pence).scaleb(-2)
