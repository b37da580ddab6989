"""What sets numbers of the rule base, on the parts that may be fitted on, and what chooses the runs that tests keep."""
