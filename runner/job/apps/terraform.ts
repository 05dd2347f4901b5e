/** `terraform plan ..`, `terraform apply ..` */
import { terraformApp } from './terraform-family.ts'

export const terraform = terraformApp({ program: 'terraform', fix: 'install terraform' })
