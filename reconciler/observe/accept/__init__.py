"""What people changed, taken into the state files: from differences to what the files should say. Pure."""
