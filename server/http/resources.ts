/** All that belongs to projects, by its path: so a whole project is read and made by the same code as one thing. */
import { AppError } from '../../lib/errors.ts'
import type { Resource } from './resource.ts'

/** Of whatever rows: who takes one by its path checks what it puts in by its schema. */
// biome-ignore lint/suspicious/noExplicitAny: a map cannot hold a type for each of its keys.
type AnyResource = Resource<any, any, any>

export class Resources {
  readonly #all = new Map<string, AnyResource>()

  add(resource: AnyResource): void {
    this.#all.set(resource.path, resource)
  }

  get(path: string): AnyResource {
    const resource = this.#all.get(path)
    if (resource === undefined) throw new AppError('internal', `no routes for ${path}`)
    return resource
  }
}
