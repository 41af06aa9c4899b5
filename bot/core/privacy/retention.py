"""How long things are kept: the only place where those periods stand."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from bot.core.rhythm.rhythm import at_local, local_day

KEEP_DRAFTS = timedelta(days=1)
KEEP_PROCESSED = timedelta(days=3)  # longer than any platform delivers an update again
KEEP_CHOICES = timedelta(days=60)
# Telegram lets a bot delete its messages for so long: https://core.telegram.org/bots/api#deletemessage
KEEP_DELETABLE = timedelta(hours=48)
KEEP_MAILBOX = timedelta(days=1)  # what was said in passing; rounds are shown from their rows
KEEP_MINUTES = timedelta(days=14)  # then no rule needs to know when on a day somebody answered


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods that whoever runs the bot may change, within the bounds of the settings.

    Attributes:
        reflections_months: reflections, and what was shared of them.
        silent_months: members of whom nothing was heard, before they get a notice.
        notice_days: how long they have after that notice.
        answers_months: challenges and their answers, one by one; then only counts.
        digests_months: the digests of a team, with their stories.
        absences_months: absences, after their last day.
        receipts_days: the platform's ids of messages about a nudge.
        invitations_days: invitations, after they expired.
        set_aside_days: what came in and could not be handled.
    """

    reflections_months: int = 12
    silent_months: int = 6
    notice_days: int = 30
    answers_months: int = 24
    digests_months: int = 12
    absences_months: int = 13
    receipts_days: int = 90
    invitations_days: int = 90
    set_aside_days: int = 7


DEFAULT_PERIODS = Periods()


def months_before(at: datetime, months: int) -> datetime:
    """Returns the moment so many calendar months before `at`; in a shorter month, its last day."""
    moment: datetime = at - relativedelta(months=months)
    return moment


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """The moments, or days, before which each kind of thing is too old; see `Periods`.

    Attributes:
        now: the present, at which what has an end of its own has expired.
        silent: members whose last sign of life was before this day get a notice.
        noticed: members who had the notice before this moment are erased.
        minutes: of nudges from before this day, only the day is kept.
        answers: of rounds from before this day, only counts are kept.
    """

    now: datetime
    reflections: datetime
    silent: date
    noticed: datetime
    digests: date
    absences: date
    receipts: date
    invitations: datetime
    set_aside: datetime
    drafts: datetime
    processed: datetime
    choices: datetime
    deletable: datetime
    mailbox: datetime
    minutes: date
    answers: date


def cutoffs_at(now: datetime, periods: Periods) -> Cutoffs:
    """Returns the cutoffs at `now`; days are those in UTC.

    Rounds are counted by whole months: so a member's are read for that once a month, not daily.
    """
    return Cutoffs(
        now=now,
        reflections=months_before(now, periods.reflections_months),
        silent=months_before(now, periods.silent_months).date(),
        noticed=now - timedelta(days=periods.notice_days),
        digests=months_before(now, periods.digests_months).date(),
        absences=months_before(now, periods.absences_months).date(),
        receipts=(now - timedelta(days=periods.receipts_days)).date(),
        invitations=now - timedelta(days=periods.invitations_days),
        set_aside=now - timedelta(days=periods.set_aside_days),
        drafts=now - KEEP_DRAFTS,
        processed=now - KEEP_PROCESSED,
        choices=now - KEEP_CHOICES,
        deletable=now - KEEP_DELETABLE,
        mailbox=now - KEEP_MAILBOX,
        minutes=(now - KEEP_MINUTES).date(),
        answers=months_before(now, periods.answers_months).date().replace(day=1),
    )


def day_moment(moment: datetime, *, late: bool) -> datetime:
    """Returns the beginning of the day (UTC) of `moment`, or for a late answer of the day after.

    So an answer that came before its round ended still did, and one that came after it still did.
    """
    day = moment.astimezone(UTC).date() + timedelta(days=int(late))
    return datetime.combine(day, time(0), UTC)


def day_written(moment: datetime, zone: ZoneInfo) -> datetime:
    """Returns noon (in UTC) of the local day of `moment` in `zone`: farthest from other days."""
    return at_local(local_day(moment, zone), time(12), zone)
