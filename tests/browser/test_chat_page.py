import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from rasa.shared.core.events import BotUttered, SlotSet

from channels.theme import contrast


def say(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")


def last(page: Page, author: str = "assistant") -> Any:
    return page.locator(f".message.{author}").last


def tracker_of(server: Any) -> Any:
    return server.run(server.agent.tracker_store.retrieve(server.agent.received[-1].sender_id))


def test_a_customer_is_greeted_and_answered(page: Page) -> None:
    expect(page.get_by_role("log")).to_contain_text("Hello from the shop.")
    say(page, "hello")
    expect(last(page)).to_contain_text("You said hello")
    expect(last(page, "customer")).to_contain_text("hello")
    expect(page.get_by_label("Your message")).to_have_value("")
    expect(page.get_by_label("Your message")).to_be_focused()


def test_buttons_say_their_title_send_their_payload_and_go(page: Page, server: Any) -> None:
    page.get_by_role("button", name="What are your options?").click()
    page.get_by_role("button", name="Where is my order?").click()
    expect(last(page)).to_contain_text("FH-1042 arrives tomorrow.")
    expect(last(page, "customer")).to_contain_text("Where is my order?")
    expect(page.locator(".choice")).to_have_count(0)
    assert [message.text for message in server.agent.received] == ["What are your options?", "/track_order"]


def test_citations_open_in_a_new_tab(page: Page) -> None:
    say(page, "returns")
    expect(last(page).locator("strong")).to_have_text("30 days")
    source = last(page).get_by_role("link", name=re.compile("Returns.*How long you have.*new tab"))
    expect(source).to_have_attribute("rel", "noopener noreferrer")
    with page.context.expect_page() as opened:
        source.click()
    expect(opened.value).to_have_title("Returns")
    expect(opened.value).to_have_url(re.compile(r"/chat/help/returns#how-long$"))


def test_a_reload_keeps_the_conversation(page: Page) -> None:
    say(page, "options")
    expect(last(page)).to_contain_text("Which of these?")
    page.get_by_role("button", name="Where is my order?").click()
    expect(last(page)).to_contain_text("FH-1042")
    say(page, "returns")
    expect(last(page).locator(".sources")).to_be_visible()
    before = page.locator(".message .bubble").all_inner_texts()
    page.reload()
    expect(page.locator(".message")).to_have_count(len(before))
    assert page.locator(".message .bubble").all_inner_texts() == before


def test_what_was_being_written_survives_a_reload(page: Page) -> None:
    page.get_by_label("Your message").fill("half a sent")
    page.reload()
    expect(page.get_by_label("Your message")).to_have_value("half a sent")


def test_thumbs_are_stored_with_the_turn_and_shown_after_a_reload(page: Page, server: Any) -> None:
    say(page, "hello")
    up, down = (
        last(page).get_by_role("button", name=name, exact=True) for name in ("Helpful", "Not helpful")
    )
    down.click()
    expect(down).to_have_attribute("aria-pressed", "true")
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    expect(down).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#announcer")).to_have_text("Thank you for the rating")
    page.reload()
    expect(up).to_have_attribute("aria-pressed", "true")
    stored = [event.value["value"] for event in tracker_of(server).events if isinstance(event, SlotSet)]
    assert stored == ["down", "up"]


def test_everything_works_with_the_keyboard_alone(page: Page, server: Any) -> None:
    keyboard = page.keyboard
    keyboard.type("options")
    keyboard.press("Shift+Enter")
    keyboard.type("please")
    keyboard.press("Enter")
    expect(last(page)).to_contain_text("Which of these?")
    assert server.agent.received[0].text == "options\nplease"
    for _ in range(12):
        keyboard.press("Shift+Tab")
        if page.locator(":focus").inner_text() == "Where is my order?":
            break
    outline = page.locator(":focus").evaluate("node => getComputedStyle(node).outlineStyle")
    assert outline == "solid"
    keyboard.press("Enter")
    expect(last(page)).to_contain_text("FH-1042")
    expect(page.get_by_label("Your message")).to_be_focused()
    keyboard.press("Shift+Tab")
    keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Helpful", exact=True).last).to_be_focused()
    keyboard.press("Space")
    expect(page.get_by_role("button", name="Helpful", exact=True).last).to_have_attribute(
        "aria-pressed", "true"
    )


def test_when_the_server_does_not_answer_the_text_stays_and_can_be_sent_again(page: Page) -> None:
    page.route("**/chat/messages", lambda route: route.abort())
    say(page, "hello?")
    expect(page.get_by_role("alert").filter(has_text="did not get through")).to_be_visible()
    expect(last(page, "customer")).to_contain_text("hello?")
    page.unroute("**/chat/messages")
    page.get_by_role("button", name="Try again").click()
    expect(last(page)).to_contain_text("You said hello?")
    expect(page.locator(".failure")).to_have_count(0)
    expect(page.locator(".message.customer")).to_have_count(1)


def test_a_text_that_was_not_sent_is_in_the_message_box_after_a_reload(page: Page) -> None:
    page.route("**/chat/messages", lambda route: route.abort())
    say(page, "hello?")
    expect(page.locator(".failure")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Your message")).to_have_value("hello?")


def test_a_message_whose_answer_was_lost_is_not_sent_twice(page: Page, server: Any) -> None:
    def lose_the_answer(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/chat/messages", lose_the_answer)
    say(page, "cancel my order")
    expect(page.locator(".failure")).to_be_visible()
    page.unroute("**/chat/messages")
    page.get_by_role("button", name="Try again").click()
    expect(last(page)).to_contain_text("You said cancel my order")
    expect(page.locator(".failure")).to_have_count(0)
    assert len(server.agent.received) == 1


def test_a_page_that_cannot_start_offers_to_try_again(server: Any, open_page: Any, browser: Any) -> None:
    server.agent.ready = False
    page = open_page(server)
    expect(page.get_by_role("log")).to_contain_text("Sorry, something went wrong")
    server.agent.ready = True
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("log")).to_contain_text("Hello from the shop.")
    expect(page.locator(".failure")).to_have_count(0)


def test_a_slow_answer_arrives_by_itself(serve: Any, open_page: Any) -> None:
    page = open_page(serve(timeout_seconds=0.3))
    say(page, "slow")
    expect(page.locator("#typing")).to_be_visible()
    expect(last(page)).to_contain_text("longer than usual")
    expect(last(page)).to_contain_text("You said slow")
    expect(page.get_by_text("longer than usual")).to_have_count(0)


def test_a_text_that_is_too_long_goes_back_into_the_message_box(serve: Any, open_page: Any) -> None:
    page = open_page(serve(max_text_length=50))
    page.get_by_label("Your message").fill("x" * 51)
    expect(page.locator("#count")).to_have_text("51 of 50")
    expect(page.get_by_role("button", name="Send message")).to_be_disabled()
    body = {"status": 413, "json": {"error": {"code": "too_long", "text": "That is too long for me."}}}
    page.route("**/chat/messages", lambda route: route.fulfill(**body))
    say(page, "x" * 40)
    expect(page.locator("#alert")).to_have_text("That is too long for me.")
    expect(page.get_by_label("Your message")).to_have_value("x" * 40)


def test_a_handover_is_told_and_the_colleagues_words_appear(page: Page, server: Any) -> None:
    say(page, "a person please")
    expect(page.locator("#handover")).to_have_text("A colleague has been asked and will write here")
    say(page, "are you there")
    expect(page.locator("#typing")).to_be_hidden()
    said = BotUttered("Hello, this is Priya.", metadata={"author": "colleague", "name": "Priya"})
    server.run(server.agent.append(server.agent.received[-1].sender_id, said))
    expect(last(page, "colleague")).to_contain_text("Hello, this is Priya.")
    expect(last(page, "colleague").locator(".name")).to_have_text("Priya")
    expect(page.locator(".message.customer")).to_have_count(2)


def test_a_new_conversation_starts_after_a_question_and_not_without(page: Page, server: Any) -> None:
    say(page, "hello")
    expect(last(page)).to_contain_text("You said hello")
    page.get_by_role("button", name="Start again").click()
    expect(page.get_by_role("button", name="Keep this one")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".message.customer")).to_have_count(1)
    page.get_by_role("button", name="Start again").click()
    page.get_by_role("dialog").get_by_role("button", name="Start again").click()
    expect(page.locator(".message.customer")).to_have_count(0)
    expect(page.get_by_label("Your message")).to_be_focused()
    say(page, "hello again")
    expect(last(page)).to_contain_text("You said hello again")
    first, second = (message.sender_id for message in server.agent.received)
    assert first != second


def test_markup_in_a_message_is_shown_and_never_run(page: Page) -> None:
    say(page, "<b>markup</b>")
    expect(last(page, "customer").locator("b")).to_have_count(0)
    expect(last(page)).to_contain_text("<b>bold</b>")
    expect(last(page).locator("img")).to_have_count(0)
    expect(last(page).locator("li")).to_have_text(["one", "two"])


def test_a_screen_reader_learns_who_speaks_and_where_to_write(page: Page) -> None:
    say(page, "hello")
    log = page.get_by_role("log", name="Messages")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(log).to_contain_text("Assistant said: You said hello")
    expect(log).to_contain_text("You said: hello")
    expect(page.get_by_role("textbox", name="Your message")).to_be_visible()
    unnamed = (
        page.locator("button")
        .filter(has_not_text=re.compile(r"\S"))
        .evaluate_all("nodes => nodes.filter((node) => !node.getAttribute('aria-label')).length")
    )
    assert unnamed == 0


@pytest.mark.parametrize("width", [320, 360, 768])
def test_nothing_is_wider_than_a_small_screen(server: Any, open_page: Any, width: int) -> None:
    page = open_page(server, width=width, height=640)
    say(page, "x" * 300)
    expect(last(page)).to_contain_text("You said")
    say(page, "options")
    expect(page.get_by_role("button", name="Where is my order?")).to_be_in_viewport()
    widths = page.evaluate("['html', '#scroll'].map((name) => document.querySelector(name).scrollWidth)")
    assert max(widths) <= width
    expect(page.get_by_role("button", name="Send message")).to_be_in_viewport()


def test_a_long_answer_is_read_from_its_beginning(page: Page) -> None:
    say(page, "a long one")
    expect(last(page)).to_contain_text("Paragraph 39")
    page.wait_for_timeout(700)
    expect(last(page).get_by_text("Paragraph 0 of")).to_be_in_viewport()


def hex_colour(rgb: str) -> str:
    return "#" + "".join(f"{int(value):02x}" for value in re.findall(r"\d+", rgb)[:3])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_aa_contrast_in_light_and_dark(server: Any, open_page: Any, scheme: str) -> None:
    page = open_page(server, color_scheme=scheme, reduced_motion="reduce")
    say(page, "returns")
    expect(last(page).locator(".sources")).to_be_visible()
    page.mouse.move(0, 0)
    colours = {
        name: hex_colour(page.locator(name).last.evaluate("node => getComputedStyle(node).color"))
        for name in (
            ".assistant .bubble",
            ".customer .bubble",
            ".sources a",
            ".sources .heading",
            ".meta",
            ".who p",
        )
    }
    papers = {
        name: hex_colour(page.locator(name).last.evaluate("node => getComputedStyle(node).backgroundColor"))
        for name in (".assistant .bubble", ".customer .bubble", "body")
    }
    on = {
        ".sources a": ".assistant .bubble",
        ".sources .heading": ".assistant .bubble",
        ".meta": "body",
        ".who p": "body",
    }
    for name, colour in colours.items():
        assert contrast(colour, papers[on.get(name, name)]) >= 4.5, name
    assert (contrast(papers["body"], "#000000") > 10) == (scheme == "light")


def test_nothing_moves_when_less_motion_is_wished(server: Any, open_page: Any) -> None:
    page = open_page(server, reduced_motion="reduce")
    say(page, "hello")
    duration = last(page).evaluate("node => getComputedStyle(node).animationDuration")
    assert duration == "0.001s"
