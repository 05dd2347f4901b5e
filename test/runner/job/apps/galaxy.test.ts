/** Roles and collections that a repository requires, by a real ansible-galaxy. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeRepository } from '../../../kit/git.ts'
import { recapOf } from '../make.ts'
import { play, skip } from './play.ts'

test('roles of requirements.yml are installed once and again when it changes', {
  skip,
}, async (t) => {
  const role = await makeRepository({
    'tasks/main.yml': '- debug: msg="from the role"\n',
    'meta/main.yml':
      'galaxy_info: { author: a, description: d, license: MIT, min_ansible_version: "2.9" }\n',
  })
  t.after(() => role.close())
  const { end, log, run } = await play(t, {
    'site.yml': '- hosts: all\n  gather_facts: false\n  roles: [greet]\n',
    'roles/requirements.yml': `- src: git+file://${role.path}\n  name: greet\n`,
  })
  assert.equal(end.outcome, 'succeeded', log.text)
  assert.match(log.text, /greet .*was installed successfully[\s\S]*from the role/)
  await run()
  assert.match(
    log.text,
    /\nroles\/requirements\.yml: unchanged, ansible-galaxy role install skipped\n/,
  )
})

test('a task may leave the requirements alone', { skip }, async (t) => {
  const files = {
    'site.yml': '- hosts: all\n  gather_facts: false\n  tasks: [{ ping: }]\n',
    'roles/requirements.yml': '- src: git+file:///no/such/role\n  name: greet\n',
  }
  const { end, log } = await play(t, files, { skip_galaxy_install: true })
  assert.equal(end.outcome, 'succeeded', log.text)
  assert.doesNotMatch(log.text, /galaxy/)
})

test('requirements that cannot be installed', { skip }, async (t) => {
  const { end, log } = await play(t, {
    'site.yml': '- hosts: all\n',
    'roles/requirements.yml': '- src: git+file:///no/such/role\n  name: greet\n',
  })
  assert.equal(end.outcome, 'failed')
  assert.match(log.text, /\nFailed to install requirements: exited with code 1\n$/)
})

test('collections of requirements.yml are installed once', { skip }, async (t) => {
  const { end, log, run } = await play(t, {
    'site.yml': '- hosts: all\n  gather_facts: false\n  tasks: [{ our.tools.say: }]\n',
    'collections/requirements.yml': 'collections:\n  - { name: ./tools, type: dir }\n',
    'tools/galaxy.yml':
      'namespace: our\nname: tools\nversion: 1.0.0\nreadme: README.md\nauthors: [a]\n',
    'tools/README.md': '',
    'tools/meta/runtime.yml': 'requires_ansible: ">=2.9"\n',
    'tools/plugins/modules/say.sh': '#!/bin/sh\necho \'{"changed": true, "msg": "said"}\'\n',
  })
  assert.equal(end.outcome, 'succeeded', log.text)
  assert.equal(recapOf(end).total.changed, 1)
  await run()
  const skipped =
    'collections/requirements.yml: unchanged, ansible-galaxy collection install skipped'
  assert.ok(log.text.includes(`\n${skipped}\n`), log.text)
})

test('roles and collections come from the repositories of the policy, without others behind them', {
  skip,
}, async (t) => {
  const role = await makeRepository({
    'tasks/main.yml': '- debug: msg="from the role"\n',
    'meta/main.yml': `
galaxy_info: { author: a, description: d, license: MIT, min_ansible_version: "2.9" }
dependencies: [{ src: "git+file:///no/such/role", name: behind }]
`,
  })
  t.after(() => role.close())
  const from = `git+file://${role.path}`
  const files = {
    'site.yml': '- hosts: all\n  gather_facts: false\n  tasks: [{ ping: }]\n',
    'roles/requirements.yml': `- src: ${from}\n  name: greet\n`,
  }
  const only = (...repositories: string[]) => ({
    policy: { repositories: ['/**', ...repositories] },
  })
  const refused = await play(t, files, {}, only('https://git.example.org/**'))
  const reason = `role "file://${role.path}": not allowed by the policy of this runner`
  assert.ok(refused.end.reason?.startsWith(reason), refused.log.text)
  assert.doesNotMatch(refused.log.text, /galaxy|PLAY/)
  const allowed = await play(t, files, {}, only(`file://${role.path}`))
  assert.equal(allowed.end.outcome, 'succeeded', allowed.log.text)
  assert.match(allowed.log.text, /greet .*was installed successfully/)
  const open = await play(t, files)
  assert.match(open.end.reason ?? '', /^exited with code/, 'what it depends on is looked for')
})

test('a policy that came later counts for requirements that are already there', {
  skip,
}, async (t) => {
  const role = await makeRepository({
    'tasks/main.yml': '- ping:\n',
    'meta/main.yml': 'galaxy_info: { author: a, description: d, license: MIT }\n',
  })
  t.after(() => role.close())
  const files = {
    'site.yml': '- hosts: all\n  gather_facts: false\n  tasks: [{ ping: }]\n',
    'requirements.yml': `roles:\n  - { src: "git+file://${role.path}", name: greet }\n`,
  }
  const { end, log, context, run } = await play(t, files)
  assert.equal(end.outcome, 'succeeded', log.text)
  context.policy = { repositories: ['/**'] }
  assert.match((await run()).reason ?? '', /^role "file:\/\/.* not allowed by the policy/)
})
