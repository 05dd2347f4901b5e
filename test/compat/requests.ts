/** Where the documented example alone is no request that a server could fulfil. */

/** Fields of a body: in place of the example's; undefined = without it. */
export const bodies: Record<string, Record<string, unknown>> = {
  // With `false`, as the example of any boolean is, it would have no token yet.
  'POST /runners': { registered: true },
  'POST /project/{project_id}/runners': { registered: true },
  // Its text fields have no examples.
  'POST /auth/login': { auth: 'admin', password: 'admin' },
  'POST /users': { password: 'password of a test user' },
  'POST /users/{user_id}/password': { password: 'another password' },
  // A build template belongs to a deploy template, a vault script and a key exclude each other.
  'POST /project/{project_id}/templates': { type: 'deploy', vaults: [] },
  'PUT /project/{project_id}/templates/{template_id}': { type: 'deploy', vaults: [] },
}

/** Lists need something in them. */
export const before: Record<string, string> = {
  'GET /user/tokens': 'api_token_id',
  'GET /users': 'user_id',
  'GET /projects': 'project_id',
  'GET /project/{project_id}/users': 'member_id',
  'GET /project/{project_id}/templates': 'task_id',
  'GET /project/{project_id}/tasks/last': 'task_id',
  'GET /project/{project_id}/runner_tags': 'project_runner_id',
  'GET /runner_tags': 'runner_id',
  'GET /project/{project_id}/integrations/aliases': 'project_alias_id',
  'GET /project/{project_id}/backup': 'template_id',
}
