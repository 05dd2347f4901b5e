import { once } from 'node:events'

/** Waits until the terminal or pipe has taken it: a log may be larger than the memory. */
export async function print(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain')
}
