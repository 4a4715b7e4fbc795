"""Asks Notion itself what its documentation leaves open, in scratch databases that are taken away afterwards."""
