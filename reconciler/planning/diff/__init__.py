"""Differences in what a database is: its own words, fields, options, types, and what goes."""
