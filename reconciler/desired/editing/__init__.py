"""State files changed in place: what is not meant stays as it was typed, comments, blanks and order included."""
