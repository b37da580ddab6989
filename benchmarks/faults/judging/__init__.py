"""Trains, writes the logs, asks logdoc and other tools about them, and counts how often they are right."""
