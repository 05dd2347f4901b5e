/** `npm run build` -> dist/web. `npm run dev:web` proxies to a server: OUTSTATION_HOST=https://localhost:3000. */
import { defineConfig } from 'vite'

const host = process.env.OUTSTATION_HOST ?? 'https://localhost:3000'
/** Its certificate is usually of its own CA: this is a tool of developers, on loopback. */
const proxy = { target: host, changeOrigin: true, secure: false }

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the server allows no data: but images, and hashed files are cached for ever.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': proxy, '/ca.pem': proxy } },
})
