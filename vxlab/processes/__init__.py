"""Running things in a lab: a command in front of a terminal, and what runs as long as the lab does, under an init."""
