#!/usr/bin/env bash
# Runs the attacks in Docker containers with the default profile, as root and as user 1000.
#
#     tests/attacks/in_docker.sh [--levels "full partial plain"] [-- arguments for python -m tests.attacks]
#
# Needs docker and a Python whose environment has the project's packages (PYTHON, by default the one on the path). The
# image is an almost empty folder: the machine's /usr and /etc, the environment and the project are mounted read-only,
# so that what runs is what runs outside. DOCKER_HOST may name another daemon. Results go to OUT
# (by default tests/attacks/results); USERS may be "0" or "1000" alone.
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
python=${PYTHON:-$(command -v python)}
out=${OUT:-$here/tests/attacks/results}
levels="full" users=${USERS:-0 1000}
if [ "${1:-}" = --levels ]; then levels=$2; shift 2; fi
if [ "${1:-}" = -- ]; then shift; fi

docker version --format 'docker {{.Server.Version}}' || { echo "there is no docker daemon to talk to" >&2; exit 3; }
environment=$("$python" -c 'import sys; print(sys.prefix)')
base=$("$python" -c 'import sys; print(sys.base_prefix)')

root=$(mktemp -d); chmod 755 "$root"
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{usr,etc,tmp,var/tmp,run,proc,sys,dev,root,home/user}
chmod 1777 "$root/tmp" "$root/var/tmp"; chmod 777 "$root/home/user"
for link in bin sbin lib lib64; do
    if [ -L "/$link" ]; then ln -s "$(readlink "/$link")" "$root/$link"; fi
done
image=gradmark-attacks-$$
tar -C "$root" -c . | docker import - "$image" > /dev/null
trap 'rm -rf "$root"; docker image rm -f "$image" > /dev/null' EXIT

mkdir -p "$out"
mounts=(-v /usr:/usr:ro -v /etc:/etc:ro -v "$environment:$environment:ro" -v "$here:$here:ro")
case $base in /usr|/usr/*) ;; *) mounts+=(-v "$base:$base:ro");; esac

status=0
for level in $levels; do
    for user in $users; do
        name=docker-$([ $user = 0 ] && echo root || echo user)
        results=$(mktemp -d); chmod 777 "$results"
        docker run --rm --network none --user "$user:$user" "${mounts[@]}" -v "$results:/results" -w "$here" \
            -e HOME=/home/user -e OMP_NUM_THREADS=1 -e PYTHONDONTWRITEBYTECODE=1 "$image" \
            "$environment/bin/python" -m tests.attacks --level "$level" --as "$name" \
            --json "/results/$name-$level.json" "$@" || status=1
        cp "$results"/*.json "$out"/ || status=1
        rm -rf "$results"
    done
done
exit $status
