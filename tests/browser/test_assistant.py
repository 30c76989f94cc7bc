"""The real page with the real assistant behind it."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.integration.home import Home

ANSWER_MS = 20_000
OpenChat = Callable[..., Page]


def say(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")


def last(page: Page, author: str = "assistant") -> Any:
    return page.locator(f".message.{author}").last


def test_a_customer_learns_where_an_order_is(open_chat: OpenChat) -> None:
    page = open_chat()
    expect(page.get_by_role("log")).to_contain_text("Fernhill assistant")
    say(page, "where is order 1001?")
    expect(last(page)).to_contain_text("FH-1001", timeout=ANSWER_MS)
    say(page, "emma.hartley@example.com")
    expect(last(page)).to_contain_text("Fellrunner", timeout=ANSWER_MS)


def test_a_button_of_the_assistant_does_what_it_says(open_chat: OpenChat) -> None:
    page = open_chat()
    page.get_by_role("button", name="Where is my order?").click()
    page.get_by_role("button", name="I don't have it").click(timeout=ANSWER_MS)
    expect(last(page, "customer")).to_contain_text("I don't have it")
    expect(last(page)).to_contain_text("e-mail address", timeout=ANSWER_MS)


def test_a_citation_opens_the_help_page_at_that_heading(open_chat: OpenChat) -> None:
    page = open_chat()
    say(page, "How many volume adjusters may I put into one boot?")
    expect(last(page)).to_contain_text("two volume adjusters", timeout=ANSWER_MS)
    source = last(page).get_by_role("link", name=re.compile("Boot fitting guide"))
    with page.context.expect_page() as opened:
        source.click()
    help_page = opened.value
    anchor = help_page.url.partition("#")[2]
    assert anchor
    expect(help_page.locator(f"[id='{anchor}']")).to_contain_text("Volume adjusters and insoles")
    expect(help_page.locator(f"[id='{anchor}']")).to_be_in_viewport()
    expect(help_page).to_have_title(re.compile("Boot fitting guide"))


def test_thumbs_are_kept_with_the_conversation(open_chat: OpenChat, assistant: Home) -> None:
    page = open_chat()
    say(page, "How long does delivery take?")
    expect(last(page)).to_contain_text("working days", timeout=ANSWER_MS)
    down = last(page).get_by_role("button", name="Not helpful", exact=True)
    down.click()
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#announcer")).to_have_text("Thank you for the rating")
    stored = assistant.rows("tracker.db", "SELECT data FROM events WHERE action_name = 'feedback'")
    assert '"value": "down"' in str(stored[-1][0])
    page.reload()
    expect(down).to_have_attribute("aria-pressed", "true")


def test_a_reload_keeps_the_conversation_and_the_form_goes_on(open_chat: OpenChat) -> None:
    page = open_chat()
    say(page, "where is order 1001?")
    expect(last(page)).to_contain_text("FH-1001", timeout=ANSWER_MS)
    before = page.locator(".message .bubble").all_inner_texts()
    page.reload()
    expect(page.locator(".message")).to_have_count(len(before))
    assert page.locator(".message .bubble").all_inner_texts() == before
    say(page, "LA9 4QQ")
    expect(last(page)).to_contain_text("Fellrunner", timeout=ANSWER_MS)


def test_two_browsers_do_not_see_each_others_conversation(open_chat: OpenChat) -> None:
    first, second = open_chat(), open_chat()
    say(first, "where is order 1001?")
    expect(last(first)).to_contain_text("FH-1001", timeout=ANSWER_MS)
    second.reload()
    expect(second.locator(".message.customer")).to_have_count(0)
    say(second, "LA9 4QQ")
    expect(last(second)).not_to_contain_text("FH-1001", timeout=ANSWER_MS)
    expect(first.locator(".message.customer")).to_have_count(1)


def test_a_request_for_a_person_is_shown_and_the_assistant_is_silent(open_chat: OpenChat) -> None:
    page = open_chat()
    page.get_by_role("button", name="Talk to a person").click()
    expect(page.locator("#handover")).to_contain_text("A colleague", timeout=ANSWER_MS)
    count = page.locator(".message.assistant").count()
    say(page, "How long does delivery take?")
    expect(page.locator("#typing")).to_be_hidden()
    expect(page.locator(".message.assistant")).to_have_count(count)
