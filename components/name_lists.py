"""First and last names in many languages, and the words that a name must not be: Faker's lists (MIT licence).

They are taken from the installed package, module by module: Faker itself is not started.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, FrozenSet, Iterable, Iterator, Set

from spacy.lang.de.stop_words import STOP_WORDS as GERMAN_STOP_WORDS
from spacy.lang.en.stop_words import STOP_WORDS as ENGLISH_STOP_WORDS


def words_of(text: str) -> FrozenSet[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


# Where names are looked for; in small letters only those of the first ones count.
_FREQUENT = ("en_US", "en_GB", "de_DE")
_WORDS = ("en_US", "de_DE")
# Names that are also words of every day, places, brands or days: alone they are no evidence of a person.
_ALSO_WORDS = words_of(
    """
    amber angel april art asia aspen august austin autumn baby bailey baron basil bay bear beau berlin
    bill bishop blaze blessing blue bobby bonnie boss bracken brandy bright bristol brook brooks buck
    buddy buffy candy carol carter case cash casey cat champ chance charity chase chelsea cherry chester
    china chip christmas clay cliff clifford clover coral cooper craft cricket crystal daisy dale dallas
    dawn dean denver destiny devon diamond dick doc dolly don dot drew duke earl east echo eden ember
    emerald england ernest fair faith fay fern finn fleet florence flora ford forest fox france frank
    gale garnet gay gene general georgia gift ginger glen glory golden good grace grant gray green guy
    hale happy harmony harper haven hazel heath heather heaven herb holly honey hope houston hunter hyde
    india innocent iris israel ivory ivy jack jade jasmine jersey jewel job jordan joy jules july june
    justice kelvin kent king kit lake lane laurel lane lily lincoln london lord lotus love lucky mac
    madison major mark mars mason may melody mercy merry merit miles milan miracle misty monday moon
    more morgan nick noble norman north nova ocean olive opal otter page paris park parker patience
    pearl peace penny pepper peter pat phoenix pilot pip poppy porter precious price prince princess
    promise prosper queen rain ray reed reef rich ridge river rob robin rocky rod rose rosemary royal
    ruby rusty sage sailor sandy scarlet scout season sky sharon shell sierra sir skip sonny south star
    stone storm stormy sue summer sunday sunny sunshine sydney taylor temple teal terry texas thanks
    thunder tiger timber tony trip troy true tucker van vera victor victory violet virginia wade walker
    warren wednesday west wild will willow winter wolf wood woody wren young zeal zephyr
    """
)
# Words that begin sentences or forms with a capital and are in some language's list of names.
_NEVER = words_of(
    """
    hello hi hey dear hallo good best kind regards yours sincerely cheers thank thanks please yes no ok
    okay sorry order orders size number card account phone mobile email mail name address street road
    avenue lane city town country state date birth born miss mister madam mum dad mom sister brother
    wife husband friend customer service team support company shop store bank hotel airport station
    hospital school university church parcel package refund return delivery jacket boots tent bag shoes
    shirt trousers price ticket agent bot user male female man woman patient mr mrs ms dr prof herr frau
    the and but monday tuesday wednesday thursday friday saturday sunday january february march april
    june july august september october november december montag dienstag mittwoch donnerstag freitag
    samstag sonntag i'm i’m i'd i’d i'll i’ll i've i’ve it's it’s that's that’s don't don’t english
    german french spanish italian british american european north south east west new old great
    """
)


@dataclass(frozen=True)
class NameLists:
    """Names and words, all in small letters.

    Attributes:
        first, last: names in all languages.
        frequent: first names of the languages that customers write in.
        words: what is no name by itself, however it is written.
        stop: those of them that no name goes on with.
        also_words: first names that are words too.
    """

    first: FrozenSet[str]
    last: FrozenSet[str]
    frequent: FrozenSet[str]
    words: FrozenSet[str]
    stop: FrozenSet[str]
    also_words: FrozenSet[str]


@lru_cache(maxsize=1)
def name_lists() -> NameLists:
    """The process's one copy; reading it takes about half a second."""
    import faker.providers.person

    locales = [module.name for module in pkgutil.iter_modules(faker.providers.person.__path__)]
    first = {name for locale in locales for name in _names(locale, "first_names")}
    last = {name for locale in locales for name in _names(locale, "last_names")}
    stop = _NEVER | ENGLISH_STOP_WORDS | GERMAN_STOP_WORDS
    words = stop | _common_words() | _places()
    frequent = {name for locale in _FREQUENT for name in _names(locale, "first_names")}
    also_words = frozenset(_ALSO_WORDS | (words & first))
    return NameLists(
        frozenset(first - words - _ALSO_WORDS),
        frozenset(last - words - _ALSO_WORDS),
        frozenset(name for name in frequent - words - _ALSO_WORDS if len(name) > 2),
        frozenset(words),
        frozenset(stop),
        also_words,
    )


def _common_words() -> Set[str]:
    modules = [importlib.import_module(f"faker.providers.lorem.{locale}") for locale in _WORDS]
    return {word.casefold() for module in modules for word in module.Provider.word_list}


def _places() -> Set[str]:
    """Countries and states: "Jordan" and "Georgia" are called like people."""
    from faker.providers.address.en_US import Provider

    return {place.casefold() for place in (*Provider.countries, *Provider.states)}


def _names(locale: str, kind: str) -> Iterator[str]:
    """The names of a locale whose list's name begins with `kind`; single words of two letters or more."""
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    for attribute in vars(provider):
        value: Any = getattr(provider, attribute)
        if attribute.startswith(kind) and isinstance(value, (tuple, list, dict)):
            yield from _single(value)


def _single(names: Iterable[Any]) -> Iterator[str]:
    for name in names:
        if isinstance(name, str) and len(name) > 1 and " " not in name:
            yield name.casefold()
