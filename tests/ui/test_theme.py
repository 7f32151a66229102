"""The theme can be read: every pair of text and ground that Streamlit draws from it has the contrast that WCAG asks."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers import ROOT

CONFIG: dict[str, Any] = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
CSS = (ROOT / "rag" / "ui" / "shell" / "theme.css").read_text(encoding="utf-8")
MODES = ("light", "dark")
HUES = ("red", "orange", "yellow", "blue", "green", "violet", "gray")
PLACEHOLDER = 0.7  # the opacity at which Streamlit 1.67 writes placeholders and hints
TINT = 0.1  # the share of the accent that Streamlit puts under a chosen option

Colour = tuple[float, float, float]


def rgb(colour: str) -> Colour:
    assert re.fullmatch(r"#[0-9A-F]{6}", colour), f"{colour!r} is not a colour as #RRGGBB"
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255


def over(colour: Colour, ground: Colour, opacity: float) -> Colour:
    red, green, blue = (c * opacity + g * (1 - opacity) for c, g in zip(colour, ground, strict=True))
    return red, green, blue


def luminance(colour: Colour) -> float:
    """Relative luminance, WCAG 2.2."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def button_text(mode: str) -> Colour:
    rule = re.search(r"stBaseButton-primary[^{]*\{[^}]*color:\s*light-dark\((#\w+),\s*(#\w+)\)", CSS)
    assert rule, "theme.css gives no colour to primary buttons"
    return rgb(rule[1 + MODES.index(mode)])


def caption_opacity() -> float:
    rule = re.search(r"stCaptionContainer[^{]*\{[^}]*opacity:\s*([\d.]+)", CSS)
    assert rule, "theme.css gives no opacity to captions"
    return float(rule[1])


def pairs(mode: str) -> Iterator[tuple[str, Colour, Colour]]:
    """(what it is, text, ground) of all that is read in one mode."""
    theme = CONFIG["theme"][mode]
    main = {"page": rgb(theme["backgroundColor"]), "widget": rgb(theme["secondaryBackgroundColor"])}
    side = {
        "sidebar": rgb(theme["sidebar"]["backgroundColor"]),
        "sidebar widget": rgb(theme["sidebar"]["secondaryBackgroundColor"]),
    }
    text, accent, link = rgb(theme["textColor"]), rgb(theme["primaryColor"]), rgb(theme["linkColor"])
    for name, ground in (main | side).items():
        yield f"text on {name}", text, ground
        yield f"placeholder on {name}", over(text, ground, PLACEHOLDER), ground
        yield f"caption on {name}", over(text, ground, caption_opacity()), ground
        yield f"link on {name}", link, ground
        yield f"chosen option on {name}", accent, over(accent, ground, TINT)
        for hue in HUES:
            yield f"{hue} text on {name}", rgb(theme[f"{hue}TextColor"]), ground
    for hue in HUES:
        ground = rgb(theme[f"{hue}BackgroundColor"])
        yield f"{hue} text on its own ground", rgb(theme[f"{hue}TextColor"]), ground
        yield f"text on {hue} ground", text, ground
    yield "sidebar text on sidebar", rgb(theme["sidebar"]["textColor"]), side["sidebar"]
    yield "code", rgb(theme["codeTextColor"]), rgb(theme["codeBackgroundColor"])
    yield "table header", rgb(theme["dataframeHeaderTextColor"]), rgb(theme["dataframeHeaderBackgroundColor"])
    yield "primary button", button_text(mode), accent
    yield "primary button in the sidebar", button_text(mode), rgb(theme["sidebar"]["primaryColor"])


@pytest.mark.parametrize("mode", MODES)
def test_all_text_can_be_read(mode: str) -> None:
    ratios = {name: contrast(text, ground) for name, text, ground in pairs(mode)}
    assert not {name: round(ratio, 2) for name, ratio in ratios.items() if ratio < 4.5}


@pytest.mark.parametrize("mode", MODES)
def test_controls_stand_out_from_their_ground(mode: str) -> None:
    theme = CONFIG["theme"][mode]
    for ground in ("backgroundColor", "secondaryBackgroundColor"):
        assert contrast(rgb(theme["primaryColor"]), rgb(theme[ground])) >= 3


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(rgb("#000000"), rgb("#FFFFFF")) == pytest.approx(21)
    # the well-known grey that just fails
    assert contrast(rgb("#777777"), rgb("#FFFFFF")) == pytest.approx(4.48, abs=0.01)


def test_user_can_choose_light_or_dark() -> None:
    # a colour in [theme] itself would lock the choice
    assert not {key for key in CONFIG["theme"] if key == "base" or (key.endswith("Color") and key != "borderColor")}
    assert set(CONFIG["theme"]["light"]) == set(CONFIG["theme"]["dark"])


def test_server_is_for_this_machine_and_tells_nothing() -> None:
    server = CONFIG["server"]
    assert server["address"] == "127.0.0.1"
    assert server["allowedHosts"] == ["localhost", "127.0.0.1"]
    assert server["enableCORS"] is True
    assert server["enableXsrfProtection"] is True
    assert server["maxUploadSize"] == 150
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["runner"]["magicEnabled"] is False


def test_streamlit_knows_every_option() -> None:
    from streamlit import config

    known = config.get_config_options()

    def keys(table: dict[str, Any], path: str = "") -> Iterator[str]:
        for key, value in table.items():
            yield from keys(value, f"{path}{key}.") if isinstance(value, dict) else [f"{path}{key}"]

    assert not [key for key in keys(CONFIG) if key not in known]
