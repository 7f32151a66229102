"""The signs that characters in a symbol font show: word processors store only a code, or a letter.

A "≤" that was inserted from the font Symbol is the code F0A3, an arrow that PowerPoint made of "-->" is an "à" in
Wingdings. Symbol: the encoding of ISO 32000-1, annex D.5. Wingdings: the signs that occur in text, as Unicode has them;
its other signs are ornaments, and dropped.
"""

_SYMBOL = (
    " !∀#∃%&∋()*+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
    + "\0" * 33
    + "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…\0\0↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊⟨®©™∑"
    + "\0" * 11
    + "⟩∫"
)
_WINGDINGS = dict(zip(b"\x28\x2a\x46\x4a\x4b\x4c", "☎✉☞☺😐☹", strict=True)) | {
    0x6C: "●",
    0x6E: "■",
    0x6F: "□",
    0x71: "❑",
    0x72: "❒",
    0x73: "⬧",
    0x74: "⧫",
    0x75: "◆",
    0x76: "❖",
    0x77: "⬥",
    0x9F: "•",
    0xA7: "▪",
    0xA8: "☐",
    0xAB: "★",
    0xD8: "➢",
    0xDF: "←",
    0xE0: "→",
    0xE1: "↑",
    0xE2: "↓",
    0xE8: "➔",
    0xEF: "⇦",
    0xF0: "⇨",
    0xF3: "⬄",
    0xFB: "✗",
    0xFC: "✓",
    0xFD: "☒",
    0xFE: "☑",
}
_WINGDINGS_2 = {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x97: "●", 0xA3: "☐"}
_FONTS = {
    "symbol": {code: sign for code, sign in enumerate(_SYMBOL, 0x20) if sign != "\0"},
    "wingdings": _WINGDINGS,
    "wingdings 2": _WINGDINGS_2,
}
_PRIVATE = 0xF000
"""The private-use area of Unicode has the codes of these fonts, which are of one byte, from here on."""


def has_signs(font: str | None) -> bool:
    """Whether text in a font of this name shows other signs than its characters."""
    return _signs(font) is not None


def translate(text: str, font: str | None, *, private: bool = False) -> str:
    """The signs that `text` in `font` shows; `text` itself for a font of letters.

    private: translate only characters of the private-use area, where the font is not that of the other characters.
    """
    signs = _signs(font)
    if signs is None:
        return text
    return "".join(_sign(character, signs, private) for character in text)


def _signs(font: str | None) -> dict[int, str] | None:
    """The signs of a symbol font by code; None for a font of letters."""
    return _FONTS.get((font or "").strip().lower())


def _sign(character: str, signs: dict[int, str], private: bool) -> str:
    code = ord(character)
    if _PRIVATE < code <= _PRIVATE + 0xFF:
        return signs.get(code - _PRIVATE, "")
    return signs.get(code, "") if 0x20 < code <= 0xFF and not private else character
