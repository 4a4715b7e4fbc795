"""What people changed since the last apply, and how it is taken into the files."""
