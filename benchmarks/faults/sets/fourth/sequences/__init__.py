"""Text, speech, motion and codes, and two games."""
