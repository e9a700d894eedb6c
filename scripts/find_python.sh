#!/bin/sh
# Prints an interpreter of the Python asked for (3.10 for the assistant, 3.11 or newer for the rest), or says how to
# get one. Every candidate is run before it is believed: a version manager's shim may only print an error.
wanted="$1"

fits() {
    [ -n "$1" ] && "$1" - "$wanted" <<'PY' 2>/dev/null
import sys
wanted = tuple(map(int, sys.argv[1].split(".")))
ok = sys.version_info[:2] == wanted if wanted == (3, 10) else sys.version_info[:2] >= wanted
sys.exit(0 if ok else 1)
PY
}

try() {
    for candidate in "$@"; do
        if fits "$candidate"; then
            echo "$candidate"
            exit 0
        fi
    done
}

if [ "$wanted" = 3.10 ]; then
    try "$(command -v python3.10)"
    try "$(pyenv prefix 3.10 2>/dev/null)/bin/python"
    for root in "$PYENV_ROOT" "$HOME/.pyenv"; do
        [ -n "$root" ] && try "$root"/versions/3.10*/bin/python
    done
    uv="$(command -v uv || echo .venv/bin/uv)"
    "$uv" python install 3.10 >/dev/null 2>&1 && try "$("$uv" python find 3.10 2>/dev/null)"
    echo "Python 3.10 is needed for the assistant (Rasa 3.6 runs on no newer one). Install it as python3.10, or with" \
        "'pyenv install 3.10', or with 'uv python install 3.10', and run this again." >&2
else
    try "$(command -v python3.11)" "$(command -v python3.12)" "$(command -v python3.13)" "$(command -v python3)"
    echo "Python 3.11 or newer is needed. Install it as python3.11 and run this again." >&2
fi
exit 1
