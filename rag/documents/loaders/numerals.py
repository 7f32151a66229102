"""Numbers of lists and headings as they are shown: 3 as "3", "c", "C", "iii" or "III"."""

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


def numeral(number: int, kind: str) -> str:
    """kind: "1", "a", "A", "i" or "I". Numbers that letters cannot write are in digits."""
    if kind not in ("a", "A", "i", "I") or not 0 < number < 4000:
        return str(number)
    letters = ""
    if kind in "aA":
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(ord("a") + rest) + letters
    else:
        for value, sign in _ROMAN:
            count, number = divmod(number, value)
            letters += sign * count
    return letters.upper() if kind.isupper() else letters
