import { flagsWhere, type Place } from './places.ts'

/** For ~/.config/fish/completions/outstation.fish. */
export function fishCompletion(bin: string, places: readonly Place[]): string {
  const values = flagsWhere(places, (flag) => flag.takesValue)
  const lines = places.flatMap(({ at, words, flags }) => {
    const here = `complete -c ${bin} -n '__${bin}_at ${at}'`
    return [
      ...words.map(({ word, says }) => `${here} -a ${word} -d ${quoted(says)}`),
      ...flags.map(({ name, says, takesValue, takesFile }) => {
        const value = takesFile ? ' -r -F' : takesValue ? ' -x' : ''
        return `${here} -l ${name}${value} -d ${quoted(says)}`
      }),
    ]
  })
  return `# ${bin} completion fish
function __${bin}_at
    set -l at
    set -l skip
    for word in (commandline -opc)[2..-1]
        if contains -- $word ${values.join(' ')}
            set skip 1
        else if string match -q -- '-*' $word
            set -e skip
        else if set -q skip[1]
            set -e skip
        else
            set -a at $word
        end
    end
    test "$at" = "$argv"
end
complete -c ${bin} -f
${lines.join('\n')}
`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
