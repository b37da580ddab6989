"""The seventh set: written by one more, who had seen neither the rules nor what they say; half of it logs nothing but
the loss and a metric.
"""
