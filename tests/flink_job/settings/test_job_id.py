"""A job keeps its id with its checkpoints."""

from __future__ import annotations

from pathlib import Path

from flink_job.settings.job_id import JOB_ID, job_id
from flink_job.settings.settings import JobSettings


def test_the_folder_of_checkpoints_makes_the_job(tmp_path: Path) -> None:
    one, other = (JobSettings(checkpoint_dir=str(tmp_path / name)) for name in ("one", "other"))
    assert job_id(one) == job_id(one) == (tmp_path / "one" / JOB_ID).read_text()
    assert job_id(one) != job_id(other)


def test_where_nothing_can_be_written_the_folders_name_makes_the_job(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    one, other = (JobSettings(checkpoint_dir=str(tmp_path / "file" / name)) for name in ("one", "other"))
    assert job_id(one) == job_id(one)
    assert job_id(one) != job_id(other)


def test_an_empty_file_is_no_id(tmp_path: Path) -> None:
    (tmp_path / JOB_ID).touch()
    assert len(job_id(JobSettings(checkpoint_dir=str(tmp_path)))) == 32
