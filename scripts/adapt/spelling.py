"""How a text is said, and how the model is to write it: lower case, no marks, numbers in words."""

import re
from random import Random

from num2words import num2words

ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
SPELLED = re.compile(r"\b(?:[a-z] )+[a-z]\b(?!')")
PARTS = re.compile(r"[^a-z0-9']+|(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")


def number(digits: str, to: str, dice: Random) -> str:
    """A number in words, with or without its "and"."""
    words = num2words(int(digits), to=to).replace("-", " ").replace(",", "")
    return words if dice.random() < 0.5 else words.replace(" and ", " ")


def words(text: str, dice: Random) -> tuple[str, str]:
    """What is given to a synthesiser for `text`, and what the model is to write.

    A part of a name without a vowel is said letter by letter; so are letters that stand in a row, or "a p i" would begin
    with an article.
    """
    said: list[str] = []
    for token in text.lower().split():
        if found := ORDINAL.fullmatch(token):
            said.append(number(found[1], "ordinal", dice))
            continue
        for part in filter(None, PARTS.split(token)):
            if part.isdigit():
                said.append(number(part, "cardinal", dice))
            elif len(part) > 1 and not re.search(r"[aeiouy']", part):
                said.append(" ".join(part.upper()))
            else:
                said.append(part)
    spoken = SPELLED.sub(lambda letters: letters[0].upper(), " ".join(said))
    return spoken, spoken.lower()
