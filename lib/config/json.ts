/** JSON with comments and trailing commas. */
import {
  applyEdits,
  findNodeAtLocation,
  modify,
  type ParseError,
  parse,
  parseTree,
  printParseErrorCode,
  visit,
} from 'jsonc-parser'
import type { Content, Format } from './format.ts'
import type { Problem } from './problems.ts'

export const jsonFormat: Format = {
  parse(text) {
    const errors: ParseError[] = []
    const plain = text.replace(/^\uFEFF/, '')
    const value = parse(plain, errors, { allowTrailingComma: true })
    const [first] = errors
    return first === undefined ? { value, lines: linesOf(plain) } : syntax(plain, first)
  },
  set(text, path, value) {
    const tree = parseTree(text)
    const unset = path
      .map((_, depth) => path.slice(0, depth))
      .find((at) => tree && findNodeAtLocation(tree, at)?.type === 'null')
    return setIn(unset === undefined ? text : setIn(text, unset, {}), path, value)
  },
  fromJson: (text) => text,
}

function setIn(text: string, path: readonly string[], value: unknown): string {
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' }
  return applyEdits(text, modify(text, [...path], value, { formattingOptions }))
}

function linesOf(text: string): Content['lines'] {
  const lines = new Map<string, number>()
  const note = (path: readonly (string | number)[], line: number) => {
    if (path.length > 0 && !lines.has(path.join('.'))) lines.set(path.join('.'), line + 1)
  }
  visit(text, {
    onObjectProperty: (key, _offset, _length, line, _column, path) => note([...path(), key], line),
    onObjectBegin: (_offset, _length, line, _column, path) => note(path(), line),
    onLiteralValue: (_value, _offset, _length, line, _column, path) => note(path(), line),
  })
  return lines
}

function syntax(text: string, { error, offset, length }: ParseError): Problem {
  const before = text.slice(0, offset).split('\n')
  const found = text.slice(offset, offset + Math.min(length, 20)).split('\n')[0]
  // `CommaExpected` -> "comma", `InvalidSymbol` -> "invalid symbol"
  const name = printParseErrorCode(error)
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
  const wanted = name.endsWith(' expected')
  return {
    path: `line ${before.length}, column ${(before.at(-1) as string).length + 1}`,
    expected: wanted ? `a ${name.slice(0, -' expected'.length)}` : 'JSON with comments',
    got: found ? JSON.stringify(found) : wanted ? 'the end' : name,
  }
}
