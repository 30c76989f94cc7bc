"""The chat files and the help centre, served from their folders and from nowhere else."""

import html
import mimetypes
from pathlib import Path
from typing import Optional
from urllib.parse import unquote

from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import BaseHTTPResponse

from channels.http import Refusal, kindly
from channels.settings import WebSettings
from channels.theme import theme_css

_PAGE_FOLDER = Path(__file__).parent / "page"
_HELP_TYPES = {".html", ".css", ".svg", ".png", ".jpg", ".jpeg", ".webp", ".pdf", ".woff2"}
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HELP_POLICY = f"{_POLICY}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'"


def add_page_routes(blueprint: Blueprint, settings: WebSettings, prefix: str) -> None:
    """Add `/`, `/theme.css`, the page's files and `/help/…` to the chat's blueprint.

    Args:
        blueprint: The web connector's blueprint.
        settings: Its settings.
        prefix: Where the blueprint is mounted, such as `/chat`.
    """
    guard = kindly(settings.texts.failed)
    index = _index_page(settings, prefix)
    theme = theme_css(settings.accent)
    images = " ".join(["'self'", *(f"https://{host}" for host in settings.image_hosts)])
    policy = f"{_POLICY}; script-src 'self'; style-src 'self'; connect-src 'self'; img-src {images}"

    @blueprint.get("/", name="page")
    @guard
    async def page(_: Request) -> BaseHTTPResponse:
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache"}
        return response.html(index, headers=headers)

    @blueprint.get("/theme.css", name="theme")
    @guard
    async def theme_file(_: Request) -> BaseHTTPResponse:
        return response.text(
            theme, headers={"Cache-Control": "no-cache"}, content_type="text/css; charset=utf-8"
        )

    for path in sorted(_PAGE_FOLDER.iterdir()):
        if path.suffix in (".css", ".js", ".svg"):
            _add_asset(blueprint, path, settings)

    @blueprint.get("/help", name="help_index")
    @blueprint.get("/help/<name:path>", name="help")
    @guard
    async def help_page(_: Request, name: str = "index.html") -> BaseHTTPResponse:
        path = help_file(settings.help_folder, unquote(name))
        if path is None:
            raise Refusal(404, "not_found", settings.texts.not_found)
        headers = {"Content-Security-Policy": _HELP_POLICY, "Cache-Control": "no-cache"}
        return await response.file(path, headers=headers, mime_type=_content_type(path))


def help_file(folder: Path, name: str) -> Optional[Path]:
    """Find a file of the help centre.

    Args:
        folder: Where the rendered help centre lies.
        name: What stands after `/help/`; `.html` may be left out.

    Returns:
        The file; None if there is none, if it lies outside the folder or is of a kind that is not served.
    """
    root = folder.resolve()
    for candidate in (name, f"{name}.html", f"{name.rstrip('/')}/index.html"):
        if "\0" in candidate:
            return None
        path = (root / candidate.lstrip("/")).resolve()
        hidden = any(part.startswith(".") for part in path.parts[len(root.parts) :])
        if path.is_relative_to(root) and not hidden and path.suffix in _HELP_TYPES and path.is_file():
            return path
    return None


def _add_asset(blueprint: Blueprint, path: Path, settings: WebSettings) -> None:
    content = path.read_text(encoding="utf-8")

    @blueprint.get(f"/{path.name}", name=f"asset_{path.stem}_{path.suffix[1:]}")
    @kindly(settings.texts.failed)
    async def asset(_: Request) -> BaseHTTPResponse:
        return response.text(content, headers={"Cache-Control": "no-cache"}, content_type=_content_type(path))


def _index_page(settings: WebSettings, prefix: str) -> str:
    page = (_PAGE_FOLDER / "index.html").read_text(encoding="utf-8")
    values = {
        "base": prefix,
        "title": settings.title,
        "subtitle": settings.subtitle,
        "initial": settings.title.strip()[:1].upper(),
        "failed": settings.texts.failed,
    }
    for name, value in values.items():
        page = page.replace("{{" + name + "}}", html.escape(value))
    return page


def _content_type(path: Path) -> str:
    if path.suffix == ".js":  # mimetypes asks the machine, and some machines say text/plain
        return "text/javascript; charset=utf-8"
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
