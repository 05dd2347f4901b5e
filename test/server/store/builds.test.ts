import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enqueueDeploys } from '../../../server/store/builds.ts'
import { insertTask } from '../../../server/store/tasks.ts'
import { openTempStore } from './temp-store.ts'

test('a deploy that would have to ask is over at once and says why; the others start', async (t) => {
  const { store, project, repository, template } = await openTempStore(t)
  const deploys = { project_id: project, repository_id: repository, app: 'bash', playbook: 'x.sh' }
  const flags = { type: 'deploy', build_template_id: template, autorun: true }
  const asking = JSON.stringify([{ name: 'where', required: true }])
  const silent = JSON.stringify([{ name: 'where', required: true, default_value: 'here' }])
  await store.commit(async (tx) => {
    const build = await insertTask(tx.db, {
      project_id: project,
      template_id: template,
      version: '1.0.3',
      created: 1,
    })
    for (const row of [
      { ...deploys, ...flags, name: 'asks', survey_vars: asking },
      { ...deploys, ...flags, name: 'does not', survey_vars: silent },
      { ...deploys, ...flags, name: 'by hand', autorun: false },
      { ...deploys, ...flags, name: 'none', type: '' },
    ]) {
      await tx.db('templates').insert(row)
    }
    await enqueueDeploys(tx, build, 2)
  })
  const tasks = await store.read('tasks').whereNotNull('build_task_id').orderBy('id')
  assert.deepEqual(
    tasks.map(({ status, reason, environment, incoming_version, end }) => {
      return [status, reason, environment, incoming_version, end]
    }),
    [
      [
        'error',
        'not started by itself: environment.where: expected an answer to the survey, got nothing',
        '',
        '1.0.3',
        2,
      ],
      ['waiting', null, '{"where":"here"}', '1.0.3', null],
    ],
  )
})
