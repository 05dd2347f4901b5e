/** How ssh and ssh-add get a password or passphrase that stands in no file and in no argument. */
import { nonce } from './ids.ts'

/** It answers with what only the asker's own environment holds, and once: ssh-add asks for ever. */
const script = `#!/bin/sh
mkdir "$0.asked" 2>/dev/null || exit 1
printf "%s\\n" "$OUTSTATION_PASSPHRASE"
`

/** @param write writes a program; returns its path. @returns variables for the one that asks */
export async function askpassEnv(
  words: string,
  write: (name: string, text: string) => Promise<string>,
): Promise<Record<string, string>> {
  return {
    SSH_ASKPASS: await write(`askpass-${nonce()}`, script),
    SSH_ASKPASS_REQUIRE: 'force',
    DISPLAY: ':0',
    OUTSTATION_PASSPHRASE: words,
  }
}
