"""Where letters and signs can stand in Dutch and English text.

A byte beyond ASCII is another character in each 8-bit encoding: 0x8E is é on an old Mac, Ž in
Windows and Ä in DOS. As a rule only one of them can stand where it stands. What is a small letter
in Windows is a capital or a sign in the others, and the reverse, so capitals and signs within a
word tell those apart. A Mac and DOS have small letters at the same places; there the letters
beside it decide (ï follows a vowel), in Dutch, English, and the names and loanwords in them.
"""

import re
from functools import cache

LETTER = r"[^\W\d_]"
CONSONANT = "[b-df-hj-np-tv-xzB-DF-HJ-NP-TV-XZ]"
SMALL = "[a-zà-öø-ÿšž]"
CAPITALS = "ÀÁÂÄÅÇÈÉÊËÍÎÏÑÓÔÖØÚÛÜ"
CELL = r"[^\s\";,“]"  # what is within a cell, and no space
BEGINS, ENDS = f"(?<!{LETTER})", f"(?!{LETTER})"
# The first vowel of a word, which is where Dutch puts stress in writing: dít, níemand.
FIRST = rf"(?<!\d)(?:{BEGINS}|(?<=\b{CONSONANT})|(?<=\b{CONSONANT}{{2}})|(?<=\b{CONSONANT}{{3}}))"

SIGNS = (
    "\xa0",
    r"(?<!\w)[“‘„](?=\S)",
    r"(?<=\S)”(?!\w)",
    r"(?<=\S)’(?!\w)|(?<!\w)’(?=[a-zA-Z]|\d0)",  # ‘nee’, ’s, ’90
    r"(?<=\w)’(?=(?:s|n|t|d|m|re|ll|ve|ers?|en|tjes?|je)\b)|(?<=\b[dDlLO])’(?=[A-ZÉaeiouhé])",
    r"(?<=[aeiouy])´(?=s\b)",
    rf"(?<!…)…(?!{LETTER}|…)|(?<!\w)…(?={LETTER})",
    rf"(?<!{CELL})[–—](?!\S)|(?<=\w)–(?=\w)|(?<={LETTER}{{2}})—(?={LETTER}{{2}})",
    rf"(?<!{LETTER})[€£×±÷½¼¾](?!{LETTER})",
    r"(?<=\d)°|(?<=\d\s)°",
    rf"(?<!{CELL})[•·](?!\S)",
    r"(?<=[\dm])[²³](?!\w)",
    r"(?<!\w)§(?=[\s\d])",
    r"[©®™](?!\w)",
    rf"(?<=[A-Z])[{CAPITALS}](?!{SMALL})",  # CAFÉ
    rf"(?<!\w)[{CAPITALS}](?=[{CAPITALS}]?[A-Z](?!{SMALL}))|(?<=[{CAPITALS}])[{CAPITALS}](?=[A-Z])",
)
"""Quotes, dashes and other signs, and words in capitals, in any encoding."""

WINDOWS = (
    rf"(?<![A-Z{CAPITALS}]{{2}})(?<!\d)[àáâäåæçèéêëìíîïñòóôöøùúûüãõß](?![A-Z\d{CAPITALS}])"
    rf"(?:(?<={LETTER}.)|(?={LETTER}))",
    r"(?<!\w)à(?!\w)",
    r"(?<=[aeiou])[šž](?=[aeiouktj]|\b)|\b[šžŠŽ](?=[aeiou])",  # Dušan, Aleš
    r"(?<![aeiou])œ(?=u)",  # cœur
    rf"(?<!\w)[{CAPITALS}](?={SMALL})",  # Één, Özgür
)
"""Letters in Windows-1252: small ones in a word, and capitals at the start of one."""

OTHERS = (
    "é(?![A-Z])",  # één, café
    rf"(?:(?<={CONSONANT})|(?<=i))è(?![A-Z])",  # scène, première
    r"(?<=[aeiouéAEIOU])[ëï](?![A-Z])",  # ideeën, geïnteresseerd
    rf"(?<=o)ö|{BEGINS}ö(?={CONSONANT})|(?<={CONSONANT})ö(?={CONSONANT}|\b)",  # coördinatie, Köln
    rf"(?<=[ea])ü|{BEGINS}ü(?={CONSONANT})|(?<={CONSONANT})ü(?={CONSONANT})",  # reünie, Zürich
    rf"(?<={CONSONANT})ä(?={CONSONANT}|u)",  # Länder
    rf"{BEGINS}à{ENDS}|(?<=\bl)à\b|(?<=oil)à\b|(?<=éj)à\b",  # à, voilà, déjà
    rf"{FIRST}[áóú](?=\w)|(?<=á)á|(?<=ó)ó|(?<=ú)ú|(?<=\b[nzZN])[óú]\b",  # dát, vóór, nú
    rf"{FIRST}í(?=[a-z])|(?<=[c-t])í(?=[ao]|n[aeo])",  # dít, María
    rf"(?<={CONSONANT})ê(?={CONSONANT})|(?<=qu)ê|{BEGINS}ê(?=t)",  # gêne, enquête
    rf"(?<={CONSONANT})â(?={CONSONANT})|(?<=e)â(?=t)",  # pâté, château
    rf"(?<=[ao])î(?=t)|(?<={CONSONANT})î(?=[nlmt])|{BEGINS}î(?=l)",  # maître, dîner
    rf"(?<={CONSONANT})ô(?={CONSONANT})",  # rôle
    r"(?<=[dgo])û(?=t|\b)",  # goût
    r"(?<=[aeiourn])ç(?=[aou])|\bç(?=a)",  # Curaçao, façade
    r"(?<=[aeiouí])ñ(?=[aeo])",  # señor
    rf"(?:(?<={CONSONANT})|{BEGINS})[øå](?={CONSONANT})|(?<={CONSONANT})æ(?={CONSONANT})",  # Søren
    r"(?<=[aeiouäöü])ß(?=e|\b)",  # Straße
    rf"{BEGINS}ò(?=[fpo])|(?<=o)ù\b|(?<=S)ã(?=o)",  # òf, où, São
    rf"(?<!\w)[ÅÉÖÜØ](?={SMALL})|(?<!\w)Ç(?=[aeou])",  # names
    rf"(?:\A|(?<=[\n\";,\t(“‘])|(?<=[.?!:;,#] ))[ÀÁÂÄÈÊËÍÎÏÑÓÔÚÛ](?={SMALL})",  # a sentence begins
)
"""Letters on an old Mac and in DOS."""


WHERE = {"cp1252": WINDOWS, "mac_roman": OTHERS, "cp858": OTHERS}
"""The encodings that are considered, the likeliest first.

DOS is code page 850 with a euro sign, which is 858; 437 has the letters of Dutch at the same
places.
"""


@cache  # compiled when first needed: nearly all files are UTF-8
def misplaced(encoding: str) -> re.Pattern[str]:
    """Returns the pattern of a character that cannot stand where it stands, in this encoding."""
    natural = "|".join((*SIGNS, *WHERE[encoding]))
    return re.compile(f"(?=[^\x00-\x7f])(?!{natural}).", re.DOTALL)
