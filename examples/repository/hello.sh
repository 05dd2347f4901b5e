#!/usr/bin/env bash
# Run by the demo: greets, counts, and tries to tell a secret.
set -euo pipefail

printf '\e[1;32mHello, %s!\e[0m This is task %s on %s.\n' \
  "${1:-world}" "${SEMAPHORE_TASK_DETAILS_ID:-?}" "$(uname -n)"
for step in 1 2 3 4 5; do
  printf '\e[36mstep %d of 5\e[0m\n' "$step"
  sleep 0.2
done
printf 'The secret is "%s".\n' "${DEMO_SECRET:-none}"
