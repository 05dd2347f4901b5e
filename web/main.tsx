import './look/tokens.css'
import './look/base.css'
import './look/shell.css'
import './look/parts.css'
import './look/forms.css'
import { render } from 'preact'
import { App } from './shell/app.tsx'
import { startRights } from './shell/rights.ts'
import { startRouter } from './shell/router.ts'
import { whoAmI } from './shell/session.ts'
import { startTheme } from './shell/theme.ts'

startTheme()
startRouter()
startRights()
void whoAmI()
render(<App />, document.body)
