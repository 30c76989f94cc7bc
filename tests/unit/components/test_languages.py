"""Which language a message is in: words of the designer's examples and letters together."""

from __future__ import annotations

import pytest

from components.languages import NOTICED, LanguageModel, Thresholds, UnknownLanguage, Vocabulary, languages_of

EXAMPLES = [
    *((text, "en") for text in (
        "hi", "hello", "where is my order", "I want to return my boots", "cancel it please", "thanks", "no",
        "can I get a refund", "what does delivery cost", "my jacket is too small", "yes please", "ok",
        "do you have this in size M", "track my parcel", "how long does it take to get my money back",
    )),
    *((text, "de") for text in (
        "hallo", "moin", "wo ist meine bestellung", "ich möchte die jacke zurückschicken", "bitte stornieren",
        "danke", "nein", "was kostet der versand", "ja bitte", "ok danke", "wann kommt mein paket", "retoure",
        "haben sie das in größe M", "wie lange dauert die lieferung", "mir ist die jacke zu klein",
    )),
]  # fmt: skip


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return LanguageModel(["en", "de"], NOTICED, Vocabulary.fit(EXAMPLES), Thresholds())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wo bleibt denn mein Paket??", "de"),
        ("ich moechte gern was zurueckschicken", "de"),
        ("wo is meine bestelung", "de"),
        ("hallo", "de"),
        ("stornieren", "de"),
        ("Kann ich das in Kendal abholen", "de"),
        ("wher is my pakage", "en"),
        ("hi", "en"),
        ("cancel", "en"),
        ("I'd like to exchange the jacket for a larger one", "en"),
    ],
)
def test_a_first_message_tells_the_language(model: LanguageModel, text: str, language: str) -> None:
    assert model.detect(text, "").language == language


@pytest.mark.parametrize(
    "text", ["1001", "FH-1001", "", "👍", "emma@example.com", "https://example.com/order", "42.5"]
)
@pytest.mark.parametrize("current", ["de", "en"])
def test_what_holds_no_word_leaves_the_language(model: LanguageModel, text: str, current: str) -> None:
    assert model.detect(text, current).language == current
    assert model.detect(text, "").language is None


@pytest.mark.parametrize("text", ["ok", "no", "cancel", "Jackets", "Kendal"])
def test_one_word_leaves_the_language_of_the_conversation(model: LanguageModel, text: str) -> None:
    assert model.detect(text, "de").language == "de"


def test_a_sentence_changes_the_language_of_the_conversation(model: LanguageModel) -> None:
    assert model.detect("where is my order please", "de").language == "en"
    assert model.detect("Wann kommt denn mein Paket?", "en").language == "de"


def test_an_address_in_a_form_does_not_change_it(model: LanguageModel) -> None:
    assert model.detect("12 Lake Road, Kendal LA9 4QQ", "de", in_form=True).language == "de"
    assert model.detect("sorry can we do this in english please", "de", in_form=True).language == "en"


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("Je voudrais savoir où est mon colis s'il vous plaît", "fr"),
        ("¿Dónde está mi pedido? Lo espero desde hace una semana", "es"),
        ("Vorrei sapere quando arriva il mio ordine", "it"),
        ("waar is mijn pakket gebleven", "nl"),
        ("Gdzie jest moja paczka?", "pl"),
        ("我的包裹在哪里", "cjk"),
        ("где мой заказ", "cyrillic"),
    ],
)
def test_another_language_is_noticed(model: LanguageModel, text: str, foreign: str) -> None:
    found = model.detect(text, "")
    assert (found.foreign, found.language) == (foreign, None)


@pytest.mark.parametrize(
    "text",
    [
        "asdf jkl qwer",
        "Scafell Catbells Wasdale",
        "whr iz mi parsel mate",
        "bruv ya got ne jakkets innit",
        "Wasn ditte fürn Laden, wa",
        "i hob mei packerl no ned kriagt",
        "café crème rucksack",
        "ok 日本",
        "lol rofl omg wtf",
    ],
)
def test_typos_dialects_and_names_are_no_other_language(model: LanguageModel, text: str) -> None:
    assert model.detect(text, "en").foreign is None


def test_without_examples_the_letters_decide() -> None:
    model = LanguageModel(["en", "de"], (), Vocabulary({}, {}), Thresholds())
    assert model.detect("Wo ist denn meine Bestellung geblieben", "").language == "de"


def test_an_unknown_code_is_named() -> None:
    with pytest.raises(UnknownLanguage, match="xx"):
        languages_of(["en", "xx"])
