"""Reads what a plan needs to know, and no more: who is asked, the archive, the databases, the rows."""
