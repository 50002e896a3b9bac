"""Write the first two sh blocks of README.md as command_1.sh and command_2.sh."""

import re
import sys
from pathlib import Path

readme, folder = Path(sys.argv[1]), Path(sys.argv[2])
blocks = re.findall(r"^```sh\n(.*?)^```", readme.read_text(encoding="utf-8"), re.M | re.S)
if len(blocks) < 2:
    sys.exit(f"{readme} has {len(blocks)} sh blocks, two are needed")
for number, block in enumerate(blocks[:2], 1):
    (folder / f"command_{number}.sh").write_text(block, encoding="utf-8")
