"""`python -m bot` is the same as `olievlek`."""

from bot.cli.main import main

main()
