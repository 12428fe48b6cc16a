"""Says how large each function is as `sam deploy` packages it, and refuses what is too large.

    sizes.py BUILD_FOLDER
"""

import io
import pathlib
import sys
import zipfile

# Bytes: what is unpacked at each cold start.
AT_MOST = 3_500_000


def size(folder):
    """Of a zip of the folder, deflated as SAM does."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return len(packed.getvalue())


folders = sorted(path.parent for path in pathlib.Path(sys.argv[1]).rglob("bootstrap"))
sizes = {folder.name: size(folder) for folder in folders}
for name, packed in sorted(sizes.items(), key=lambda entry: -entry[1]):
    print(f"{name:<28} {packed:>9,} bytes{'  too large' if packed > AT_MOST else ''}")
sys.exit(any(packed > AT_MOST for packed in sizes.values()) or not sizes)
