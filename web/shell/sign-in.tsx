import { Form } from '../form/form.tsx'
import { Brand } from '../parts/icons.tsx'
import { signIn } from './session.ts'

export function SignIn() {
  return (
    <main class="signin">
      <Brand />
      <h1>Sign in</h1>
      <Form
        submit="Sign in"
        losable
        save={({ auth, password }) => signIn(String(auth), String(password))}
        sections={[
          {
            fields: [
              {
                name: 'auth',
                label: 'Login or email',
                kind: 'text',
                autocomplete: 'username',
                required: true,
              },
              {
                name: 'password',
                label: 'Password',
                kind: 'password',
                autocomplete: 'current-password',
                required: true,
              },
            ],
          },
        ]}
      />
    </main>
  )
}
