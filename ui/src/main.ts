import { mount } from 'svelte'
import './style/tokens.css'
import './style/base.css'
import App from './App.svelte'

const page = document.getElementById('page')
if (!page) throw new Error('index.html has no element #page')
mount(App, { target: page })
