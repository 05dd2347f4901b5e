import { flagsWhere, type Place } from './places.ts'

/** For ~/.bashrc: `eval "$(outstation completion bash)"`. */
export function bashCompletion(bin: string, places: readonly Place[]): string {
  const files = flagsWhere(places, (flag) => flag.takesFile)
  const values = flagsWhere(places, (flag) => flag.takesValue)
  const cases = places.map(({ at, words, flags }) => {
    const all = [...words.map(({ word }) => word), ...flags.map(({ name }) => `--${name}`)]
    return `    '${at}') known='${all.join(' ')}' ;;`
  })
  return `# ${bin} completion bash
_${bin}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" at='' known='' skip='' word
  # Bash takes the = of --flag=value for a word of its own.
  if [ "$current" = '=' ]; then current=''; fi
  if [ "$before" = '=' ]; then before="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  case "$before" in
    ${files.join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;
    ${values.join('|')}) COMPREPLY=(); return ;;
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      =) skip=1 ;;
      ${values.join('|')}) skip=1 ;;
      -*) skip='' ;;
      *) if [ -z "$skip" ]; then at="\${at:+$at }$word"; fi; skip='' ;;
    esac
  done
  case "$at" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$known" -- "$current"))
}
complete -F _${bin} ${bin}
`
}
