"""The second set, called fresh: other networks, data and variants, written without sight of the rules."""
