/** `npm run build` -> dist/one-file/outstation.mjs, which needs Node and nothing else. */
import { defineConfig } from 'vite'
import { version } from '../lib/version.ts'

export default defineConfig({
  root: import.meta.dirname,
  build: {
    ssr: 'one-file.ts',
    outDir: '../dist/one-file',
    emptyOutDir: true,
    target: 'node20',
    license: { fileName: 'licenses.md' },
    rolldownOptions: { output: { entryFileNames: 'outstation.mjs', codeSplitting: false } },
  },
  ssr: { noExternal: true },
  plugins: [
    {
      // There is no package.json beside the one file.
      name: 'version',
      load: (id) =>
        id.endsWith('/lib/version.ts') ? `export const version = ${JSON.stringify(version)}` : null,
    },
    {
      // The licenses of the packages in the file stand at its end.
      name: 'licenses',
      generateBundle: {
        order: 'post',
        handler(_, bundle) {
          const { 'outstation.mjs': program, 'licenses.md': licenses } = bundle
          if (program?.type !== 'chunk' || licenses?.type !== 'asset') this.error('nothing to join')
          program.code += String(licenses.source).trim().replaceAll(/^/gm, '// ')
          delete bundle['licenses.md']
        },
      },
    },
  ],
})
