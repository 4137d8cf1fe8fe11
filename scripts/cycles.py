#!/usr/bin/env python3
"""Fails if folders of the UI's features, or modules of app and engine, have circular imports.

An import that is allowed although it closes a circle is listed in ALLOWED with its reason. A listed
import that no longer closes a circle is an error too, so that the list only shrinks.
"""
import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# (part, from, to): why.
ALLOWED: dict[tuple[str, str, str], str] = {}


def ui_arrows() -> dict[str, set[str]]:
    """Imports between the folders of ui/src/features; tests may import anything."""
    arrows = defaultdict(set)
    features = ROOT / "ui/src/features"
    for file in features.rglob("*.ts*"):
        if ".test." in file.name:
            continue
        own = file.relative_to(features).parts[0]
        for path in re.findall(r'from "(\.{1,2}/[\w./-]+)"', file.read_text()):
            reached = (file.parent / path).resolve()
            if not reached.is_relative_to(features):
                continue
            other = reached.relative_to(features).parts[0]
            if other != own and (features / other).is_dir():
                arrows[own].add(other)
    return arrows


def module_of(path: Path, source: Path) -> str:
    part = path.relative_to(source).parts[0]
    return part.removesuffix(".rs")


def code_of(text: str) -> str:
    """Without comments and without the tests at its end."""
    return re.sub(r"//[^\n]*", "", re.split(r"#\[cfg\(test\)\]", text)[0])


# The app itself is passed to everything.
HUBS = {"App"}


def reexports(front: str) -> dict[str, str]:
    """The names that `lib.rs` hands on, each with its module."""
    found = {}
    for module, names in re.findall(r"pub use (\w+)::((?:\w+::)*(?:\{[^}]*\}|\w+));", front):
        found |= {name: module for name in re.findall(r"\w+", names) if name not in HUBS}
    return found


def rust_arrows(crate: str) -> dict[str, set[str]]:
    """Paths that begin with `crate::` between the top modules of a crate."""
    source = ROOT / "crates" / crate / "src"
    modules = {module_of(path, source) for path in source.iterdir()} - {"lib", "main"}
    front = reexports((source / "lib.rs").read_text())
    arrows = defaultdict(set)
    for file in source.rglob("*.rs"):
        own = module_of(file, source)
        if own == "lib" or file.name == "tests.rs":
            continue
        text = code_of(file.read_text())
        named = set(re.findall(r"\bcrate::(\w+)", text))
        for group in re.findall(r"\bcrate::\{(.*?)\};", text, re.S):
            depth, item = 0, ""
            for character in group + ",":
                if character == "," and depth == 0:
                    named.add(re.match(r"\s*(\w*)", item).group(1))
                    item = ""
                    continue
                depth += {"{": 1, "}": -1}.get(character, 0)
                item += character
        reached = {name if name in modules else front.get(name, own) for name in named}
        arrows[own] |= reached - {own}
    return arrows


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Strongly connected groups of more than one (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(arrows.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = []
            while not group or group[-1] != node:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(arrows):
        if node not in index:
            visit(node)
    return found


def main() -> int:
    wrong = []
    parts = {"features": ui_arrows(), "app": rust_arrows("app"), "engine": rust_arrows("engine")}
    for name, arrows in parts.items():
        allowed = {(source, to) for part, source, to in ALLOWED if part == name}
        for source, to in sorted(allowed):
            arrows[source].discard(to)
        for group in circles(arrows):
            inside = [f"{source}→{to}" for source in group for to in sorted(arrows[source]) if to in group]
            wrong.append(f"{name}: {', '.join(group)} import each other: {'  '.join(inside)}")
        for source, to in sorted(allowed):
            with_it = {key: set(value) for key, value in arrows.items()}
            with_it.setdefault(source, set()).add(to)
            if not circles(with_it):
                wrong.append(f"{name}: {source}→{to} closes no circle; remove it from the list")
    print("\n".join(wrong), end="\n" if wrong else "")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
