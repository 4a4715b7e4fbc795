# What a contributor runs; `just` alone lists it. Everything works without just, too: see README.md.

python := ".venv/bin/python"

_list:
    @just --list --unsorted

# Make .venv and install the pinned dependencies and wtstate itself into it
setup:
    python3 -m venv .venv
    .venv/bin/pip install --quiet --require-hashes -r constraints.txt
    .venv/bin/pip install --quiet --no-deps --no-build-isolation --editable .

# Load, plan, apply and plan again on a local twin
demo:
    .venv/bin/wtstate demo

# All tests, types, style and layers
test *arguments:
    {{ python }} -m pytest -n auto --dist loadfile {{ arguments }}

# Style, formatting, types and layers alone
lint:
    .venv/bin/ruff check .
    .venv/bin/ruff format --check .
    .venv/bin/mypy
    .venv/bin/lint-imports

# Put the sources into their form
format:
    .venv/bin/ruff check --fix .
    .venv/bin/ruff format .

# Ratios of times, printed, never judged by a clock in a test
bench:
    {{ python }} -m tests.benchmarks

# Attack the promises of docs/reliability.md: `just torture crash people`, `just torture --full` for all of it (hours)
torture *arguments:
    {{ python }} -m tests.torture {{ arguments }}

# Accept the plans and texts as they are now
snapshot:
    {{ python }} -m pytest --snapshot-update
