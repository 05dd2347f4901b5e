/** Light, dark, or as the system says. */
import { effect, signal } from '@preact/signals'

export type Theme = 'system' | 'light' | 'dark'

export const theme = signal<Theme>((localStorage.getItem('theme') as Theme) ?? 'system')

export function startTheme(): void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  const show = () => {
    const dark = theme.value === 'dark' || (theme.value === 'system' && system.matches)
    document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  }
  system.addEventListener('change', show)
  effect(show)
}

export function nextTheme(): void {
  const order: Theme[] = ['system', 'light', 'dark']
  theme.value = order[(order.indexOf(theme.value) + 1) % order.length] as Theme
  localStorage.setItem('theme', theme.value)
}
