"""Tokens, contrast, density, clicks and experts, and three games."""
