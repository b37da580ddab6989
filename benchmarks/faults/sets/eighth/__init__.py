"""The eighth set: written by one more, who had seen the names of causes and symptoms and no rule; half of it logs
scalars only.
"""
