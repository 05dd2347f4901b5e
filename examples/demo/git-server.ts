/**
 * The folder `examples/repository` as a git repository over smart HTTP on loopback: just enough of
 * git-upload-pack for a full clone, so that the demo needs no git on the machine.
 * Protocol: https://git-scm.com/docs/http-protocol and pack-protocol, version 0 with side-band-64k.
 */
import { once } from 'node:events'
import fs from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import git from 'isomorphic-git'

export interface GitServer {
  /** Clone from here. */
  url: string
  close(): void
}

/** Commits the files of `source` into a new repository below `folder` and serves it. */
export async function serveExamples(source: string, folder: string): Promise<GitServer> {
  fs.cpSync(source, folder, { recursive: true })
  const repository = { fs, dir: folder }
  await git.init({ ...repository, defaultBranch: 'main' })
  for (const filepath of fs.readdirSync(source)) await git.add({ ...repository, filepath })
  const author = { name: 'Outstation demo', email: 'demo@localhost' }
  const head = await git.commit({ ...repository, author, message: 'Scripts of the demo' })

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/examples.git/info/refs') {
      if (searchParams.get('service') !== 'git-upload-pack') return fail(response, 403)
      return send(response, 'advertisement', advertise(head))
    }
    if (pathname !== '/examples.git/git-upload-pack') return fail(response, 404)
    request.resume()
    await once(request, 'end')
    send(response, 'result', [line('NAK\n'), ...sideBand(await pack(repository)), flush])
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/examples.git`, close: () => server.close() }
}

const flush = Buffer.from('0000')

function advertise(head: string): Buffer[] {
  const capabilities = 'side-band-64k no-progress symref=HEAD:refs/heads/main agent=outstation-demo'
  return [
    line('# service=git-upload-pack\n'),
    flush,
    line(`${head} HEAD\0${capabilities}\n`),
    line(`${head} refs/heads/main\n`),
    flush,
  ]
}

/** Every object there is: nobody who clones this has any of it. */
async function pack(repository: { fs: typeof fs; dir: string }): Promise<Uint8Array> {
  const oids: string[] = []
  for (const head of await git.log(repository)) oids.push(head.oid)
  const walked: string[][] = await git.walk({
    ...repository,
    trees: [git.TREE({ ref: 'HEAD' })],
    map: async (_path, [entry]) => [(await entry?.oid()) ?? ''],
    reduce: async (parent, children) => [...(parent ?? []), ...children.flat()],
  })
  oids.push(...walked.flat())
  const { packfile } = await git.packObjects({ ...repository, oids: [...new Set(oids)] })
  return packfile as Uint8Array
}

/** pkt-line: four hex digits of the whole length, then the payload. */
function line(payload: string | Uint8Array): Buffer {
  const body = Buffer.from(payload as Uint8Array)
  return Buffer.concat([Buffer.from((body.length + 4).toString(16).padStart(4, '0')), body])
}

function* sideBand(bytes: Uint8Array): Generator<Buffer> {
  for (let from = 0; from < bytes.length; from += 65_000) {
    yield line(Buffer.concat([Buffer.from([1]), bytes.subarray(from, from + 65_000)]))
  }
}

function send(response: ServerResponse, kind: string, parts: Uint8Array[]): void {
  response.writeHead(200, { 'content-type': `application/x-git-upload-pack-${kind}` })
  response.end(Buffer.concat(parts))
}

function fail(response: ServerResponse, status: number): void {
  response.writeHead(status).end()
}
