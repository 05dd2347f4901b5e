import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Glob } from '../../../runner/job/glob.ts'

/** As a walk asks: down the folders, as long as any position is left. */
function means(pattern: string, path: string): boolean {
  const glob = new Glob(pattern)
  let at = glob.start
  for (const name of path.split('/')) at = glob.next(at, name)
  return glob.matches(at)
}

const table: [pattern: string, meant: string[], notMeant: string[]][] = [
  ['a.txt', ['a.txt', 'a.txt/b', 'a.txt/b/c'], ['b/a.txt', 'A.txt', 'a.txt2', 'xa.txt', '.a.txt']],
  ['out/', ['out/a', 'out/b/c'], ['outs/a', 'x/out/a', 'out/.a', 'out/.b/c']],
  ['./out//x', ['out/x'], ['x']],
  ['*', ['a', 'a/b'], ['.a', 'a/.b']],
  ['*.xml', ['.xml.xml'.slice(1), 'a.xml', 'a.xml/b'], ['a.xmlx', 'b/a.xml', '.a.xml']],
  ['a*b*c', ['abc', 'aXbXc', 'abbcbc'], ['ab', 'abcX', 'acb']],
  ['?.t', ['a.t', 'é.t', '😀.t', '\n.t'], ['.t', 'ab.t']],
  ['[ab]x', ['ax', 'bx'], ['cx', 'x', '[ab]x']],
  ['[a-c-]x', ['ax', 'cx', '-x'], ['dx']],
  ['[!0-9]x', ['ax'], ['5x', 'x']],
  ['[]]x', [']x'], ['x']],
  ['[x', ['[x'], ['x']],
  ['**', ['a', 'a/b/c'], ['.a', 'a/.b/c']],
  ['**/x', ['x', 'a/x', 'a/b/x', 'x/y'], ['a/y', '.a/x']],
  ['a/**/x', ['a/x', 'a/b/c/x'], ['x', 'b/x', 'a/b/y']],
  ['a/**/b/*.c', ['a/b/x.c', 'a/b/b/x.c', 'a/q/b/x.c'], ['a/x.c', 'a/b/q/x.c']],
  ['.git/config', ['.git/config'], ['git/config']],
  ['.*', ['.a', '.a/b'], ['a', '.a/.b']],
  ['../x', ['../x'], ['x']],
  ['-rf', ['-rf'], ['rf']],
]

test('what a pattern means', () => {
  for (const [pattern, meant, notMeant] of table) {
    for (const path of meant) assert.ok(means(pattern, path), `${pattern} means ${path}`)
    for (const path of notMeant) assert.ok(!means(pattern, path), `${pattern} means no ${path}`)
  }
})

test('no folder is entered that can hold nothing', () => {
  const glob = new Glob('reports/*.xml')
  assert.equal(glob.next(glob.start, 'node_modules').size, 0)
  assert.ok(glob.next(glob.start, 'reports').size > 0)
})

test('no pattern takes for ever', () => {
  const began = performance.now()
  assert.ok(!means(`${'*a'.repeat(300)}b`, 'a'.repeat(255)))
  assert.ok(!means(`${'**/'.repeat(300)}b`, Array(200).fill('a').join('/')))
  assert.ok(performance.now() - began < 5_000)
})
