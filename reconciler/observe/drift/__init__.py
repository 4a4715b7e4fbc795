"""What people changed since the last apply, apart from what the files changed since: three sides compared."""
