"""The texts of `prompts/`: what a member reads, held to its rules."""
