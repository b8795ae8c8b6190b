#!/usr/bin/env bash
# Everything, in order; half an hour on two cores, nearly all of it TrailBase (Rust) and Directus (native modules).
# `all.sh quick` leaves Directus out. What cannot be installed is said at the end, and bench.py leaves it out.
here=$(cd "$(dirname "$0")" && pwd); failed=()
scripts=(python ceiling pocketbase fastify "pg init" kakehashi trailbase directus)
[ "$1" != quick ] || unset 'scripts[-1]'
for script in "${scripts[@]}"; do
  read -r name argument <<<"$script"
  echo "== $name"; bash "$here/$name.sh" $argument || failed+=("$name")
done
[ ${#failed[@]} = 0 ] || { echo "NOT INSTALLED: ${failed[*]}"; exit 1; }
