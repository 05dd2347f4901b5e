/** The same demands as of the embedded broker, made of a Mosquitto run from mosquitto.example.conf. */
import { skip } from '../../kit/mosquitto.ts'
import { brokerConformance } from '../conformance.ts'
import { setUp } from './setup.ts'

brokerConformance(
  'mosquitto',
  async (t) => {
    const { url, ca, username, password, credentials } = await setUp(t)
    return { url, ca, credentials, server: { urls: [url], ca, username, password } }
  },
  { skip },
)
