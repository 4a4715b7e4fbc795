"""Restoring: from what batches kept and what is there now to a plan like any other, that takes the batches back."""
