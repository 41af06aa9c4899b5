"""The data inventory in words, in Dutch and in English, for the papers that are made of it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from bot.channels.mini_apps import VALID_FOR as OPENING_VALID_FOR
from bot.core.challenges.nerve import REMEMBERED
from bot.core.privacy.retention import (
    DEFAULT_PERIODS,
    KEEP_CHOICES,
    KEEP_DELETABLE,
    KEEP_DRAFTS,
    KEEP_MAILBOX,
    KEEP_MINUTES,
    KEEP_PROCESSED,
    Periods,
)
from bot.store.chat.browsers import VALID_FOR
from bot.store.lifecycle.linking.linking import CODE_VALID_FOR
from bot.store.lifecycle.linking.links import UNDO_WITHIN
from bot.store.members.web_sessions import LINK_VALID_FOR, SESSION_VALID_FOR
from bot.store.schema.inventory import Ground, Purpose, Readable, Retention
from bot.store.teams.group_requests import OPEN_FOR

Wording = Mapping[str, str]

PURPOSES: Mapping[Purpose, Wording] = {
    Purpose.CONTACT: {
        "nl": "een deelnemer herkennen en bereiken",
        "en": "recognising and reaching a member",
    },
    Purpose.PLANNING: {
        "nl": "weten wanneer de volgende uitdaging komt",
        "en": "knowing when the next challenge comes",
    },
    Purpose.CHOICE: {
        "nl": "een uitdaging kiezen die past",
        "en": "choosing a challenge that suits",
    },
    Purpose.CONVERSATION: {
        "nl": "begrijpen waar een bericht of een knop over gaat",
        "en": "understanding what a message or a button is about",
    },
    Purpose.PROGRESS: {
        "nl": "de deelnemer laten zien wat die deed, en de reeks",
        "en": "showing members what they did, and their streak",
    },
    Purpose.DIARY: {
        "nl": "de deelnemer laten teruglezen wat die schreef",
        "en": "letting members read back what they wrote",
    },
    Purpose.TEAM: {
        "nl": "als team een reeks bouwen, met alleen aantallen",
        "en": "building a streak as a team, with counts only",
    },
    Purpose.SHARING: {
        "nl": "het team laten lezen wat een deelnemer zelf deelt",
        "en": "letting the team read what a member chose to share",
    },
    Purpose.ROLES: {"nl": "weten wie wat mag", "en": "knowing who may do what"},
    Purpose.INVITATION: {
        "nl": "met een code bij een team komen of een chat koppelen",
        "en": "joining a team or linking a chat with a code",
    },
    Purpose.DELIVERY: {
        "nl": "alles precies één keer verwerken en versturen, ook na een storing",
        "en": "handling and sending everything exactly once, also after a crash",
    },
    Purpose.SEALING: {
        "nl": "wat deelnemers schrijven onleesbaar houden voor anderen",
        "en": "keeping what members write unreadable for others",
    },
    Purpose.RETENTION: {
        "nl": "wissen van wie niets meer laat horen",
        "en": "erasing members of whom nothing is heard any more",
    },
    Purpose.CONTENT: {
        "nl": "de uitdagingen, en welke er live staan",
        "en": "the challenges, and which of them are live",
    },
    Purpose.PAGES: {
        "nl": "de pagina’s openen in een browser, voor de chat die erom vroeg",
        "en": "opening the pages in a browser, for the chat that asked for it",
    },
    Purpose.ACCOUNTABILITY: {
        "nl": "kunnen aantonen wie wat deed en dat er gewist is, ook na het terugzetten van een "
        "back-up",
        "en": "showing who did what and that data was erased, also after a backup is restored",
    },
}
GROUNDS: Mapping[Ground, Wording] = {
    Ground.INTEREST: {
        "nl": "gerechtvaardigd belang (art. 6 lid 1 onder f AVG)",
        "en": "legitimate interest (art. 6(1)(f) GDPR)",
    },
    Ground.CONSENT: {
        "nl": "toestemming (art. 6 lid 1 onder a AVG)",
        "en": "consent (art. 6(1)(a) GDPR)",
    },
    Ground.OBLIGATION: {
        "nl": "wettelijke plicht (art. 6 lid 1 onder c, bij art. 5 en art. 17 AVG)",
        "en": "legal obligation (art. 6(1)(c), with art. 5 and art. 17 GDPR)",
    },
    Ground.NOT_PERSONAL: {"nl": "geen persoonsgegeven", "en": "not personal data"},
}
READABLE: Mapping[Readable, Wording] = {
    Readable.ID: {
        "nl": "een nummer dat buiten deze database niets betekent",
        "en": "a number that means nothing outside this database",
    },
    Readable.DIGEST: {
        "nl": "een hash, waaruit niets terug te lezen is",
        "en": "a hash, from which nothing can be read back",
    },
    Readable.LOOKUP: {
        "nl": "de database zoekt erop",
        "en": "the database searches by it",
    },
    Readable.ROUTE: {"nl": "daarheen wordt verstuurd", "en": "something is sent there"},
    Readable.DUE: {
        "nl": "zo vindt de database wat aan de beurt is",
        "en": "the database finds what is due with it",
    },
    Readable.RULE: {
        "nl": "een regel of een aantal wordt ermee berekend",
        "en": "a rule or a figure is computed from it",
    },
    Readable.PUBLISHED: {
        "nl": "de deelnemer laat het anderen lezen",
        "en": "the member has others read it",
    },
}


def retention_words(periods: Periods = DEFAULT_PERIODS) -> Mapping[Retention, Wording]:
    """Returns how long each kind of thing is kept, with the figures of `periods`."""
    p = periods
    minutes, choices, processed = KEEP_MINUTES.days, KEEP_CHOICES.days, KEEP_PROCESSED.days
    code_minutes = CODE_VALID_FOR.seconds // 60
    opening_minutes = OPENING_VALID_FOR.seconds // 60
    sign_in_minutes, session_hours = LINK_VALID_FOR.seconds // 60, SESSION_VALID_FOR.seconds // 3600
    mailbox_days, browser_days = KEEP_MAILBOX.days, VALID_FOR.days
    hours, deletable, request_hours = (
        period.total_seconds() / 3600 for period in (KEEP_DRAFTS, KEEP_DELETABLE, OPEN_FOR)
    )
    return {
        Retention.MEMBERSHIP: {
            "nl": f"tot de deelnemer alles laat wissen, of {p.silent_months} maanden stil is en "
            f"{p.notice_days} dagen na een bericht daarover niet reageert",
            "en": f"until the member has everything erased, or is silent for {p.silent_months} "
            f"months and does not react within {p.notice_days} days of a notice",
        },
        Retention.TEAM: {
            "nl": "zolang het team bestaat, of tot de deelnemer eruit gaat",
            "en": "as long as the team exists, or until the member leaves it",
        },
        Retention.WITHDRAWN: {"nl": "tot het wordt ingetrokken", "en": "until it is withdrawn"},
        Retention.REFLECTIONS: {
            "nl": f"{p.reflections_months} maanden",
            "en": f"{p.reflections_months} months",
        },
        Retention.DIGESTS: {
            "nl": f"{p.digests_months} maanden",
            "en": f"{p.digests_months} months",
        },
        Retention.ABSENCES: {
            "nl": f"{p.absences_months} maanden na de laatste dag, of langer zolang er een "
            "uitdaging op zo’n dag valt",
            "en": f"{p.absences_months} months after the last day, or longer while a challenge "
            "came on such a day",
        },
        Retention.RECEIPTS: {
            "nl": f"{p.receipts_days} dagen",
            "en": f"{p.receipts_days} days",
        },
        Retention.CHOICES: {"nl": f"{choices} dagen", "en": f"{choices} days"},
        Retention.PROCESSED: {"nl": f"{processed} dagen", "en": f"{processed} days"},
        Retention.INVITATIONS: {
            "nl": f"{p.invitations_days} dagen na de laatste dag waarop ze werken",
            "en": f"{p.invitations_days} days after they expire",
        },
        Retention.SET_ASIDE: {
            "nl": f"tot het verwerkt is; lukt dat niet, {p.set_aside_days} dagen",
            "en": f"until it is handled; if that fails, {p.set_aside_days} days",
        },
        Retention.LINK_CODES: {
            "nl": f"{code_minutes} minuten",
            "en": f"{code_minutes} minutes",
        },
        Retention.SIGN_INS: {
            "nl": f"tot de link gebruikt is, hoogstens {sign_in_minutes} minuten",
            "en": f"until the link was used, at most {sign_in_minutes} minutes",
        },
        Retention.MAILBOX: {"nl": f"{mailbox_days} dag", "en": f"{mailbox_days} day"},
        Retention.BROWSERS: {
            "nl": "tot de deelnemer alles laat wissen of de browser uitlogt; een browser die "
            f"{browser_days} dagen niet gebruikt is, gaat eerder weg",
            "en": "until the member has everything erased or the browser signs out; a browser that "
            f"was not used for {browser_days} days goes before that",
        },
        Retention.OPENINGS: {
            "nl": f"{opening_minutes} minuten nadat de Mini App openging",
            "en": f"{opening_minutes} minutes after the Mini App was opened",
        },
        Retention.SESSIONS: {
            "nl": f"tot de browser afmeldt, hoogstens {session_hours} uur",
            "en": f"until the browser signs out, at most {session_hours} hours",
        },
        Retention.GROUP_REQUESTS: {
            "nl": f"tot een teamleider antwoordt, hoogstens {request_hours:.0f} uur",
            "en": f"until a team lead answers, at most {request_hours:.0f} hours",
        },
        Retention.LINKS: {
            "nl": f"{UNDO_WITHIN.days} dagen, zolang je het ongedaan kunt maken",
            "en": f"{UNDO_WITHIN.days} days, as long as it can be undone",
        },
        Retention.SENT: {"nl": f"{deletable:.0f} uur", "en": f"{deletable:.0f} hours"},
        Retention.DRAFTS: {"nl": f"{hours:.0f} uur", "en": f"{hours:.0f} hours"},
        Retention.ANSWERS: {
            "nl": f"{p.answers_months} maanden, tot het eind van die maand; daarna alleen "
            f"aantallen per deelnemer. De laatste {REMEMBERED} uitdagingen blijven",
            "en": f"{p.answers_months} months, until the end of that month; then only counts per "
            f"member. The last {REMEMBERED} challenges stay",
        },
        Retention.MINUTES: {
            "nl": f"{minutes} dagen op de minuut, daarna alleen de dag",
            "en": f"to the minute for {minutes} days, then the day alone",
        },
        Retention.ARRIVAL: {
            "nl": "tot het is aangekomen, of geen zin meer heeft",
            "en": "until it has arrived, or has become pointless",
        },
        Retention.INSTALLATION: {
            "nl": "zolang de bot in gebruik is",
            "en": "as long as the bot is in use",
        },
    }


def in_words(key: StrEnum, language: str, periods: Periods = DEFAULT_PERIODS) -> str:
    """Returns a purpose, ground, reason or retention of the inventory in words.

    Raises:
        KeyError: there are no words for it.
    """
    # One table after the other: values of two of them may be equal as text.
    tables: tuple[Mapping[Any, Wording], ...] = (
        PURPOSES,
        GROUNDS,
        READABLE,
        retention_words(periods),
    )
    for table in tables:
        for known, words in table.items():
            if known is key:
                return words[language]
    raise KeyError(key)
