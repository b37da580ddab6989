"""How much the text of the program adds to its log: small programs with one fault each are run, and judged twice."""
