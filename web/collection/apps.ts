/** What runs a template. A runner may know others by its configuration; the API takes their names, too. */
import { choicesOf } from '../form/fields.ts'

export const appChoices = choicesOf({
  ansible: 'Ansible',
  terraform: 'Terraform',
  tofu: 'OpenTofu',
  terragrunt: 'Terragrunt',
  bash: 'Bash',
  python: 'Python',
  powershell: 'PowerShell',
})

/** Its templates name a folder, and it plans before it changes anything. */
export const isTerraform = (app: string) => ['terraform', 'tofu', 'terragrunt'].includes(app)
