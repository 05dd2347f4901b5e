/** Jobs for tests: the smallest that the wire takes; only what a test is about is named by it. */
import type { Job, Key, Repository } from '../../broker/job.ts'

export const noKey: Key = { type: 'none' }

export type JobChanges = Partial<Omit<Job, 'repository' | 'task'>> & {
  repository?: Partial<Repository>
  task?: Partial<Job['task']>
}

export function makeJob({ repository, task, ...changes }: JobChanges = {}): Job {
  return {
    app: 'bash',
    project: { id: 1, name: 'project' },
    template: { id: 2, name: 'template', type: '' },
    task: {
      id: 7,
      attempt: 1,
      username: 'ada',
      url: 'https://outstation.example/task/7',
      message: 'a message',
      incoming_version: '',
      target_version: '',
      ...task,
    },
    playbook: 'run.sh',
    repository: {
      id: 3,
      name: 'repo',
      git_url: '/nowhere',
      git_branch: '',
      key: noKey,
      ...repository,
    },
    inventory: null,
    git_branch: '',
    commit_hash: '',
    variables: {},
    env: {},
    secrets: [],
    vaults: [],
    template_arguments: [],
    task_arguments: [],
    limit: [],
    tags: [],
    skip_tags: [],
    verbosity: 0,
    dry_run: false,
    diff: false,
    ...changes,
  }
}

/** @param longest how long it may run, s; 0 = for ever */
export function jobOf(task: number, attempt: number, longest = 0): Job {
  return makeJob({ task: { id: task, attempt }, max_duration_sec: longest })
}
