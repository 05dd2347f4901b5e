import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lineOf } from '../../../../lib/errors.ts'
import { requirementsOf } from '../../../../runner/job/apps/requirements.ts'

const read = (text: string) =>
  requirementsOf('requirements.yml', text).map(({ kind, from }) => `${kind} ${from}`)

test('roles, in all the ways in which they are written', () => {
  const text = `
- geerlingguy.docker
- geerlingguy.java,1.9,java
- git+https://git.example.org/ops/ntp.git,main
- src: git+https://git.example.org/ops/nginx.git
  name: nginx
- { src: git@git.example.org:ops/dns.git, scm: git }
- { src: hg+https://git.example.org/old }
- { src: https://git.example.org/role.tar.gz }
- { role: by.role }
- { name: by.name }
- include: more.yml
`
  assert.deepEqual(read(text), [
    'role geerlingguy.docker',
    'role geerlingguy.java',
    'role https://git.example.org/ops/ntp.git',
    'role https://git.example.org/ops/nginx.git',
    'role git@git.example.org:ops/dns.git',
    'role https://git.example.org/old',
    'role https://git.example.org/role.tar.gz',
    'role by.role',
    'role by.name',
    'role more.yml',
  ])
})

test('collections, too; what lies in the repository is not counted', () => {
  const text = `
roles: [one]
collections:
  - community.general
  - community.docker:>=3.0
  - git+https://git.example.org/tools.git#/our/tools,feature
  - { name: https://git.example.org/a.tar.gz, type: url }
  - { name: our.tools, source: https://galaxy.example.org }
  - { name: git@evil.example:x.git, source: git@git.example.org:x.git, type: git }
  - { name: ./tools, type: dir }
`
  assert.deepEqual(read(text), [
    'collection community.general',
    'collection community.docker',
    'collection https://git.example.org/tools.git',
    'collection https://git.example.org/a.tar.gz',
    'collection https://galaxy.example.org',
    'collection git@git.example.org:x.git',
    'collection git@evil.example:x.git',
    'role one',
  ])
})

test('what is none of these is shown as it is, so that no pattern but ** allows it', () => {
  assert.deepEqual(read('roles: [7, null, [x], {}]\ncollections: { a: b }'), [
    'collection null',
    'role 7',
    'role null',
    'role ["x"]',
    'role null',
  ])
  assert.deepEqual(read('roles: [./x/../../y, "https://h/a,/../b"]'), [
    'role ./x/../../y',
    'role https://h/a,/../b',
  ])
  assert.deepEqual(read('# nothing\n'), [])
})

test('what cannot be read is not taken for nothing', () => {
  for (const text of ['roles: [', 'a: 1\na: 2\n', '- x\n---\n- y\n']) {
    try {
      assert.fail(`read as ${read(text)}`)
    } catch (error) {
      assert.match(lineOf(error), /^requirements\.yml, line \d+, column \d+: expected YAML, got /)
    }
  }
})
