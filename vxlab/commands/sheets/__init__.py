"""Sheets to read and print: that of a lab, and the general one for the ip command."""
