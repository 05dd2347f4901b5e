import { useSignal } from '@preact/signals'
import { Field, Form } from '../parts/field.tsx'
import { Brand } from '../parts/icons.tsx'
import { signIn } from './session.ts'

export function SignIn() {
  const auth = useSignal('')
  const password = useSignal('')
  return (
    <main class="signin">
      <Brand />
      <h1>Sign in</h1>
      <Form submit="Sign in" fields={[]} action={() => signIn(auth.value, password.value)}>
        {() => (
          <>
            <Field label="Login or email" value={auth} autocomplete="username" required />
            <Field
              label="Password"
              type="password"
              value={password}
              autocomplete="current-password"
              required
            />
          </>
        )}
      </Form>
    </main>
  )
}
