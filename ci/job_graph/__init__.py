"""The jobs of continuous integration and what runs them (ci/test starts it).

table.py       the jobs: look here first
__main__.py    the options, and what is kept of a run
graph.py       which jobs a run has, and which of them goes first
runner.py      runs them beside each other, within their limits
log_reader.py  counts of passed and failed tests out of a log
report.py      the table at the end
"""
