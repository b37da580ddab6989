"""Damaged and hostile inputs by the thousand: what readers, documents, expressions and reports make of them.

    python -m benchmarks.fuzzing                       # 65,000 inputs, as CI runs them
    python -m benchmarks.fuzzing --count 5000000 --seed 7
    python -m benchmarks.fuzzing --only events report --count 10000

Each target has an oracle: no exception but those a user may meet, no value that was not written, no record lost that is
whole, no markup and no control character in a report. A failing input is written into `--keep` and printed with its
target and number; the same seed makes the same inputs. The exit code is 1 when any input failed.
"""
