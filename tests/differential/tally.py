"""Counts what two programs made of the same cases, and says it at the end, as ci/job_graph/log_reader.py reads it."""
import collections
import sys

SHOWN = 5


class Tally:
    """add() takes what the comparison of one case found: None when both agree, a collection of reasons when they differ on purpose, or, as
    text, a difference without a reason, which is a fault."""

    def __init__(self, name, cases, beside):
        """`cases` and `beside` say what is compared, and with what: "200 pairs of files", "botocore 1.2"."""
        self.title = f"{name}: {cases} beside {beside}"
        self.same, self.reasons, self.wrong = 0, collections.Counter(), []

    def add(self, difference, details=""):
        """`details` are shown with a fault."""
        if difference is None:
            self.same += 1
        elif isinstance(difference, str):
            self.wrong.append(f"{difference}\n{details}".strip())
        else:
            self.reasons.update(difference)

    def text(self):
        lines = ["\n\n".join(self.wrong[:SHOWN])] if self.wrong else []
        lines += [f"{times} on purpose: {reason}" for reason, times in self.reasons.most_common()]
        return "\n".join([*lines, f"{self.title}: {self.same} alike, {len(self.wrong)} differ without a reason"])

    def finish(self):
        """Ends the program."""
        failed = bool(self.wrong)
        print(f"{self.text()}\n{int(not failed)} passed, {int(failed)} failed")
        sys.exit(failed)
