"""What the code's shape promises: packages under the import rules, small modules, one place that commits."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
NOT_OURS = ("tests", "benchmarks", "scripts", "docs", "requirements", "var", "results")


def tracked(*patterns: str) -> list[Path]:
    """Files of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def product_modules() -> list[Path]:
    return [path for path in tracked("*.py")
            if path.relative_to(ROOT).parts[0] not in NOT_OURS and "migrations" not in path.parts]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout")
class TestStructure:
    def test_every_package_stands_under_the_import_rules(self) -> None:
        rules = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
        on_disk = {path.relative_to(ROOT).parts[0] for path in tracked("*/__init__.py", "*/*/__init__.py")}
        assert on_disk - set(NOT_OURS) == set(rules["root_packages"])

    def test_modules_stay_short(self) -> None:
        lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in product_modules()}
        assert {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE} == {}

    def test_functions_stay_short(self) -> None:
        long = {
            f"{path.relative_to(ROOT)}:{function.name}": lines
            for path in product_modules() for function in functions(ast.parse(path.read_text("utf-8")))
            if (lines := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
        }
        assert long == {}

    def test_only_the_store_commits(self) -> None:
        committing = {
            path.relative_to(ROOT).parts[0] for path in product_modules()
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Attribute) and node.attr in ("commit", "rollback", "begin_nested")
        }
        assert committing <= {"crm_store"}

    def test_no_file_names_a_place_on_somebodys_machine(self) -> None:
        place = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/\w")
        texts = tracked("*.py", "*.md", "*.yml", "*.yaml", "*.toml", "*.sh", "*.html", "*.js", "*.css", "Makefile",
                        ".ci/*", ".env*")
        naming = [str(path.relative_to(ROOT)) for path in texts
                  if path != Path(__file__) and place.search(path.read_text("utf-8", errors="replace"))]
        assert naming == []

    def test_no_module_is_named_for_what_it_is_not(self) -> None:
        vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
        assert [str(path.relative_to(ROOT)) for path in product_modules() if path.stem in vague] == []
