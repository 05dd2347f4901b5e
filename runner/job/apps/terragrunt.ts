/** `terragrunt plan ..`, `terragrunt apply ..`; what is Terraform's alone goes by `terragrunt run --`. */
import { terraformApp } from './terraform-family.ts'

export const terragrunt = terraformApp({
  program: 'terragrunt',
  passOn: ['run', '--'],
  fix: 'install Terragrunt 0.73 or newer',
})
