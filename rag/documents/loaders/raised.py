"""Raised and lowered text of any format, as characters that keep what a number or a formula says.

Written without a sign of its own, the note mark of "1.250¹ kr." would read as another amount, and 10⁻³ as 10-3.
"""

_RAISED = dict(
    zip("0123456789+-−=()abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True)
)
_LOWERED = dict(zip("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_ORDINALS = frozenset(("st", "nd", "rd", "th", "er", "re"))
_MARKS = frozenset("*†‡§¶®™©℠#ºª°")  # raised signs that say the same on the line


def superscript(text: str) -> str:
    """Raised text: "2" -> "²", "-3" -> "⁻³"; with a caret where Unicode lacks a sign: "n/2" -> "^(n/2)".

    Ends of ordinals ("1st") and signs that are raised by nature ("®") stay as they are.
    """
    bare = text.strip()
    if not bare or bare.lower() in _ORDINALS or set(bare) <= _MARKS:
        return text
    return text.replace(bare, _shifted(bare, _RAISED, "^"), 1)


def subscript(text: str) -> str:
    """Lowered text: "2" -> "₂"; with an underscore where Unicode lacks a sign: "max" -> "ₘₐₓ", "Q1" -> "_Q1"."""
    bare = text.strip()
    return text.replace(bare, _shifted(bare, _LOWERED, "_"), 1) if bare else text


def note_mark(text: str) -> str:
    """The mark of a foot- or endnote, set apart by a space so that what stands before it stays as it is: " ¹"."""
    bare = text.strip().strip("[]()")
    return f" {_shifted(bare, _RAISED, '^')}" if bare and not set(bare) <= _MARKS else f" {bare}" if bare else ""


def _shifted(text: str, signs: dict[str, str], mark: str) -> str:
    if all(letter in signs for letter in text) and (len(text) < 4 or not text.isalpha()):
        return "".join(signs[letter] for letter in text)
    return f"{mark}{text}" if text.isalnum() else f"{mark}({text})"
