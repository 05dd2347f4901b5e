const units = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** Bytes for a person, with three digits at least where there are as many. */
export function sizeOf(bytes: number): string {
  let [number, unit] = [bytes, 0]
  while (number >= 1000 && unit < units.length - 1) {
    number /= 1000
    unit += 1
  }
  const digits = unit === 0 || number >= 100 ? 0 : number >= 10 ? 1 : 2
  return `${number.toFixed(digits)} ${units[unit]}`
}
