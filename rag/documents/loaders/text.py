"""Text files -> one page with its headings, whatever their encoding."""

import codecs
import re
import unicodedata
from pathlib import Path

from rag.core.errors import DamagedFile, EmptyFile, ParsingLimit
from rag.documents.loaders.sandbox.child import Send
from rag.documents.loaders.text_headings import headings, title

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# encodings of Danish and other western text, most likely first; charset-normalizer errs on short texts
_WESTERN = ("cp1252", "latin-1", "iso8859-15", "mac-roman", "cp850", "cp865")
_COMMON = frozenset("æøåÆØÅäöüÄÖÜßéÉèàçñóíáêôëðþ")
_RARE = frozenset("âîïòùúûìãõýÿÁÍÓÚÀÈÇÑÊÔËÐÞœŒšžŠŽ")
_SIGNS = frozenset("’‘“”„–—…€§°«»•½¼¾²³·´©®™£±×\u00a0¿¡†µ¨ˆ˜‹›‰")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufeff]")


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends one frame {page, of, text, label} and {headings, title, notices}.

    Raises EmptyFile, DamagedFile where no encoding fits, ParsingLimit.
    """
    text = read_text(path, characters)
    found = headings(text)
    send(page=1, of=1, text=text, label=None)
    send(headings=[[1, *heading] for heading in found], title=title(found, text), notices=[])


def read_text(path: str, characters: int) -> str:
    r"""The text of a file with "\n" at line ends. Raises EmptyFile, DamagedFile, ParsingLimit."""
    text = decode(Path(path).read_bytes())
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").replace("\v", "\n"))
    text = unicodedata.normalize("NFC", text)
    if not text.strip():
        raise EmptyFile()
    if len(text) > characters:
        raise ParsingLimit(limit="size")
    return text


def decode(data: bytes) -> str:
    """Bytes as text: by byte order mark, as UTF-8, as a western encoding, or as charset-normalizer suggests.

    Raises DamagedFile where nothing fits.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    # one bad byte in a UTF-8 file must not turn every æ into two signs
    lenient = data.decode("utf-8", "replace")
    letters = sum(character > "\x7f" and character != "\ufffd" for character in lenient)
    if letters >= 10 * lenient.count("\ufffd"):
        return lenient
    best_score, text = max(((_plausible(decoded), -rank), decoded) for rank, decoded in enumerate(_decodings(data)))
    if best_score[0] >= 0.5:
        return text
    from charset_normalizer import from_bytes

    matches = list(from_bytes(data))
    if matches:
        # of encodings that fit about equally well, the one that Windows writes
        equal = [m for m in matches if m.chaos <= matches[0].chaos and m.coherence >= 0.9 * matches[0].coherence]
        return str(next((match for match in equal if match.encoding.startswith("cp125")), matches[0]))
    if best_score[0] > 0:
        return text
    raise DamagedFile()


def _decodings(data: bytes) -> list[str]:
    decodings = []
    for encoding in _WESTERN:
        try:
            decodings.append(data.decode(encoding))
        except UnicodeDecodeError:
            decodings.append("")
    return decodings


def _plausible(text: str) -> float:
    """How much the characters beyond ASCII are like those of a western text: -2..1 on average."""
    places = [match.start() for match in re.finditer(r"[^\x00-\x7f]", text)]
    if not places:
        return -2.0
    letters = sum(map(str.isalpha, text))
    if letters > 8 and sum(text[place].isalpha() for place in places) > 0.4 * letters:
        return -1.0  # Cyrillic or Greek decoded as Latin: nearly every letter has an accent
    return sum(_score(text, place) for place in places[:20_000]) / len(places[:20_000])


def _score(text: str, place: int) -> float:
    character = text[place]
    character_before = text[place - 1] if place else " "
    character_after = text[place + 1] if place + 1 < len(text) else " "
    if character in _COMMON or character in _RARE:
        value = 1.0 if character in _COMMON else 0.3
        if character.isupper() and character_before.islower():
            return value - 1.5
        if character.islower() and character_before.isupper() and character_after.isupper():
            return value - 1.0
        return value
    if character in _SIGNS:
        # a sign inside a word is a letter decoded wrongly, unless it is an apostrophe or the like
        is_inside_word = character_before.isalpha() and character_after.isalpha() and character not in "’´·–—\u00a0"
        return -1.0 if is_inside_word else 0.6
    return -2.0
