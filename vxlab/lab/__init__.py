"""A running lab: its record on disk, its lock, up and down, and running commands in its nodes."""
