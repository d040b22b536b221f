"""Runs the end-to-end tests in units beside each other (tests/e2e/run is the command).

command.py     the options, the second try of what failed, and what is printed
units.py       which tests there are, and what must run together
isolation.py   processes, /tmp and /run/pcscd of a unit's own
worker.py      one unit: runs its tests and reports what happens
scheduler.py   many units: starts them, watches the time, collects the reports
history.py     how long each unit took, and which tests were flaky recently
"""
