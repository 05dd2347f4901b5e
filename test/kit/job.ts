import type { Job } from '../../broker/job.ts'

/**
 * The smallest job that the wire takes.
 * @param longest how long it may run, s; 0 = for ever
 */
export function jobOf(task: number, attempt: number, longest = 0): Job {
  return {
    app: 'bash',
    max_duration_sec: longest,
    project: { id: 1, name: 'Model' },
    template: { id: 1, name: 'Model', type: '' },
    task: {
      id: task,
      attempt,
      username: '',
      url: '',
      message: '',
      incoming_version: '',
      target_version: '',
    },
    playbook: 'run.sh',
    repository: { id: 1, name: 'Model', git_url: '/srv', git_branch: '', key: { type: 'none' } },
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
  }
}
