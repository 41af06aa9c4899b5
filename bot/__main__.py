"""`python -m bot` is the same as `olievlek`."""

from bot.cli import main

main()
