"""Says which public symbols of a symbol graph have no documentation; exits 1 when there are any.

    check_documented.py FILE.symbols.json
"""

import json
import sys
from pathlib import Path


def main() -> int:
    graph = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    # What the compiler makes by itself stands at no place.
    written = [symbol for symbol in graph["symbols"] if "location" in symbol]
    bare = [symbol for symbol in written if "docComment" not in symbol]
    for symbol in bare:
        file = symbol["location"]["uri"].rpartition("/Sources/")[2]
        print(f"{file}: {'.'.join(symbol['pathComponents'])} has no documentation")
    return 1 if bare or not written else 0


if __name__ == "__main__":
    sys.exit(main())
