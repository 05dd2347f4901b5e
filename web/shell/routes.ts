/** Matches an address with a pattern such as `/project/:project/tasks/:task`. Pure. */

export type Params = Record<string, string>

/** @returns the named parts, or undefined if the address is another one */
export function match(pattern: string, address: string): Params | undefined {
  const [wanted, given] = [parts(pattern), parts(address)]
  if (wanted.length !== given.length) return undefined
  const params: Params = {}
  for (const [index, part] of wanted.entries()) {
    const actual = given[index] as string
    if (part.startsWith(':')) params[part.slice(1)] = decode(actual)
    else if (part !== actual) return undefined
  }
  return params
}

const parts = (address: string) => address.split('/').filter(Boolean)

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
