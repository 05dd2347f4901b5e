import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { startRedirect } from '../../../server/http/redirect.ts'
import { freePorts } from '../../kit/ports.ts'

const place = { interface: '127.0.0.1', web_host: 'https://outstation.example:8443' }

test('who comes by http:// is told the same path of web_host, and stays there', async (t) => {
  const port = await redirecting(t)
  for (const [target, location] of [
    ['/project/1?a=b', `${place.web_host}/project/1?a=b`],
    ['//evil.example/x', `${place.web_host}//evil.example/x`],
    ['http://evil.example/x', `${place.web_host}/`],
  ]) {
    const answer = await ask(port, `GET ${target} HTTP/1.1\r\nHost: evil.example\r\n\r\n`)
    assert.match(answer, /^HTTP\/1\.1 308 /)
    assert.equal(/^location: (.*)\r$/im.exec(answer)?.[1], location)
  }
})

test('a request with a body keeps its method', async (t) => {
  const port = await redirecting(t)
  const answer = await ask(port, 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody')
  assert.match(answer, /^HTTP\/1\.1 308 /)
})

test('a port that is taken is named with its setting', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.after(() => taken.close())
  const { port } = taken.address() as { port: number }
  await assert.rejects(startRedirect(place, port), {
    code: 'locked',
    line: new RegExp(`^port ${port}: another program .*"tls\\.http_redirect_port"$`),
  })
})

async function redirecting(t: TestContext): Promise<number> {
  const [port] = (await freePorts(1)) as [number]
  const redirect = await startRedirect(place, port)
  t.after(() => redirect.close())
  return port
}

async function ask(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(request)
  return await text(socket)
}
