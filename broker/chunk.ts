/** What stands before the bytes of a piece of a log on the wire (codec.ts puts the two together). */
import Type from 'typebox'

const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** What a chunk is that is none of the log: a piece of a file, or what the pieces before it are. */
export const Part = Type.Union([Type.Literal('file'), Type.Literal('artifact')])
export type Part = Type.Static<typeof Part>

export const ChunkHeader = Type.Object({
  v: Type.Literal(1),
  kind: Type.Literal('chunk'),
  session: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  /** 0, 1, 2, .. without gaps within an attempt. */
  seq: Count,
  /** Absent: it is of the log. */
  part: Type.Optional(Part),
  /** Runner's wall clock when the record was spooled, ms; for display. */
  at: Count,
  /** Length of the body once decoded. */
  bytes: Type.Integer({ minimum: 1, maximum: 65_536 }),
  encoding: Type.Union([Type.Literal('identity'), Type.Literal('deflate')]),
})
export type ChunkHeader = Type.Static<typeof ChunkHeader>
