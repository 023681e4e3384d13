"""The command line: parse, call, print; no logic. Heavy imports stand in the commands that need them."""
