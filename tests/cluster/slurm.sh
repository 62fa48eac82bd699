#!/bin/bash
# Runs the items of a study by a real Slurm on this one machine: four items, one killed, one requeued, collected, and
# compared with the same folds without a cluster. Needs Debian's slurm-wlm and munge, and root, which its daemons start as.
set -euo pipefail

work=$(mktemp -d)
# A copy, as another build meanwhile would be another program, by which no item of the plan may be run.
study=$(realpath "$work")/study
cp "$1" "$study"
host=$(hostname -s)
trap 'scancel --user=root > /dev/null 2>&1 || true; pkill -F "$work/slurmd.pid" || true; pkill -F "$work/slurmctld.pid" || true; sleep 1; rm -rf "$work"' EXIT

say() { echo "slurm: $*"; }
ids() { python3 -c 'import json, sys; print(*(item["id"] for item in json.load(open(sys.argv[1]))["items"]))' "$1"; }

# --- A cluster of one node, without cgroups, which containers do not have.
mkdir -p "$work/state" "$work/spool" /run/munge
export SLURM_CONF=$work/slurm.conf
cat > "$SLURM_CONF" <<END
ClusterName=one
SlurmctldHost=$host
AuthType=auth/munge
SlurmUser=root
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ReturnToService=2
MpiDefault=none
KillWait=30
SchedulerParameters=requeue_setup_env_fail
NodeName=$host CPUs=2 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
chown munge: /run/munge && pgrep munged > /dev/null || runuser -u munge -- /usr/sbin/munged || exit 3
slurmctld && slurmd || exit 3
for _ in $(seq 100); do
    sinfo --noheader --format=%T 2> /dev/null | grep -q idle && break
    sleep 0.2
done
# 3: there is no Slurm here.
sinfo --noheader --format=%T | grep -q idle || { cat "$work"/slurm*.log; exit 3; }
say "$(sinfo --version), one node, $(nproc) processors"

# --- A study of four items, each of which takes some seconds.
cd "$work"
awk 'BEGIN {
    print "voltage_0,voltage_1,voltage_2,soh,cell"
    for (row = 0; row < 40000; row++) {
        a = sin(row); b = cos(row * 0.37); c = sin(row * 0.11)
        printf "%.9f,%.9f,%.9f,%.9f,%d\n", a, b, c, 0.8 + 0.1 * a - 0.05 * b * c, row % 12
    }
}' > pulses.csv
"$study" folds --runs alone --jobs 2 --quiet --json > alone.json
plan=$("$study" plan --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["plan"])')
folder=$(dirname "$plan")
# A build for tests is slow enough that a run is killed in the middle; each step is kept.
"$study" submit "$plan" --slurm --cpus 1 --time 00:10:00 --at-once 2 --dry-run > script.sh
grep -q -- '--array=0-3%2' script.sh
job=$("$study" submit "$plan" --slurm --cpus 1 --time 00:10:00 --at-once 2 --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["job"])')
say "submitted: job $job, four items, two at once"

state() { scontrol show job "${job}_$1" 2> /dev/null | grep -o 'JobState=[A-Z]*' | head -1 | cut -d= -f2; }
wait_for() { # item: until it has a checkpoint, and is in the middle
    for _ in $(seq 1200); do
        [ -e "$folder/${id[$1]}/checkpoints/000000.mml" ] && return
        sleep 0.1
    done
    say "item $1 is $(state "$1"), and should run"
    exit 1
}
id=($(ids "$plan"))
# --- One is killed, so that nothing can be saved: it stays unfinished, and is named.
wait_for 0
for environment in /proc/[0-9]*/environ; do
    process=$(basename "$(dirname "$environment")")
    # The study, not the script that waits for it.
    if [ "$(readlink -f "/proc/$process/exe")" = "$study" ] && tr '\0' '\n' < "$environment" | grep -qx SLURM_ARRAY_TASK_ID=0; then
        kill -KILL "$process"
        say "item 0 is killed"
    fi
done
# --- One is told to end, as before its time limit: it saves, and goes back into the queue.
wait_for 1
# Of a job array it tells that it could not, of another task, and does.
scancel --signal=TERM --batch "${job}_1" 2> /dev/null || true
say "item 1 is told to end, as before its time limit"
for _ in $(seq 1200); do
    squeue --noheader --jobs "$job" 2> /dev/null | grep -q . || break
    # Slurm lets a job wait for minutes before it starts it again.
    scontrol update "jobid=${job}_1" starttime=now || true
    sleep 1
done
restarts=$(scontrol show job "${job}_1" | grep -o 'Restarts=[0-9]*' | head -1 | cut -d= -f2)
say "item 1 was started again $restarts times"
[ "${restarts:-0}" -ge 1 ]

if "$study" collect "$plan" > missing.txt; then
    say "the killed item is not missed"
    exit 1
fi
cat missing.txt
grep -q '1 of 4 items have not finished' missing.txt
say "the line that it names is run"
sh -c "$(grep -o 'run it by: .*' missing.txt | cut -d: -f2-) --quiet"
"$study" collect "$plan" --json > cluster.json
python3 - <<'END'
import json
alone, cluster = (json.load(open(name))["by_seed"] for name in ("alone.json", "cluster.json"))
assert alone == cluster, (alone, cluster)
print("slurm: the bits of folds without a cluster:", alone["7"]["left_out"]["rmse"]["mean"])
END
