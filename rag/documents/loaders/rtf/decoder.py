"""The text of an RTF file: bytes in the encodings of its fonts, and Unicode characters among them."""

import codecs

from rag.documents.loaders.rtf.tokens import Token
from rag.documents.loaders.symbol_fonts import translate

CODE_PAGES = {"ansi": "cp1252", "mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
"""By the control word that names one."""
_BY_CHARSET = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "cp1361", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250", 255: "cp850",
}  # fmt: skip
_SYMBOL = 2
"""The character set of fonts whose characters are signs."""


class Decoder:
    """Collects text until it is taken. default: the encoding of the file. skip: how many characters are passed over."""

    def __init__(self) -> None:
        self.default = "cp1252"
        self.skip = 0
        self._fonts: dict[int, tuple[int, str]] = {}  # character set and name
        self._font = 0  # that is being described
        self._bytes = bytearray()
        self._units: list[int] = []  # of UTF-16
        self._parts: list[tuple[bytes, bool]] = []  # and whether they are of UTF-16

    def begin_font(self, number: int) -> None:
        self._font = number
        self._fonts[number] = (0, "")

    def set_charset(self, charset: int) -> None:
        self._fonts[self._font] = (charset, self._fonts.get(self._font, (0, ""))[1])

    def name_font(self) -> None:
        """Take what was collected as the name of the font that is being described."""
        charset, name = self._fonts.get(self._font, (0, ""))
        self._fonts[self._font] = (charset, name + self.take(-1).rstrip(";"))

    def add(self, data: bytes) -> None:
        self._end_units()
        self._bytes += data

    def add_unit(self, number: int, skip: int) -> None:
        """Add a unit of UTF-16, for which `skip` characters stand in older programs."""
        self._end_bytes()
        self._units.append(number & 0xFFFF)
        self.skip = skip

    def without_skipped(self, token: Token) -> Token:
        """The token without the characters that stand for a Unicode one; kind "" where nothing is left."""
        if not self.skip:
            return token
        if token.kind != "text":
            self.skip = max(self.skip - 1, 0) if token.kind == "sign" else 0
            return Token("") if token.kind == "sign" else token
        count = min(self.skip, len(token.data))
        self.skip -= count
        rest = token.data[count:]
        return Token("text", token.name, None, rest) if rest else Token("")

    def take(self, font: int) -> str:
        """The text that was collected, in the font of this number; it is empty then."""
        self._end_bytes()
        self._end_units()
        parts, self._parts = self._parts, []
        charset, name = self._fonts.get(font, (0, ""))
        texts = []
        for data, is_unicode in parts:
            if is_unicode:
                texts.append(translate(data.decode("utf-16-le", "replace"), name, private=True))
            else:
                text = data.decode(_encoding_of(charset, self.default), "replace")
                texts.append(translate(text, name) if charset == _SYMBOL else text)
        return "".join(texts)

    def _end_bytes(self) -> None:
        if self._bytes:
            self._parts.append((bytes(self._bytes), False))
            self._bytes = bytearray()

    def _end_units(self) -> None:
        if self._units:
            self._parts.append((b"".join(unit.to_bytes(2, "little") for unit in self._units), True))
            self._units = []


def _encoding_of(charset: int, default: str) -> str:
    """The encoding of a font with this character set. default: the encoding of the file."""
    return "latin-1" if charset == _SYMBOL else _BY_CHARSET.get(charset, default)


def code_page(number: int, default: str) -> str:
    """The encoding of a code page; `default` where Python has none of that number."""
    name = {10000: "mac_roman", 65001: "utf-8", 936: "gbk", 950: "big5"}.get(number, f"cp{number}")
    try:
        codecs.lookup(name)
    except LookupError:
        return default
    return name
