#!/bin/sh
# Sets Akta up on Debian 12: installs what is missing, and nothing when nothing is.
#   deploy/setup.sh         what Akta needs to run
#   deploy/setup.sh test    and what its tests need
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
what=${1:-run}

run_packages="tesseract-ocr tesseract-ocr-eng tesseract-ocr-pol tesseract-ocr-osd fonts-dejavu-core"
test_packages="fonts-liberation openssl postgresql redis-server rabbitmq-server ceph-mon ceph-osd radosgw ceph-common chromium"

say() { printf '%s\n' "akta setup: $*"; }
die() { say "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1; then sudo "$@"
    else die "needs root to install packages, and there is no sudo. As root: apt-get install $missing"
    fi
}

# -- Debian packages ------------------------------------------------------------
packages=$run_packages
[ "$what" = test ] && packages="$packages $test_packages"

python=
for name in python3.13 python3.12 python3.11 python3; do
    if command -v "$name" >/dev/null 2>&1 &&
        "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
        python=$(command -v "$name"); break
    fi
done
[ -n "$python" ] || packages="$packages python3 python3-venv"
if [ -n "$python" ] && ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    packages="$packages python3-venv"
fi

missing=
if command -v dpkg-query >/dev/null 2>&1; then
    for package in $packages; do
        [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || missing="$missing $package"
    done
elif ! command -v tesseract >/dev/null 2>&1; then
    die "this is no Debian. Install Tesseract with eng, pol and osd, and a DejaVu font, then try again."
fi

if [ -n "$missing" ]; then
    say "installing$missing"
    # Servers are only used by the tests, which start their own: none may start by itself.
    policy=/usr/sbin/policy-rc.d
    made=
    if [ "$what" = test ] && [ ! -e "$policy" ]; then
        as_root sh -c "printf '#!/bin/sh\nexit 101\n' > $policy && chmod 755 $policy"
        made=1
    fi
    status=0
    as_root env DEBIAN_FRONTEND=noninteractive sh -c "
        apt-get install -y -q --no-install-recommends $missing ||
        { apt-get update -q && apt-get install -y -q --no-install-recommends $missing; }" || status=$?
    [ -z "$made" ] || as_root rm -f "$policy"
    [ "$status" = 0 ] || die "apt could not install$missing. Its words are above; mend that and try again."
fi
[ -n "$python" ] || python=$(command -v python3)

# -- Python packages ------------------------------------------------------------
lock=requirements.txt
[ "$what" = test ] && lock=requirements-dev.txt
stamp=.venv/.akta-$(cat "$lock" deploy/setup.sh | sha256sum | cut -c1-16)-$what
if [ ! -e "$stamp" ]; then
    [ -x .venv/bin/python ] || { say "making .venv with $python"; "$python" -m venv .venv; }
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip --default-pip >/dev/null
    say "installing Python packages from $lock"
    .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r "$lock" ||
        die "Python packages could not be installed. Check the network and try again; nothing else was changed."
    say "putting the dictionaries into a file"
    PYTHONPATH=. .venv/bin/python -m indexer.lemmas
    touch "$stamp"
fi

# -- the command ----------------------------------------------------------------
# Only a file of this name made by an earlier set-up may stand there.
[ -L .venv/bin/akta ] || { rm -f .venv/bin/akta; ln -s ../../deploy/akta .venv/bin/akta; }
