"""Rules: what each word of the language that acts on rows comes to, and where a rule stands in the memory."""
