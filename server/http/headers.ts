/** Headers of every answer. OWASP ASVS 14.4. */
export const securityHeaders: Record<string, string> = {
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // Answers hold what only this user may see. No HSTS: with a CA of our own it would lock people out.
  'cache-control': 'no-store',
}
