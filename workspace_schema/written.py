"""Numbers that remember how they were written, because one spelling may stand for two numbers."""

from __future__ import annotations

import re

#: Digits in groups of three: ``200.000`` is 200 to some, 200 000 to others.
THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}([.,\u2009\u00a0' ][0-9]{3})+")


class Written(float):
    """A float that keeps how it was written, because ``200.000`` may stand for two numbers."""

    text: str

    def __new__(cls, text: str) -> Written:
        """Return the number that the text is in YAML."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __repr__(self) -> str:
        return self.text
