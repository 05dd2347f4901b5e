/** YAML 1.2, with the merge key `<<` of older versions, as people know it from Ansible. */
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { lineOf } from '../errors.ts'
import type { Content, Format } from './format.ts'

export const yamlFormat: Format = {
  parse(text) {
    const counter = new LineCounter()
    const document = read(text, counter)
    // A warning is a tag that nobody knows: its value would not be what its writer meant.
    const [first] = [...document.errors, ...document.warnings]
    if (first !== undefined) {
      const { line, col } = counter.linePos(first.pos[0])
      return { path: `line ${line}, column ${col}`, expected: 'YAML', got: told(first.message) }
    }
    try {
      // Comments alone are a file without a setting.
      return { value: document.toJS() ?? {}, lines: linesOf(document, counter) }
    } catch (error) {
      return { path: 'the whole', expected: 'YAML', got: told(lineOf(error)) }
    }
  },
  set(text, path, value) {
    const document = read(text)
    if (value === undefined) document.deleteIn(path)
    else {
      for (let depth = 1; depth < path.length; depth++) {
        const parent = path.slice(0, depth)
        if ((document.getIn(parent) ?? null) === null)
          document.setIn(parent, document.createNode({}))
      }
      document.setIn(path, value)
    }
    return document.toString({ lineWidth: 0 })
  },
  fromJson: (text) =>
    text
      .split('\n')
      .filter((line) => !/^ *[{}]$/.test(line))
      .map(blockLine)
      .join('\n'),
}

function read(text: string, lineCounter?: LineCounter): Document {
  const options = { merge: true, prettyErrors: false, logLevel: 'error' } as const
  return parseDocument(text, { ...options, ...(lineCounter && { lineCounter }) })
}

/** A line of JSON inside the outermost braces, whose value or comment has no line of its own, as YAML. */
function blockLine(line: string): string {
  return line
    .replace(/^ {2}/, '')
    .replace(/^( *)\/\/ /, '$1# ')
    .replace(/^( *(?:# )?)"(\w+)":(?: \{$)?/, '$1$2:')
    .replace(/^( *(?:# )?\w+: .*?),( {2}.*)?$/, '$1$2')
}

/** The library's sentence as the part of one. */
function told(message: string): string {
  return `${message.charAt(0).toLowerCase()}${message.slice(1)}`
}

function linesOf({ contents }: Document, counter: LineCounter): Content['lines'] {
  const lines = new Map<string, number>()
  note(contents, [])
  return lines

  function note(node: unknown, at: readonly string[]): void {
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        if (!isScalar(key)) continue
        const path = [...at, String(key.value)]
        lines.set(path.join('.'), lineAt(key))
        note(value, path)
      }
    } else if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) {
        lines.set([...at, index].join('.'), lineAt(item))
        note(item, [...at, String(index)])
      }
    }
  }
  function lineAt(node: unknown): number {
    return counter.linePos((node as { range?: [number] }).range?.[0] ?? 0).line
  }
}
