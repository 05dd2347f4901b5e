/** Settings that the files of server and runner share; the server has them for its own local runner. */
import { homedir, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import Type from 'typebox'
import { levels } from '../log.ts'
import type { Env, Source } from './read.ts'

const Text = Type.String()

export const defaultTmpPath = join(tmpdir(), 'outstation')

export const sharedKeys = {
  web_host: Type.Optional(urlText('http', 'https')),
  tmp_path: Type.Optional(Text),
  disk: Type.Optional(Type.Object({ min_free_mb: Type.Optional(Type.Integer({ minimum: 0 })) })),
  git_client: Type.Optional(
    Type.Union([Type.Literal('cmd_git'), Type.Literal('go_git'), Type.Literal('')], {
      description: '"cmd_git" (always the git program) or "go_git" (the built-in client for http)',
    }),
  ),
  git_attempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  git_depth: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  ssh_config_path: Type.Optional(Text),
  ssh: Type.Optional(
    Type.Object({
      config_path: Type.Optional(Text),
      known_hosts_file: Type.Optional(Text),
      strict_host_key_checking: Type.Optional(
        Type.Union(
          [Type.Boolean(), Type.String({ pattern: '^(yes|no|accept-new|true|false)?$' })],
          { description: '"yes", "accept-new" or "no"' },
        ),
      ),
    }),
  ),
  env_vars: Type.Optional(
    Type.Record(Text, Text, { description: 'an object of strings, {"NAME": "value"}' }),
  ),
  forwarded_env_vars: Type.Optional(Type.Array(Text)),
  home_dir_mode: Type.Optional(
    Type.Union(
      ['template_dir', 'project_home', 'user_home', ''].map((mode) => Type.Literal(mode)),
      {
        description: '"template_dir", "project_home" (both: a home of its own) or "user_home"',
      },
    ),
  ),
  apps: Type.Optional(
    Type.Record(
      Text,
      Type.Object({
        active: Type.Optional(Type.Boolean()),
        priority: Type.Optional(Type.Integer()),
        title: Type.Optional(Text),
        icon: Type.Optional(Text),
        color: Type.Optional(Text),
        path: Type.Optional(Text),
        args: Type.Optional(Type.Array(Text)),
      }),
    ),
  ),
  process: Type.Optional(
    Type.Object({
      user: Type.Optional(Text),
      uid: Type.Optional(Type.Integer({ minimum: 0 })),
      gid: Type.Optional(Type.Integer({ minimum: 0 })),
      no_new_privs: Type.Optional(Type.Boolean()),
      chroot: Type.Optional(
        Type.Literal('', {
          description: 'nothing: there is no chroot, use process.app_namespaces',
        }),
      ),
      app_namespaces: Type.Optional(
        Type.Object({
          user: Type.Optional(Type.Boolean()),
          mount: Type.Optional(Type.Boolean()),
          pid: Type.Optional(Type.Boolean()),
          ipc: Type.Optional(Type.Boolean()),
          uts: Type.Optional(Type.Boolean()),
        }),
      ),
    }),
  ),
  log: Type.Optional(
    Type.Object({
      level: Type.Optional(Type.Union(levels.map((level) => Type.Literal(level)))),
      format: Type.Optional(Type.Union([Type.Literal('text'), Type.Literal('json')])),
    }),
  ),
}

/** Whose home a task has is no more than which HOME it gets. */
export function forwardedOf(file: { forwarded_env_vars?: string[]; home_dir_mode?: string }) {
  const { forwarded_env_vars = [], home_dir_mode } = file
  return home_dir_mode === 'user_home' ? [...forwarded_env_vars, 'HOME'] : forwarded_env_vars
}

/** What a runner lets tasks have; a server says so for its built-in one. */
export const runnerRules = {
  limits: Type.Optional(
    Type.Object({
      memory_mb: Type.Optional(Type.Integer({ minimum: 4 })),
      cpus: Type.Optional(Type.Number({ minimum: 0.01 })),
      pids: Type.Optional(Type.Integer({ minimum: 4 })),
    }),
  ),
  policy_file: Type.Optional(Text),
  allow_local_repositories: Type.Optional(Type.Boolean()),
}

/** The same with defaults. */
export function rulesOf(source: Source, rules: Type.Static<Type.TObject<typeof runnerRules>> = {}) {
  const { limits, policy_file, allow_local_repositories } = rules
  return {
    /** What each command of a task may take; what is left out has no limit. */
    limits: {
      memory_mb: limits?.memory_mb ?? undefined,
      cpus: limits?.cpus ?? undefined,
      pids: limits?.pids ?? undefined,
    },
    /** undefined = the server may ask for anything. */
    policy_file: policy_file ? pathIn(source, policy_file) : undefined,
    allow_local_repositories: allow_local_repositories ?? true,
  }
}

type SshKeys = Type.Static<(typeof sharedKeys)['ssh']> | undefined

/** What of the files is about ssh, with defaults. */
export function sshSettings(source: Source, ssh: SshKeys, configPath: string | undefined) {
  const path = (text: string | undefined) => (text ? pathIn(source, text) : undefined)
  const { config_path, known_hosts_file, strict_host_key_checking: strict } = ssh ?? {}
  return {
    ssh_config_path: path(configPath || config_path),
    ssh: {
      /** undefined = `known_hosts` in the runner's `data_dir`. */
      known_hosts_file: path(known_hosts_file),
      /** A host that is not pinned yet is refused. */
      strict_host_key_checking: /^(yes|true)$/.test(String(strict)),
    },
  }
}

/** A URL of one of these schemes; '' counts as not set, here as in Semaphore's own files. */
export function urlText(...schemes: string[]): Type.TString {
  return Type.String({
    pattern: `^((${schemes.join('|')})://[^\\s/]\\S*)?$`,
    description: `a URL such as "${schemes.find((one) => one.endsWith('s'))}://host:port"`,
  })
}

/** An absolute path; relative ones count from the file that names them, `~/` from the home. */
export function pathIn({ file, env }: Source, path: string): string {
  const base = file === undefined ? process.cwd() : dirname(file)
  return resolve(base, path.replace(/^~(?=\/|$)/, env.HOME ?? homedir()))
}

/** Where state goes when no setting says so: systemd's StateDirectory=, else the XDG state folder. */
export function stateDirectory(env: Env, name: string): string {
  if (env.STATE_DIRECTORY) return resolve(env.STATE_DIRECTORY.split(':')[0] as string)
  if (process.getuid?.() === 0) return `/var/lib/${name}`
  return resolve(env.XDG_STATE_HOME || `${env.HOME ?? homedir()}/.local/state`, name)
}
