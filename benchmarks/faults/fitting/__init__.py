"""What sets numbers of the rule base, on the parts that may be fitted on (`parts`), and chooses the runs that tests keep."""
