"""third_party/fetch against small archives that are made and signed here, with the real apt."""
import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from mount_namespace import unshared  # noqa: E402


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def tarball(files):
    """A .tar.gz with `files` (name: text)."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()


class Release:
    """One version of the source package "thing": its upstream archive and the patches of its Debian package."""

    def __init__(self, upstream, revision="1", text="original\n", patched="mended\n"):
        self.version, self.text = f"{upstream}-{revision}", text
        patch = f"--- a/text\n+++ b/text\n@@ -1 +1 @@\n-{text}+{patched}"
        self.archive = (f"thing_{upstream}.orig.tar.gz", tarball({"thing/text": text}))
        self.patches = (f"thing_{self.version}.debian.tar.gz", tarball({"debian/patches/series": "fix\n", "debian/patches/fix": patch}))
        dsc = f"Format: 3.0 (quilt)\nSource: thing\nVersion: {self.version}\n"
        self.files = dict([self.archive, self.patches, (f"thing_{self.version}.dsc", dsc.encode())])

    def entry(self, patched=False):
        """What sources.lock says of this version."""
        lines = [("version", self.version), ("file", self.archive[0]), ("sha256", sha256(self.archive[1]))]
        if patched:
            lines += [("patches", self.patches[0]), ("patches_sha256", sha256(self.patches[1]))]
        return "[[source.version]]\n" + "".join(f'{name} = "{value}"\n' for name, value in lines)


@unittest.skipUnless(os.geteuid() == 0, "a mount namespace of its own needs root")
@unittest.skipUnless(shutil.which("gpg"), "gpg is missing")
class Fetch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keys = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.keys.cleanup)
        cls.gpg("--batch", "--passphrase", "", "--quick-generate-key", "archive <archive@example.com>", "ed25519", "sign", "never")
        cls.gpg("--output", f"{cls.keys.name}/archive.gpg", "--export")
        cls.addClassCleanup(subprocess.run, ["gpgconf", "--homedir", cls.keys.name, "--kill", "gpg-agent"], capture_output=True)

    @classmethod
    def gpg(cls, *arguments, **options):
        return subprocess.run(["gpg", "--homedir", cls.keys.name, "--quiet", *arguments], check=True, capture_output=True, **options)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "apt").mkdir()
        (self.folder / "apt/sources.list").write_text(f"deb file:{self.folder}/debian bookworm main\n")
        self.project = self.folder / "project"
        (self.project / "third_party").mkdir(parents=True)
        shutil.copy(ROOT / "third_party/fetch", self.project / "third_party/fetch")
        self.cache = self.folder / "cache"

    def archive(self, *releases, valid_until=""):
        """Makes the archive anew, with these releases in every suite."""
        shutil.rmtree(self.folder / "debian", ignore_errors=True)
        pool = self.folder / "debian/pool"
        pool.mkdir(parents=True)
        index = ""
        for release in releases:
            for name, content in release.files.items():
                (pool / name).write_bytes(content)
            sums = "".join(f" {sha256(content)} {len(content)} {name}\n" for name, content in release.files.items())
            index += f"Package: thing\nBinary: thing\nVersion: {release.version}\nArchitecture: any\nFormat: 3.0 (quilt)\nDirectory: pool\nChecksums-Sha256:\n{sums}\n"
        for suite in ("bookworm", "trixie", "sid"):
            lists = self.folder / "debian/dists" / suite
            for name, text in (("main/source/Sources", index), ("main/binary-amd64/Packages", "")):
                (lists / name).parent.mkdir(parents=True)
                (lists / name).write_text(text)
            sums = "".join(f" {sha256((lists / name).read_bytes())} {(lists / name).stat().st_size} {name}\n" for name in ("main/source/Sources", "main/binary-amd64/Packages"))
            (lists / "Release").write_text(f"Suite: {suite}\nCodename: {suite}\nDate: Thu, 01 Jan 2026 00:00:00 UTC\n"
                                           + (f"Valid-Until: {valid_until}\n" if valid_until else "") + f"Architectures: amd64\nComponents: main\nSHA256:\n{sums}")
            self.gpg("--batch", "--passphrase", "", "--clearsign", "--output", str(lists / "InRelease"), str(lists / "Release"))

    def lock(self, *entries, floor="1.0", patched=False):
        self.lock_file = self.project / "third_party/sources.lock"
        self.lock_file.write_text('[[source]]\nname = "thing"\nlicence = "MIT"\npart_of = "binary"\nkind = "source"\npackage = "thing"\n'
                                  + f'floor = "{floor}"\n' + ("patched = true\n" if patched else "") + "".join(entries))

    def fetch(self, *arguments, newest=False):
        """(exit status, stdout, stderr), with the machine's archive and its key replaced by those of this test."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TOUCHSTS_BUILD_CACHE": str(self.cache)}
        if newest:
            environment["TOUCHSTS_NEWEST"] = "1"
        done = subprocess.run([*unshared(), "sh", "-c", 'mount --bind "$1" /etc/apt && mount --bind "$2" "$3" && shift 3 && exec "$@"', "sh",
                               self.folder / "apt", f"{self.keys.name}/archive.gpg", "/usr/share/keyrings/debian-archive-keyring.gpg",
                               sys.executable, self.project / "third_party/fetch", *arguments], env=environment, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    def text(self, path):
        return (pathlib.Path(path.strip()) / "text").read_text()

    def unpacked(self):
        return sorted(folder.name for folder in (self.cache / "src").glob("thing*"))

    def test_what_is_locked_is_fetched_once(self):
        one = Release("1.2")
        self.archive(one)
        self.lock(one.entry())
        status, path, _ = self.fetch("--path", "thing")
        self.assertEqual((status, self.text(path)), (0, "original\n"))
        shutil.rmtree(self.folder / "debian")
        self.assertEqual(self.fetch("--path", "thing"), (0, path, ""))

    def test_an_archive_without_the_locked_version_is_refused(self):
        for there, words in ((Release("1.3"), ["its newest is 1.3-1", "third_party/fetch --update thing"]), (Release("0.9"), ["nothing from the floor 1.0 on", "another mirror"])):
            self.archive(there)
            self.lock(Release("1.2").entry())
            before = self.lock_file.read_text()
            for arguments in (("--path", "thing"), (), ("--key", "thing"), ("--bom",)):
                status, out, err = self.fetch(*arguments)
                self.assertEqual((status, out, self.unpacked()), (1, "", []), err)
                last = err.splitlines()[-1]
                for word in ["thing: the archive does not have the locked version (1.2-1)", *words]:
                    self.assertIn(word, last)
                self.assertNotIn("Traceback", err)
            self.assertEqual(self.lock_file.read_text(), before)

    def test_other_content_under_the_locked_version_is_refused(self):
        self.archive(Release("1.2", text="other\n"))
        self.lock(Release("1.2").entry())
        status, _, err = self.fetch("--path", "thing")
        self.assertEqual((status, self.unpacked()), (1, []))
        self.assertIn("the archive's file is not the one in sources.lock", err)

    def test_the_second_locked_version_stands_in_for_the_first(self):
        old = Release("1.1", text="older\n")
        self.archive(old)
        self.lock(Release("1.2").entry(), old.entry())
        status, path, _ = self.fetch("--path", "thing")
        self.assertEqual((status, self.text(path)), (0, "older\n"))
        self.assertEqual(self.fetch("--key", "thing")[1].strip(), pathlib.Path(path.strip()).name)
        self.assertEqual(json.loads(self.fetch("--bom", "--format", "json")[1])["materials"][0]["version"], "1.1")

    def test_keys_name_the_content(self):
        keys = set()
        for release in (Release("1.2"), Release("1.2", text="other\n"), Release("1.2", revision="2")):
            self.archive(release)
            self.lock(release.entry())
            keys.add(self.fetch("--key", "thing")[1])
        self.assertEqual(len(keys), 3)

    def test_update_writes_the_newest_into_the_lock(self):
        old, new = Release("1.2"), Release("1.3", text="newer\n")
        self.archive(Release("0.9"), new)
        self.lock(old.entry())
        before = self.lock_file.read_text()
        status, _, err = self.fetch("--update", "thing")
        self.assertEqual(status, 0, err)
        self.assertEqual(self.lock_file.read_text(), before.replace(old.entry(), new.entry() + old.entry()))
        self.assertEqual(self.text(self.fetch("--path", "thing")[1]), "newer\n")
        after = self.lock_file.read_text()
        status, _, err = self.fetch("--update", "thing")
        self.assertEqual((status, self.lock_file.read_text()), (0, after))
        self.assertIn("1.3-1 is locked already", err)

    def test_update_writes_the_first_version_of_a_new_source(self):
        new, other = Release("1.2"), '\n[[source]]\nname = "other"\nlicence = "MIT"\npart_of = "tests"\nkind = "source"\npackage = "other"\nfloor = "1"\n' + Release("1.1").entry()
        self.archive(new)
        for behind in ("", other):
            self.lock(behind)
            status, out, err = self.fetch("--path", "thing")
            self.assertEqual((status, out), (1, ""))
            self.assertIn("sources.lock has no version of thing: third_party/fetch --update thing", err)
            status, _, err = self.fetch("--update", "thing")
            self.assertEqual(status, 0, err)
            self.assertEqual(self.lock_file.read_text().count("[[source.version]]"), 1 + bool(behind))
            status, path, err = self.fetch("--path", "thing")
            self.assertEqual((status, self.text(path)), (0, "original\n"), err)

    def test_update_takes_nothing_below_the_floor(self):
        self.archive(Release("0.9"))
        self.lock(Release("1.2").entry())
        before = self.lock_file.read_text()
        status, _, err = self.fetch("--update", "thing")
        self.assertEqual((status, self.lock_file.read_text()), (1, before))
        self.assertIn("no version from the floor 1.0 on", err)

    def test_newest_is_for_those_who_ask_for_it_alone(self):
        old, new = Release("1.2"), Release("1.3", text="newer\n")
        self.archive(old, new)
        self.lock(old.entry())
        status, out, err = self.fetch("--newest", "thing", newest=True)
        self.assertEqual((status, self.text(out.removeprefix("thing "))), (0, "newer\n"), err)
        self.assertEqual(self.text(self.fetch("--path", "thing", newest=True)[1]), "newer\n")
        self.assertIn("1.3 (not locked)", self.fetch("--bom", newest=True)[1])
        self.assertEqual(self.text(self.fetch("--path", "thing")[1]), "original\n")
        self.assertNotEqual(self.fetch("--key", "thing")[1], self.fetch("--key", "thing", newest=True)[1])
        self.assertNotIn("not locked", self.fetch("--bom")[1])

    def test_newest_takes_nothing_below_the_floor(self):
        self.archive(Release("0.9"))
        self.lock(Release("1.2").entry())
        status, _, err = self.fetch("--newest", "thing", newest=True)
        self.assertEqual((status, self.unpacked()), (1, []))
        self.assertIn("no version from the floor 1.0 on", err)

    def test_a_floor_that_rises_leaves_nothing_behind_that_is_used(self):
        old, new = Release("1.2"), Release("1.3", text="newer\n")
        self.archive(old)
        self.lock(old.entry())
        self.fetch("--newest", "thing", newest=True)
        self.archive(old, new)
        self.lock(new.entry(), floor="1.3")
        self.assertEqual(self.text(self.fetch("--path", "thing")[1]), "newer\n")
        self.assertEqual(self.text(self.fetch("--path", "thing", newest=True)[1]), "newer\n")

    def test_a_cache_of_before_is_not_taken_for_what_is_locked(self):
        # Version 0.1.0 named the folder by what the lock said, and left there whatever it had found instead.
        one = Release("1.2")
        self.archive(one)
        self.lock(one.entry())
        import tomllib
        source = tomllib.loads(self.lock_file.read_text())["source"][0]
        folder = self.cache / "src" / f"thing-{hashlib.sha256(json.dumps(source, sort_keys=True).encode()).hexdigest()[:16]}"
        folder.mkdir(parents=True)
        (folder / "text").write_text("0.9\n")
        (folder / ".source.json").write_text(json.dumps({"version": "0.9-1", "fallback": True}))
        self.assertEqual(self.text(self.fetch("--path", "thing")[1]), "original\n")

    def test_patches_always_apply(self):
        old, new = Release("1.2"), Release("1.3")
        self.archive(old, new)
        self.lock(old.entry(patched=True), patched=True)
        self.assertEqual(self.text(self.fetch("--path", "thing")[1]), "mended\n")
        self.fetch("--newest", "thing", newest=True)
        self.assertEqual(self.text(self.fetch("--path", "thing", newest=True)[1]), "mended\n")
        self.fetch("--update", "thing")
        self.assertIn(new.entry(patched=True), self.lock_file.read_text())

    def test_a_version_without_its_patches_is_not_used(self):
        one = Release("1.2")
        self.archive(one)
        self.lock(one.entry(), patched=True)
        status, _, err = self.fetch("--path", "thing")
        self.assertEqual((status, err.strip()), (1, "third_party/fetch: sources.lock: thing 1.2-1 names no patches, which this source is built with"))
        self.lock(one.entry(patched=True), patched=True)
        (self.folder / "debian/pool" / one.patches[0]).unlink()
        status, _, err = self.fetch("--path", "thing")
        self.assertEqual((status, self.unpacked()), (1, []), err)

    def test_a_lock_below_its_floor_is_refused(self):
        self.lock(Release("1.2").entry(), Release("0.9").entry())
        status, _, err = self.fetch("--path", "thing")
        self.assertEqual((status, err.strip()), (1, "third_party/fetch: sources.lock: thing 0.9-1 is below its floor 1.0"))

    def test_an_expired_index_chooses_no_version(self):
        one = Release("1.2")
        self.archive(one, valid_until="Thu, 08 Jan 2026 00:00:00 UTC")
        self.lock(one.entry())
        for arguments in (("--update", "thing"), ("--newest", "thing")):
            status, out, err = self.fetch(*arguments)
            self.assertEqual((status, out), (1, ""))
            self.assertIn("expired on Thu, 08 Jan 2026 00:00:00 UTC", err.splitlines()[-1])
            self.assertEqual(self.fetch(*arguments, "--allow-expired-index")[0], 0)
        self.assertEqual(self.fetch("--path", "thing")[0], 0)  # the lock pins the content

    def test_an_unsigned_archive_is_refused(self):
        one = Release("1.2")
        self.archive(one)
        self.lock(one.entry())
        for suite in ("bookworm", "trixie", "sid"):
            (self.folder / "debian/dists" / suite / "InRelease").unlink()
        status, out, err = self.fetch("--path", "thing")
        self.assertEqual((status, out), (1, ""))
        self.assertNotIn("Traceback", err)

    def test_status_says_what_has_vanished(self):
        old, new = Release("1.2"), Release("1.3")
        self.archive(old, new)
        self.lock(old.entry())
        status, out, _ = self.fetch("--status")
        self.assertEqual((status, out), (0, "thing            1.2-1; newest 1.3-1\n"))
        self.archive(new)
        status, out, _ = self.fetch("--status")
        self.assertEqual((status, out), (1, "warning: thing: the archive does not have what is locked (1.2-1); its newest is 1.3-1: third_party/fetch --update thing\n"))
        self.lock(new.entry(), old.entry())
        self.assertEqual(self.fetch("--status")[:2], (0, "thing            1.3-1; gone from the archive: 1.2-1\n"))


if __name__ == "__main__":
    unittest.main()
