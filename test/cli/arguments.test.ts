import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkArguments, type Tree } from '../../cli/arguments.ts'

const tree: Tree = {
  __all__: { usage: '', options: [] },
  __default__: { usage: '', options: [] },
  run: { usage: '', options: [['--config', 'FILE  Settings']] },
  service: 'run',
  'run fast': { usage: '', options: [['--wait', 'Wait']] },
  'log add': {
    usage: '<task> [part]',
    options: [
      ['--name', 'NAME  Who'],
      ['--follow', 'Until the end'],
      ['--tags', 'TAG,..  Which'],
    ],
  },
}
const checked = (...args: string[]) => checkArguments('prog', tree, args).args
const refused = (...args: string[]) => {
  try {
    return assert.fail(`passed: ${checked(...args)}`)
  } catch (error) {
    const { code, line } = error as { code: string; line: string }
    return `${code}: ${line}`
  }
}

test('values are tied to their flags', () => {
  assert.deepEqual(checked('run', '--config', 'f'), ['run', '--config=f'])
  assert.deepEqual(checked('run', '--config=-f'), ['run', '--config=-f'])
  assert.deepEqual(checked('--config', 'f', 'run'), ['run', '--config=f'])
  assert.deepEqual(checked('log', 'add', '--name', '-', '7'), ['log', 'add', '7', '--name=-'])
  assert.deepEqual(checked('run', '--no-config'), ['run', '--no-config'])
  assert.deepEqual(checked('log', 'add', '7', '--', '--x'), ['log', 'add', '7', '--', '--x'])
})

test('a list may be given in parts, a switch with its answer', () => {
  assert.deepEqual(checked('log', 'add', '7', '--tags', 'a,b', '--follow', '--tags=c'), [
    ...['log', 'add', '7', '--tags=a,b,c', '--follow'],
  ])
  assert.deepEqual(checked('log', 'add', '7', '--follow=true'), ['log', 'add', '7', '--follow'])
  assert.deepEqual(checked('log', 'add', '7', '--follow=false'), ['log', 'add', '7', '--no-follow'])
})

test('flags are named by kind, so that no text becomes a number', () => {
  const { string, boolean } = checkArguments('prog', tree, ['log', 'add', '1'])
  assert.deepEqual(string, ['name', 'tags'])
  assert.ok(boolean.includes('follow') && !boolean.includes('wait'))
})

test('help is given before anything is asked', () => {
  assert.deepEqual(checked('log', 'add', '--nmae', '--help'), ['log', 'add', '--help'])
  assert.deepEqual(checked('service', '-h'), ['run', '--help'])
  assert.deepEqual(checked('--version'), ['--version'])
})

test('what nobody can mean is refused in a line that says what to do', () => {
  const cases: [args: string[], line: string][] = [
    [['rnu'], 'usage: expected a command, got "rnu"; did you mean `prog run`?'],
    [['run', 'fsat'], 'usage: expected a command, got "run fsat"; did you mean `prog run fast`?'],
    [['log'], 'usage: expected a command, got "log"; there are: log add'],
    [['qqqqqqqq'], 'usage: expected a command, got "qqqqqqqq"; `prog --help` lists all'],
    [['--config', 'run'], 'usage: expected a command, got none; `prog --help` lists all'],
    [['run', '--conifg', 'f'], 'usage: unknown flag --conifg; did you mean --config?'],
    [['run', '--wait'], 'usage: unknown flag --wait; see `prog run --help`'],
    [['run', '--config'], 'usage: --config: expected a value, got none; see `prog run --help`'],
    [['run', '--config='], 'usage: --config: expected a value, got none; see `prog run --help`'],
    [
      ['run', '--config', '--wait'],
      'usage: --config: expected a value, got none; see `prog run --help`',
    ],
    [['run', '--config=a', '--config=b'], 'usage: --config is given twice; see `prog run --help`'],
    [
      ['log', 'add', '1', '--follow=yes'],
      'usage: --follow: expected no value, true or false, got "yes"; see `prog log add --help`',
    ],
    [['log', 'add'], 'usage: expected <task>, got none; see `prog log add --help`'],
    [['log', 'add', '1', '2', '3'], 'usage: unexpected argument "3"; see `prog log add --help`'],
  ]
  for (const [args, line] of cases) assert.equal(refused(...args), line)
})
