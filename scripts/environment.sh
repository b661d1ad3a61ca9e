# Sourced by scripts/run and scripts/test: finds Python, makes .venv, installs what a requirements file names.
# POSIX sh. Quick when nothing changed: a stamp holds the checksum of what was installed.

say() { printf '%s\n' "$*" >&2; }
fail() { say "$1"; exit 1; }

find_python() {
    for name in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
        [ -n "$name" ] || continue
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            printf '%s' "$name"
            return 0
        fi
    done
    return 1
}

# install FILE...: brings .venv to the state that the files describe.
install() {
    venv_python=.venv/bin/python
    if ! "$venv_python" -c '' >/dev/null 2>&1; then
        python=$(find_python) || fail "nnlab needs Python 3.11 or newer, and none was found: install it from python.org or your system's packages."
        say "Making .venv with $("$python" --version) ..."
        rm -rf .venv
        "$python" -m venv .venv || fail "Python could not make a virtual environment: install its venv module (Debian: apt-get install python3-venv)."
    fi
    for file in "$@"; do
        stamp=.venv/.installed-$file
        sum=$(cksum < "$file")
        if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$sum" ]; then
            say "Installing $file (once; a few minutes) ..."
            # Not compiled ahead: Python compiles what is imported, a tenth of it, and keeps that; half the time here.
            "$venv_python" -m pip install --quiet --disable-pip-version-check --no-compile -r "$file" \
                || fail "pip could not install $file: see its message above; check the network, then run this again."
            printf '%s' "$sum" > "$stamp"
        fi
    done
}
