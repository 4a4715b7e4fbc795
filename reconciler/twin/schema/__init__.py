"""Rules of property schemas: what a column may be, and what a change of it does."""
