"""The house: every room is listed, imports point one way, rooms and modules stay small."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAX_LINES = 400
MAX_MODULES = 14

# The rooms in the order of their floors: each may import those before it, and itself.
ORDER = (
    "overspec",
    "overspec.results",
    "overspec.proofs.machinery",
    "overspec.proofs.language",
    "overspec.proofs.identities",
    "overspec.proofs.weights",
    "overspec.proofs.rates",
    "overspec.proofs.samples",
    "overspec.proofs.lloyd",
    "overspec.proofs.questions",
    "overspec.proofs.tied",
    "overspec.proofs",
    "overspec.verify",
    "overspec.verify.engines",
    "overspec.verify.enclosures",
    "overspec.verify.lloyd",
    "overspec.verify.models",
    "overspec.verify.em",
    "overspec.verify.radius",
    "overspec.verify.samples",
    "overspec.verify.certificates",
    "overspec.verify.check",
    "overspec.verify.alone",
    "overspec.verify.claims",
    "overspec.verify.sweep",
    "overspec.verify.studies",
    "overspec.verify.testing",
    "overspec.verify.suite",
    "overspec.verify.experiments",
    "overspec.verify.source",
    "overspec.verify.gallery",
    "overspec.reports.content",
    "overspec.reports.figures",
    "overspec.reports.printing",
    "overspec.reports.probe",
    "overspec.reports",
    "overspec.verbs",
    "overspec.commands",
)
# Rooms within a room: of its floor.
WITHIN = {
    "overspec.commands.fit": "overspec.commands",
    "overspec.commands.shared": "overspec.commands",
    "overspec.commands.theorems": "overspec.commands",
    "overspec.models": "overspec",
    "overspec.proofs.language.every": "overspec.proofs.language",
    "overspec.proofs.language.reading": "overspec.proofs.language",
    "overspec.proofs.rates.dominance": "overspec.proofs.rates",
    "overspec.proofs.rates.ray": "overspec.proofs.rates",
    "overspec.verify.claims.audit": "overspec.verify.claims",
    "overspec.verify.claims.found": "overspec.verify.claims",
    "overspec.verify.claims.laws": "overspec.verify.claims",
    "overspec.verify.claims.measured": "overspec.verify.claims",
    "overspec.verify.claims.sentences": "overspec.verify.claims",
    "overspec.verify.check.moments": "overspec.verify.check",
    "overspec.verify.check.pairs": "overspec.verify.check",
    "overspec.verify.check.laplace": "overspec.verify.check",
    "overspec.verify.em.ahead": "overspec.verify.em",
    "overspec.verify.enclosures.doubles": "overspec.verify.enclosures",
    "overspec.verify.enclosures.lowrank": "overspec.verify.enclosures",
    "overspec.verify.enclosures.pairs": "overspec.verify.enclosures",
    "overspec.verify.engines.laplace": "overspec.verify.engines",
    "overspec.verify.engines.lowrank": "overspec.verify.engines",
    "overspec.verify.engines.opposites": "overspec.verify.engines",
    "overspec.verify.engines.pairs": "overspec.verify.engines",
    "overspec.verify.gallery.papers": "overspec.verify.gallery",
    "overspec.verify.gallery.papers.means": "overspec.verify.gallery",
    "overspec.verify.experiments.data": "overspec.verify.experiments",
    "overspec.verify.experiments.model": "overspec.verify.experiments",
    "overspec.verify.experiments.start": "overspec.verify.experiments",
    "overspec.verify.experiments.weights": "overspec.verify.experiments",
    "overspec.verbs.gallery": "overspec.verbs",
    "overspec.verify.check.cover": "overspec.verify.check",
    "overspec.verify.radius.far": "overspec.verify.radius",
    "overspec.verify.radius.near": "overspec.verify.radius",
    "overspec.verify.testing.sides": "overspec.verify.testing",
}
# What shares no code with anything but the nouns: it checks the others' work.
APART = {"overspec.verify.check", "overspec.verify.alone"}
# One file by itself, to be copied out: a reader gets no other.
WHOLE = {"overspec.verify.alone.check_radius": 500}
FACE = {"overspec", "overspec.cli", "overspec.__main__"}  # may import everything


def walk() -> dict[str, Path]:
    """Every module of the package by its dotted name, through the links in overspec/ too."""
    found = {}
    for top in (ROOT / "overspec", *(ROOT / name for name in ("proofs", "verify", "reports"))):
        base = ROOT if top.name == "overspec" else ROOT / "overspec"
        for path in sorted(top.rglob("*.py")):
            parts = (top.name, *path.relative_to(top).with_suffix("").parts)
            name = ".".join(parts if base == ROOT else ("overspec", *parts))
            found[name.removesuffix(".__init__")] = path
    return found


MODULES = walk()
ROOMS = {name for name, path in MODULES.items() if path.name == "__init__.py"}


def room(module: str) -> str:
    return module if module in ROOMS else module.rpartition(".")[0]


def floor(module: str) -> int:
    if module in FACE and module != "overspec":  # its names, such as __version__, are for all
        return len(ORDER)
    return ORDER.index(WITHIN.get(room(module), room(module)))


def imports(tree: ast.AST) -> list[str]:
    """The modules of overspec that a module imports, in its body or inside functions."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.split(".")[0] == "overspec"]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "overspec":
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [name if name in MODULES else str(node.module) for name in names]
    return found


def violations(module: str, source: str) -> list[str]:
    tree = ast.parse(source)
    wrong = [
        f"{module} imports {target}, which is on a later floor"
        for target in imports(tree)
        if module not in FACE and (target not in MODULES or floor(target) > floor(module))
    ]
    apart = WITHIN.get(room(module), room(module))
    if apart in APART:
        allowed = {"overspec"} | {name for name in ROOMS if WITHIN.get(name, name) == apart}
        wrong += [
            f"{module} imports {target}: it may share code with the nouns only"
            for target in imports(tree)
            if target not in MODULES or room(target) not in allowed
        ]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            wrong.append(f"{module} imports {'.' * node.level}{node.module or ''} relatively")
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        tops = {name.split(".")[0] for name in names}
        wrong += [f"{module} imports {top}" for top in tops & {"proofs", "verify", "reports"}]
    return wrong


def test_every_room_has_its_floor() -> None:
    folders = {
        ".".join(name.split(".")[:depth])
        for name in MODULES
        for depth in range(1, name.count(".") + 1)
    }
    assert folders == ROOMS, "a folder of modules without __init__.py"
    assert set(ORDER) | set(WITHIN) == ROOMS


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module: str) -> None:
    assert violations(module, MODULES[module].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("overspec.mixture", "from overspec.proofs import catalogue"),
        ("overspec.mixture", "import overspec.proofs.catalogue"),
        (
            "overspec.reports.content.format",
            "def f():\n    from overspec import cli",
        ),
        ("overspec.verify.engines.lattice", "from overspec.verify.em.population import trajectory"),
        ("overspec.verify.check.value", "from overspec.verify.engines import lattice"),
        ("overspec.verify.check.value", "from overspec.proofs.machinery import cyclotomic"),
        ("overspec.verify.check.pairs.bounds", "from overspec.verify.engines.pairs import grid"),
        ("overspec.reports.content.format", "from ..evidence import Evidence"),
        ("overspec.cli", "from verify.claims.ledger import Ledger"),
        ("overspec.mixture", "from overspec import cli"),
        ("overspec.mixture", "from overspec.nowhere import something"),
    ],
)
def test_a_wrong_import_is_found(module: str, source: str) -> None:
    assert module in MODULES
    assert violations(module, source)


@pytest.mark.parametrize("name", sorted(ROOMS))
def test_a_room_has_a_map_and_few_modules(name: str) -> None:
    inside = [m.rpartition(".")[2] for m in MODULES if m.rpartition(".")[0] == name]
    modules = [m for m in inside if f"{name}.{m}" not in ROOMS]
    assert len(modules) < MAX_MODULES  # and __init__
    shown = ast.get_docstring(ast.parse(MODULES[name].read_text(encoding="utf-8"))) or ""
    listed = {line.split()[0] for line in shown.splitlines()[1:] if line.strip()}
    assert set(inside) - {"__main__"} <= listed, "not on the map in __init__"


@pytest.mark.parametrize("module", MODULES)
def test_modules_stay_short(module: str) -> None:
    most = WHOLE.get(module, MAX_LINES)
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= most
