"""Many runs: the one step "files of a run -> its analysis" done here, by several processes, by a cluster, or found
again from an earlier call; whichever it is, the report is the same to the byte.

Knows how the work is divided and put together again, nothing of formats, rules and reports.
"""
