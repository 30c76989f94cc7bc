import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from channels.files import help_file

PAGE = Path(__file__).parents[3] / "channels" / "page"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "help"
    (root / "orders").mkdir(parents=True)
    (root / "index.html").write_text("<h1>Help</h1>")
    (root / "returns.html").write_text("<h1>Returns</h1>")
    (root / "orders" / "index.html").write_text("<h1>Orders</h1>")
    (root / "notes.py").write_text("secret")
    (root / ".hidden.html").write_text("secret")
    (tmp_path / "channel.html").write_text("secret")
    (root / "link.html").symlink_to(tmp_path / "channel.html")
    return root


@pytest.mark.parametrize("name, found", [("returns.html", "returns.html"), ("returns", "returns.html")])
def test_a_help_page_is_found_with_and_without_its_ending(folder: Path, name: str, found: str) -> None:
    assert help_file(folder, name) == folder / found


def test_a_folder_is_its_index(folder: Path) -> None:
    assert help_file(folder, "orders/") == folder / "orders" / "index.html"


@pytest.mark.parametrize(
    "name",
    ["../channel.html", "orders/../../channel.html", "/etc/passwd", "..", "link.html", "notes.py",
     ".hidden.html", "missing", "a\0b", "....//channel.html"],
)  # fmt: skip
def test_nothing_outside_the_help_centre_is_served(folder: Path, name: str) -> None:
    assert help_file(folder, name) is None


@pytest.mark.parametrize("path", ["..%2fchannel.html", "%2e%2e/channel.html", "..%252fchannel.html", "%00"])
def test_encoded_ways_out_lead_nowhere(serve: Any, folder: Path, path: str) -> None:
    answer = httpx.get(f"{serve().url}/chat/help/{path}", trust_env=False)
    assert answer.status_code == 404 and "secret" not in answer.text


def test_help_pages_come_with_a_policy_that_allows_no_scripts(serve: Any, folder: Path) -> None:
    url = serve().url
    for path in ("/chat/help/returns", "/chat/help/", "/chat/help"):
        answer = httpx.get(url + path, trust_env=False)
        assert answer.status_code == 200 and answer.text.startswith("<h1>")
        assert "script-src" not in answer.headers["content-security-policy"]


def test_the_page_shows_the_settings_escaped(serve: Any) -> None:
    answer = httpx.get(serve(web={"title": 'A & B <script>"'}).url + "/chat/", trust_env=False)
    assert "A &amp; B &lt;script&gt;&quot;" in answer.text and "{{" not in answer.text
    assert "script-src 'self';" in answer.headers["content-security-policy"]


def test_everything_that_the_page_names_is_served(serve: Any) -> None:
    url = serve(web={"accent": "#aa3300"}).url
    page = httpx.get(url + "/chat/", trust_env=False).text
    names = set(re.findall(r'(?:href|src)="(/chat/[^"]+)"', page))
    for script in PAGE.glob("*.js"):
        names |= {f"/chat/{name}" for name in re.findall(r'from "\./([^"]+)"', script.read_text())}
    assert {"/chat/chat.js", "/chat/api.js", "/chat/chat.css", "/chat/theme.css"} <= names
    for name in names:
        answer = httpx.get(url + name, trust_env=False)
        assert answer.status_code == 200, name
    assert "#aa3300" in httpx.get(url + "/chat/theme.css", trust_env=False).text


def test_the_page_asks_no_other_server_and_holds_no_inline_code() -> None:
    for file in PAGE.iterdir():
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r'(src|href)="https?:|url\(|@import|fetch\("http', text), file.name
    index = (PAGE / "index.html").read_text()
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script[^>]*>[^<]", index)


def test_images_may_come_from_hosts_that_are_named(serve: Any) -> None:
    answer = httpx.get(serve(web={"image_hosts": ["images.example"]}).url + "/chat/", trust_env=False)
    assert "img-src 'self' https://images.example" in answer.headers["content-security-policy"]
