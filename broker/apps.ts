/** The apps that server and runner must agree on; what else there is only a runner knows. */

const terraformFamily = ['terraform', 'tofu', 'terragrunt']

/** Its templates name a folder instead of a file, and it plans before it changes anything. */
export function isTerraform(app: string): boolean {
  return terraformFamily.includes(app)
}
