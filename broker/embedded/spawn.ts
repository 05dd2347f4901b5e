/** Starts worker.ts in a thread, from source or compiled. */
import { Worker } from 'node:worker_threads'
import type { Boot } from './thread-messages.ts'

/**
 * Beside this file lies worker.ts when run from source and worker.js when compiled. tsx registers
 * itself in the main thread only, so the worker of a source tree is told to do it for itself.
 */
export function spawnWorker(boot: Boot): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./worker.js', import.meta.url), { workerData: boot })
  }
  const tsx = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const register = encodeURIComponent(`import { register } from ${tsx}; register()`)
  return new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: boot,
    execArgv: [`--import=data:text/javascript,${register}`],
  })
}
