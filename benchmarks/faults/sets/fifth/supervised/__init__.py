"""Masks, counts, finer pictures, glyphs, tags, ratings, grades, claims, homes, students, views, sets and pendulums."""
