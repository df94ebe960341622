#!/usr/bin/env python3
"""Every code block of the documentation is the text of a tested file.

A fenced block with a language is preceded by a line `<!-- from: FILE -->` or
`<!-- from: FILE#NAME -->`; with NAME, FILE holds lines containing `[begin NAME]` and `[end NAME]`
and the block is what stands between them. Links to files of the tree must lead somewhere.

usage: check_docs.py ROOT [--write]     (--write puts the files' text into the blocks)
"""
import pathlib
import re
import sys

FENCE = re.compile(r"^```(\w*)\s*$")
SOURCE = re.compile(r"^<!-- from: (\S+?)(?:#(\S+))? -->\s*$")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def expected(root, path, name):
    lines = (root / path).read_text().splitlines()
    if name is None:
        return lines
    begin = [i for i, line in enumerate(lines) if f"[begin {name}]" in line]
    end = [i for i, line in enumerate(lines) if f"[end {name}]" in line]
    if len(begin) != 1 or len(end) != 1:
        raise ValueError(f"{path} has no single [begin {name}] and [end {name}]")
    block = lines[begin[0] + 1:end[0]]
    indent = min((len(l) - len(l.lstrip()) for l in block if l.strip()), default=0)
    return [l[indent:] for l in block]


def check_file(root, path):
    problems = []
    source, block, start = None, None, 0
    for number, line in enumerate(path.read_text().splitlines(), 1):
        fence = FENCE.match(line)
        where = f"{path.relative_to(root)}:{number}"
        if block is None and fence:
            if fence.group(1) and source is None:
                problems.append(f"{where}: a code block without `<!-- from: FILE -->`")
            block, start = [], number
        elif block is not None and line.rstrip() == "```":
            if source is not None:
                try:
                    if block != expected(root, *source):
                        problems.append(f"{path.relative_to(root)}:{start}: differs from {source[0]}")
                except (OSError, ValueError) as error:
                    problems.append(f"{where}: {error}")
            source, block = None, None
        elif block is not None:
            block.append(line)
        else:
            found = SOURCE.match(line)
            source = (found.group(1), found.group(2)) if found else (source if not line.strip() else None)
            for target in LINK.findall(line):
                if not (path.parent / target).exists():
                    problems.append(f"{where}: link to {target}, which does not exist")
    return problems


def rewrite(root, path):
    out, source, inside = [], None, False
    for line in path.read_text().splitlines():
        if inside:
            inside = line.rstrip() != "```"
            if inside:
                continue
        elif FENCE.match(line) and source is not None:
            out += [line, *expected(root, *source)]
            source, inside = None, True
            continue
        elif line.strip():
            found = SOURCE.match(line)
            source = (found.group(1), found.group(2)) if found else None
        out.append(line)
    path.write_text("\n".join(out) + "\n")


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    files = [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md")),
             *sorted((root / "plugins").glob("*/README.md"))]
    if "--write" in sys.argv:
        for path in files:
            rewrite(root, path)
    problems = [p for path in files for p in check_file(root, path)]
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
