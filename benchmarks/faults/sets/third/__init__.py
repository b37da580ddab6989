"""The third set, by two authors who had seen neither the rules nor what they say."""
