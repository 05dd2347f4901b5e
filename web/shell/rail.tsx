/** Where one can go: what concerns all projects, and what is in the chosen one. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Brand, Icon, type IconName } from '../parts/icons.tsx'
import { type NavGroup, views } from '../views/index.ts'
import { may } from './rights.ts'
import { go, path } from './router.ts'
import { choose, project, projects, signOut, user } from './session.ts'
import { nextTheme, theme } from './theme.ts'

export function Rail() {
  const open = useSignal(false)
  // Whoever has chosen wants to see it.
  useEffect(() => {
    open.value = false
  }, [path.value])
  return (
    <header class="rail" data-open={open.value || undefined}>
      <Brand />
      <button
        type="button"
        class="button bare menu-button"
        aria-label="Menu"
        aria-expanded={open.value}
        onClick={() => {
          open.value = !open.value
        }}
      >
        <Icon name="menu" />
      </button>
      <ProjectChoice />
      <nav class="nav" aria-label="Views">
        {groups.map((group) => (
          <NavGroupLinks key={group} group={group} />
        ))}
      </nav>
      <div class="nav foot">
        <button type="button" onClick={nextTheme}>
          <Icon name={themeIcon[theme.value]} />
          Theme: {theme.value}
        </button>
        <NavLink address="/account" name="Account" icon="person" />
        <button type="button" onClick={() => void signOut()}>
          <Icon name="out" />
          Sign out {user.value?.name}
        </button>
      </div>
    </header>
  )
}

const themeIcon = { system: 'system', light: 'sun', dark: 'moon' } as const

const groups: (NavGroup | undefined)[] = [undefined, 'Project', 'Server']

function NavGroupLinks({ group }: { group: NavGroup | undefined }) {
  const links = shownViews().filter((link) => link.group === group)
  if (links.length === 0) return null
  return (
    <>
      {group && <div class="heading">{group}</div>}
      {links.map(({ address, name, icon }) => (
        <NavLink key={address} address={address} name={name} icon={icon} />
      ))}
    </>
  )
}

/** Those with a name of their own in the rail, that this user may open. */
function shownViews() {
  return views.flatMap(({ pattern, nav, admin, right }) => {
    if (nav === undefined || (admin && !user.value?.admin)) return []
    if (!pattern.includes(':project')) return [{ address: pattern, ...nav }]
    const id = project.value?.id
    if (id === undefined || (right && !may(right, id))) return []
    return [{ address: pattern.replace(':project', String(id)), ...nav }]
  })
}

function NavLink({ address, name, icon }: { address: string; name: string; icon: IconName }) {
  const here = path.value === address || (address !== '/' && path.value.startsWith(`${address}/`))
  return (
    <a href={address} aria-current={here ? 'page' : undefined}>
      <Icon name={icon} />
      {name}
    </a>
  )
}

function ProjectChoice() {
  if (projects.value.length === 0) return null
  const isAdmin = user.value?.admin
  return (
    <div class="project-choice">
      <select
        aria-label="Project"
        value={project.value?.id}
        onChange={(event) => {
          const id = Number(event.currentTarget.value)
          if (!id) {
            // Not a project, and so never the chosen one.
            event.currentTarget.value = String(project.value?.id)
            return go('/new-project')
          }
          choose(id)
          // The same view of the other project, if it is the view of a whole project.
          const [, kind] = /^\/project\/\d+\/([a-z]+)/.exec(path.value) ?? []
          if (kind) go(`/project/${id}/${kind}`)
        }}
      >
        {projects.value.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
        {isAdmin && <option value="">New project ..</option>}
      </select>
    </div>
  )
}
