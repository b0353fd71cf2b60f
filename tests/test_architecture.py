"""Imports point one way, stay relative, and modules stay short (CONTRIBUTING, The house)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = {
    "overspec": ROOT / "overspec",
    "overspec.commands": ROOT / "overspec" / "commands",
    "overspec.proofs": ROOT / "proofs",
    "overspec.verify": ROOT / "verify",
    "overspec.verify.experiments": ROOT / "verify" / "experiments",
    "overspec.reports": ROOT / "reports",
}
MAX_LINES = 400

# Who may import whom: each layer sees those before it and itself.
LAYERS = [
    "overspec",
    "overspec.proofs",
    "overspec.verify",
    "overspec.verify.experiments",
    "overspec.reports",
    "overspec.commands",
]
FACE = {"overspec", "overspec.cli", "overspec.__main__"}  # may import everything

MODULES = {
    f"{package}.{path.stem}".removesuffix(".__init__"): path
    for package, folder in FOLDERS.items()
    for path in sorted(folder.glob("*.py"))
}


def layer(module: str) -> int:
    if module in FACE and module != "overspec":  # its names, such as __version__, are for all
        return len(LAYERS)
    package = module if module in LAYERS else module.rpartition(".")[0]
    return LAYERS.index(package)


def imports(module: str, tree: ast.AST) -> list[str]:
    """The modules of overspec that a module imports, in its body or inside functions."""
    package = module if MODULES[module].stem == "__init__" else module.rpartition(".")[0]
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1])
            target = f"{base}.{node.module}" if node.module else base
            names = [f"{target}.{alias.name}" for alias in node.names]
            found += [name if name in MODULES else target for name in names]
    return found


def violations(module: str, source: str) -> list[str]:
    tree = ast.parse(source)
    wrong = [
        f"{module} (layer {layer(module)}) imports {target} (layer {layer(target)})"
        for target in imports(module, tree)
        if layer(target) > layer(module) and module not in FACE
    ]
    for node in ast.walk(tree):
        absolute = (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [])
        )
        wrong += [
            f"{module} imports {name} absolutely"
            for name in absolute
            if name.split(".")[0] in {"overspec", "proofs", "verify", "reports"}
        ]
    return wrong


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module: str) -> None:
    assert violations(module, MODULES[module].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("overspec.mixture", "from .proofs import catalogue"),
        ("overspec.reports.format", "def f():\n    from ..commands.options import k_option"),
        ("overspec.verify", "from ..reports.format import decimal_text"),
        ("overspec.reports.format", "import overspec.mixture"),
        ("overspec.cli", "from verify.ledger import run"),
        ("overspec.mixture", "from . import cli"),
    ],
)
def test_a_wrong_import_is_found(module: str, source: str) -> None:
    assert violations(module, source)


def test_every_relative_import_names_a_module() -> None:
    named = {
        target
        for module, path in MODULES.items()
        for target in imports(module, ast.parse(path.read_text(encoding="utf-8")))
    }
    assert named <= set(MODULES) | set(LAYERS)
    assert "overspec.errors" in named


@pytest.mark.parametrize("module", MODULES)
def test_modules_stay_short(module: str) -> None:
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) < MAX_LINES
