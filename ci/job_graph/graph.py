"""What a job is, which jobs a run has, and which of them goes first. Pure."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Job:
    """command: for bash, run in the top folder of the checkout.
    needs: jobs that must have passed. after: jobs that must have ended, if they are in the same run.
    slots: how many of the run's slots (one for each core) it takes; 0 for one that mostly waits. A build takes one and starts as many
    compilers as there are cores: it often waits for a single one, and the others are for whatever runs beside it.
    nice: 10 for CPU-bound jobs, 0 for timing-sensitive tests.
    seconds: how long it takes, as far as is known beforehand. limit: seconds after which it is killed.
    level: "fast" (ci/test), "all" (ci/test --all) or "nightly": the smallest run that it is part of."""
    name: str
    command: str
    needs: tuple = ()
    after: tuple = ()
    slots: int = 1
    nice: int = 10
    seconds: float = 10
    limit: float = 3600
    level: str = "fast"


LEVELS = ("fast", "all", "nightly")


def select(jobs, level, names=()):
    """The jobs of a run: those named and all that they need, or without names those of the level and the levels below."""
    known = {job.name: job for job in jobs}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise KeyError(f"there is no job {', '.join(unknown)}; there are: {', '.join(known)}")
    wanted = set(names) or {job.name for job in jobs if LEVELS.index(job.level) <= LEVELS.index(level)}
    while more := {need for name in wanted for need in known[name].needs} - wanted:
        wanted |= more
    return [job for job in jobs if job.name in wanted]


def critical_path_first(jobs, seconds):
    """The jobs in the order in which they should start: first those after which most remains to be done. seconds: what each
    took the last time, by name."""
    followers = {job.name: [other for other in jobs if job.name in other.needs + other.after] for job in jobs}
    path = {}

    def seconds_to_end(job):
        if job.name not in path:
            path[job.name] = seconds.get(job.name, job.seconds) + max(map(seconds_to_end, followers[job.name]), default=0)
        return path[job.name]

    return sorted(jobs, key=seconds_to_end, reverse=True)
