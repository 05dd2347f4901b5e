import { defaultTmpPath } from '../../lib/config/shared-keys.ts'
import type { RunnerAnswers } from './questions.ts'

/** The runner's configuration as `runner setup` writes it: to be read and edited by people. */
export function configText(answers: RunnerAnswers): string {
  const { webHost, tmpPath, tokenFile, name, maxParallelTasks } = answers
  const setting = (key: string, value: unknown) => `"${key}": ${JSON.stringify(value)}`
  const unset = (line: string, value: unknown) => (value === undefined ? `// ${line}` : line)
  return `{
  // An Outstation runner. docs/configuration.md tells of every setting; variables such as
  // OUTSTATION_WEB_HOST beat this file.

  // The server.
  ${setting('web_host', webHost)},

  // Tasks work in folders below this one; they are gone when the task is.
  ${unset(`${setting('tmp_path', tmpPath ?? defaultTmpPath)},`, tmpPath)}

  // "git_client": "cmd_git",             the git program also for http
  // "ssh_config_path": "~/.ssh/config",
  // "forwarded_env_vars": ["HTTP_PROXY"],
  // "env_vars": { "NAME": "value" },     for every task

  "runner": {
    // The token that the runner got when it was registered; keep it secret.
    ${unset(`${setting('token_file', tokenFile ?? '/path/to/a/private/file')},`, tokenFile)}

    ${setting('name', name)},

    // "webhook": "https://host/path",    called before and after each task
    // "one_off": true,                   end after one task

    // 0 = as many at once as the server sends.
    ${setting('max_parallel_tasks', maxParallelTasks)}
  }
}
`
}
