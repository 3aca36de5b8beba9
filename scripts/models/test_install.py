"""Tests of which entries of the catalogue are installed."""

import tempfile
import unittest
from pathlib import Path

from models.catalogue import MODELS
from models.install import chosen


def files(folder: Path, *variants: str) -> set[str]:
    return {model.file for model in chosen(folder, set(variants))}


class Choice(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.on_request = {model.file for model in MODELS if model.on_request}

    def test_what_is_made_on_request_is_left_out_unless_asked_for(self):
        self.assertFalse(files(self.folder) & self.on_request)
        asked = files(self.folder, "f32") & self.on_request
        self.assertEqual(asked, {file for file in self.on_request if "f32" in file})

    def test_what_was_asked_for_once_is_kept(self):
        file = min(self.on_request)
        (self.folder / file).touch()
        self.assertEqual(files(self.folder) & self.on_request, {file})

    def test_no_two_entries_have_the_same_file_or_the_same_name_role_and_variant(self):
        self.assertEqual(len({model.file for model in MODELS}), len(MODELS))
        self.assertEqual(len({(model.name, model.role, model.variant) for model in MODELS}), len(MODELS))
