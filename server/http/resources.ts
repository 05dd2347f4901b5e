/** All that belongs to projects, by its path: so a whole project is read and made by the same code as one thing. */
import { AppError } from '../../lib/errors.ts'
import type { Part } from './integrations/part-routes.ts'
import type { Resource } from './resource.ts'

/** Of whatever rows: who takes one by its path checks what it puts in by its schema. */
// biome-ignore lint/suspicious/noExplicitAny: a map cannot hold a type for each of its keys.
type AnyResource = Resource<any, any, any>

// biome-ignore lint/suspicious/noExplicitAny: the same.
type AnyPart = Part<any, any>

export class Resources {
  readonly #all = new Map<string, AnyResource>()
  readonly #parts = new Map<string, AnyPart>()

  add(resource: AnyResource): void {
    this.#all.set(resource.path, resource)
  }

  get(path: string): AnyResource {
    const resource = this.#all.get(path)
    if (resource === undefined) throw new AppError('internal', `no routes for ${path}`)
    return resource
  }

  /** What belongs to one thing of a project, as the matchers of an integration do. */
  addPart(part: AnyPart): void {
    this.#parts.set(part.path, part)
  }

  part(path: string): AnyPart {
    const part = this.#parts.get(path)
    if (part === undefined) throw new AppError('internal', `no routes for ${path}`)
    return part
  }
}
