"""An archiver that runs until it is killed: REDIS_URL PREFIX LAKE are its arguments."""

from __future__ import annotations

import sys

from tests.ops.lake.lake_samples import way


def main() -> None:
    one = way(*sys.argv[1:4], most=2_000)
    while True:
        print(one.step(), flush=True)


if __name__ == "__main__":
    main()
