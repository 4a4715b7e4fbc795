"""Effects into steps, by what the steps do."""
