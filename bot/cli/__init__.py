"""The `olievlek` command, one module per group of subcommands."""
