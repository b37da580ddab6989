"""What several sets share: plans, schedules, layer statistics, and how a table of faults becomes cases."""
