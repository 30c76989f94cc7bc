"""The page's colours from one accent; text keeps WCAG AA contrast (4.5:1) whichever accent is chosen."""

PAPER = {"light": "#ffffff", "dark": "#1e2220"}  # the surfaces that accent-coloured text stands on
_INK, _WHITE, _BLACK = "#14201a", "#ffffff", "#000000"
_AA = 4.5
_COMFORTABLE = 5.5


def theme_css(accent: str) -> str:
    """Returns the style sheet that sets the accent's colours for light and dark pages.

    Args:
        accent: `#rrggbb`.
    """
    return (
        f":root {{ {_variables(accent, 'light', _BLACK)} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {_variables(accent, 'dark', _WHITE)} }} }}\n"
    )


def contrast(one: str, other: str) -> float:
    """Returns the contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, paper: str, towards: str, ratio: float = _AA) -> str:
    """Returns the colour, moved towards another just as far as text on `paper` needs for a ratio."""
    for step in range(21):
        candidate = _mix(colour, towards, step / 20)
        if contrast(candidate, paper) >= ratio:
            return candidate
    return towards


def _variables(accent: str, scheme: str, towards: str) -> str:
    on_accent = _WHITE if contrast(accent, _WHITE) >= _AA else _INK
    if contrast(accent, on_accent) < _AA:
        on_accent = max((_INK, _WHITE), key=lambda ink: contrast(accent, ink))
        accent = readable(accent, on_accent, _BLACK if on_accent == _WHITE else _WHITE)
    ink = readable(accent, PAPER[scheme], towards, _COMFORTABLE)
    return f"--accent: {accent}; --on-accent: {on_accent}; --accent-ink: {ink};"


def _channels(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def _mix(colour: str, other: str, share: float) -> str:
    mixed = (round(a + (b - a) * share) for a, b in zip(_channels(colour), _channels(other)))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def _luminance(colour: str) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
