"""Fetches, checks and converts the models opusclip runs."""
