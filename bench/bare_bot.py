"""A bot of python-telegram-bot alone that answers one command; `bench.idle` measures it."""

import sys

from telegram import Update
from telegram.ext import ApplicationBuilder, CommandHandler, ContextTypes


async def start(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    """Answers /start."""
    if update.message is not None:
        await update.message.reply_text("hello")


def main(url: str, token: str) -> None:
    """Polls the Bot API server at `url` until it is ended."""
    application = ApplicationBuilder().token(token).base_url(f"{url}/bot").build()
    application.add_handler(CommandHandler("start", start))
    application.run_polling()


if __name__ == "__main__":
    main(*sys.argv[1:])
