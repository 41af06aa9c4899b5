"""Plain Dutch, as an editor looks for it: what can be told from the words alone."""

from bot.languages.plain_language import Habit, PlainLanguage, either, whole

# Words that begin as a past participle does, and are none.
NO_PARTICIPLE = (
    r"(?!(?:gesprek|gebied|geval|gemeent|gevoel|geluid|geld|gezicht|gedicht|gebeurten|geheugen|"
    r"gezin|gelegenhe|geduld|gewoonte|geweld|genot|gedacht|gedrag|gebruiken|gegeven|geen|"
    r"betekenen|bericht|beeld|begin|belang|verhaal|verschil|verband|verdriet|vergader|onderwerp|"
    r"ontwerp|herfst|hert|verder|verdiend)\w*)"
)
PREFIXES = (
    "(?:aan|af|bij|door|in|mee|na|neer|om|op|over|rond|terug|toe|uit|vast|voor|weg)?ge|"
    "be|ver|ont|her|er"
)
PARTICIPLE = rf"{NO_PARTICIPLE}(?:{PREFIXES})\w{{2,}}(?:d|t|en)"
WORDS = r"(?:[^\W_]+(?:['’-][^\W_]+)*[ ])"
TO_BECOME = either("word", "wordt", "worden", "werd", "werden")
HELPERS = either(
    *("heb", "hebt", "heeft", "hebben", "had", "hadden"),
    *("word", "wordt", "worden", "werd", "werden"),
)
# Infinitives that are things as well: to write *het leven van* is no habit of the office.
THINGS = (
    r"(?!(?:leven|eten|teken|midden|verleden|vertrouwen|wezen|kussen|weten|verlangen|vermogen|"
    r"examen|toeval|aantal|begin)\b)"
)
LINKED = r"(?!(?:en|of|noch|maar)\b)"  # *geen app en geen account* is a list
NEGATIONS = either("niet", "geen", "nooit", "niemand", "niets", "nergens", "zonder")
# *Niet onbelangrijk*; not *niet onder*, *niet ons* or *niet ontmoeten*.
UN_WORD = r"on(?!der|s\b|ze\b|t|line|middel|geveer|langs)\w{4,}"
# Words of the office, by their stem: each has a plain one.
OFFICE = (
    "faciliter draagvlak implementer stakeholder participant borging geborgd borgen uitrol "
    "afstemm beleidsmatig integraal integrale kaderstell kaders sturing aansturen optimalis "
    "synergie proactief pro-actief transitie dialoogsessie inwonersparticipatie cocreatie "
    "effectief effectiviteit efficiënt monitor evaluer evaluatie conform middels derhalve "
    "teneinde aangaande omtrent alsmede tevens dienaangaande inzake bewerkstellig realiser "
    "doelgroep doelstelling randvoorwaard speelveld werkveld uitvraag doorontwikkel "
    "procesmatig issue target deadline commitment mindset empower netwerkpartner "
    "samenlevingsopgave gremi escaleren prioriter agender visievorming competentie expertise "
    "concretiser inventaris analyse creëren overheidsparticip burgerparticip organigram "
    "beleidsnota menig traject pilot input output ketenpartner convenant mandaat portefeuille"
)

PLAIN = PlainLanguage(
    habits={
        Habit.PASSIVE: whole(
            either(
                rf"{TO_BECOME} {WORDS}{{0,7}}?{PARTICIPLE}",
                rf"{PARTICIPLE} {TO_BECOME}",
            )
        ),
        Habit.NOUNS: whole(rf"het {THINGS}\w{{2,}}en van"),
        Habit.APART: whole(rf"{HELPERS} {WORDS}{{9,40}}?{PARTICIPLE}"),
        Habit.DOUBLE_NEGATION: whole(
            either(
                rf"niet {either(UN_WORD, 'zonder', 'nooit', 'geen', 'niets', 'niemand')}",
                rf"{either('geen', 'niemand', 'nooit', 'niets')} "
                rf"(?:{LINKED}{WORDS}){{0,2}}?{NEGATIONS}",
                rf"zonder {either('geen', 'niet')}",
            )
        ),
        Habit.FORMAL: whole(either(r"(?<!\.)u", "uw", "uzelf", "men")),
        Habit.ABBREVIATION: whole(
            either(
                *(r"bijv\.?", r"bv\.?", r"d\.?w\.?z\.?", r"o\.a\.", r"m\.?b\.?t\.?", r"i\.v\.m\."),
                *(r"t\.a\.v\.", r"enz\.?", r"etc\.?", r"evt\.?", r"incl\.?", r"excl\.?", r"resp\."),
                *(r"ca\.", r"a\.u\.b\.", r"z\.s\.m\.", r"zsm", r"t/m", r"i\.p\.v\.", r"ipv"),
                *(r"n\.a\.v\.", r"nav", r"m\.n\.", r"jl\.", r"dhr\.?", r"mw\.", r"mbt", r"p\.p\."),
            )
        ),
        Habit.OFFICE: whole(rf"{either(*OFFICE.split())}\w*"),
    },
    longest_word=14,
    known_words=(
        *("persoonsgegevens", "autoriteitpersoonsgegevens", "gerechtvaardigd"),  # of the law
        *("aanhalingsteken", "scheidingsteken", "spreadsheetprogramma"),  # of files
        *("verantwoordelijk", "leidinggevende", "spelregelkaart", "overheidsparticipatie"),
    ),
)
