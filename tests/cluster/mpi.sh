#!/usr/bin/env bash
# One model on several processes of MPI: the same bits on any number of ranks, and none that waits for one that is gone.
set -euo pipefail
cd "$(dirname "$0")/../.."

step() { echo "mpi: $* ($SECONDS s)"; }
skip() { echo "skipped: $*"; exit 0; }
fail() { echo "mpi: $*" >&2; exit 1; }

if ! command -v mpirun >/dev/null || ! compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null; then
    [[ -z ${SKIP_INSTALL:-} && $(id -u) == 0 ]] && command -v apt-get >/dev/null || skip "MPI: there is no mpirun or libclang, and no right to install them"
    packages='libopenmpi-dev openmpi-bin libclang-dev'
    # shellcheck disable=SC2086
    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive timeout 170 apt-get install -y -qq --no-install-recommends $packages) >/dev/null 2>&1 \
        || skip "MPI: $packages cannot be installed"
fi

step build the study with MPI
# Of the whole workspace, as the tests are built. bindgen asks more of syn than they do, so that what is derived by syn is built
# once more, arrow and candle among it; the second time nothing is.
cargo build --quiet --workspace --bin ranks --features modularml-tests/mpi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# A copy, as another build meanwhile would put a study without MPI in its place.
study=$scratch/study
cp "${CARGO_TARGET_DIR:-target}/debug/ranks" "$study"

# More ranks than cores, also as root and in containers.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_btl_vader_single_copy_mechanism=none
export RAYON_NUM_THREADS=1

# on RANKS FOLDER ARGUMENTS..: the study on so many ranks, with its runs in a folder; never longer than two minutes.
on() {
    local ranks=$1 runs=$scratch/$2
    shift 2
    timeout --kill-after=5 120 mpirun -n "$ranks" "$study" "$@" --quiet --runs "$runs" >"$runs.out" 2>"$runs.err"
}

# digest FOLDER: the digest of the weights of the only run in a folder.
digest() {
    local manifests=("$scratch/$1"/*/manifest.json)
    [[ ${#manifests[@]} == 1 ]] || fail "$1 has ${#manifests[@]} runs, it must have one: one writes"
    sed -n 's/.*"weights_digest": *"\([0-9a-f]*\)".*/\1/p' "${manifests[0]}"
}

# same FOLDER FOLDER: both runs ended with the same weights, bit for bit.
same() {
    local first second
    first=$(digest "$1") second=$(digest "$2")
    [[ -n $first && $first == "$second" ]] || fail "$1 and $2 differ: '$first', '$second'"
    echo "$1 = $2: ${first:0:16}"
}

step 1 to 4 ranks
"$study" run --shares 4 --quiet --runs "$scratch/alone" >/dev/null
for ranks in 1 2 3 4; do
    on "$ranks" "ranks-$ranks" run --shares 4 || fail "$ranks ranks: $(cat "$scratch/ranks-$ranks.err")"
    same alone "ranks-$ranks"
done
[[ $(grep -c rmse "$scratch/ranks-4.out") == 1 ]] || fail "not one rank alone has answered: $(cat "$scratch/ranks-4.out")"

# ends WHAT FOLDER EXPECTED: on two ranks of which the second does something else, both end soon, with an error.
ends() {
    local before=$SECONDS
    if RANKS_TEST=1:$1 on 2 "$2" run --shares 4; then fail "$2: all went well"; fi
    ((SECONDS - before < 60)) || fail "$2 took $((SECONDS - before)) s"
    grep -q "$3" "$scratch/$2.err" || fail "$2 does not tell '$3': $(cat "$scratch/$2.err")"
    echo "$2: ended in $((SECONDS - before)) s"
}
step a rank that fails, and one that panics
ends fail failed 'no space left on this rank'
grep -q '"outcome": *"failed: .*no space left on this rank' "$scratch"/failed/*/manifest.json || fail 'the record does not tell the failure'
ends panic panicked 'this rank panics'

step a rank that is killed
# A rank that is killed in the middle of a run ends all; what it left goes on on another number of ranks, to the same bits.
for resumed in 1 4; do
    runs=killed-$resumed
    RANKS_TEST=1:slow on 2 "$runs" run --shares 4 --every 5steps &
    whole=$!
    for _ in $(seq 300); do
        compgen -G "$scratch/$runs/*/checkpoints/*.mml" >/dev/null && break
        sleep 0.1
    done
    sleep 1
    second=$(pgrep -f "^$study .*--runs $scratch/$runs\$" | tail -n 1)
    kill -KILL "$second"
    before=$SECONDS
    if wait "$whole"; then fail "a rank was killed, and all went well"; fi
    ((SECONDS - before < 30)) || fail "a rank was killed, and the others waited $((SECONDS - before)) s"
    echo "killed: ended in $((SECONDS - before)) s"
    on "$resumed" "$runs" resume || fail "resume on $resumed: $(cat "$scratch/$runs.err")"
    same alone "$runs"
done

step a signal
# A signal stops all ranks behind the same step.
RANKS_TEST=1:slow timeout 120 mpirun -n 2 "$study" run --shares 4 --quiet --runs "$scratch/stopped" 2>"$scratch/stopped.err" >/dev/null &
whole=$!
for _ in $(seq 300); do
    compgen -G "$scratch/stopped/*/checkpoints/*.mml" >/dev/null && break
    sleep 0.1
done
pgrep -f "^$study .*--runs $scratch/stopped\$" | xargs kill -TERM
wait "$whole" && fail 'a signal came, and the run went on'
grep -q '"outcome": *"interrupted"' "$scratch"/stopped/*/manifest.json || fail "not interrupted: $(cat "$scratch/stopped.err")"
on 3 stopped resume || fail "resume: $(cat "$scratch/stopped.err")"
same alone stopped

step all is well
