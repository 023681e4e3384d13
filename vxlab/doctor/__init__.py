"""What this machine lets this user do: found by trying it where nobody sees it, told in words, with what would help."""
