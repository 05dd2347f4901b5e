import { testBroker } from '../../kit/broker.ts'
import { brokerConformance } from '../conformance.ts'

brokerConformance('embedded broker', (t) => testBroker(t))
