"""The fourth set, by two further authors who had seen neither the rules nor what they say."""
