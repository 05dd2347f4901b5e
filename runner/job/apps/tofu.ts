/** `tofu plan ..`, `tofu apply ..` */
import { terraformApp } from './terraform-family.ts'

export const tofu = terraformApp({ program: 'tofu', fix: 'install OpenTofu' })
