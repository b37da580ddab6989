"""The sixth set: written by two more people, who had seen neither the rules nor what they say."""
