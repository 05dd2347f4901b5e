/**
 * A process under strace that meets an fsync which fails: appends until that, tries again once, and
 * prints what it was promised. `node failing-fsync.ts FILE`
 */
import { writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from '../../../runner/disk/durable.ts'
import { createRecordFile } from '../../../runner/disk/open-records.ts'

const [path = ''] = process.argv.slice(2)
await makeFolder(dirname(path))
const file = await createRecordFile(path, [Buffer.from('0')], 100)
for (let n = 1; n <= 10; n += 1) {
  const record = [Buffer.from(`${n}`)]
  await file.append(record).catch((error) => {
    writeSync(1, `failed ${n} ${error.line}\n`)
    return file.append(record)
  })
  writeSync(1, `promised ${n}\n`)
}
await file.close()
