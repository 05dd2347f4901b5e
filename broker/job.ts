/** The job: all that a runner needs to run one attempt. Travels only inside a grant. */
import Type from 'typebox'
import { ArtifactWish } from './artifacts.ts'

const Name = Type.String({ maxLength: 1024 })
const Id = Type.Integer({ minimum: 1 })

/** A decrypted access key. `none` = no credentials. */
export const Key = Type.Union([
  Type.Object({ type: Type.Literal('none') }),
  Type.Object({
    type: Type.Literal('ssh'),
    login: Type.String(),
    private_key: Type.String(),
    passphrase: Type.String(),
  }),
  Type.Object({
    type: Type.Literal('login_password'),
    login: Type.String(),
    password: Type.String(),
  }),
  Type.Object({ type: Type.Literal('string'), string: Type.String() }),
])
export type Key = Type.Static<typeof Key>

export const Repository = Type.Object({
  id: Id,
  name: Name,
  /** https, http, ssh, git@host:path, file:// or an absolute path on the runner's own disk. */
  git_url: Type.String({ maxLength: 4096 }),
  git_branch: Type.String({ maxLength: 255 }),
  key: Key,
})
export type Repository = Type.Static<typeof Repository>

export const Inventory = Type.Object({
  id: Id,
  name: Name,
  type: Type.Union([
    Type.Literal('none'),
    Type.Literal('static'),
    Type.Literal('static-yaml'),
    Type.Literal('file'),
    Type.Literal('terraform-workspace'),
  ]),
  /** The text itself, or for `file` its path inside the repository. */
  inventory: Type.String(),
  /** Where the file lies, if not in the job's own repository. */
  repository: Type.Optional(Repository),
  ssh_key: Key,
  become_key: Key,
})
export type Inventory = Type.Static<typeof Inventory>

export const JobSecret = Type.Object({
  name: Type.String({ maxLength: 256 }),
  type: Type.Union([Type.Literal('var'), Type.Literal('env')]),
  value: Type.String(),
})

export const Vault = Type.Object({
  name: Type.Union([Type.String(), Type.Null()]),
  type: Type.Union([Type.Literal('password'), Type.Literal('script')]),
  script: Type.Optional(Type.String()),
  password: Type.Optional(Type.String()),
})

export const Job = Type.Object({
  /** ansible, bash, ... ; a runner that does not know it fails the task in one clear line. */
  app: Type.String({ maxLength: 64 }),
  project: Type.Object({ id: Id, name: Name }),
  template: Type.Object({
    id: Id,
    name: Name,
    type: Type.Union([Type.Literal(''), Type.Literal('build'), Type.Literal('deploy')]),
  }),
  task: Type.Object({
    id: Id,
    attempt: Id,
    username: Type.String(),
    /** The task's page, for SEMAPHORE_TASK_DETAILS_URL. */
    url: Type.String(),
    message: Type.String(),
    incoming_version: Type.String(),
    target_version: Type.String(),
  }),
  /** Path of the playbook or script inside the repository. */
  playbook: Type.String({ maxLength: 4096 }),
  repository: Repository,
  inventory: Type.Union([Inventory, Type.Null()]),
  /** Overrides the repository's branch when not empty. */
  git_branch: Type.String({ maxLength: 255 }),
  /** Checked out detached when not empty. */
  commit_hash: Type.String({ maxLength: 64 }),
  /** `environment.json` of the environment merged with the task's own: extra variables. */
  variables: Type.Record(Type.String(), Type.Unknown()),
  /** `environment.env`: plain environment of the process. */
  env: Type.Record(Type.String(), Type.String()),
  secrets: Type.Array(JobSecret),
  /** Those of type `var` on the command line, as Semaphore has them, for all on the machine to read. */
  secrets_in_arguments: Type.Optional(Type.Boolean()),
  vaults: Type.Array(Vault),
  template_arguments: Type.Array(Type.String()),
  task_arguments: Type.Array(Type.String()),
  /** Ansible's own switches. */
  limit: Type.Array(Type.String()),
  tags: Type.Array(Type.String()),
  skip_tags: Type.Array(Type.String()),
  /** What the repository's requirements.yml ask for is there already. */
  skip_galaxy_install: Type.Optional(Type.Boolean()),
  /** Number of v in -v.., 0 for none. */
  verbosity: Type.Integer({ minimum: 0, maximum: 6 }),
  /** The runner ends it after so long by its own monotonic clock, also while it is offline; 0 = never. */
  max_duration_sec: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Files that are to come back; a runner that knows nothing of them brings none. */
  artifacts: Type.Optional(ArtifactWish),
  dry_run: Type.Boolean(),
  diff: Type.Boolean(),
  /** What Terraform, OpenTofu and Terragrunt are told. */
  terraform: Type.Optional(
    Type.Object({
      /** Plan only. */
      plan: Type.Optional(Type.Boolean()),
      destroy: Type.Optional(Type.Boolean()),
      /** Apply without a person's word. */
      auto_approve: Type.Optional(Type.Boolean()),
      upgrade: Type.Optional(Type.Boolean()),
      reconfigure: Type.Optional(Type.Boolean()),
      override_backend: Type.Optional(Type.Boolean()),
      backend_filename: Type.Optional(Type.String({ maxLength: 255 })),
    }),
  ),
})
export type Job = Type.Static<typeof Job>
