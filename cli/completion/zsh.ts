import { flagsWhere, type Place } from './places.ts'

/** For a file _outstation on $fpath, or `source <(outstation completion zsh)` after compinit. */
export function zshCompletion(bin: string, places: readonly Place[]): string {
  const files = flagsWhere(places, (flag) => flag.takesFile)
  const values = flagsWhere(places, (flag) => flag.takesValue)
  const cases = places.map(({ at, words, flags }) => {
    const all = [
      ...words.map(({ word, says }) => entry(word, says)),
      ...flags.map(({ name, says }) => entry(`--${name}`, says)),
    ]
    return `    '${at}') known=(${all.join(' ')}) ;;`
  })
  return `#compdef ${bin}
_${bin}() {
  local at='' skip='' word
  local -a known
  case "\${words[CURRENT-1]}" in
    ${files.join('|')}) _files; return ;;
    ${values.join('|')}) return ;;
  esac
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$word" in
      ${values.join('|')}) skip=1 ;;
      -*) skip='' ;;
      *) if [[ -z "$skip" ]]; then at="\${at:+$at }$word"; fi; skip='' ;;
    esac
  done
  case "$at" in
${cases.join('\n')}
  esac
  _describe '${bin}' known
}
# Loaded from $fpath, this file is the function at its first call.
if [[ "$funcstack[1]" == _${bin} ]]; then _${bin} "$@"; else compdef _${bin} ${bin}; fi
`
}

/** `word:what it says`, in single quotes. */
function entry(word: string, says: string): string {
  return `'${word}:${says.replaceAll("'", "'\\''").replaceAll(':', '\\:')}'`
}
