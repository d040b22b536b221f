"""The table at the end of a run."""


def table(ended, whole):
    """Lines, the last of them "N passed, N failed, N skipped". whole: wall seconds of the run."""
    lines = [f"{'job':<24} {'passed':>7} {'failed':>7} {'skipped':>7} {'from':>7} {'wall s':>8} {'cpu s':>8}"]
    for one in sorted(ended, key=lambda one: one.begin):
        lines.append(f"{one.job.name:<24} {one.passed:>7} {one.failed:>7} {one.skipped:>7} {one.begin:>7.0f} {one.wall:>8.1f} {one.processor:>8.1f}")
    passed, failed, skipped = (sum(getattr(one, name) for one in ended) for name in ("passed", "failed", "skipped"))
    lines.append(f"{'whole run':<24} {passed:>7} {failed:>7} {skipped:>7} {0:>7} {whole:>8.1f} {sum(one.processor for one in ended):>8.1f}")
    noted = [line for one in ended for line in one.notes if line.startswith(("flaky: ", "warning: "))]
    lines += [*noted, *(f"failed: {one.job.name} (build/test-logs/{one.job.name}.log){''.join(': ' + note for note in one.notes if note.startswith(('killed', 'not run')))}"
                        for one in ended if one.failed)]
    lines.append(f"{passed} passed, {failed} failed, {skipped} skipped")
    return lines
